// SPDX-License-Identifier: Apache-2.0
/// From stored contrasts to supervision: which steps are kept, and their soft labels.
#pragma once

#include "contrast/step_contrasts.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace lightreasoner::contrast {

struct Config {
  float kl_beta = 0.4F;              ///< a step is selected when D_t >= kl_beta (nats)
  float plausibility_alpha = 0.2F;   ///< label support: pi_E >= alpha * max pi_E
  float plausibility_floor = 0.02F;  ///< support kept in records; alpha may be any value >= floor
  bool skip_first_step = false;      ///< a trajectory's step 0 is never selected (the reference)
};

/// Throws UserError naming the keys when alpha is below the floor.
void validate(const Config& config);

/// Soft labels of the selected steps, in CSR form.
struct SoftLabels {
  std::vector<std::uint64_t> steps;       ///< [labels] indices into the StepContrasts given
  std::vector<std::uint64_t> offsets{0};  ///< [labels + 1]
  std::vector<std::int32_t> ids;          ///< [entries] ascending within a label
  std::vector<float> weights;             ///< [entries] w_t(v); each label sums to 1
};

/// Selects steps with D_t >= kl_beta and gives each w_t = softmax over V_t of log pi_E - log pi_A,
/// V_t = {v : pi_E(v) >= plausibility_alpha * max pi_E} (paper, section 3.1), by is_plausible on
/// the stored logarithms. plausibility_alpha must not be below the floor the contrasts were made
/// with. `trajectory_offsets`, [trajectories + 1] into the steps, say which steps are first ones;
/// only skip_first_step needs them.
[[nodiscard]] SoftLabels select_steps(const StepContrasts& contrasts, const Config& config,
                                      std::span<const std::uint64_t> trajectory_offsets = {});

}  // namespace lightreasoner::contrast
