// SPDX-License-Identifier: Apache-2.0
#include "model/weights.hpp"

#include "model/rotary.hpp"
#include "model/tensor_places.hpp"
#include "model/weight_writer.hpp"
#include "support/files.hpp"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <algorithm>
#include <functional>
#include <map>
#include <vector>

namespace lightreasoner::model {

namespace {

using MakeTensor = std::function<at::Tensor(const TensorRoute& route, const Shape& shape)>;

Decoder assemble(const WeightPlan& plan, const MakeTensor& make) {
  std::map<std::string, const TensorRoute*> routes;
  for (const WeightFile& file : plan.files) {
    for (const TensorRoute& route : file.routes) {
      routes.emplace(route.name, &route);
    }
  }
  Decoder decoder = empty_decoder(plan.config);
  for_each_tensor(decoder, [&](const std::string& name, at::Tensor& tensor, const Shape& shape) {
    const TensorRoute& route = *routes.at(name);
    tensor = make(route, shape);
    decoder.stored_dtypes.emplace(name, route.stored);
  });
  if (plan.config.tied_head) {
    decoder.head = decoder.embedding;
  }
  decoder.rotary_frequencies = rotary_frequencies(plan.config.rotary, plan.config.head_dim);
  return decoder;
}

}  // namespace

Decoder build_decoder(const WeightPlan& plan, std::span<const std::byte> memory,
                      const std::shared_ptr<const void>& owner) {
  return assemble(plan, [&](const TensorRoute& route, const Shape& shape) {
    // from_blob asks for a mutable pointer; nothing writes through it.
    return at::from_blob(
        const_cast<std::byte*>(memory.data() + route.offset), shape, [owner](void*) {},
        at::TensorOptions(plan.dtype));
  });
}

Decoder shapes_of(const WeightPlan& plan) {
  return assemble(plan, [&](const TensorRoute&, const Shape& shape) {
    return at::empty(shape, at::TensorOptions(plan.dtype).device(at::kMeta));
  });
}

Decoder load_decoder(const std::filesystem::path& folder, std::optional<at::ScalarType> dtype,
                     std::size_t piece) {
  const WeightPlan plan = plan_weights(read_model_folder(folder), dtype);
  const auto owner = std::make_shared<const at::Tensor>(
      at::empty({static_cast<std::int64_t>(plan.num_bytes)}, at::kByte));
  const std::span<std::byte> memory{static_cast<std::byte*>(owner->mutable_data_ptr()),
                                    plan.num_bytes};
  std::vector<std::byte> buffer;
  for (std::size_t i = 0; i < plan.files.size(); ++i) {
    const support::InputFile file(folder / plan.files[i].name);
    WeightWriter writer(plan, i, memory);
    for (std::uint64_t begin = 0; begin < plan.files[i].num_bytes; begin += buffer.size()) {
      buffer.resize(std::min<std::uint64_t>(piece, plan.files[i].num_bytes - begin));
      file.read_at(begin, buffer);
      writer.write(buffer);
    }
  }
  return build_decoder(plan, memory, owner);
}

bool holds_files_exactly(const Decoder& decoder) {
  const at::ScalarType dtype = decoder.embedding.scalar_type();
  return dtype == at::kFloat ||
         std::all_of(decoder.stored_dtypes.begin(), decoder.stored_dtypes.end(),
                     [&](const auto& stored) { return stored.second == dtype; });
}

std::string dtype_word(const Decoder& decoder) {
  return word_of_dtype(decoder.embedding.scalar_type());
}

}  // namespace lightreasoner::model
