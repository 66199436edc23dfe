// SPDX-License-Identifier: Apache-2.0
#include "attention/new_tokens.hpp"

#include "device/transfer.hpp"

#include <ATen/ATen.h>
#include <algorithm>

namespace lightreasoner::attention {

NewTokens count_tokens(const at::Tensor& is_token, at::Device device) {
  const auto flags = is_token.accessor<bool, 2>();
  const std::int64_t length = is_token.size(1);
  NewTokens tokens;
  std::vector<std::int64_t> places;
  std::vector<std::int64_t> tokens_at;
  for (std::int64_t row = 0; row < is_token.size(0); ++row) {
    const auto begin = static_cast<std::int64_t>(places.size());
    for (std::int64_t place = 0; place < length; ++place) {
      if (flags[row][place]) places.push_back(row * length + place);
      // Before its row's first token a place has that of an earlier row, or the very first.
      tokens_at.push_back(std::max(static_cast<std::int64_t>(places.size()) - 1, std::int64_t{0}));
    }
    const auto count = static_cast<std::int64_t>(places.size()) - begin;
    const std::int64_t first = count == 0 ? 0 : places[static_cast<std::size_t>(begin)];
    if (count > 0 && places.back() - first != count - 1) return {};
    tokens.lengths.push_back(count);
  }
  if (std::ssize(places) < is_token.numel()) {
    tokens.places = device::ids_to_device(places, device);
    tokens.tokens_at = device::ids_to_device(tokens_at, device);
  }
  return tokens;
}

at::Tensor pack(const NewTokens& tokens, const at::Tensor& places) {
  const at::Tensor flat = places.flatten(0, 1);
  return tokens.places.defined() ? flat.index_select(0, tokens.places) : flat;
}

at::Tensor unpack(const NewTokens& tokens, const at::Tensor& packed, std::int64_t length) {
  const at::Tensor flat =
      tokens.places.defined() ? packed.index_select(0, tokens.tokens_at) : packed;
  return flat.unflatten(0, {std::ssize(tokens.lengths), length});
}

}  // namespace lightreasoner::attention
