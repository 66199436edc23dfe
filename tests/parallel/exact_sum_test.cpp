// SPDX-License-Identifier: Apache-2.0
#include "parallel/exact_sum.hpp"

#include "support/mpi_world.hpp"
#include "support/philox.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>
#include <numeric>
#include <string>

namespace lightreasoner::parallel {
namespace {

using testing_support::world;
using Terms = std::vector<std::vector<float>>;

// | what                                   | bound                                             |
// |----------------------------------------|---------------------------------------------------|
// | bits over ranks, splits and orders     | equal                                             |
// | error against a long double sum        | n 2^-bits max|term| + 2^-53 |sum|                 |

constexpr std::size_t length = 257;

/// Which rank holds which of the terms; every rule gives each term to exactly one rank.
enum class Spread { in_turn, in_turn_reversed, all_on_last, by_hash };

int owner(Spread spread, std::size_t term, int num_ranks) {
  const auto ranks = static_cast<std::size_t>(num_ranks);
  switch (spread) {
    case Spread::in_turn:
    case Spread::in_turn_reversed:
      return static_cast<int>(term % ranks);
    case Spread::all_on_last:
      return num_ranks - 1;
    case Spread::by_hash:
      return static_cast<int>(support::philox({static_cast<std::uint32_t>(term)}, {})[0] % ranks);
  }
  return 0;
}

Terms part_of(const Terms& terms, Spread spread, const Communicator& comm) {
  Terms mine;
  for (std::size_t i = 0; i < terms.size(); ++i) {
    if (owner(spread, i, comm.num_ranks()) == comm.rank()) {
      mine.push_back(terms[i]);
    }
  }
  if (spread == Spread::in_turn_reversed) {
    std::reverse(mine.begin(), mine.end());
  }
  return mine;
}

/// Terms whose elements are random floats of magnitude 2^[low, high], of either sign.
Terms random_terms(std::size_t count, int low, int high) {
  Terms terms(count, std::vector<float>(length));
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t j = 0; j < length; ++j) {
      const auto word = support::philox({std::uint32_t(i), std::uint32_t(j)}, {7, 0});
      const float mantissa = static_cast<float>(word[0] >> 8) / static_cast<float>(1 << 24);
      const int exponent = low + static_cast<int>(word[1] % std::uint32_t(high - low + 1));
      terms[i][j] = std::ldexp((word[2] & 1U) != 0 ? -mantissa : mantissa, exponent);
    }
  }
  return terms;
}

std::vector<std::uint64_t> bits_of(const std::vector<double>& values) {
  std::vector<std::uint64_t> bits;
  std::transform(values.begin(), values.end(), std::back_inserter(bits),
                 [](double value) { return std::bit_cast<std::uint64_t>(value); });
  return bits;
}

/// The sum as one rank computes it alone, then the same over `world()` in every spread.
void expect_same_bits_however_spread(const Terms& terms) {
  const Communicator alone = split(world(), world().rank());
  const auto expected = bits_of(exact_sum(alone, terms, length, terms.size()));
  for (const Spread spread :
       {Spread::in_turn, Spread::in_turn_reversed, Spread::all_on_last, Spread::by_hash}) {
    const Terms mine = part_of(terms, spread, world());
    EXPECT_EQ(bits_of(exact_sum(world(), mine, length, terms.size())), expected)
        << "spread " << static_cast<int>(spread);
  }
}

void expect_within_bound(const Terms& terms) {
  const auto sum =
      exact_sum(world(), part_of(terms, Spread::in_turn, world()), length, terms.size());
  float largest = 0;
  for (const auto& term : terms) {
    for (const float value : term) {
      largest = std::max(largest, std::abs(value));
    }
  }
  const int bits = 62 - static_cast<int>(std::ceil(std::log2(terms.size())));
  for (std::size_t j = 0; j < length; ++j) {
    long double expected = 0;
    for (const auto& term : terms) {
      expected += static_cast<long double>(term[j]);
    }
    const long double bound =
        std::ldexp(static_cast<long double>(largest) * static_cast<long double>(terms.size()),
                   -bits) +
        std::ldexp(std::abs(expected), -53);
    EXPECT_LE(std::abs(static_cast<long double>(sum[j]) - expected), bound) << "element " << j;
  }
}

TEST(ExactSum, HasTheSameBitsHoweverTermsAreSpread) {
  for (const std::size_t count : {1U, 2U, 3U, 7U, 16U, 33U}) {
    expect_same_bits_however_spread(random_terms(count, -40, 10));
  }
}

TEST(ExactSum, HasTheSameBitsForHugeAndTinyTerms) {
  Terms terms = random_terms(9, -100, 100);
  terms[0].assign(length, 1e30F);
  terms[4].assign(length, -1e30F);
  terms[7].assign(length, 1e-30F);
  expect_same_bits_however_spread(terms);
}

TEST(ExactSum, StaysWithinItsErrorBound) {
  for (const std::size_t count : {1U, 2U, 5U, 16U, 100U}) {
    expect_within_bound(random_terms(count, -30, 0));
    expect_within_bound(random_terms(count, -148, -127));  // subnormal
    expect_within_bound(random_terms(count, 100, 128));
  }
}

TEST(ExactSum, OfOneTermIsTheTerm) {
  const Terms terms = random_terms(1, -30, 0);
  const auto sum = exact_sum(world(), part_of(terms, Spread::in_turn, world()), length, 1);
  for (std::size_t j = 0; j < length; ++j) {
    EXPECT_EQ(sum[j], static_cast<double>(terms[0][j]));
  }
}

TEST(ExactSum, CancelsExactly) {
  Terms terms = random_terms(3, -20, 20);
  const std::size_t half = terms.size();
  for (std::size_t i = 0; i < half; ++i) {
    terms.push_back(terms[i]);
    for (float& value : terms.back()) {
      value = -value;
    }
  }
  const auto sum =
      exact_sum(world(), part_of(terms, Spread::by_hash, world()), length, terms.size());
  EXPECT_THAT(sum, ::testing::Each(0.0));
}

TEST(ExactSum, DoesNotOverflowWhenAllTermsAreTheLargest) {
  constexpr float largest = std::numeric_limits<float>::max();
  const Terms terms(64, std::vector<float>(length, largest));
  const auto sum = exact_sum(world(), part_of(terms, Spread::in_turn, world()), length, 64);
  EXPECT_THAT(sum, ::testing::Each(64.0 * static_cast<double>(largest)));
}

TEST(ExactSum, OfSubnormalsIsExact) {
  constexpr float smallest = std::numeric_limits<float>::denorm_min();
  const Terms terms(5, std::vector<float>(length, smallest));
  const auto sum = exact_sum(world(), part_of(terms, Spread::all_on_last, world()), length, 5);
  EXPECT_THAT(sum, ::testing::Each(5.0 * static_cast<double>(smallest)));
}

TEST(ExactSum, OfZerosOrNothingIsZero) {
  const Terms terms(4, std::vector<float>(length, 0.0F));
  const auto sum = exact_sum(world(), part_of(terms, Spread::in_turn, world()), length, 4);
  EXPECT_THAT(sum, ::testing::Each(0.0));
  EXPECT_EQ(exact_sum(world(), {}, 3, 0), std::vector<double>(3, 0.0));
}

TEST(ExactSum, ThrowsTheSameNamedErrorOnAllRanksForABadTerm) {
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
        -std::numeric_limits<float>::infinity()}) {
    // Only the last rank holds the bad term; the others must not hang in the sum.
    Terms mine(1, std::vector<float>(length, 1.0F));
    if (world().rank() == world().num_ranks() - 1) {
      mine[0][200] = bad;
    }
    try {
      (void)exact_sum(world(), mine, length, static_cast<std::uint64_t>(world().num_ranks()));
      ADD_FAILURE() << "no error for " << bad;
    } catch (const NonFiniteTerm& error) {
      EXPECT_EQ(std::string(error.what()), "element 200 of a term on rank " +
                                               std::to_string(world().num_ranks() - 1) +
                                               " is not a finite number");
    }
  }
}

TEST(ExactSum, RejectsAWrongNumberOfTerms) {
  const Terms mine(2, std::vector<float>(length, 1.0F));
  EXPECT_THROW((void)exact_sum(world(), mine, length,
                               static_cast<std::uint64_t>(2 * world().num_ranks() - 1)),
               std::logic_error);
}

}  // namespace
}  // namespace lightreasoner::parallel
