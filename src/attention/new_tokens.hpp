// SPDX-License-Identifier: Apache-2.0
/// Which of a pass's places hold tokens, as attention by lengths needs it.
#pragma once

#include <ATen/core/Tensor.h>
#include <cstdint>
#include <vector>

namespace lightreasoner::attention {

/// The tokens among [rows, length] new places, row after row.
struct NewTokens {
  /// [rows] tokens of each row, in the host's memory; empty: nobody has counted.
  std::vector<std::int64_t> lengths;
  /// [tokens] int64: their places, seen as [rows * length]. Undefined where all places are tokens.
  at::Tensor places;
  /// [rows * length] int64: the token at a place, for padding any. Undefined where `places` is.
  at::Tensor tokens_at;
};

/// Counts the places of `is_token` [rows, length] bool, which is in the host's memory; the tensors
/// are on `device`. Nothing where a row's tokens are not side by side, with padding before or after
/// them.
[[nodiscard]] NewTokens count_tokens(const at::Tensor& is_token, at::Device device);

/// [rows, length, ..] to [tokens, ..].
[[nodiscard]] at::Tensor pack(const NewTokens& tokens, const at::Tensor& places);
/// [tokens, ..] to [rows, length, ..]; padding places get some token's.
[[nodiscard]] at::Tensor unpack(const NewTokens& tokens, const at::Tensor& packed,
                                std::int64_t length);

}  // namespace lightreasoner::attention
