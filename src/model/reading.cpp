// SPDX-License-Identifier: Apache-2.0
#include "model/reading.hpp"

#include "support/errors.hpp"

#include <ATen/ATen.h>
#include <algorithm>
#include <numeric>
#include <utility>

namespace lightreasoner::model {
namespace {

/// Rows padded on the left to the longest; row r's positions begin at lengths[r], which grows.
TokenBatch padded_batch(const Decoder& decoder, TokenRows rows, Reading& reading) {
  std::size_t longest = 0;
  for (const std::vector<std::int32_t>& row : rows) {
    longest = std::max(longest, row.size());
  }
  const std::vector<std::int64_t> shape{std::ssize(rows), static_cast<std::int64_t>(longest)};
  TokenBatch batch{at::zeros(shape, at::kLong), at::zeros(shape, at::kLong),
                   at::zeros(shape, at::kBool)};
  auto* const ids = batch.ids.mutable_data_ptr<std::int64_t>();
  auto* const positions = batch.positions.mutable_data_ptr<std::int64_t>();
  auto* const is_token = batch.is_token.mutable_data_ptr<bool>();
  for (std::size_t row = 0; row < rows.size(); ++row) {
    std::size_t place = (row + 1) * longest - rows[row].size();
    for (const std::int32_t id : rows[row]) {
      support::require(id >= 0 && id < decoder.config.shape.vocabulary,
                       "a token id out of vocabulary");
      ids[place] = id;
      positions[place] = reading.lengths[row]++;
      is_token[place] = id != reading.hidden_id;
      ++place;
    }
  }
  return batch;
}

}  // namespace

Reading start_reading(std::size_t num_rows, std::optional<std::int32_t> hidden_id) {
  Reading reading;
  reading.hidden_id = hidden_id;
  reading.lengths.assign(num_rows, 0);
  reading.rows.resize(num_rows);
  std::iota(reading.rows.begin(), reading.rows.end(), std::int64_t{0});
  const auto rows = static_cast<std::int64_t>(num_rows);
  reading.next = {at::empty({rows, 0}, at::kLong), at::empty({rows, 0}, at::kLong),
                  at::empty({rows, 0}, at::kBool)};
  return reading;
}

void keep_rows(Reading& reading, const std::vector<std::int64_t>& places) {
  const at::Tensor index = at::tensor(places, at::kLong);
  reading.cache.keep_rows(index);
  for (at::Tensor* tensor : {&reading.next.ids, &reading.next.positions, &reading.next.is_token}) {
    *tensor = tensor->index_select(0, index);
  }
  std::vector<std::int64_t> rows;
  std::vector<std::int64_t> lengths;
  for (const std::int64_t place : places) {
    rows.push_back(reading.rows[static_cast<std::size_t>(place)]);
    lengths.push_back(reading.lengths[static_cast<std::size_t>(place)]);
  }
  reading.rows = std::move(rows);
  reading.lengths = std::move(lengths);
}

void follow_with(Reading& reading, const Decoder& decoder, TokenRows rows) {
  support::require(rows.size() == reading.rows.size(), "one list of ids a running row");
  const at::Tensor read = reading.next.is_token;
  reading.next = padded_batch(decoder, rows, reading);
  reading.next.is_token = at::cat({read, reading.next.is_token}, 1);
}

}  // namespace lightreasoner::model
