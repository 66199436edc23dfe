// SPDX-License-Identifier: Apache-2.0
/// The plausibility test, the one place where it is made: fp32, in log space.
#pragma once

#include <cmath>
#include <cstdint>

namespace lightreasoner::kernels {

/// The threshold as the test takes it: ln of a share of max pi_E in (0, 1], rounded once to fp32.
[[nodiscard]] inline float log_threshold(float share_of_top) {
  return static_cast<float>(std::log(static_cast<double>(share_of_top)));
}

/// pi_E(v) >= share * max pi_E (LightReasoner, arXiv 2510.07962, section 3.1) for fp32 logarithms.
/// The kernel's floor set and the labels' support both come from here, so selecting with alpha
/// equal to the floor gives the stored set exactly. Called in device code.
[[nodiscard]] constexpr bool is_plausible(float log_probability, float top_log_probability,
                                          float log_share_of_top) {
  return log_probability >= top_log_probability + log_share_of_top;
}

/// Tokens that pass the test at most, where the most probable one has half of the probability: what
/// memory plans count, since how many do is not known beforehand.
[[nodiscard]] constexpr std::uint64_t planned_entries(float share_of_top) {
  return 1 + static_cast<std::uint64_t>(1.0F / share_of_top);
}

}  // namespace lightreasoner::kernels
