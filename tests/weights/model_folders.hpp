// SPDX-License-Identifier: Apache-2.0
/// The committed random models (tools/make_model_goldens), as folders and as tensors.
#pragma once

#include "weights/model_folder.hpp"
#include "weights/weight_writer.hpp"

#include <algorithm>
#include <c10/core/ScalarType.h>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace lightreasoner::testing_support {

inline std::filesystem::path data_folder() {
  return std::filesystem::path(LIGHTREASONER_SOURCE_DIR) / "tests" / "data";
}
inline std::filesystem::path model_folder(const std::string& name) {
  return data_folder() / "model" / name;
}

/// The models with goldens in float32, one of each family and kind, in the order of their names.
inline std::vector<std::string> model_names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(data_folder() / "model")) {
    const std::string name = entry.path().filename().string();
    if (name != "bfloat16") {
      names.push_back(name);
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

/// A folder's tensors as they are in memory.
inline weights::TensorMap read_tensors(const std::filesystem::path& folder,
                                       std::optional<at::ScalarType> dtype = std::nullopt,
                                       std::size_t piece = weights::weight_piece_bytes) {
  const weights::WeightLayout layout =
      weights::lay_out_weights(weights::read_model_folder(folder), dtype);
  const auto owner = std::make_shared<const at::Tensor>(weights::read_weights(layout, piece));
  return weights::tensors_in(
      layout, {static_cast<const std::byte*>(owner->const_data_ptr()), layout.num_bytes}, owner);
}

}  // namespace lightreasoner::testing_support
