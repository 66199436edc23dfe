// SPDX-License-Identifier: Apache-2.0
#include "contrast/contrast_steps.hpp"
#include "contrast/logit_rows.hpp"
#include "contrast/select_steps.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <random>
#include <string>

namespace lightreasoner::contrast {
namespace {

using testing::floor_share;
using testing::infinity;
using testing::nan;
using testing::Rows;

/// The row that InvalidLogits names, or -1.
std::int64_t bad_row(const Rows& rows, std::string& reason) {
  try {
    static_cast<void>(rows.contrast());
  } catch (const InvalidLogits& error) {
    reason = error.what();
    return error.row;
  }
  return -1;
}

struct BadLogits {
  const char* name;
  float expert;
  float amateur;
  const char* reason;
};

class InvalidRows : public ::testing::TestWithParam<BadLogits> {};

TEST_P(InvalidRows, AreNamedLowestFirst) {
  for (const std::size_t position : {std::size_t{0}, std::size_t{484}, std::size_t{9999}}) {
    std::mt19937 random(7);
    Rows rows(6, 10000);
    rows.fill([&] { return std::normal_distribution<float>(0, 3)(random); });
    for (const std::int64_t row : {4, 2}) {
      rows.expert_row(row)[position] = GetParam().expert;
      rows.amateur_row(row)[position] = GetParam().amateur;
    }
    std::string reason;
    EXPECT_EQ(bad_row(rows, reason), 2) << "position " << position;
    EXPECT_THAT(reason, ::testing::HasSubstr(GetParam().reason));
  }
}

INSTANTIATE_TEST_SUITE_P(
    ContrastSteps, InvalidRows,
    ::testing::Values(BadLogits{"ExpertNan", nan, 0, "expert's logits hold NaN"},
                      BadLogits{"AmateurNan", 0, nan, "amateur's logits hold NaN"},
                      BadLogits{"ExpertInfinity", infinity, 0, "expert's logits hold NaN or +inf"},
                      BadLogits{"AmateurInfinity", 0, infinity, "amateur's logits hold NaN or"},
                      BadLogits{"NanWhereAmateurIsZero", nan, -infinity, "expert's logits hold"},
                      BadLogits{"AmateurZeroBesideMass", 1, -infinity, "probability zero"},
                      BadLogits{"AmateurZeroBesideTinyMass", -500, -infinity, "probability zero"}),
    [](const auto& bad) { return std::string(bad.param.name); });

TEST(ContrastStepsErrors, NameRowsWithoutAnyFiniteLogit) {
  Rows rows(2, 300);
  rows.fill([] { return 0.0F; });
  std::string reason;
  for (float& logit : rows.amateur_row(1)) logit = -infinity;
  EXPECT_EQ(bad_row(rows, reason), 1);
  EXPECT_EQ(reason, "the amateur's logits hold no finite value");
  for (float& logit : rows.expert_row(0)) logit = -infinity;
  EXPECT_EQ(bad_row(rows, reason), 0);
  EXPECT_EQ(reason, "the expert's logits hold no finite value");
  rows.expert_row(0)[5] = nan;
  EXPECT_EQ(bad_row(rows, reason), 0);
  EXPECT_EQ(reason, "the expert's logits hold NaN or +inf");
}

TEST(ContrastStepsErrors, RefuseShapesThatDoNotFit) {
  const std::vector<float> logits(8, 0.0F);
  EXPECT_THROW(static_cast<void>(contrast_steps({logits.data(), 2, 4, 4}, {logits.data(), 2, 3, 4},
                                                floor_share, device::host)),
               std::logic_error);
  EXPECT_THROW(static_cast<void>(contrast_steps({logits.data(), 2, 4, 4}, {logits.data(), 1, 4, 4},
                                                floor_share, device::host)),
               std::logic_error);
  EXPECT_THROW(static_cast<void>(contrast_steps({logits.data(), 2, 4, 3}, {logits.data(), 2, 4, 4},
                                                0.02F, device::host)),
               std::logic_error);
  EXPECT_THROW(static_cast<void>(contrast_steps({logits.data(), 2, 4, 4}, {logits.data(), 2, 4, 4},
                                                0.0F, device::host)),
               std::logic_error);
}

TEST(ContrastStepsErrors, NoRowsGiveNoSteps) {
  EXPECT_EQ(
      contrast_steps({nullptr, 0, 4, 4}, {nullptr, 0, 4, 4}, floor_share, device::host).num_steps(),
      0U);
}

/// A row's result is a function of that row alone: chunks of any size give the same bits.
TEST(ContrastStepsDeterminism, RowsDoNotSeeTheirNeighbours) {
  std::mt19937 random(11);
  Rows all(7, 5000);
  all.fill([&] { return std::normal_distribution<float>(0, 2)(random); });
  const StepContrasts together = all.contrast();
  StepContrasts one_by_one;
  for (std::int64_t row = 0; row < 7; ++row) {
    Rows one(1, 5000);
    std::copy(all.expert_row(row).begin(), all.expert_row(row).end(), one.expert.begin());
    std::copy(all.amateur_row(row).begin(), all.amateur_row(row).end(), one.amateur.begin());
    append_steps(one_by_one, one.contrast(), 0, 1);
  }
  EXPECT_EQ(one_by_one.kl, together.kl);
  EXPECT_EQ(one_by_one.floor.offsets, together.floor.offsets);
  EXPECT_EQ(one_by_one.floor.ids, together.floor.ids);
  EXPECT_EQ(one_by_one.floor.expert_log_probability, together.floor.expert_log_probability);
}

/// Selecting with alpha equal to the floor gives back the stored set exactly.
TEST(ContrastStepsAndSelection, AgreeOnTheFloorSet) {
  std::mt19937 random(5);
  Rows rows(200, 700);
  rows.fill([&] { return std::normal_distribution<float>(0, 1.5)(random); });
  for (const float share : {1.0F, 0.2F, 0.02F, 1.0F / 3.0F, 1e-3F}) {
    const StepContrasts stored = rows.contrast(share);
    const SoftLabels labels = select_steps(stored, {0.0F, share, share});
    EXPECT_EQ(labels.offsets, stored.floor.offsets);
    EXPECT_EQ(labels.ids, stored.floor.ids);
  }
}

/// Records made with a low floor hold, for any alpha above it, what a kernel run with that alpha as
/// its floor would have found.
TEST(ContrastStepsAndSelection, AgreeOnEveryAlphaAboveTheFloor) {
  std::mt19937 random(6);
  Rows rows(200, 700);
  rows.fill([&] { return std::normal_distribution<float>(0, 1.5)(random); });
  const StepContrasts stored = rows.contrast(0.001F);
  for (const float alpha : {0.5F, 0.2F, 0.02F}) {
    EXPECT_EQ(select_steps(stored, {0.0F, alpha, 0.001F}).ids, rows.contrast(alpha).floor.ids);
  }
}

}  // namespace
}  // namespace lightreasoner::contrast
