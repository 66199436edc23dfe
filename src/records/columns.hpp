// SPDX-License-Identifier: Apache-2.0
/// Records as bytes: the datasets of a shard, and batches cut into their columns.
///
/// Between the unit that makes records and the examples made of them, records travel as Columns: a
/// batch is cut into columns once, when it is journaled, and put together again once, when it is
/// read to be used. A shard being written is put together, too, to be checked.
#pragma once

#include "records/record_batch.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace lightreasoner::records {

inline constexpr std::uint64_t format_version = 2;

enum class ElementType : std::uint8_t { u8, i32, u64, f32 };

[[nodiscard]] constexpr std::size_t size_of(ElementType type) {
  return type == ElementType::u8 ? 1 : type == ElementType::u64 ? 8 : 4;
}

/// One HDF5 dataset. An offsets dataset holds one value more than it has rows and belongs to the
/// one after it: row i owns that one's elements [offsets[i], offsets[i + 1]).
struct Dataset {
  const char* path = nullptr;
  ElementType type = ElementType::u8;
  std::size_t row_length = 1;  ///< elements per row; 1: the dataset is a vector
  bool is_offsets = false;
  const char* description = nullptr;  ///< stored as the dataset's attribute "description"
};

inline constexpr std::size_t num_text_columns = 2;
inline constexpr std::size_t num_datasets =
    std::tuple_size_v<decltype(batch_columns)> + num_text_columns +
    std::tuple_size_v<decltype(contrast::statistic_columns)> +
    std::tuple_size_v<decltype(contrast::floor_columns)>;

/// Every dataset of a shard, in the order they are created and written: the lists, and the types of
/// what they name.
extern const std::array<Dataset, num_datasets> schema;

/// Records as raw little-endian bytes, one entry per dataset of the schema.
using Columns = std::array<std::vector<std::byte>, num_datasets>;

/// The records of some problems as a memory plan sees them.
struct PlannedBatch {
  std::uint64_t num_problems = 0;
  std::uint64_t prompt = 0;  ///< longest, in tokens
  std::uint64_t steps = 0;   ///< most of a problem
  float plausibility_floor = 0;
};

/// Bytes of such records, as a batch or as columns, should every problem go on to its last step,
/// with kernels::planned_entries a step.
[[nodiscard]] std::uint64_t batch_bytes(const PlannedBatch& size);
/// The same while from_columns unpacks them, which holds one column twice at a time.
[[nodiscard]] std::uint64_t unpacking_bytes(const PlannedBatch& size);

[[nodiscard]] std::size_t num_rows(const Columns& columns, std::size_t dataset);
/// Bytes of all columns.
[[nodiscard]] std::uint64_t num_bytes(const Columns& columns);

[[nodiscard]] Columns to_columns(const RecordBatch& batch);
/// Gives each column's bytes back as it is unpacked. Throws std::runtime_error naming the dataset
/// whose bytes cannot be cut as it says. What the values mean is left to check_batch.
[[nodiscard]] RecordBatch from_columns(Columns columns);

/// The bytes of an offsets column moved up by `shift`, the leading zero left out unless it is kept.
[[nodiscard]] std::vector<std::byte> shifted_offsets(const std::vector<std::byte>& offsets,
                                                     std::uint64_t shift, bool keeps_first);
/// Appends all problems of `source`; both are columns of a batch, an empty one at the least.
void append_columns(Columns& target, const Columns& source);

/// Portable little-endian bytes, used by journals.
[[nodiscard]] std::string serialize(const Columns& columns);
/// Inverse of serialize. Throws std::runtime_error on bytes that are no columns of this version.
[[nodiscard]] Columns deserialize(std::string_view bytes);

}  // namespace lightreasoner::records
