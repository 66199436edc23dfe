// SPDX-License-Identifier: Apache-2.0
#include "records/record_batch.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <stdexcept>
#include <string_view>
#include <type_traits>
#include <utility>

namespace lightreasoner::records {
namespace {

void check(bool rule_holds, const char* path, const char* rule) {
  if (!rule_holds) {
    throw std::runtime_error(std::string(path) + " " + rule);
  }
}

bool obeys(ColumnRule rule, float value) {
  switch (rule) {
    case ColumnRule::non_negative:
      return std::isfinite(value) && value >= 0;
    case ColumnRule::share:
      return value > 0 && value <= 1;
    case ColumnRule::part:
      return value >= 0 && value <= 1;
    default:
      return std::isfinite(value);
  }
}

bool obeys(ColumnRule rule, std::int32_t value) {
  return rule != ColumnRule::token_id || value >= 0;
}

/// Checks each column against its axis and its rule.
struct CheckColumn {
  const RecordBatch& batch;
  /// An offsets column's end and path, until the column it points into is at hand.
  std::uint64_t end = 0;
  const char* ends_column = nullptr;

  /// Rows of the axis that a path begins with.
  [[nodiscard]] std::size_t rows_of_axis(std::string_view path) const {
    if (path.starts_with("/problems/")) {
      return batch.num_problems();
    }
    if (path.starts_with("/prompts/")) {
      return batch.prompts.token_ids.size();
    }
    return path.starts_with("/steps/") ? batch.num_steps() : batch.steps.contrasts.floor.ids.size();
  }
  void check_offsets(const char* path, const std::vector<std::uint64_t>& offsets) {
    check(offsets.size() == rows_of_axis(path) + 1, path,
          "does not have one value more than there are rows");
    check(offsets.front() == 0, path, "does not begin with 0");
    check(std::is_sorted(offsets.begin(), offsets.end()), path, "is not ascending");
    end = offsets.back();
    ends_column = path;
  }
  void check_length(const char* path, std::size_t length) {
    const std::size_t num_rows = rows_of_axis(path);
    if (const char* const offsets = std::exchange(ends_column, nullptr)) {
      check(end == num_rows, offsets, "does not end at its elements' number");
    }
    check(length == num_rows, path, "has another length than its axis");
  }

  template <typename Member, typename Value>
  void operator()(const Column<Member>& column, const std::vector<Value>& values) {
    if constexpr (std::is_same_v<Value, std::uint64_t>) {
      if (column.rule == ColumnRule::offsets) {
        return check_offsets(column.path, values);
      }
    }
    check_length(column.path, values.size());
    if constexpr (std::is_same_v<Value, float> || std::is_same_v<Value, std::int32_t>) {
      check(std::all_of(values.begin(), values.end(),
                        [&](Value value) { return obeys(column.rule, value); }),
            column.path, "holds a value out of range");
    }
  }
  template <typename Member>
  void operator()(const TextColumn<Member>& column, const std::vector<std::string>& texts) {
    check_length(column.offsets_path, texts.size());
  }
};

void check_floor_order(const contrast::FloorSets& floor, std::size_t num_steps) {
  for (std::size_t step = 0; step < num_steps; ++step) {
    for (std::uint64_t entry = floor.offsets[step] + 1; entry < floor.offsets[step + 1]; ++entry) {
      check(floor.ids[entry - 1] < floor.ids[entry], "/floor/token_id",
            "does not ascend within a step");
    }
  }
}

}  // namespace

void check_batch(const RecordBatch& batch) {
  visit_columns(batch, CheckColumn{.batch = batch});
  const std::vector<std::uint64_t>& ids = batch.problems.ids;
  check(std::adjacent_find(ids.begin(), ids.end(), std::greater_equal<>()) == ids.end(),
        "/problems/id", "does not ascend");
  for (const FinishReason reason : batch.problems.finish_reasons) {
    check(reason == FinishReason::stop || reason == FinishReason::length, "/problems/finish_reason",
          "holds an unknown reason");
  }
  check_floor_order(batch.steps.contrasts.floor, batch.num_steps());
}

}  // namespace lightreasoner::records
