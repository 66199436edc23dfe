// SPDX-License-Identifier: Apache-2.0
/// A floating-point sum over ranks whose bits do not depend on how the terms are spread.
#pragma once

#include "parallel/communicator.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <vector>

namespace lightreasoner::parallel {

/// A term to be added is NaN or infinite; every rank throws it with the same message.
struct NonFiniteTerm : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// What a rank holds at most while it sums, beside its terms: integers and the result.
[[nodiscard]] constexpr std::uint64_t exact_sum_bytes(std::uint64_t length) {
  return length * (sizeof(std::int64_t) + sizeof(double));
}

/// Element-wise sum over ranks of `local_terms` (each of `length` values; a rank may hold none).
///
/// Each term is quantised to a multiple of 2^(e - bits), where 2^e > max|term| over all ranks and
/// bits = 62 - ceil(log2(num_terms)); the integers are added exactly, so the result is the same
/// bits for any rank count and order. |error| <= num_terms * 2^-bits * max|term|,
/// besides the one rounding of the sum to double.
/// `num_terms` is the number of terms over all ranks.
/// Throws NonFiniteTerm naming the lowest rank with one and its position. Collective over comm.
[[nodiscard]] std::vector<double> exact_sum(const Communicator& comm,
                                            std::span<const std::vector<float>> local_terms,
                                            std::size_t length, std::uint64_t num_terms);

}  // namespace lightreasoner::parallel
