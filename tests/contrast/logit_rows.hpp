// SPDX-License-Identifier: Apache-2.0
/// Logits of both models for tests of the kernel.
#pragma once

#include "contrast/contrast_steps.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace lightreasoner::contrast::testing {

inline constexpr float floor_share = 0.02F;
inline constexpr float infinity = std::numeric_limits<float>::infinity();
inline constexpr float nan = std::numeric_limits<float>::quiet_NaN();

/// Rows of logits of both models, each padded to a stride of its own with NaN, which must never be
/// read.
struct Rows {
  std::int64_t vocabulary;
  std::int64_t num_rows;
  std::int64_t expert_stride;
  std::int64_t amateur_stride;
  std::vector<float> expert;
  std::vector<float> amateur;

  Rows(std::int64_t rows, std::int64_t columns, std::int64_t padding = 0)
      : vocabulary(columns),
        num_rows(rows),
        expert_stride(columns + padding),
        amateur_stride(columns + 2 * padding),
        expert(static_cast<std::size_t>(rows * expert_stride), nan),
        amateur(static_cast<std::size_t>(rows * amateur_stride), nan) {}

  std::span<float> expert_row(std::int64_t row) {
    return std::span(expert).subspan(static_cast<std::size_t>(row * expert_stride),
                                     static_cast<std::size_t>(vocabulary));
  }
  std::span<float> amateur_row(std::int64_t row) {
    return std::span(amateur).subspan(static_cast<std::size_t>(row * amateur_stride),
                                      static_cast<std::size_t>(vocabulary));
  }
  template <typename Draw>
  Rows& fill(Draw draw) {
    for (std::int64_t row = 0; row < num_rows; ++row) {
      for (float& logit : expert_row(row)) logit = draw();
      for (float& logit : amateur_row(row)) logit = draw();
    }
    return *this;
  }
  [[nodiscard]] StepContrasts contrast(float share = floor_share) const {
    return contrast_steps({expert.data(), num_rows, vocabulary, expert_stride},
                          {amateur.data(), num_rows, vocabulary, amateur_stride}, share,
                          device::host);
  }
};

}  // namespace lightreasoner::contrast::testing
