// SPDX-License-Identifier: Apache-2.0
#include "contrast/contrast_distributions.hpp"

#include "contrast/logit_rows.hpp"
#include "contrast/reference_contrast.hpp"
#include "contrast/select_steps.hpp"

#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <random>

namespace lightreasoner::contrast {
namespace {

using testing::floor_share;
using testing::Rows;

// quantity                                tolerance, against the double-precision loop
constexpr double kl_tolerance = 2e-6;  // fp32 probabilities in, relative and absolute
constexpr double log_tolerance = 2e-6;

/// Both rows' softmax in fp32, [row, vocabulary] without padding.
Rows softmax_of(Rows logits) {
  for (std::int64_t row = 0; row < logits.num_rows; ++row) {
    for (const std::span<float> values : {logits.expert_row(row), logits.amateur_row(row)}) {
      const std::vector<double> logs = testing::log_softmax(values);
      std::transform(logs.begin(), logs.end(), values.begin(),
                     [](double value) { return static_cast<float>(std::exp(value)); });
    }
  }
  return logits;
}

/// log(p + e) of every value, padding included.
std::vector<float> logs_of(const std::vector<float>& probabilities, double epsilon) {
  std::vector<float> logs;
  for (const float value : probabilities) {
    logs.push_back(static_cast<float>(std::log(value + epsilon)));
  }
  return logs;
}

StepContrasts contrast_columns(const Rows& rows, std::int64_t columns, double log_epsilon) {
  const std::vector<float> log_expert = logs_of(rows.expert, log_epsilon);
  const std::vector<float> log_amateur = logs_of(rows.amateur, log_epsilon);
  const auto as_rows = [&](const std::vector<float>& values, std::int64_t stride) {
    return LogitRows{values.data(), rows.num_rows, columns, stride};
  };
  return contrast_distributions(
      {as_rows(rows.expert, rows.expert_stride), as_rows(log_expert, rows.expert_stride)},
      {as_rows(rows.amateur, rows.amateur_stride), as_rows(log_amateur, rows.amateur_stride)},
      floor_share, log_epsilon, device::host);
}

StepContrasts contrast(const Rows& rows, double log_epsilon) {
  return contrast_columns(rows, rows.vocabulary, log_epsilon);
}

Rows random_logits(std::int64_t rows, std::int64_t vocabulary, std::int64_t padding = 0) {
  std::mt19937 random(11);
  return Rows(rows, vocabulary, padding).fill([&] {
    return std::normal_distribution<float>(0, 4)(random);
  });
}

/// Absolute: up to 6.2 nats of 485 tokens, stored in fp32 (2^-24 of that: 4e-7), summed in double
/// from probabilities of the same precision. Largest seen: 1.4e-8.
constexpr double entropy_tolerance = 1e-6;

TEST(ContrastDistributions, IsTheContrastOfLogitsWithoutEpsilonOrCut) {
  Rows logits = random_logits(5, 485, 3);
  const StepContrasts from_logits = logits.contrast();
  const StepContrasts found = contrast(softmax_of(logits), 0.0);
  EXPECT_EQ(found.floor.ids, from_logits.floor.ids);
  EXPECT_EQ(found.expert.top_id, from_logits.expert.top_id);
  EXPECT_EQ(found.amateur.top_id, from_logits.amateur.top_id);
  for (std::size_t step = 0; step < 5; ++step) {
    EXPECT_NEAR(found.kl[step], from_logits.kl[step], kl_tolerance * (1 + found.kl[step]));
    EXPECT_NEAR(found.expert.entropy[step], from_logits.expert.entropy[step], entropy_tolerance);
    EXPECT_NEAR(found.amateur.entropy[step], from_logits.amateur.entropy[step], entropy_tolerance);
    EXPECT_NEAR(found.expert.lost_mass[step], 0, 1e-6);
  }
  for (std::size_t i = 0; i < found.floor.ids.size(); ++i) {
    EXPECT_NEAR(found.floor.amateur_log_probability[i],
                from_logits.floor.amateur_log_probability[i],
                log_tolerance * std::abs(found.floor.amateur_log_probability[i]));
  }
}

/// The equation again, term by term.
double divergence_with_epsilon(std::span<const float> p, std::span<const float> q, double e) {
  double sum = 0;
  for (std::size_t v = 0; v < p.size(); ++v) {
    sum += (p[v] + e) * (std::log(p[v] + e) - std::log(q[v] + e));
  }
  return sum;
}

TEST(ContrastDistributions, PutsEpsilonInsideTheLogarithms) {
  Rows rows = softmax_of(random_logits(4, 64));
  rows.amateur_row(1)[static_cast<std::size_t>(contrast(rows, 0).expert.top_id[1])] = 0.0F;
  const double epsilon = 1e-12;
  const StepContrasts found = contrast(rows, epsilon);
  for (std::int64_t step = 0; step < 4; ++step) {
    const double expected =
        divergence_with_epsilon(rows.expert_row(step), rows.amateur_row(step), epsilon);
    EXPECT_NEAR(found.kl[static_cast<std::size_t>(step)], expected, kl_tolerance * expected);
  }
  // The expert's top token, impossible for the amateur, counts for ln 1e-12.
  const SoftLabels labels = select_steps(found, {0.0F, 0.9F, floor_share});
  EXPECT_THAT(found.floor.amateur_log_probability,
              ::testing::Contains(::testing::FloatNear(std::log(1e-12F), 1e-3F)));
  EXPECT_EQ(labels.steps.size(), 4U);
}

TEST(ContrastDistributions, LeavesACutVocabularyUnnormalised) {
  const Rows whole = softmax_of(random_logits(3, 100));
  const std::int64_t width = 90;
  const StepContrasts found = contrast_columns(whole, width, 0);
  for (std::size_t step = 0; step < 3; ++step) {
    const std::span<const float> p = std::span(whole.expert).subspan(step * 100, 100);
    double kept = 0;
    for (std::size_t v = 0; v < 90; ++v) kept += p[v];
    EXPECT_NEAR(found.expert.lost_mass[step], 1 - kept, 1e-6);
    EXPECT_FLOAT_EQ(found.expert.top_probability[step],
                    *std::max_element(p.begin(), p.begin() + width));
  }
}

TEST(ContrastDistributions, NamesTheLowestRowWithoutADivergence) {
  Rows rows(3, 4);
  rows.fill([] { return 0.25F; });
  rows.amateur_row(2)[0] = testing::nan;
  rows.amateur_row(1)[3] = 0.0F;
  try {
    static_cast<void>(contrast(rows, 0.0));
    FAIL() << "expected InvalidLogits";
  } catch (const InvalidLogits& error) {
    EXPECT_EQ(error.row, 1);
    EXPECT_THAT(error.what(), ::testing::HasSubstr("probability zero"));
  }
  rows.expert_row(1)[3] = 0.0F;  // what nobody gives anything takes no part
  try {
    static_cast<void>(contrast(rows, 0.0));
    FAIL() << "expected InvalidLogits";
  } catch (const InvalidLogits& error) {
    EXPECT_EQ(error.row, 2);
    EXPECT_THAT(error.what(), ::testing::HasSubstr("NaN"));
  }
}

}  // namespace
}  // namespace lightreasoner::contrast
