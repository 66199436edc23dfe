// SPDX-License-Identifier: Apache-2.0
#include "evaluation/statistics.hpp"

#include "evaluation/config.hpp"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <vector>

namespace lightreasoner::evaluation {
namespace {

constexpr double published_tolerance = 5e-4;  // three decimals, as printed
constexpr double exact_tolerance = 1e-12;     // relative, against a plain double-precision loop

struct PublishedInterval {
  std::uint64_t correct, total;
  double lower, upper;
};

// 81/263 and the like: Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
constexpr PublishedInterval published[] = {
    {8, 10, 0.490, 0.943}, {81, 263, 0.2553, 0.3662}, {15, 148, 0.0624, 0.1605},
    {0, 20, 0.0, 0.1611},  {1, 29, 0.0061, 0.1718},
};

TEST(WilsonInterval, HasThePublishedValues) {
  for (const auto& entry : published) {
    const Interval interval = wilson_interval(entry.correct, entry.total);
    EXPECT_NEAR(interval.lower, entry.lower, published_tolerance) << entry.correct;
    EXPECT_NEAR(interval.upper, entry.upper, published_tolerance) << entry.correct;
  }
}

TEST(WilsonInterval, MirrorsUnderExchangeOfRightAndWrong) {
  for (std::uint64_t correct = 0; correct <= 25; ++correct) {
    const Interval interval = wilson_interval(correct, 25);
    const Interval mirrored = wilson_interval(25 - correct, 25);
    EXPECT_NEAR(interval.lower, 1 - mirrored.upper, exact_tolerance);
    EXPECT_LE(0, interval.lower);
    EXPECT_LT(interval.lower, interval.upper);
  }
}

TEST(WilsonInterval, ReachesTheEndsExactly) {
  EXPECT_EQ(wilson_interval(0, 7).lower, 0);
  EXPECT_EQ(wilson_interval(7, 7).upper, 1);
  EXPECT_EQ(wilson_interval(0, 0).lower, 0);
  EXPECT_EQ(wilson_interval(0, 0).upper, 1);
}

TEST(WilsonInterval, RefusesMoreRightThanThereAre) {
  EXPECT_THROW((void)wilson_interval(3, 2), std::logic_error);
}

/// Sum of the probabilities of all outcomes no likelier than the one seen.
double binomial_two_sided(std::uint64_t seen, std::uint64_t trials) {
  std::vector<double> probabilities;
  for (std::uint64_t k = 0; k <= trials; ++k) {
    double log_p = -static_cast<double>(trials) * std::log(2.0);
    for (std::uint64_t i = 1; i <= k; ++i) {
      log_p += std::log(static_cast<double>(trials - k + i)) - std::log(static_cast<double>(i));
    }
    probabilities.push_back(std::exp(log_p));
  }
  double sum = 0;
  for (const double p : probabilities) {
    sum += p <= probabilities[seen] * (1 + 1e-9) ? p : 0;
  }
  return std::min(sum, 1.0);
}

TEST(McnemarExact, EqualsThePlainBinomialSum) {
  for (const std::uint64_t discordant : {1U, 2U, 5U, 10U, 61U, 200U}) {
    for (std::uint64_t before = 0; before <= discordant; ++before) {
      const double expected = binomial_two_sided(before, discordant);
      EXPECT_NEAR(mcnemar_exact(before, discordant - before) / expected, 1, exact_tolerance * 100)
          << before << " of " << discordant;
    }
  }
}

TEST(McnemarExact, HasKnownValues) {
  EXPECT_EQ(mcnemar_exact(0, 0), 1);
  EXPECT_EQ(mcnemar_exact(4, 4), 1);
  EXPECT_DOUBLE_EQ(mcnemar_exact(0, 5), 0.0625);
  EXPECT_DOUBLE_EQ(mcnemar_exact(1, 5), 0.21875);
  EXPECT_DOUBLE_EQ(mcnemar_exact(5, 1), 0.21875);
  EXPECT_DOUBLE_EQ(mcnemar_exact(0, 200), std::ldexp(1.0, -199));
}

}  // namespace
}  // namespace lightreasoner::evaluation
