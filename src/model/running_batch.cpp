// SPDX-License-Identifier: Apache-2.0
#include "model/running_batch.hpp"

#include "device/transfer.hpp"
#include "support/errors.hpp"

#include <ATen/ATen.h>
#include <algorithm>
#include <numeric>
#include <utility>

namespace lightreasoner::model {
namespace {

/// In the host's memory: rows padded on the left to the longest; row r's positions begin at its
/// length, which grows.
TokenBatch padded_tokens(const Decoder& decoder, TokenRows rows, RunningBatch& batch) {
  std::size_t longest = 0;
  for (const std::vector<std::int32_t>& row : rows) {
    longest = std::max(longest, row.size());
  }
  const std::vector<std::int64_t> shape{std::ssize(rows), static_cast<std::int64_t>(longest)};
  TokenBatch tokens{at::zeros(shape, at::kLong), at::zeros(shape, at::kLong),
                    at::zeros(shape, at::kBool)};
  auto* const ids = tokens.ids.mutable_data_ptr<std::int64_t>();
  auto* const positions = tokens.positions.mutable_data_ptr<std::int64_t>();
  auto* const is_token = tokens.is_token.mutable_data_ptr<bool>();
  for (std::size_t row = 0; row < rows.size(); ++row) {
    std::size_t place = (row + 1) * longest - rows[row].size();
    for (const std::int32_t id : rows[row]) {
      support::require(id >= 0 && id < decoder.config.shape.vocabulary,
                       "a token id out of vocabulary");
      ids[place] = id;
      positions[place] = batch.lengths[row]++;
      is_token[place] = id != batch.hidden_id;
      ++place;
    }
  }
  return tokens;
}

}  // namespace

RunningBatch start_batch(std::size_t num_rows, at::Device device,
                         std::optional<std::int32_t> hidden_id) {
  RunningBatch batch;
  batch.hidden_id = hidden_id;
  batch.lengths.assign(num_rows, 0);
  batch.rows.resize(num_rows);
  std::iota(batch.rows.begin(), batch.rows.end(), std::int64_t{0});
  const auto rows = static_cast<std::int64_t>(num_rows);
  const auto none = [&](at::ScalarType type) {
    return at::empty({rows, 0}, at::TensorOptions(type).device(device));
  };
  batch.next = {none(at::kLong), none(at::kLong), none(at::kBool)};
  return batch;
}

void keep_rows(RunningBatch& batch, const std::vector<std::int64_t>& places) {
  const at::Tensor index = device::ids_to_device(places, batch.next.is_token.device());
  batch.cache.keep_rows(places);
  for (at::Tensor* tensor : {&batch.next.ids, &batch.next.positions, &batch.next.is_token}) {
    *tensor = tensor->index_select(0, index);
  }
  std::vector<std::int64_t> rows;
  std::vector<std::int64_t> lengths;
  for (const std::int64_t place : places) {
    rows.push_back(batch.rows[static_cast<std::size_t>(place)]);
    lengths.push_back(batch.lengths[static_cast<std::size_t>(place)]);
  }
  batch.rows = std::move(rows);
  batch.lengths = std::move(lengths);
}

void append_tokens(RunningBatch& batch, const Decoder& decoder, TokenRows rows) {
  support::require(rows.size() == batch.rows.size(), "one list of ids for each running row");
  const at::Tensor read = batch.next.is_token;
  batch.next = to_device(padded_tokens(decoder, rows, batch), decoder.device());
  batch.next.is_token = at::cat({read, batch.next.is_token}, 1);
  // A hidden token lies among others that see each other across it.
  if (batch.hidden_id) batch.next.tokens = {};
}

}  // namespace lightreasoner::model
