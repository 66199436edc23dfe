// SPDX-License-Identifier: Apache-2.0
/// A batch of token rows being read by a model, some columns at a time.
#pragma once

#include "model/decoder.hpp"

#include <ATen/core/Tensor.h>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace lightreasoner::model {

using TokenRows = std::span<const std::vector<std::int32_t>>;

/// How far a model has read a batch of left-padded rows, and what it reads next.
struct Reading {
  KvCache cache;
  std::vector<std::int64_t> rows;         ///< indices of the rows still running
  TokenBatch next;                        ///< ends with each row's last token
  std::vector<std::int64_t> lengths;      ///< [running rows] tokens of a row, `next` included
  std::optional<std::int32_t> hidden_id;  ///< a token that no column attends to
};

/// Rows 0, 1, ... of which nothing has been read.
[[nodiscard]] Reading start_reading(std::size_t num_rows,
                                    std::optional<std::int32_t> hidden_id = std::nullopt);

/// Keeps the rows at the given places among those still running.
void keep_rows(Reading& reading, const std::vector<std::int64_t>& places);

/// `rows` [running rows] follow what has been read: they become `next`, padded on the left where a
/// row is longer than others.
void follow_with(Reading& reading, const Decoder& decoder, TokenRows rows);

}  // namespace lightreasoner::model
