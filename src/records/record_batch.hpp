// SPDX-License-Identifier: Apache-2.0
/// The supervision record, everything sampling found out about a run of problems, and the list of
/// its columns, from which journal entries and shards are written, read, checked and described.
#pragma once

#include "contrast/step_contrasts.hpp"
#include "support/hashing.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

namespace lightreasoner::records {

enum class FinishReason : std::uint8_t { stop = 0, length = 1 };

/// What is kept of each problem. [problems] each
struct ProblemRecords {
  std::vector<std::uint64_t> ids;  ///< ascending
  std::vector<std::string> text_ids;
  std::vector<std::string> questions;
  std::vector<support::Sha256> line_sha256;
  std::vector<FinishReason> finish_reasons;
};

struct PromptRecords {
  std::vector<std::uint64_t> offsets{0};  ///< [problems + 1] into token_ids
  std::vector<std::int32_t> token_ids;    ///< [prompt tokens]
};

struct StepRecords {
  std::vector<std::uint64_t> offsets{0};  ///< [problems + 1] into token_ids and contrasts
  std::vector<std::int32_t> token_ids;    ///< [steps] the expert's token a_t
  contrast::StepContrasts contrasts;      ///< [steps]
};

/// Records of consecutive problems in CSR form: what a unit of sampling makes, and what a shard
/// holds.
struct RecordBatch {
  ProblemRecords problems;
  PromptRecords prompts;
  StepRecords steps;

  [[nodiscard]] std::size_t num_problems() const { return problems.ids.size(); }
  [[nodiscard]] std::size_t num_steps() const { return steps.token_ids.size(); }
};

using contrast::Column;
using contrast::ColumnRule;

/// A column of texts is stored as two: where each begins, and the bytes of all.
template <typename Member>
struct TextColumn {
  const char* offsets_path;
  const char* offsets_description;
  const char* bytes_path;
  const char* bytes_description;
  Member member;
};
// As for Column.
template <typename Member>
TextColumn(const char*, const char*, const char*, const char*, Member) -> TextColumn<Member>;

/// The columns of a RecordBatch that are not the contrast's own, in the order of records: those
/// come after them.
inline constexpr std::tuple batch_columns{
    Column{"/problems/id", "[problems] 0-based line index in the problem set, ascending",
           ColumnRule::any, [](auto& batch) -> decltype(auto) { return (batch.problems.ids); }},
    TextColumn{"/problems/text_id_offsets", "[problems + 1] into text_id_bytes",
               "/problems/text_id_bytes", "UTF-8 of the set's own ids, one after the other",
               [](auto& batch) -> decltype(auto) { return (batch.problems.text_ids); }},
    TextColumn{"/problems/question_offsets", "[problems + 1] into question_bytes",
               "/problems/question_bytes", "UTF-8 of the questions, one after the other",
               [](auto& batch) -> decltype(auto) { return (batch.problems.questions); }},
    Column{"/problems/line_sha256",
           "[problems, 32] SHA-256 of the source line without its line ending", ColumnRule::any,
           [](auto& batch) -> decltype(auto) { return (batch.problems.line_sha256); }},
    Column{"/problems/finish_reason",
           "[problems] 0: the expert ended its text, 1: sampling.max_new_tokens reached",
           ColumnRule::any,
           [](auto& batch) -> decltype(auto) { return (batch.problems.finish_reasons); }},
    Column{"/problems/prompt_offsets", "[problems + 1] into /prompts", ColumnRule::offsets,
           [](auto& batch) -> decltype(auto) { return (batch.prompts.offsets); }},
    Column{"/prompts/token_id", "token ids of the prompts as the models saw them",
           ColumnRule::token_id,
           [](auto& batch) -> decltype(auto) { return (batch.prompts.token_ids); }},
    Column{"/problems/step_offsets", "[problems + 1] into /steps", ColumnRule::offsets,
           [](auto& batch) -> decltype(auto) { return (batch.steps.offsets); }},
    Column{"/steps/token_id", "[steps] the expert's greedy token, end token included",
           ColumnRule::token_id,
           [](auto& batch) -> decltype(auto) { return (batch.steps.token_ids); }},
};

// A member that no list names would not be stored.
static_assert(sizeof(RecordBatch) - sizeof(contrast::StepContrasts) ==
              sizeof(std::vector<std::byte>) * std::tuple_size_v<decltype(batch_columns)>);

/// Calls visit(column, values) with every column of `batch` and what it holds, in the order of
/// records.
template <typename Batch, typename Visit>
void visit_columns(Batch& batch, Visit&& visit) {
  contrast::for_each_column(batch_columns,
                            [&](const auto& column) { visit(column, column.member(batch)); });
  const auto visit_contrasts = [&](const auto& column) {
    visit(column, column.member(batch.steps.contrasts));
  };
  contrast::for_each_column(contrast::statistic_columns, visit_contrasts);
  contrast::for_each_column(contrast::floor_columns, visit_contrasts);
}

/// Throws std::runtime_error naming the dataset and the broken rule when lengths, offsets or values
/// do not fit together, or problem ids or a step's floor set do not ascend.
void check_batch(const RecordBatch& batch);

}  // namespace lightreasoner::records
