// SPDX-License-Identifier: Apache-2.0
// tests/contrast compares the kernels with a plain loop; here is what only their own interface has.
#include "kernels/contrast_rows.hpp"

#include "kernels/kokkos_environment.hpp"
#include "kernels/plausibility.hpp"

#include <bit>
#include <cstring>
#include <gtest/gtest.h>
#include <random>
#include <span>
#include <vector>

namespace lightreasoner::kernels {
namespace {

constexpr std::int64_t num_rows = 3;

/// Numbers that a bfloat16 holds, as such and as floats.
struct Logits {
  std::vector<std::uint16_t> narrow;
  std::vector<float> wide;

  Logits(std::int64_t columns, std::uint32_t seed) {
    std::mt19937 random(seed);
    std::normal_distribution<float> normal(0, 4);
    for (std::int64_t i = 0; i < num_rows * columns; ++i) {
      narrow.push_back(
          static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(normal(random)) >> 16));
      wide.push_back(std::bit_cast<float>(std::uint32_t{narrow.back()} << 16));
    }
  }
  [[nodiscard]] LogitRows rows(std::int64_t columns, LogitType type) const {
    const void* const values =
        type == LogitType::float32 ? static_cast<const void*>(wide.data()) : narrow.data();
    return {values, num_rows, columns, columns, type};
  }
};

/// The bytes of all that both kernels leave.
std::vector<std::byte> contrast(const LogitRows& expert, const LogitRows& amateur) {
  std::vector<Candidate> candidates(num_rows * max_candidates);
  std::vector<StepSums> sums(num_rows);
  // What the kernels leave between members is nobody's.
  std::memset(static_cast<void*>(sums.data()), 0, sums.size() * sizeof(StepSums));
  const RowPairs pairs{expert, amateur, candidates.data(), sums.data(), log_threshold(0.02F)};
  sum_steps(pairs);
  std::vector<std::uint64_t> offsets{0};
  std::vector<double> numbers;
  for (const StepSums& step : sums) {
    offsets.push_back(offsets.back() + static_cast<std::uint64_t>(step.floor_size));
    numbers.insert(numbers.end(),
                   {step.kl, step.expert.entropy, step.expert.mass, step.amateur.log_normaliser,
                    static_cast<double>(step.tops.expert_id), double{step.tops.amateur}});
  }
  std::vector<std::int32_t> ids(offsets.back());
  std::vector<float> expert_logs(offsets.back());
  std::vector<float> amateur_logs(offsets.back());
  write_floor_sets(pairs, {offsets.data(), ids.data(), expert_logs.data(), amateur_logs.data()});
  std::vector<std::byte> bytes;
  const auto append = [&](const auto& values) {
    const auto more = std::as_bytes(std::span(values));
    bytes.insert(bytes.end(), more.begin(), more.end());
  };
  append(numbers);
  append(offsets);
  append(ids);
  append(expert_logs);
  append(amateur_logs);
  return bytes;
}

TEST(ContrastRows, OfBfloat16AreThoseOfTheSameNumbersAsFloats) {
  for (const std::int64_t columns : {2, 127, 128, 485, 9001}) {
    const Logits expert(columns, 1);
    const Logits amateur(columns, 2);
    const auto expected = contrast(expert.rows(columns, LogitType::float32),
                                   amateur.rows(columns, LogitType::float32));
    for (const LogitType expert_type : {LogitType::float32, LogitType::bfloat16}) {
      EXPECT_EQ(
          contrast(expert.rows(columns, expert_type), amateur.rows(columns, LogitType::bfloat16)),
          expected)
          << columns;
    }
  }
}

}  // namespace
}  // namespace lightreasoner::kernels
