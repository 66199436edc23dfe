// SPDX-License-Identifier: Apache-2.0
/// safetensors files: header validated in full before any tensor is looked at.
#pragma once

#include "support/files.hpp"

#include <ATen/core/Tensor.h>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace lightreasoner::weights {

/// Tensors by name.
using TensorMap = std::map<std::string, at::Tensor>;

/// The length and the header of a file, as parse_safetensors_header takes them. Throws UserError
/// where the length cannot be.
[[nodiscard]] std::string read_safetensors_head(const support::InputFile& file);

/// Maps a safetensors file: the tensors are views of its bytes, which live as long as any of them.
/// Throws UserError naming the file and the rule broken: header longer
/// than file or limit, not JSON, duplicate keys, unknown dtype, offsets out of range, overlapping,
/// with holes or unequal to shape x dtype, trailing bytes.
[[nodiscard]] TensorMap read_safetensors(const std::filesystem::path& path);

/// The same for a file that was read already: `bytes`, called `name` in errors.
[[nodiscard]] TensorMap parse_safetensors(std::string bytes, const std::string& name);

/// The bytes of a safetensors file: tensors in name order, header padded to 8 bytes as the
/// reference writer does. `metadata` becomes "__metadata__". Equal input gives equal bytes.
[[nodiscard]] std::string serialize_safetensors(const TensorMap& tensors,
                                                const std::map<std::string, std::string>& metadata);

/// The same bytes as a file, put into place whole, without a second copy of them in memory.
void write_safetensors(const std::filesystem::path& path, const TensorMap& tensors,
                       const std::map<std::string, std::string>& metadata);

}  // namespace lightreasoner::weights
