// SPDX-License-Identifier: Apache-2.0
/// The record format: one table of columns, from which shards and journal entries are written,
/// read, hashed and described. Private to the module.
#pragma once

#include "records/record_batch.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace lightreasoner::records {

inline constexpr std::uint64_t format_version = 2;

enum class ElementType : std::uint8_t { u8, i32, u64, f32 };

[[nodiscard]] constexpr std::size_t size_of(ElementType type) {
  return type == ElementType::u8 ? 1 : type == ElementType::u64 ? 8 : 4;
}

/// One HDF5 dataset. An offsets column holds one value more than it has rows and belongs to the
/// column after it: row i owns that column's elements [offsets[i], offsets[i + 1]).
struct ColumnSchema {
  const char* path;
  ElementType type;
  std::size_t row_length;  ///< elements a row; 1: the dataset is a vector
  bool is_offsets;
  const char* description;  ///< stored as the dataset's attribute "description"
};

/// Every dataset of a shard, in the order they are created and written.
inline constexpr std::array schema = {
    ColumnSchema{"/problems/id", ElementType::u64, 1, false,
                 "[problems] 0-based line index in the problem set, ascending"},
    ColumnSchema{"/problems/text_id_offsets", ElementType::u64, 1, true,
                 "[problems + 1] into text_id_bytes"},
    ColumnSchema{"/problems/text_id_bytes", ElementType::u8, 1, false,
                 "UTF-8 of the set's own ids, one after the other"},
    ColumnSchema{"/problems/question_offsets", ElementType::u64, 1, true,
                 "[problems + 1] into question_bytes"},
    ColumnSchema{"/problems/question_bytes", ElementType::u8, 1, false,
                 "UTF-8 of the questions, one after the other"},
    ColumnSchema{"/problems/line_sha256", ElementType::u8, 32, false,
                 "[problems, 32] SHA-256 of the source line without its line ending"},
    ColumnSchema{"/problems/finish_reason", ElementType::u8, 1, false,
                 "[problems] 0: the expert ended its text, 1: sampling.max_new_tokens reached"},
    ColumnSchema{"/problems/prompt_offsets", ElementType::u64, 1, true,
                 "[problems + 1] into /prompts"},
    ColumnSchema{"/prompts/token_id", ElementType::i32, 1, false,
                 "token ids of the prompts as the models saw them"},
    ColumnSchema{"/problems/step_offsets", ElementType::u64, 1, true, "[problems + 1] into /steps"},
    ColumnSchema{"/steps/token_id", ElementType::i32, 1, false,
                 "[steps] the expert's greedy token, end token included"},
    ColumnSchema{"/steps/kl", ElementType::f32, 1, false,
                 "[steps] D_t = KL(expert || amateur), nats"},
    ColumnSchema{"/steps/expert_entropy", ElementType::f32, 1, false, "[steps] nats"},
    ColumnSchema{"/steps/amateur_entropy", ElementType::f32, 1, false, "[steps] nats"},
    ColumnSchema{"/steps/expert_top_id", ElementType::i32, 1, false,
                 "[steps] the expert's most probable token, lowest id of equals"},
    ColumnSchema{"/steps/amateur_top_id", ElementType::i32, 1, false,
                 "[steps] the amateur's most probable token, lowest id of equals"},
    ColumnSchema{"/steps/expert_top_probability", ElementType::f32, 1, false,
                 "[steps] the expert's greatest probability"},
    ColumnSchema{"/steps/amateur_top_probability", ElementType::f32, 1, false,
                 "[steps] the amateur's greatest probability"},
    ColumnSchema{"/steps/expert_lost_mass", ElementType::f32, 1, false,
                 "[steps] the expert's probability outside the vocabulary both models share"},
    ColumnSchema{"/steps/amateur_lost_mass", ElementType::f32, 1, false,
                 "[steps] the amateur's probability outside the vocabulary both models share"},
    ColumnSchema{"/steps/floor_offsets", ElementType::u64, 1, true, "[steps + 1] into /floor"},
    ColumnSchema{"/floor/token_id", ElementType::i32, 1, false,
                 "tokens v with pi_E(v) >= plausibility_floor * max pi_E, ascending in a step"},
    ColumnSchema{"/floor/expert_log_probability", ElementType::f32, 1, false, "log pi_E(v)"},
    ColumnSchema{"/floor/amateur_log_probability", ElementType::f32, 1, false, "log pi_A(v)"},
};

/// A batch as raw little-endian bytes, one entry a column of the schema.
using Columns = std::array<std::vector<std::byte>, schema.size()>;

[[nodiscard]] std::size_t num_rows(const Columns& columns, std::size_t column);

[[nodiscard]] Columns to_columns(const RecordBatch& batch);
/// Throws std::runtime_error naming the column when its bytes cannot be cut as it says. What the
/// values mean is left to check_batch.
[[nodiscard]] RecordBatch from_columns(const Columns& columns);

}  // namespace lightreasoner::records
