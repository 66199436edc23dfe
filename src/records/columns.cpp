// SPDX-License-Identifier: Apache-2.0
#include "records/columns.hpp"

#include "kernels/plausibility.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <span>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace lightreasoner::records {
namespace {

static_assert(std::endian::native == std::endian::little, "columns are the memory's own bytes");

template <typename Value>
constexpr ElementType element_type_of() {
  if constexpr (sizeof(Value) == 1 || std::is_same_v<Value, support::Sha256>) {
    return ElementType::u8;
  } else if constexpr (std::is_same_v<Value, float>) {
    return ElementType::f32;
  } else {
    return sizeof(Value) == 8 ? ElementType::u64 : ElementType::i32;
  }
}

/// Adds the datasets of columns that are members of an Owner.
template <typename Owner>
struct AddDatasets {
  std::array<Dataset, num_datasets>& datasets;
  std::size_t& size;

  template <typename Member>
  constexpr void operator()(const Column<Member>& column) const {
    using Values = std::remove_cvref_t<decltype(column.member(std::declval<Owner&>()))>;
    using Value = typename Values::value_type;
    constexpr ElementType type = element_type_of<Value>();
    datasets.at(size++) = {column.path, type, sizeof(Value) / size_of(type),
                           column.rule == ColumnRule::offsets, column.description};
  }
  template <typename Member>
  constexpr void operator()(const TextColumn<Member>& column) const {
    datasets.at(size++) = {column.offsets_path, ElementType::u64, 1, true,
                           column.offsets_description};
    datasets.at(size++) = {column.bytes_path, ElementType::u8, 1, false, column.bytes_description};
  }
};

constexpr std::array<Dataset, num_datasets> collect_datasets() {
  std::array<Dataset, num_datasets> datasets{};
  std::size_t size = 0;
  contrast::for_each_column(batch_columns, AddDatasets<RecordBatch>{datasets, size});
  const AddDatasets<contrast::StepContrasts> add{datasets, size};
  contrast::for_each_column(contrast::statistic_columns, add);
  contrast::for_each_column(contrast::floor_columns, add);
  return datasets;
}

static_assert(collect_datasets().back().path != nullptr, "num_text_columns is too large");

/// Copies a batch's columns, one after the other.
struct Flatten {
  Columns columns;
  std::size_t next = 0;

  template <typename Value>
  void add(const std::vector<Value>& values) {
    const auto bytes = std::as_bytes(std::span(values));
    columns.at(next++).assign(bytes.begin(), bytes.end());
  }
  template <typename Member, typename Value>
  void operator()(const Column<Member>& /*column*/, const std::vector<Value>& values) {
    add(values);
  }
  template <typename Member>
  void operator()(const TextColumn<Member>& /*column*/, const std::vector<std::string>& texts) {
    std::vector<std::uint64_t> offsets{0};
    std::vector<char> bytes;
    for (const std::string& text : texts) {
      bytes.insert(bytes.end(), text.begin(), text.end());
      offsets.push_back(bytes.size());
    }
    add(offsets);
    add(bytes);
  }
};

void check(bool rule_holds, const char* path, const char* rule) {
  if (!rule_holds) {
    throw std::runtime_error(std::string(path) + " " + rule);
  }
}

/// Fills a batch's columns, one after the other.
struct Unflatten {
  Columns& columns;
  std::size_t next = 0;

  template <typename Value>
  void take(const char* path, std::vector<Value>& values) {
    const std::vector<std::byte> bytes = std::exchange(columns.at(next++), {});
    check(bytes.size() % sizeof(Value) == 0, path, "ends inside a value");
    values.resize(bytes.size() / sizeof(Value));
    if (!bytes.empty()) {
      std::memcpy(values.data(), bytes.data(), bytes.size());
    }
  }
  template <typename Member, typename Value>
  void operator()(const Column<Member>& column, std::vector<Value>& values) {
    take(column.path, values);
  }
  template <typename Member>
  void operator()(const TextColumn<Member>& column, std::vector<std::string>& texts) {
    std::vector<std::uint64_t> offsets;
    std::vector<char> bytes;
    take(column.offsets_path, offsets);
    take(column.bytes_path, bytes);
    check(!offsets.empty() && offsets.front() == 0 && offsets.back() == bytes.size(),
          column.offsets_path, "does not span its bytes");
    texts.clear();
    for (std::size_t row = 0; row + 1 < offsets.size(); ++row) {
      check(offsets[row] <= offsets[row + 1] && offsets[row + 1] <= bytes.size(),
            column.offsets_path, "is not ascending");
      texts.emplace_back(bytes.data() + offsets[row], offsets[row + 1] - offsets[row]);
    }
  }
};

constexpr std::string_view serialized_magic = "LRBATCH2";

std::string_view take_piece(std::string_view& bytes, std::uint64_t size, const char* what) {
  check(bytes.size() >= size, "record batch ends inside", what);
  const std::string_view piece = bytes.substr(0, size);
  bytes.remove_prefix(size);
  return piece;
}

/// Bytes of one dataset of records of that size.
std::uint64_t planned_bytes(const Dataset& dataset, const PlannedBatch& size) {
  const std::string_view path = dataset.path;
  const std::uint64_t row = size_of(dataset.type) * dataset.row_length;
  const std::uint64_t steps = size.num_problems * size.steps;
  if (path.ends_with("_bytes")) {
    // A question lies within its prompt, whose tokens have a few bytes each; ids are shorter.
    constexpr std::uint64_t bytes_of_token = 4;
    return size.num_problems * size.prompt * bytes_of_token;
  }
  if (path.starts_with("/problems")) {
    return (size.num_problems + (dataset.is_offsets ? 1 : 0)) * row;
  }
  if (path.starts_with("/prompts")) {
    return size.num_problems * size.prompt * row;
  }
  if (path.starts_with("/steps")) {
    return (steps + (dataset.is_offsets ? 1 : 0)) * row;
  }
  return steps * kernels::planned_entries(size.plausibility_floor) * row;
}

}  // namespace

constinit const std::array<Dataset, num_datasets> schema = collect_datasets();

std::uint64_t batch_bytes(const PlannedBatch& size) {
  std::uint64_t sum = 0;
  for (const Dataset& dataset : schema) {
    sum += planned_bytes(dataset, size);
  }
  return sum;
}

std::uint64_t unpacking_bytes(const PlannedBatch& size) {
  std::uint64_t longest = 0;
  for (const Dataset& dataset : schema) {
    longest = std::max(longest, planned_bytes(dataset, size));
  }
  return batch_bytes(size) + longest;
}

std::size_t num_rows(const Columns& columns, std::size_t dataset) {
  const Dataset& entry = schema.at(dataset);
  return columns.at(dataset).size() / (size_of(entry.type) * entry.row_length);
}

std::uint64_t num_bytes(const Columns& columns) {
  std::uint64_t sum = 0;
  for (const auto& column : columns) {
    sum += column.size();
  }
  return sum;
}

Columns to_columns(const RecordBatch& batch) {
  Flatten flatten;
  visit_columns(batch, flatten);
  return std::move(flatten.columns);
}

RecordBatch from_columns(Columns columns) {
  RecordBatch batch;
  visit_columns(batch, Unflatten{columns});
  return batch;
}

std::vector<std::byte> shifted_offsets(const std::vector<std::byte>& offsets, std::uint64_t shift,
                                       bool keeps_first) {
  std::vector<std::byte> shifted;
  for (std::size_t at = keeps_first ? 0 : sizeof shift; at < offsets.size(); at += sizeof shift) {
    std::uint64_t offset = 0;
    std::memcpy(&offset, &offsets[at], sizeof offset);
    offset += shift;
    const auto bytes = std::as_bytes(std::span(&offset, 1));
    shifted.insert(shifted.end(), bytes.begin(), bytes.end());
  }
  return shifted;
}

void append_columns(Columns& target, const Columns& source) {
  for (std::size_t i = 0; i < schema.size(); ++i) {
    // The elements of an offsets column are appended after it.
    const std::vector<std::byte> added =
        schema.at(i).is_offsets
            ? shifted_offsets(source.at(i), num_rows(target, i + 1), /*keeps_first=*/false)
            : source.at(i);
    target.at(i).insert(target.at(i).end(), added.begin(), added.end());
  }
}

std::string serialize(const Columns& columns) {
  std::string bytes(serialized_magic);
  for (const auto& column : columns) {
    const std::uint64_t size = column.size();
    bytes.append(reinterpret_cast<const char*>(&size), sizeof size);
    bytes.append(reinterpret_cast<const char*>(column.data()), column.size());
  }
  return bytes;
}

Columns deserialize(std::string_view bytes) {
  if (!bytes.starts_with(serialized_magic)) {
    throw std::runtime_error("these bytes are no record batch of this version");
  }
  bytes.remove_prefix(serialized_magic.size());
  Columns columns;
  for (std::size_t i = 0; i < schema.size(); ++i) {
    std::uint64_t size = 0;
    std::memcpy(&size, take_piece(bytes, sizeof size, "a column's length").data(), sizeof size);
    const auto values = std::as_bytes(std::span(take_piece(bytes, size, schema.at(i).path)));
    check(size % (size_of(schema.at(i).type) * schema.at(i).row_length) == 0, schema.at(i).path,
          "ends inside a row");
    columns.at(i).assign(values.begin(), values.end());
  }
  if (!bytes.empty()) {
    throw std::runtime_error("record batch is followed by other bytes");
  }
  return columns;
}

}  // namespace lightreasoner::records
