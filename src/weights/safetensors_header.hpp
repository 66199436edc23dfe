// SPDX-License-Identifier: Apache-2.0
/// The header of a safetensors file: what tensors it holds and where, validated in full.
#pragma once

#include <c10/core/ScalarType.h>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lightreasoner::weights {

/// One tensor's line of the header.
struct TensorEntry {
  std::string name;
  at::ScalarType dtype = at::ScalarType::Float;
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0;  ///< bytes from the end of the header
  std::uint64_t end = 0;
};

struct SafetensorsHeader {
  std::uint64_t data_offset = 0;     ///< of the first tensor's bytes in the file
  std::vector<TensorEntry> entries;  ///< by place in the file
};

/// Largest accepted header, as in the reference implementation.
inline constexpr std::uint64_t max_header_bytes = 100'000'000;

/// Bytes before the header's text, which say how long it is.
inline constexpr std::size_t safetensors_length_bytes = 8;

/// Bytes from the file's start to its first tensor, from the first safetensors_length_bytes (fewer
/// when the file is shorter). Throws UserError naming `file_name` when they cannot be.
[[nodiscard]] std::uint64_t safetensors_head_bytes(std::span<const std::byte> first,
                                                   std::uint64_t file_bytes,
                                                   const std::string& file_name);

/// Parses and checks the header in a file's first bytes, which may go on with tensors; those are
/// not looked at. Throws UserError naming `file_name` and the rule broken.
[[nodiscard]] SafetensorsHeader parse_safetensors_header(std::span<const std::byte> head,
                                                         std::uint64_t file_bytes,
                                                         const std::string& file_name);

/// The format's word for a type ("F32"). Throws std::logic_error for a type it cannot hold.
[[nodiscard]] std::string_view dtype_name(at::ScalarType dtype);

}  // namespace lightreasoner::weights
