// SPDX-License-Identifier: Apache-2.0
/// A batch of token rows on its way through a model, some places at a time.
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

/// How far a model has come with a batch of left-padded rows, and what it computes next.
struct RunningBatch {
  KvCache cache;
  std::vector<std::int64_t> rows;         ///< indices of the rows still running
  TokenBatch next;                        ///< ends with each row's last token
  std::vector<std::int64_t> lengths;      ///< [running rows] tokens of a row, `next` included
  std::optional<std::int32_t> hidden_id;  ///< a token that no place attends to
};

/// Rows 0, 1, ... with no tokens yet, for a model on `device`.
[[nodiscard]] RunningBatch start_batch(std::size_t num_rows, at::Device device,
                                       std::optional<std::int32_t> hidden_id = std::nullopt);

/// Keeps the rows at the given places among those still running.
void keep_rows(RunningBatch& batch, const std::vector<std::int64_t>& places);

/// Appends `rows` [running rows] to the rows: they become `next`, padded on the left where a row is
/// longer than others.
void append_tokens(RunningBatch& batch, const Decoder& decoder, TokenRows rows);

}  // namespace lightreasoner::model
