// SPDX-License-Identifier: Apache-2.0
/// Where every byte of a model's weight files goes in memory: made from a folder's small files
/// alone, so that all mistakes are found before a weight is read.
#pragma once

#include "weights/decoder_config.hpp"
#include "weights/model_folder.hpp"

#include <c10/core/ScalarType.h>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace lightreasoner::weights {

/// One tensor's way from its file into memory.
struct TensorRoute {
  std::string name;
  std::vector<std::int64_t> shape;
  at::ScalarType stored = at::ScalarType::Float;  ///< in the file
  std::uint64_t begin = 0;                        ///< first byte in the file, its head included
  std::uint64_t end = 0;
  std::uint64_t offset = 0;  ///< in memory, where it has the layout's dtype
};

struct WeightFile {
  std::string name;
  std::uint64_t num_bytes = 0;
  std::string head;                 ///< its first bytes as they were when the layout was made
  std::vector<TensorRoute> routes;  ///< in order of place
};

struct WeightLayout {
  std::filesystem::path folder;
  DecoderConfig config;          ///< not tied where a file holds a head
  bool ties_equal_head = false;  ///< config.json ties it: it is the embedding where they are equal
  at::ScalarType dtype = at::ScalarType::Float;  ///< in memory, and of all computation
  std::vector<WeightFile> files;                 ///< in name order
  std::uint64_t num_bytes = 0;                   ///< of memory
};

/// A layout's dtype as models.dtype names it.
[[nodiscard]] std::string word_of_dtype(at::ScalarType dtype);

/// Of all weight files together.
[[nodiscard]] std::uint64_t file_bytes(const WeightLayout& layout);

/// Without `dtype`: bfloat16 when all of the checkpoint's tensors are, else float32. Throws
/// UserError naming file, tensor or key, and remedy: what config.json, index and headers do not
/// agree on (missing, unexpected, misplaced tensors, other shapes), and stored types other than
/// F32, BF16 and F16. Equal folders give equal layouts.
[[nodiscard]] WeightLayout lay_out_weights(const ModelFolder& folder,
                                           std::optional<at::ScalarType> dtype);

}  // namespace lightreasoner::weights
