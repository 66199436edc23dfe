// SPDX-License-Identifier: Apache-2.0
/// A Hugging Face model folder without the bytes of its tensors: what one rank reads and gives to
/// all before any weight is read.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <tuple>
#include <vector>

namespace lightreasoner::weights {

inline constexpr const char* config_file = "config.json";
inline constexpr const char* generation_file = "generation_config.json";
inline constexpr const char* weights_file = "model.safetensors";
inline constexpr const char* index_file = "model.safetensors.index.json";

struct ModelFolder {
  std::filesystem::path path;
  /// By file name: config.json, generation_config.json and the index where they are there, whole;
  /// of each weight file its head (the length and the header).
  std::map<std::string, std::string> texts;
  std::map<std::string, std::uint64_t> file_bytes;  ///< of each weight file, by name

  static constexpr std::tuple shared{&ModelFolder::texts, &ModelFolder::file_bytes};

  /// "folder/name", for messages.
  [[nodiscard]] std::string name_of(const std::string& file) const {
    return (path / file).string();
  }
};

/// Reads the folder's small files and the heads of its weight files: model.safetensors or, when
/// there is none, those that model.safetensors.index.json names. Throws UserError naming the file
/// and what to do.
[[nodiscard]] ModelFolder read_model_folder(const std::filesystem::path& path);

/// The files that a model made from this one takes over as they are, relative to the folder: all
/// that hold no weights of whatever framework, those in folders too. Folders that hold a model, an
/// adapter or a run of their own are left out, and names that begin with a period. Throws UserError
/// for a file or folder that cannot be opened and for a link to nothing. One rank looks.
[[nodiscard]] std::vector<std::filesystem::path> carried_over(const std::filesystem::path& folder);

/// Tensor name to file name, from an index's text. Throws UserError naming `index_name` and the
/// tensor: no weight_map, a tensor twice, a file that is not a plain *.safetensors name.
[[nodiscard]] std::map<std::string, std::string> parse_weight_index(const std::string& text,
                                                                    const std::string& index_name);

}  // namespace lightreasoner::weights
