// SPDX-License-Identifier: Apache-2.0
#include "contrast/contrast_steps.hpp"

#include "contrast/floor_sets.hpp"
#include "kernels/contrast_rows.hpp"
#include "kernels/plausibility.hpp"
#include "support/errors.hpp"

#include <cmath>
#include <string>
#include <vector>

namespace lightreasoner::contrast {
namespace {

using kernels::RowPairs;
using kernels::StepSums;

void require_fit(const LogitRows& expert, const LogitRows& amateur, float plausibility_floor) {
  support::require(expert.num_rows == amateur.num_rows && expert.vocabulary == amateur.vocabulary,
                   "expert and amateur logits differ in shape");
  support::require(expert.vocabulary > 0 && expert.vocabulary <= (1 << 30) &&
                       expert.row_stride >= expert.vocabulary &&
                       amateur.row_stride >= amateur.vocabulary,
                   "logit rows overlap or have no or too many logits");
  support::require(plausibility_floor > 0 && plausibility_floor <= 1,
                   "plausibility_floor outside (0, 1]");
}

/// What is wrong with a step's logits, empty when nothing is. NaN anywhere, and an amateur logit of
/// -inf beside a finite one of the expert, leave no finite sum behind.
std::string fault_of(const StepSums& step) {
  const auto row_fault = [](float top, double mass) -> std::string {
    if (top == kernels::infinity || std::isnan(mass)) {
      return "logits hold NaN or +inf";
    }
    return top == -kernels::infinity ? "logits hold no finite value" : "";
  };
  if (const auto fault = row_fault(step.tops.expert, step.expert.mass); !fault.empty()) {
    return "the expert's " + fault;
  }
  if (const auto fault = row_fault(step.tops.amateur, step.amateur.mass); !fault.empty()) {
    return "the amateur's " + fault;
  }
  return std::isfinite(step.kl) ? ""
                                : "the amateur gives probability zero to a token that the expert "
                                  "gives more (its logit is -inf)";
}

ModelStatistics<Scalar> of_model(const kernels::ModelSums& sums, std::int32_t top_id) {
  // Rounding may leave an entropy of zero a hair below it.
  return {.entropy = static_cast<float>(std::fmax(sums.entropy, 0.0)),
          .top_id = top_id,
          .top_probability = static_cast<float>(1.0 / sums.mass)};
}

StepContrast statistics_of(const StepSums& step) {
  return {.kl = static_cast<float>(std::fmax(step.kl, 0.0)),  // the same of the divergence
          .expert = of_model(step.expert, step.tops.expert_id),
          .amateur = of_model(step.amateur, step.tops.amateur_id)};
}

/// What passes between the kernels of a chunk; scratch_bytes counts it.
struct Scratch {
  device::Buffer<kernels::Candidate> candidates;
  device::Buffer<StepSums> sums;

  Scratch(std::size_t num_steps, device::Device device)
      : candidates(num_steps * kernels::max_candidates, device), sums(num_steps, device) {}
};

}  // namespace

std::uint64_t scratch_bytes(std::int64_t num_steps, float plausibility_floor) {
  constexpr std::uint64_t of_step = kernels::max_candidates * sizeof(kernels::Candidate) +
                                    sizeof(StepSums) * 2;  // on the device and on the host
  return static_cast<std::uint64_t>(num_steps) *
         (of_step + floor_set_bytes(kernels::planned_entries(plausibility_floor)));
}

StepContrasts contrast_steps(const LogitRows& expert, const LogitRows& amateur,
                             float plausibility_floor, device::Device device) {
  require_fit(expert, amateur, plausibility_floor);
  StepContrasts contrasts;
  if (expert.num_rows == 0) {
    return contrasts;
  }
  const auto num_steps = static_cast<std::size_t>(expert.num_rows);
  const Scratch scratch(num_steps, device);
  const RowPairs pairs{expert, amateur, scratch.candidates.data(), scratch.sums.data(),
                       kernels::log_threshold(plausibility_floor)};
  kernels::sum_steps(pairs);
  append_sums(contrasts, scratch.sums.to_host(), fault_of, statistics_of);
  fetch_floor_sets(contrasts.floor, device, [&](const kernels::FloorPlaces& places) {
    kernels::write_floor_sets(pairs, places);
  });
  return contrasts;
}

}  // namespace lightreasoner::contrast
