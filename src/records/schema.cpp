// SPDX-License-Identifier: Apache-2.0
#include "records/schema.hpp"

#include "support/errors.hpp"

#include <bit>
#include <cstring>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>

namespace lightreasoner::records {
namespace {

static_assert(std::endian::native == std::endian::little, "columns are the memory's own bytes");

template <typename T>
constexpr ElementType element_type_of() {
  if constexpr (sizeof(T) == 1 || std::is_same_v<T, support::Sha256>) {
    return ElementType::u8;
  } else if constexpr (std::is_same_v<T, float>) {
    return ElementType::f32;
  } else {
    return sizeof(T) == 8 ? ElementType::u64 : ElementType::i32;
  }
}

/// Calls `visit` with every field of a batch, in the schema's order. A vector of strings stands for
/// two columns, offsets and bytes.
template <typename Batch, typename Visitor>
void visit_fields(Batch& batch, Visitor& visit) {
  visit(batch.problem_ids);
  visit(batch.text_ids);
  visit(batch.questions);
  visit(batch.line_sha256);
  visit(batch.finish_reasons);
  visit(batch.prompt_offsets);
  visit(batch.prompt_ids);
  visit(batch.step_offsets);
  visit(batch.token_ids);
  visit(batch.contrasts.kl);
  visit(batch.contrasts.expert_entropy);
  visit(batch.contrasts.amateur_entropy);
  visit(batch.contrasts.expert_top_id);
  visit(batch.contrasts.amateur_top_id);
  visit(batch.contrasts.expert_top_probability);
  visit(batch.contrasts.amateur_top_probability);
  visit(batch.contrasts.expert_lost_mass);
  visit(batch.contrasts.amateur_lost_mass);
  visit(batch.contrasts.floor_offsets);
  visit(batch.contrasts.floor_ids);
  visit(batch.contrasts.floor_expert_log_probability);
  visit(batch.contrasts.floor_amateur_log_probability);
}

struct Flatten {
  Columns columns;
  std::size_t next = 0;

  template <typename T>
  void operator()(const std::vector<T>& values) {
    support::require(schema.at(next).type == element_type_of<T>(), "schema and field differ");
    const auto bytes = std::as_bytes(std::span(values));
    columns.at(next++).assign(bytes.begin(), bytes.end());
  }
  void operator()(const std::vector<std::string>& texts) {
    std::vector<std::uint64_t> offsets{0};
    std::vector<char> bytes;
    for (const std::string& text : texts) {
      bytes.insert(bytes.end(), text.begin(), text.end());
      offsets.push_back(bytes.size());
    }
    (*this)(offsets);
    (*this)(bytes);
  }
};

struct Unflatten {
  const Columns& columns;
  std::size_t next = 0;

  [[noreturn]] static void fail(std::size_t column, const std::string& what) {
    throw std::runtime_error(std::string(schema.at(column).path) + " " + what);
  }

  template <typename T>
  void operator()(std::vector<T>& values) {
    support::require(schema.at(next).type == element_type_of<T>(), "schema and field differ");
    const auto& bytes = columns.at(next);
    if (bytes.size() % sizeof(T) != 0) {
      fail(next, "ends inside a value");
    }
    values.resize(bytes.size() / sizeof(T));
    if (!bytes.empty()) {
      std::memcpy(values.data(), bytes.data(), bytes.size());
    }
    ++next;
  }
  void operator()(std::vector<std::string>& texts) {
    const std::size_t column = next;
    std::vector<std::uint64_t> offsets;
    std::vector<char> bytes;
    (*this)(offsets);
    (*this)(bytes);
    if (offsets.empty() || offsets.front() != 0 || offsets.back() != bytes.size()) {
      fail(column, "does not span its bytes");
    }
    texts.clear();
    for (std::size_t row = 0; row + 1 < offsets.size(); ++row) {
      if (offsets[row] > offsets[row + 1] || offsets[row + 1] > bytes.size()) {
        fail(column, "is not ascending");
      }
      texts.emplace_back(bytes.data() + offsets[row], offsets[row + 1] - offsets[row]);
    }
  }
};

}  // namespace

std::size_t num_rows(const Columns& columns, std::size_t column) {
  const ColumnSchema& entry = schema.at(column);
  return columns.at(column).size() / (size_of(entry.type) * entry.row_length);
}

Columns to_columns(const RecordBatch& batch) {
  Flatten flatten;
  visit_fields(batch, flatten);
  support::require(flatten.next == schema.size(), "the schema lists columns that no field fills");
  return std::move(flatten.columns);
}

RecordBatch from_columns(const Columns& columns) {
  RecordBatch batch;
  Unflatten unflatten{columns};
  visit_fields(batch, unflatten);
  return batch;
}

}  // namespace lightreasoner::records
