// SPDX-License-Identifier: Apache-2.0
#include "contrast/contrast_steps.hpp"

#include "contrast/expect_contrast.hpp"
#include "contrast/logit_rows.hpp"
#include "contrast/reference_contrast.hpp"
#include "kernels/kokkos_environment.hpp"

#include <gtest/gtest.h>
#include <random>
#include <string>

namespace lightreasoner::contrast {
namespace {

using testing::expect_contrast;
using testing::floor_share;
using testing::infinity;
using testing::kl_absolute;
using testing::reference_contrast;
using testing::Rows;

void expect_reference(Rows& rows, float share = floor_share) {
  const StepContrasts found = rows.contrast(share);
  ASSERT_EQ(found.num_steps(), static_cast<std::size_t>(rows.num_rows));
  for (std::int64_t row = 0; row < rows.num_rows; ++row) {
    SCOPED_TRACE("row " + std::to_string(row));
    const auto expected = reference_contrast(rows.expert_row(row), rows.amateur_row(row));
    const auto step = static_cast<std::size_t>(row);
    ASSERT_NO_FATAL_FAILURE(expect_contrast(found, step, expected, share));
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
