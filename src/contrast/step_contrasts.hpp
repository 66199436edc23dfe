// SPDX-License-Identifier: Apache-2.0
/// What the contrast of expert and amateur says about each step: the data that records keep.
#pragma once

#include <cstdint>
#include <vector>

namespace lightreasoner::contrast {

/// Statistics and floor sets of a run of steps, one entry a step, the floor sets in CSR form.
/// Logarithms are natural, entropies and divergences in nats.
struct StepContrasts {
  std::vector<float> kl;                       ///< [steps] D_t = KL(expert || amateur)
  std::vector<float> expert_entropy;           ///< [steps]
  std::vector<float> amateur_entropy;          ///< [steps]
  std::vector<std::int32_t> expert_top_id;     ///< [steps] ties go to the lowest id
  std::vector<std::int32_t> amateur_top_id;    ///< [steps]
  std::vector<float> expert_top_probability;   ///< [steps]
  std::vector<float> amateur_top_probability;  ///< [steps]
  /// Probability that each head gives to tokens outside the vocabulary the two models share; the
  /// other members are about the shared tokens alone.
  std::vector<float> expert_lost_mass;          ///< [steps]
  std::vector<float> amateur_lost_mass;         ///< [steps]
  std::vector<std::uint64_t> floor_offsets{0};  ///< [steps + 1]
  /// The floor set of a step: ids v, ascending, with pi_E(v) >= plausibility_floor * max pi_E.
  std::vector<std::int32_t> floor_ids;               ///< [entries]
  std::vector<float> floor_expert_log_probability;   ///< [entries] log pi_E(v)
  std::vector<float> floor_amateur_log_probability;  ///< [entries] log pi_A(v)

  [[nodiscard]] std::size_t num_steps() const { return kl.size(); }
};

/// Appends the steps [first, last) of `source`.
void append_steps(StepContrasts& target, const StepContrasts& source, std::size_t first,
                  std::size_t last);

}  // namespace lightreasoner::contrast
