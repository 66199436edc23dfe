// SPDX-License-Identifier: Apache-2.0
#include "weights/model_folder.hpp"

#include "support/errors.hpp"
#include "support/files.hpp"
#include "support/json.hpp"
#include "support/path_errors.hpp"
#include "support/utf8.hpp"
#include "weights/safetensors.hpp"
#include "weights/safetensors_header.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <fmt/format.h>
#include <set>
#include <span>
#include <string_view>
#include <system_error>

namespace lightreasoner::weights {
namespace {

namespace fs = std::filesystem;
using support::UserError;

constexpr const char* adapter_config_file = "adapter_config.json";

std::span<std::byte> bytes_of(std::string& text) { return std::as_writable_bytes(std::span(text)); }

std::string read_text(const fs::path& path) {
  const support::InputFile file(path);
  if (file.size() > max_header_bytes) {
    throw UserError(fmt::format("{}: has {} bytes, more than the limit of {}", path.string(),
                                file.size(), max_header_bytes));
  }
  std::string text(file.size(), '\0');
  file.read_at(0, bytes_of(text));
  return text;
}

std::set<std::string> weight_files_of(const ModelFolder& folder) {
  const auto index = folder.texts.find(index_file);
  if (index == folder.texts.end()) {
    return {weights_file};
  }
  std::set<std::string> names;
  for (const auto& [tensor, name] : parse_weight_index(index->second, folder.name_of(index_file))) {
    if (names.insert(name).second && !support::is_there(folder.path / name)) {
      throw UserError(
          fmt::format("{}: tensor \"{}\" is in \"{}\", and there is no such file; copy "
                      "or download the missing file",
                      folder.name_of(index_file), tensor, name));
    }
  }
  return names;
}

/// Throws UserError where the weights are there in PyTorch's own form.
void refuse_pickled(const ModelFolder& folder) {
  for (const char* name : {"pytorch_model.bin", "pytorch_model.bin.index.json"}) {
    if (support::is_there(folder.path / name)) {
      throw UserError(
          fmt::format("{}: pickled weights are not read; convert the model to safetensors: "
                      "AutoModelForCausalLM.from_pretrained, then save_pretrained",
                      folder.name_of(name)));
    }
  }
}

/// transformers would load it on top of the model.
void refuse_adapter(const ModelFolder& folder) {
  if (support::is_there(folder.path / adapter_config_file)) {
    throw UserError(
        fmt::format("{}: an adapter lies in the model's folder, and it is not clear whether the "
                    "model is meant with it; move it to a folder of its own (lora.start_from goes "
                    "on from it)",
                    folder.name_of(adapter_config_file)));
  }
}

/// Whether an index may name a file so: one of this folder or below.
bool is_name_below(const std::string& name) {
  const fs::path path(name);
  return name.ends_with(".safetensors") && path.is_relative() &&
         name.find('\\') == std::string::npos &&
         std::none_of(path.begin(), path.end(),
                      [](const fs::path& part) { return part == ".."; }) &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) { return c >= ' '; });
}

/// Whether a file holds weights, of whatever framework, or what a training leaves beside them.
bool holds_weights(const std::string& name) {
  constexpr auto endings = std::to_array<std::string_view>(
      {".safetensors", ".bin", ".pt", ".pth", ".ckpt", ".h5", ".msgpack", ".onnx", ".onnx_data",
       ".gguf", ".ot", ".tflite", ".npz", ".npy", ".pkl", ".index.json"});
  return name.find("tfevents") != std::string::npos ||
         std::any_of(endings.begin(), endings.end(),
                     [&](std::string_view ending) { return name.ends_with(ending); });
}

/// Whether a folder below a model's holds something else: another model, an adapter, a checkpoint
/// of a trainer, a run of this program.
bool stands_alone(const fs::path& folder) {
  constexpr std::array marks{config_file, adapter_config_file, "trainer_state.json",
                             "provenance.json"};
  return std::any_of(marks.begin(), marks.end(), [&](const char* mark) {
    std::error_code ignored;
    return fs::exists(folder / mark, ignored);
  });
}

std::vector<fs::directory_entry> entries_of(const fs::path& folder) {
  std::error_code error;
  const fs::directory_iterator entries(folder, error);
  if (error) support::fail_to_read(folder, "cannot be listed", error.value());
  return {begin(entries), end(entries)};
}

/// Adds to `files` those below `folder`. `open` are the folders on the way there, without links: a
/// link back to one of them leads to nothing new.
void add_carried_over(const fs::path& folder, std::vector<fs::path>& open,
                      std::vector<fs::path>& files) {
  const fs::path real = fs::canonical(folder);
  if (std::find(open.begin(), open.end(), real) != open.end()) return;
  open.push_back(real);
  for (const fs::directory_entry& entry : entries_of(folder)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with('.')) continue;  // a download's bookkeeping, an editor's lock
    std::error_code ignored;
    if (entry.is_directory(ignored)) {
      if (!stands_alone(entry.path())) add_carried_over(entry.path(), open, files);
    } else if (!holds_weights(name)) {
      files.push_back(support::InputFile(entry.path()).path());
    }
  }
  open.pop_back();
}

/// Names that can be copied into another folder, whose files are written down in UTF-8 and get a
/// longer name while they are written.
void require_portable(const fs::path& folder, const std::vector<fs::path>& files) {
  constexpr std::size_t longest = NAME_MAX - 5;  // ".part"
  const auto fail = [&](const fs::path& file, const std::string& what) {
    throw UserError(
        fmt::format("{}: {}; rename it, or move it out of the model's folder, whose "
                    "files are taken over into merged/",
                    support::repair_utf8((folder / file).string()), what));
  };
  for (const fs::path& file : files) {
    const std::string name = file.string();
    if (support::valid_utf8_prefix(name) != name.size()) fail(file, "its name is not UTF-8");
    for (const fs::path& part : file) {
      if (part.string().size() > longest) {
        fail(file, fmt::format("a name of {} characters, at most {} can be copied",
                               part.string().size(), longest));
      }
    }
  }
}

}  // namespace

std::vector<fs::path> carried_over(const fs::path& folder) {
  std::vector<fs::path> open;
  std::vector<fs::path> files;
  if (!support::is_there(folder)) support::fail_to_read(folder, "cannot be listed", ENOENT);
  add_carried_over(folder, open, files);
  for (fs::path& file : files) file = file.lexically_relative(folder);
  require_portable(folder, files);
  return files;
}

std::map<std::string, std::string> parse_weight_index(const std::string& text,
                                                      const std::string& index_name) {
  const support::JsonDocument document = support::parse_json(text, {index_name});
  const support::JsonSection weight_map = document.root().child("weight_map");
  std::map<std::string, std::string> files;
  for (const auto& [tensor, file] : weight_map.object.items()) {
    if (!file.is_string() || !is_name_below(file.get<std::string>())) {
      weight_map.fail(tensor, fmt::format("is {}, expected the name of a .safetensors file of this "
                                          "folder",
                                          support::quote(file)));
    }
    files.emplace(tensor, file.get<std::string>());
  }
  if (files.empty()) document.root().fail("weight_map", "is empty");
  return files;
}

ModelFolder read_model_folder(const fs::path& path) {
  ModelFolder folder{path, {}, {}};
  const bool has_config = support::is_there(path / config_file);
  const bool has_one_file = support::is_there(path / weights_file);
  const bool has_index = support::is_there(path / index_file);
  if (has_config && !has_one_file && !has_index) refuse_pickled(folder);
  refuse_adapter(folder);
  if (!has_config || !(has_one_file || has_index)) {
    throw UserError(
        fmt::format("{}: no such file; give a Hugging Face model folder, with "
                    "config.json, model.safetensors (or its index) and tokenizer.json in it",
                    folder.name_of(has_config ? weights_file : config_file)));
  }
  folder.texts[config_file] = read_text(path / config_file);
  if (support::is_there(path / generation_file)) {
    folder.texts[generation_file] = read_text(path / generation_file);
  }
  if (!has_one_file) {
    folder.texts[index_file] = read_text(path / index_file);
  }
  for (const std::string& name : weight_files_of(folder)) {
    const support::InputFile file(path / name);
    folder.texts[name] = read_safetensors_head(file);
    folder.file_bytes[name] = file.size();
  }
  return folder;
}

}  // namespace lightreasoner::weights
