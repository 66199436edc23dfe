// SPDX-License-Identifier: Apache-2.0
/// The supervision record: everything sampling found out about a run of problems.
#pragma once

#include "contrast/step_contrasts.hpp"
#include "support/hashing.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace lightreasoner::records {

enum class FinishReason : std::uint8_t { stop = 0, length = 1 };

/// Records of consecutive problems in CSR form; the unit of journals and the content of a shard.
struct RecordBatch {
  std::vector<std::uint64_t> problem_ids;        ///< [problems] ascending
  std::vector<std::string> text_ids;             ///< [problems]
  std::vector<std::string> questions;            ///< [problems]
  std::vector<support::Sha256> line_sha256;      ///< [problems] of the source line
  std::vector<FinishReason> finish_reasons;      ///< [problems]
  std::vector<std::uint64_t> prompt_offsets{0};  ///< [problems + 1]
  std::vector<std::int32_t> prompt_ids;          ///< [prompt tokens]
  std::vector<std::uint64_t> step_offsets{0};    ///< [problems + 1]
  std::vector<std::int32_t> token_ids;           ///< [steps] the expert's token a_t
  contrast::StepContrasts contrasts;             ///< [steps]

  [[nodiscard]] std::size_t num_problems() const { return problem_ids.size(); }
  [[nodiscard]] std::size_t num_steps() const { return token_ids.size(); }
};

/// Appends all problems of `source`.
void append_batch(RecordBatch& target, const RecordBatch& source);

/// Throws std::runtime_error naming the broken rule when offsets, lengths or values do not fit
/// together: rowptr[0] = 0, monotone, last = length, ids below `vocabulary` (0: not checked),
/// finite values, ascending problem ids.
void check_batch(const RecordBatch& batch, std::int64_t vocabulary);

/// Portable little-endian bytes, used by journals.
[[nodiscard]] std::string serialize(const RecordBatch& batch);
/// Inverse of serialize. Throws std::runtime_error on bytes that are not a batch.
[[nodiscard]] RecordBatch deserialize(std::string_view bytes);

}  // namespace lightreasoner::records
