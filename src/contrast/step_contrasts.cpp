// SPDX-License-Identifier: Apache-2.0
#include "contrast/step_contrasts.hpp"

#include "support/errors.hpp"

namespace lightreasoner::contrast {
namespace {

template <typename Value>
void append_range(std::vector<Value>& target, const std::vector<Value>& source, std::size_t first,
                  std::size_t last) {
  target.insert(target.end(), source.begin() + static_cast<std::ptrdiff_t>(first),
                source.begin() + static_cast<std::ptrdiff_t>(last));
}

}  // namespace

void append_step(StepContrasts& target, const StepContrast& step) {
  for_each_column(statistic_columns, [&](const auto& column) {
    column.member(target).push_back(column.member(step));
  });
}

void append_steps(StepContrasts& target, const StepContrasts& source, std::size_t first,
                  std::size_t last) {
  support::require(first <= last && last <= source.num_steps(), "no such steps");
  for_each_column(statistic_columns, [&](const auto& column) {
    append_range(column.member(target), column.member(source), first, last);
  });
  const std::uint64_t first_entry = source.floor.offsets[first];
  const std::uint64_t last_entry = source.floor.offsets[last];
  const std::uint64_t base = target.floor.offsets.back();
  for (std::size_t step = first; step < last; ++step) {
    target.floor.offsets.push_back(base + source.floor.offsets[step + 1] - first_entry);
  }
  for_each_column(floor_columns, [&](const auto& column) {
    if (column.rule != ColumnRule::offsets) {
      append_range(column.member(target), column.member(source), first_entry, last_entry);
    }
  });
}

}  // namespace lightreasoner::contrast
