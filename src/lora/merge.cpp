// SPDX-License-Identifier: Apache-2.0
#include "lora/merge.hpp"

#include "device/transfer.hpp"
#include "model/tensor_places.hpp"
#include "support/files.hpp"
#include "weights/model_folder.hpp"
#include "weights/safetensors.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <system_error>

namespace lightreasoner::lora {
namespace {

namespace fs = std::filesystem;

/// Positions whose logits logit_gap holds at once.
constexpr std::int64_t positions_per_piece = 8;

/// Tensor names cut in name order into files of at most `shard_bytes`; a larger tensor stands
/// alone.
std::vector<std::vector<std::string>> cut_into_shards(const model::Decoder& merged,
                                                      const weights::TensorMap& tensors,
                                                      std::uint64_t shard_bytes) {
  std::vector<std::vector<std::string>> shards;
  std::uint64_t filled = 0;
  for (const auto& [name, tensor] : tensors) {
    const auto elements = static_cast<std::uint64_t>(tensor.numel());
    const std::uint64_t bytes = elements * c10::elementSize(merged.stored_dtypes.at(name));
    if (shards.empty() || filled + bytes > shard_bytes) {
      shards.emplace_back();
      filled = 0;
    }
    shards.back().push_back(name);
    filled += bytes;
  }
  return shards;
}

/// One file, or several with their index, each in the layout that transformers writes.
void write_weights(const model::Decoder& merged, const fs::path& folder,
                   std::uint64_t shard_bytes) {
  const weights::TensorMap tensors = model::named_tensors(merged);
  const auto shards = cut_into_shards(merged, tensors, shard_bytes);
  nlohmann::json weight_map;
  std::uint64_t parameters = 0;
  std::uint64_t total_bytes = 0;
  for (std::size_t i = 0; i < shards.size(); ++i) {
    const std::string file_name =
        shards.size() == 1 ? weights::weights_file
                           : fmt::format("model-{:05}-of-{:05}.safetensors", i + 1, shards.size());
    weights::TensorMap shard;
    for (const std::string& name : shards[i]) {
      const at::Tensor& stored = shard[name] =
          device::to_host(tensors.at(name).to(merged.stored_dtypes.at(name)));
      weight_map[name] = file_name;
      parameters += static_cast<std::uint64_t>(stored.numel());
      total_bytes += stored.nbytes();
    }
    // transformers asks for the framework that wrote the tensors' layout; "pt" is the one it knows.
    weights::write_safetensors(folder / file_name, shard, {{"format", "pt"}});
  }
  if (shards.size() > 1) {
    const nlohmann::json index{
        {"metadata", {{"total_parameters", parameters}, {"total_size", total_bytes}}},
        {"weight_map", weight_map}};
    support::write_file_atomically(folder / weights::index_file, index.dump(2) + "\n");
  }
}

}  // namespace

model::Decoder merge(const model::Decoder& decoder, const LoraAdapter& adapter) {
  const at::NoGradGuard no_gradients;
  model::Decoder merged = without_adapter(decoder);
  for (const LoraModule& module : adapter.modules) {
    model::Layer& layer = merged.layers.at(static_cast<std::size_t>(module.layer));
    at::Tensor& weight = model::place_of(layer, module.projection).weight;
    const at::Tensor sum =
        weight.to(at::kFloat) + at::matmul(module.b, module.a) * scale(adapter.config);
    // What is in memory afterwards is what will be in the file.
    weight = sum.to(merged.stored_dtypes.at(module.path + ".weight")).to(weight.scalar_type());
  }
  return merged;
}

double logit_gap(const model::Decoder& left, const model::Decoder& right,
                 const std::vector<std::vector<std::int32_t>>& prompts) {
  const at::NoGradGuard no_gradients;
  double gap = 0;
  for (const std::vector<std::int32_t>& prompt : prompts) {
    const at::Tensor ids = at::tensor(prompt).to(at::kLong).unsqueeze(0);  // [1, tokens]
    const model::TokenBatch batch = model::to_device(
        {ids, at::arange(ids.size(1)).unsqueeze(0), at::ones_like(ids, at::kBool)}, left.device());
    const at::Tensor left_hidden = model::hidden_states(left, batch, nullptr);
    const at::Tensor right_hidden = model::hidden_states(right, batch, nullptr);
    for (std::int64_t first = 0; first < ids.size(1); first += positions_per_piece) {
      const std::int64_t count = std::min(positions_per_piece, ids.size(1) - first);
      const at::Tensor of_left = model::logits(left, left_hidden.narrow(1, first, count));
      const at::Tensor of_right = model::logits(right, right_hidden.narrow(1, first, count));
      const at::Tensor difference = of_left.to(at::kFloat) - of_right;
      gap = std::max(gap, difference.abs().max().item<double>());
    }
  }
  return gap;
}

std::uint64_t gap_bytes(const model::ModelSize& model) {
  return 2 * model::next_logit_bytes(model, positions_per_piece, false);
}

void write_model_folder(const model::Decoder& merged, const fs::path& base_folder,
                        const fs::path& folder, std::uint64_t shard_bytes) {
  fs::path staged = folder;
  staged += ".part";
  std::error_code ignored;
  fs::remove_all(staged, ignored);
  try {
    support::make_directories(staged);
    for (const fs::path& file : weights::carried_over(base_folder)) {
      support::make_directories((staged / file).parent_path());
      support::write_file_atomically(staged / file, support::read_file(base_folder / file));
    }
    write_weights(merged, staged, shard_bytes);
    support::replace_folder(staged, folder);
  } catch (...) {
    fs::remove_all(staged, ignored);
    throw;
  }
}

}  // namespace lightreasoner::lora
