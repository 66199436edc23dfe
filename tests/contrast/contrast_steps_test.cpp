// SPDX-License-Identifier: Apache-2.0
#include "contrast/contrast_steps.hpp"

#include "contrast/logit_rows.hpp"
#include "contrast/reference_contrast.hpp"
#include "kernels/kokkos_environment.hpp"

#include <gtest/gtest.h>
#include <random>
#include <string>

namespace lightreasoner::contrast {
namespace {

using testing::floor_share;
using testing::infinity;
using testing::reference_contrast;
using testing::ReferenceContrast;
using testing::Rows;

// quantity                        tolerance      against the double-precision loop
constexpr double kl_absolute = 1e-6;
constexpr double kl_relative = 1e-6;
constexpr double entropy_relative = 1e-6;  // and kl_absolute
constexpr double probability_relative = 1e-6;
constexpr double log_probability_ulps = 2e-6;  // fp32 rounding of values down to -16

void expect_statistics(const StepContrasts& found, std::size_t step,
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
void expect_floor_set(const StepContrasts& found, std::size_t step,
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

void expect_reference(Rows& rows, float share = floor_share) {
  const StepContrasts found = rows.contrast(share);
  ASSERT_EQ(found.num_steps(), static_cast<std::size_t>(rows.num_rows));
  for (std::int64_t row = 0; row < rows.num_rows; ++row) {
    SCOPED_TRACE("row " + std::to_string(row));
    const auto expected = reference_contrast(rows.expert_row(row), rows.amateur_row(row));
    const auto step = static_cast<std::size_t>(row);
    ASSERT_NO_FATAL_FAILURE(expect_statistics(found, step, expected));
    ASSERT_NO_FATAL_FAILURE(expect_floor_set(found, step, expected, share));
  }
}

class ContrastSteps : public ::testing::TestWithParam<std::int64_t> {
 protected:
  std::mt19937 random{20251007};
  auto normal(float deviation) {
    return
        [this, d = std::normal_distribution<float>(0, deviation)]() mutable { return d(random); };
  }
};

TEST_P(ContrastSteps, MatchesPlainLoopOnRandomRows) {
  for (const float deviation : {0.01F, 1.0F, 4.0F, 30.0F}) {
    SCOPED_TRACE(deviation);
    Rows rows(5, GetParam());
    rows.fill(normal(deviation));
    ASSERT_NO_FATAL_FAILURE(expect_reference(rows));
  }
}

TEST_P(ContrastSteps, MatchesPlainLoopOnStridedRows) {
  Rows rows(3, GetParam(), 13);
  rows.fill(normal(3));
  expect_reference(rows);
}

TEST_P(ContrastSteps, MatchesPlainLoopOnPeakedRowsFarFromZero) {
  Rows rows(4, GetParam());
  rows.fill(normal(2));
  for (std::int64_t row = 0; row < rows.num_rows; ++row) {
    for (float& logit : rows.expert_row(row)) logit += 3000.0F;
    for (float& logit : rows.amateur_row(row)) logit -= 500.0F;
    rows.expert_row(row)[static_cast<std::size_t>(row * GetParam() / 4)] += 25.0F;
    rows.amateur_row(row)[static_cast<std::size_t>(GetParam() - 1)] += 9.0F;
  }
  expect_reference(rows);
}

TEST_P(ContrastSteps, MatchesPlainLoopOnAscendingAndDescendingRows) {
  Rows rows(2, GetParam());
  for (std::size_t v = 0; v < static_cast<std::size_t>(GetParam()); ++v) {
    const float ramp = 40.0F * static_cast<float>(v) / static_cast<float>(GetParam());
    rows.expert_row(0)[v] = rows.amateur_row(1)[v] = ramp;
    rows.expert_row(1)[v] = rows.amateur_row(0)[v] = -ramp;
  }
  expect_reference(rows);
}

TEST_P(ContrastSteps, IsZeroForEqualRows) {
  Rows rows(3, GetParam());
  rows.fill(normal(5));
  rows.amateur = rows.expert;
  const StepContrasts found = rows.contrast();
  for (std::size_t step = 0; step < 3; ++step) {
    EXPECT_EQ(found.kl[step], 0);
    EXPECT_EQ(found.expert.entropy[step], found.amateur.entropy[step]);
  }
  EXPECT_EQ(found.floor.expert_log_probability, found.floor.amateur_log_probability);
}

TEST_P(ContrastSteps, KeepsWholeVocabularyOfConstantRows) {
  Rows rows(1, GetParam());
  rows.fill([] { return 0.25F; });
  const StepContrasts found = rows.contrast();
  EXPECT_EQ(found.expert.top_id[0], 0);
  EXPECT_EQ(found.amateur.top_id[0], 0);
  EXPECT_NEAR(found.expert.entropy[0], std::log(static_cast<double>(GetParam())), kl_absolute * 12);
  ASSERT_EQ(found.floor.ids.size(), static_cast<std::size_t>(GetParam()));
  EXPECT_EQ(found.floor.ids.back(), GetParam() - 1);
}

TEST_P(ContrastSteps, TakesMinusInfinityAsProbabilityZero) {
  Rows rows(2, GetParam());
  rows.fill(normal(2));
  const auto last = static_cast<std::size_t>(GetParam() - 1);
  rows.expert_row(0)[0] = -infinity;  // the expert excludes a token that the amateur allows
  rows.expert_row(1)[last] = -infinity;
  rows.amateur_row(1)[last] = -infinity;  // both exclude it
  expect_reference(rows);
}

TEST_P(ContrastSteps, MatchesPlainLoopOnOneHotRows) {
  Rows rows(2, GetParam());
  rows.fill(normal(1));
  for (float& logit : rows.expert_row(0)) logit = -infinity;
  rows.expert_row(0)[static_cast<std::size_t>(GetParam() - 1)] = 7.0F;
  for (float& logit : rows.expert_row(1)) logit = -200.0F;
  rows.expert_row(1)[1] = 0.0F;
  expect_reference(rows);
  const StepContrasts found = rows.contrast();
  EXPECT_EQ(found.expert.entropy[0], 0);
  EXPECT_EQ(found.floor.offsets, (std::vector<std::uint64_t>{0, 1, 2}));
}

TEST_P(ContrastSteps, GivesTiesToTheLowestId) {
  Rows rows(1, GetParam());
  rows.fill([] { return -1.0F; });
  for (const std::int64_t v : {GetParam() / 2, GetParam() - 1}) {
    rows.expert_row(0)[static_cast<std::size_t>(v)] = 4.0F;
    rows.amateur_row(0)[static_cast<std::size_t>(v)] = 4.0F;
  }
  const StepContrasts found = rows.contrast();
  EXPECT_EQ(found.expert.top_id[0], GetParam() / 2);
  EXPECT_EQ(found.amateur.top_id[0], GetParam() / 2);
}

/// The expert's row is nearly flat, so that candidates outgrow the kernel's list; then a late peak
/// makes the floor set small again.
TEST_P(ContrastSteps, MatchesPlainLoopWhenCandidatesAreMany) {
  Rows rows(3, GetParam());
  rows.fill(normal(0.5F));
  rows.expert_row(1).back() = 60.0F;
  rows.expert_row(2)[static_cast<std::size_t>(GetParam() / 3)] = 6.0F;
  expect_reference(rows);
  expect_reference(rows, 1e-30F);
}

INSTANTIATE_TEST_SUITE_P(Vocabulary, ContrastSteps, ::testing::Values(2, 63, 485, 4097, 151936));

}  // namespace
}  // namespace lightreasoner::contrast
