// SPDX-License-Identifier: Apache-2.0
#include "weights/weight_layout.hpp"

#include "support/errors.hpp"
#include "weights/safetensors_header.hpp"
#include "weights/tensor_list.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <map>
#include <span>
#include <utility>

namespace lightreasoner::weights {
namespace {

using support::UserError;

/// Of each tensor in memory; the widest vector register, and a cache line.
constexpr std::uint64_t alignment = 64;

constexpr std::array<std::pair<const char*, at::ScalarType>, 2> dtype_words{
    {{"float32", at::kFloat}, {"bfloat16", at::kBFloat16}}};

/// A tensor as its file's header tells of it.
struct StoredTensor {
  std::size_t file = 0;
  std::uint64_t data_offset = 0;
  TensorEntry entry;
};
using StoredTensors = std::map<std::string, StoredTensor>;

StoredTensors read_headers(const ModelFolder& folder, std::vector<WeightFile>& files) {
  StoredTensors tensors;
  for (const auto& [name, num_bytes] : folder.file_bytes) {
    const std::string& head = folder.texts.at(name);
    const SafetensorsHeader header =
        parse_safetensors_header(std::as_bytes(std::span(head)), num_bytes, folder.name_of(name));
    for (const TensorEntry& entry : header.entries) {
      const auto [other, is_new] =
          tensors.try_emplace(entry.name, StoredTensor{files.size(), header.data_offset, entry});
      if (!is_new) {
        throw UserError(
            fmt::format("{}: tensor \"{}\" is also in {}; the files do not belong "
                        "together",
                        folder.name_of(name), entry.name, files[other->second.file].name));
      }
    }
    files.push_back({name, num_bytes, head, {}});
  }
  return tensors;
}

/// Throws UserError where one of `wanted` is not where the index says. What else the index names,
/// such as a head that is tied, and what it leaves out is no matter, as in transformers.
void check_index(const ModelFolder& folder, const std::vector<ListedTensor>& wanted,
                 const StoredTensors& tensors, const std::vector<WeightFile>& files) {
  const auto text = folder.texts.find(index_file);
  if (text == folder.texts.end()) {
    return;
  }
  const std::string index_name = folder.name_of(index_file);
  const auto index = parse_weight_index(text->second, index_name);
  for (const ListedTensor& tensor : wanted) {
    const auto named = index.find(tensor.name);
    const auto found = tensors.find(tensor.name);
    if (named != index.end() &&
        (found == tensors.end() || files[found->second.file].name != named->second)) {
      throw UserError(
          fmt::format("{}: tensor \"{}\" should be in {}, which does not hold it; the "
                      "files do not belong together",
                      index_name, tensor.name, named->second));
    }
  }
}

/// Tensors that old versions of transformers wrote and all versions ignore.
bool is_ignored(const TensorEntry& entry) { return entry.name.ends_with("rotary_emb.inv_freq"); }

void check_tensor(const TensorEntry& entry, const Shape& shape, const std::string& file_name) {
  if (entry.shape != shape) {
    throw UserError(
        fmt::format("{}: tensor \"{}\" has shape [{}], but config.json beside it gives [{}]",
                    file_name, entry.name, fmt::join(entry.shape, ", "), fmt::join(shape, ", ")));
  }
  if (entry.dtype != at::kFloat && entry.dtype != at::kBFloat16 && entry.dtype != at::kHalf) {
    throw UserError(fmt::format(
        "{}: tensor \"{}\" is of type {}; only float32, bfloat16 and float16 weights are "
        "supported, convert the model",
        file_name, entry.name, at::toString(entry.dtype)));
  }
}

/// Moves the tensors that the model has from `tensors` to their files' routes.
void plan_routes(WeightLayout& layout, StoredTensors& tensors, const ModelFolder& folder) {
  const bool has_index = folder.texts.contains(index_file);
  const std::string weights_name = folder.name_of(has_index ? index_file : weights_file);
  for (const ListedTensor& wanted : list_tensors(layout.config)) {
    const auto found = tensors.extract(wanted.name);
    if (found.empty()) {
      throw UserError(
          fmt::format("{}: tensor \"{}\" is missing; config.json beside it describes another model",
                      weights_name, wanted.name));
    }
    const auto& [file, data_offset, entry] = found.mapped();
    check_tensor(entry, wanted.shape, folder.name_of(layout.files[file].name));
    layout.files[file].routes.push_back({wanted.name, wanted.shape, entry.dtype,
                                         data_offset + entry.begin, data_offset + entry.end, 0});
  }
  for (const auto& [name, tensor] : tensors) {
    if (!is_ignored(tensor.entry)) {
      throw UserError(fmt::format(
          "{}: tensor \"{}\" has no place in a {} model as config.json beside it describes it; "
          "save "
          "the model without it (a head for training, such as v_head, is left out by "
          "AutoModelForCausalLM's save_pretrained), or mend config.json",
          folder.name_of(layout.files[tensor.file].name), name, layout.config.family.architecture));
    }
  }
}

/// A model that was saved without its head (AutoModel) has names without the first part, and
/// transformers takes them so.
void name_in_full(StoredTensors& tensors) {
  constexpr std::string_view prefix = "model.";
  const bool is_short = tensors.contains(std::string(embedding_name).substr(prefix.size())) &&
                        !tensors.contains(embedding_name);
  if (!is_short) {
    return;
  }
  StoredTensors named;
  for (auto& [name, tensor] : tensors) {
    named.emplace(name == head_name ? name : std::string(prefix) + name, std::move(tensor));
  }
  tensors = std::move(named);
}

/// As transformers 5 does with a head that config.json ties to the embedding: where a file holds
/// both, they are one only if they are equal; where it holds the head alone, that is the embedding.
/// (transformers/modeling_utils.py, tie_weights)
void settle_head(WeightLayout& layout, StoredTensors& tensors) {
  if (!layout.config.tied_head || !tensors.contains(head_name)) {
    return;
  }
  if (tensors.contains(embedding_name)) {
    layout.ties_equal_head = true;
    layout.config.tied_head = false;
  } else {
    auto head = tensors.extract(head_name);
    head.key() = embedding_name;
    tensors.insert(std::move(head));
  }
}

at::ScalarType common_dtype(const std::vector<WeightFile>& files) {
  const bool all_bfloat16 = std::all_of(files.begin(), files.end(), [](const WeightFile& file) {
    return std::all_of(file.routes.begin(), file.routes.end(),
                       [](const TensorRoute& route) { return route.stored == at::kBFloat16; });
  });
  return all_bfloat16 ? at::kBFloat16 : at::kFloat;
}

/// Places in memory, in the files' order, so that writing walks forward.
void place_in_memory(WeightLayout& layout) {
  for (WeightFile& file : layout.files) {
    std::sort(file.routes.begin(), file.routes.end(),
              [](const TensorRoute& a, const TensorRoute& b) { return a.begin < b.begin; });
    for (TensorRoute& route : file.routes) {
      route.offset = layout.num_bytes;
      const std::uint64_t elements = (route.end - route.begin) / c10::elementSize(route.stored);
      const std::uint64_t end = route.offset + elements * c10::elementSize(layout.dtype);
      layout.num_bytes = (end + alignment - 1) / alignment * alignment;
    }
  }
}

}  // namespace

std::string word_of_dtype(at::ScalarType dtype) {
  const auto known = std::find_if(dtype_words.begin(), dtype_words.end(),
                                  [&](const auto& row) { return row.second == dtype; });
  support::require(known != dtype_words.end(), "a dtype that models are not computed in");
  return known->first;
}

std::uint64_t file_bytes(const WeightLayout& layout) {
  std::uint64_t sum = 0;
  for (const WeightFile& file : layout.files) {
    sum += file.num_bytes;
  }
  return sum;
}

WeightLayout lay_out_weights(const ModelFolder& folder, std::optional<at::ScalarType> dtype) {
  const auto generation = folder.texts.find(generation_file);
  WeightLayout layout{.folder = folder.path, .config = {}, .files = {}};
  layout.config = parse_decoder_config(
      folder.texts.at(config_file),
      generation == folder.texts.end() ? std::nullopt : std::optional(generation->second),
      folder.name_of(config_file));
  StoredTensors tensors = read_headers(folder, layout.files);
  check_index(folder, list_tensors(layout.config), tensors, layout.files);
  name_in_full(tensors);
  settle_head(layout, tensors);
  plan_routes(layout, tensors, folder);
  layout.dtype = dtype.value_or(common_dtype(layout.files));
  place_in_memory(layout);
  return layout;
}

}  // namespace lightreasoner::weights
