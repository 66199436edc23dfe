// SPDX-License-Identifier: Apache-2.0
#include "model/build_decoder.hpp"

#include "device/transfer.hpp"
#include "model/rotary.hpp"
#include "model/tensor_places.hpp"
#include "weights/model_folder.hpp"

#include <ATen/ops/empty.h>
#include <ATen/ops/equal.h>
#include <algorithm>

namespace lightreasoner::model {
namespace {

Decoder assemble(const weights::WeightLayout& layout, const weights::TensorMap& tensors) {
  Decoder decoder = empty_decoder(layout.config);
  for (const weights::ListedTensor& tensor : weights::list_tensors(layout.config)) {
    place_of(decoder, tensor) = tensors.at(tensor.name);
  }
  for (const weights::WeightFile& file : layout.files) {
    for (const weights::TensorRoute& route : file.routes) {
      decoder.stored_dtypes.emplace(route.name, route.stored);
    }
  }
  if (layout.ties_equal_head && !decoder.head.is_meta()) {
    decoder.config.tied_head = at::equal(decoder.head, decoder.embedding);
  }
  if (decoder.config.tied_head) {
    decoder.head = decoder.embedding;
  }
  decoder.rotary_frequencies =
      rotary_frequencies(layout.config.rotary, layout.config.attention.head_dim);
  return decoder;
}

}  // namespace

Decoder build_decoder(const weights::WeightLayout& layout, std::span<const std::byte> memory,
                      const std::shared_ptr<const void>& owner) {
  return assemble(layout, weights::tensors_in(layout, memory, owner));
}

Decoder shapes_of(const weights::WeightLayout& layout) {
  weights::TensorMap shapes;
  for (const weights::ListedTensor& tensor : weights::list_tensors(layout.config)) {
    shapes.emplace(tensor.name,
                   at::empty(tensor.shape, at::TensorOptions(layout.dtype).device(at::kMeta)));
  }
  return assemble(layout, shapes);
}

Decoder to_device(const Decoder& decoder, at::Device device) {
  Decoder moved = empty_decoder(decoder.config);
  const weights::TensorMap tensors = named_tensors(decoder);
  for (const weights::ListedTensor& tensor : weights::list_tensors(decoder.config)) {
    place_of(moved, tensor) = device::to_device(tensors.at(tensor.name), device);
  }
  if (decoder.config.tied_head) moved.head = moved.embedding;
  moved.rotary_frequencies = device::to_device(decoder.rotary_frequencies, device);
  moved.stored_dtypes = decoder.stored_dtypes;
  return moved;
}

Decoder load_decoder(const std::filesystem::path& folder, std::optional<at::ScalarType> dtype,
                     std::size_t piece) {
  const weights::WeightLayout layout =
      weights::lay_out_weights(weights::read_model_folder(folder), dtype);
  const auto owner = std::make_shared<const at::Tensor>(weights::read_weights(layout, piece));
  return build_decoder(
      layout, {static_cast<const std::byte*>(owner->const_data_ptr()), layout.num_bytes}, owner);
}

bool holds_files_exactly(const Decoder& decoder) {
  const at::ScalarType dtype = decoder.embedding.scalar_type();
  return dtype == at::kFloat ||
         std::all_of(decoder.stored_dtypes.begin(), decoder.stored_dtypes.end(),
                     [&](const auto& stored) { return stored.second == dtype; });
}

std::string dtype_word(const Decoder& decoder) {
  return weights::word_of_dtype(decoder.embedding.scalar_type());
}

}  // namespace lightreasoner::model
