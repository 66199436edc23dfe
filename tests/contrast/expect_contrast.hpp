// SPDX-License-Identifier: Apache-2.0
/// What a step's contrast must be, given the plain loop's.
#pragma once

#include "contrast/contrast_steps.hpp"
#include "contrast/reference_contrast.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <gtest/gtest.h>

namespace lightreasoner::contrast::testing {

// quantity                        tolerance      against the double-precision loop
inline constexpr double kl_absolute = 1e-6;
inline constexpr double kl_relative = 1e-6;
inline constexpr double entropy_relative = 1e-6;  // and kl_absolute
inline constexpr double probability_relative = 1e-6;
inline constexpr double log_probability_ulps = 2e-6;  // fp32 rounding of values down to -16

inline void expect_statistics(const StepContrasts& found, std::size_t step,
                              const ReferenceContrast& expected) {
  EXPECT_NEAR(found.kl[step], expected.kl, kl_absolute + kl_relative * expected.kl);
  EXPECT_GE(found.kl[step], 0);
  EXPECT_NEAR(found.expert.entropy[step], expected.expert_entropy,
              kl_absolute + entropy_relative * expected.expert_entropy);
  EXPECT_NEAR(found.amateur.entropy[step], expected.amateur_entropy,
              kl_absolute + entropy_relative * expected.amateur_entropy);
  ASSERT_EQ(found.expert.top_id[step], expected.expert_top_id);
  ASSERT_EQ(found.amateur.top_id[step], expected.amateur_top_id);
  const double expert_top =
      std::exp(expected.expert_log_probability[static_cast<std::size_t>(expected.expert_top_id)]);
  const double amateur_top =
      std::exp(expected.amateur_log_probability[static_cast<std::size_t>(expected.amateur_top_id)]);
  EXPECT_NEAR(found.expert.top_probability[step], expert_top, probability_relative * expert_top);
  EXPECT_NEAR(found.amateur.top_probability[step], amateur_top, probability_relative * amateur_top);
}

/// Every id whose log pi_E is clear of the threshold by more than rounding must be on its side.
inline void expect_floor_set(const StepContrasts& found, std::size_t step,
                             const ReferenceContrast& expected, float share) {
  const auto& log_expert = expected.expert_log_probability;
  const double bound = log_expert[static_cast<std::size_t>(expected.expert_top_id)] +
                       std::log(static_cast<double>(share));
  std::uint64_t entry = found.floor.offsets[step];
  const std::uint64_t last = found.floor.offsets[step + 1];
  for (std::size_t v = 0; v < log_expert.size(); ++v) {
    const bool stored = entry < last && found.floor.ids[entry] == static_cast<std::int32_t>(v);
    const double tolerance = log_probability_ulps * std::max(1.0, std::abs(bound) / 16);
    if (std::abs(log_expert[v] - bound) > tolerance) {
      ASSERT_EQ(stored, log_expert[v] > bound) << "id " << v;
    }
    if (stored) {
      ASSERT_NEAR(found.floor.expert_log_probability[entry], log_expert[v], tolerance);
      const double log_amateur = expected.amateur_log_probability[v];
      ASSERT_NEAR(found.floor.amateur_log_probability[entry], log_amateur,
                  log_probability_ulps * std::max(1.0, std::abs(log_amateur) / 16));
      ++entry;
    }
  }
  ASSERT_EQ(entry, last) << "ids must ascend";
}

inline void expect_contrast(const StepContrasts& found, std::size_t step,
                            const ReferenceContrast& expected, float share) {
  ASSERT_NO_FATAL_FAILURE(expect_statistics(found, step, expected));
  ASSERT_NO_FATAL_FAILURE(expect_floor_set(found, step, expected, share));
}

}  // namespace lightreasoner::contrast::testing
