// SPDX-License-Identifier: Apache-2.0
#include "records/record_batch.hpp"

#include "records/schema.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <span>
#include <stdexcept>

namespace lightreasoner::records {
namespace {

template <typename Value>
void append_all(std::vector<Value>& target, const std::vector<Value>& source) {
  target.insert(target.end(), source.begin(), source.end());
}

void append_offsets(std::vector<std::uint64_t>& target, const std::vector<std::uint64_t>& source) {
  const std::uint64_t base = target.back();
  for (std::size_t i = 1; i < source.size(); ++i) {
    target.push_back(base + source[i]);
  }
}

void check(bool rule_holds, const char* name, const char* rule) {
  if (!rule_holds) {
    throw std::runtime_error(std::string(name) + " " + rule);
  }
}

void check_offsets(const char* name, const std::vector<std::uint64_t>& offsets,
                   std::size_t num_rows, std::size_t num_elements) {
  check(offsets.size() == num_rows + 1, name, "does not have one value more than there are rows");
  check(offsets.front() == 0, name, "does not begin with 0");
  check(std::is_sorted(offsets.begin(), offsets.end()), name, "is not ascending");
  check(offsets.back() == num_elements, name, "does not end at its elements' number");
}

template <typename Value>
void check_size(const char* name, const std::vector<Value>& values, std::size_t size) {
  check(values.size() == size, name, "has another length than its axis");
}

void check_ids(const char* name, const std::vector<std::int32_t>& ids, std::int64_t vocabulary) {
  for (const std::int32_t id : ids) {
    check(id >= 0 && (vocabulary == 0 || id < vocabulary), name, "holds an id out of range");
  }
}

template <typename Rule>
void check_values(const char* name, const std::vector<float>& values, std::size_t size,
                  const Rule& in_range) {
  check_size(name, values, size);
  check(std::all_of(values.begin(), values.end(), in_range), name, "holds a value out of range");
}

void check_contrasts(const contrast::StepContrasts& contrasts, std::size_t num_steps,
                     std::int64_t vocabulary) {
  const auto non_negative = [](float value) { return std::isfinite(value) && value >= 0; };
  const auto share = [](float value) { return value > 0 && value <= 1; };
  const auto finite = [](float value) { return std::isfinite(value); };
  check_values("kl", contrasts.kl, num_steps, non_negative);
  check_values("expert_entropy", contrasts.expert_entropy, num_steps, non_negative);
  check_values("amateur_entropy", contrasts.amateur_entropy, num_steps, non_negative);
  check_size("expert_top_id", contrasts.expert_top_id, num_steps);
  check_size("amateur_top_id", contrasts.amateur_top_id, num_steps);
  check_ids("expert_top_id", contrasts.expert_top_id, vocabulary);
  check_ids("amateur_top_id", contrasts.amateur_top_id, vocabulary);
  check_values("expert_top_probability", contrasts.expert_top_probability, num_steps, share);
  check_values("amateur_top_probability", contrasts.amateur_top_probability, num_steps, share);
  const auto share_or_none = [](float value) { return value >= 0 && value <= 1; };
  check_values("expert_lost_mass", contrasts.expert_lost_mass, num_steps, share_or_none);
  check_values("amateur_lost_mass", contrasts.amateur_lost_mass, num_steps, share_or_none);
  const std::size_t num_entries = contrasts.floor_ids.size();
  check_offsets("floor_offsets", contrasts.floor_offsets, num_steps, num_entries);
  check_ids("floor_ids", contrasts.floor_ids, vocabulary);
  for (std::size_t step = 0; step < num_steps; ++step) {
    for (std::uint64_t entry = contrasts.floor_offsets[step] + 1;
         entry < contrasts.floor_offsets[step + 1]; ++entry) {
      check(contrasts.floor_ids[entry - 1] < contrasts.floor_ids[entry], "floor_ids",
            "do not ascend within a step");
    }
  }
  check_values("floor_expert_log_probability", contrasts.floor_expert_log_probability, num_entries,
               finite);
  check_values("floor_amateur_log_probability", contrasts.floor_amateur_log_probability,
               num_entries, finite);
}

constexpr char serialized_magic[8] = {'L', 'R', 'B', 'A', 'T', 'C', 'H', '2'};

}  // namespace

void append_batch(RecordBatch& target, const RecordBatch& source) {
  append_all(target.problem_ids, source.problem_ids);
  append_all(target.text_ids, source.text_ids);
  append_all(target.questions, source.questions);
  append_all(target.line_sha256, source.line_sha256);
  append_all(target.finish_reasons, source.finish_reasons);
  append_offsets(target.prompt_offsets, source.prompt_offsets);
  append_all(target.prompt_ids, source.prompt_ids);
  append_offsets(target.step_offsets, source.step_offsets);
  append_all(target.token_ids, source.token_ids);
  contrast::append_steps(target.contrasts, source.contrasts, 0, source.contrasts.num_steps());
}

void check_batch(const RecordBatch& batch, std::int64_t vocabulary) {
  const std::size_t num_problems = batch.num_problems();
  check(std::adjacent_find(batch.problem_ids.begin(), batch.problem_ids.end(),
                           std::greater_equal<>()) == batch.problem_ids.end(),
        "problem_ids", "do not ascend");
  check_size("text_ids", batch.text_ids, num_problems);
  check_size("questions", batch.questions, num_problems);
  check_size("line_sha256", batch.line_sha256, num_problems);
  check_size("finish_reasons", batch.finish_reasons, num_problems);
  for (const FinishReason reason : batch.finish_reasons) {
    check(reason == FinishReason::stop || reason == FinishReason::length, "finish_reasons",
          "holds an unknown reason");
  }
  check_offsets("prompt_offsets", batch.prompt_offsets, num_problems, batch.prompt_ids.size());
  check_ids("prompt_ids", batch.prompt_ids, vocabulary);
  check_offsets("step_offsets", batch.step_offsets, num_problems, batch.num_steps());
  check_ids("token_ids", batch.token_ids, vocabulary);
  check_contrasts(batch.contrasts, batch.num_steps(), vocabulary);
}

std::string serialize(const RecordBatch& batch) {
  const Columns columns = to_columns(batch);
  std::string bytes(serialized_magic, sizeof serialized_magic);
  for (const auto& column : columns) {
    const std::uint64_t size = column.size();
    bytes.append(reinterpret_cast<const char*>(&size), sizeof size);
    bytes.append(reinterpret_cast<const char*>(column.data()), column.size());
  }
  return bytes;
}

RecordBatch deserialize(std::string_view bytes) {
  if (!bytes.starts_with(std::string_view(serialized_magic, sizeof serialized_magic))) {
    throw std::runtime_error("these bytes are no record batch of this version");
  }
  bytes.remove_prefix(sizeof serialized_magic);
  Columns columns;
  for (auto& column : columns) {
    std::uint64_t size = 0;
    if (bytes.size() < sizeof size) {
      throw std::runtime_error("record batch ends inside a column's length");
    }
    std::memcpy(&size, bytes.data(), sizeof size);
    bytes.remove_prefix(sizeof size);
    if (bytes.size() < size) {
      throw std::runtime_error("record batch ends inside a column");
    }
    const auto values = std::as_bytes(std::span(bytes.substr(0, size)));
    column.assign(values.begin(), values.end());
    bytes.remove_prefix(size);
  }
  if (!bytes.empty()) {
    throw std::runtime_error("record batch is followed by other bytes");
  }
  return from_columns(columns);
}

}  // namespace lightreasoner::records
