// SPDX-License-Identifier: Apache-2.0
#include "parallel/exact_sum.hpp"

#include "support/errors.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <fmt/format.h>

namespace lightreasoner::parallel {
namespace {

struct TermsRange {
  float largest = 0;                   // max |term| of the finite ones
  std::uint64_t first_not_finite = 0;  // 1 + element, 0 when all are finite
};

TermsRange range_of(std::span<const std::vector<float>> terms, std::size_t length) {
  TermsRange range;
  for (const std::vector<float>& term : terms) {
    support::require(term.size() == length, "exact_sum: a term of another length");
    for (std::size_t i = 0; i < length; ++i) {
      if (!std::isfinite(term[i])) {
        range.first_not_finite = i + 1;
        return range;
      }
      range.largest = std::max(range.largest, std::abs(term[i]));
    }
  }
  return range;
}

/// All ranks learn of one rank's bad term before any of them leaves.
void reject_not_finite(const Communicator& comm, std::uint64_t first_not_finite) {
  const std::vector<std::uint64_t> all = all_gather(comm, first_not_finite);
  const auto bad = std::find_if(all.begin(), all.end(), [](std::uint64_t at) { return at != 0; });
  if (bad != all.end()) {
    throw NonFiniteTerm(fmt::format("element {} of a term on rank {} is not a finite number",
                                    *bad - 1, bad - all.begin()));
  }
}

}  // namespace

std::vector<double> exact_sum(const Communicator& comm,
                              std::span<const std::vector<float>> local_terms, std::size_t length,
                              std::uint64_t num_terms) {
  // The head room below is for this many terms: more would overflow unseen.
  support::require(all_reduce_sum(comm, std::uint64_t{local_terms.size()}) == num_terms,
                   "exact_sum: num_terms is not the number of terms over all ranks");
  const TermsRange range = range_of(local_terms, length);
  reject_not_finite(comm, range.first_not_finite);
  const float largest = all_reduce_max(comm, range.largest);
  std::vector<double> sum(length, 0.0);
  if (largest == 0.0F) {
    return sum;
  }
  int exponent = 0;
  std::frexp(largest, &exponent);  // largest < 2^exponent
  const int bits = 62 - static_cast<int>(std::bit_width(num_terms - 1));
  // A float times a power of two within these ranges is exact in double, so rounding happens once,
  // in llround; each quantised term is at most 2^bits.
  const double scale = std::ldexp(1.0, bits - exponent);
  std::vector<std::int64_t> quanta(length, 0);
  for (const std::vector<float>& term : local_terms) {
    for (std::size_t i = 0; i < length; ++i) {
      quanta[i] += std::llround(static_cast<double>(term[i]) * scale);
    }
  }
  all_reduce_sum(comm, std::span(quanta));
  const double quantum = std::ldexp(1.0, exponent - bits);
  std::transform(quanta.begin(), quanta.end(), sum.begin(),
                 [quantum](std::int64_t count) { return static_cast<double>(count) * quantum; });
  return sum;
}

}  // namespace lightreasoner::parallel
