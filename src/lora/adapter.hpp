// SPDX-License-Identifier: Apache-2.0
/// Low-rank adapters (Hu et al., arXiv 2106.09685): y = W x + (lora_alpha / rank) B A dropout(x).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "lora/config.hpp"
#include "model/decoder.hpp"

namespace lightreasoner::lora {

/// Which draws the next forward pass uses. Dropout's counter is (sample, token, feature, iteration,
/// module), so a mask depends neither on batching nor on rank.
struct DropoutContext {
  std::uint64_t seed = 0;
  std::uint64_t iteration = 0;
  std::vector<std::uint64_t> sample_ids;  ///< [batch] rows of the pass; columns count tokens from 0
};

struct LoraModule {
  std::string path;  ///< "model.layers.0.self_attn.q_proj"
  at::Tensor a;      // [rank, in]
  at::Tensor b;      // [out, rank]
};

struct LoraAdapter {
  Config config;
  std::vector<LoraModule> modules;  ///< layer by layer, target_modules order of projection_names()
  /// Shared with the attached addends; dropout is applied while it holds a context.
  std::shared_ptr<std::unique_ptr<DropoutContext>> dropout_context;
};

/// A new adapter: A uniform as PEFT's Kaiming initialisation (bound 1/sqrt(in)), from Philox;
/// B zero, so the model is unchanged at first.
[[nodiscard]] LoraAdapter make_adapter(const model::Decoder& decoder, const Config& config,
                                       std::uint64_t seed);
/// Joins the adapter to the decoder's projections; the tensors are shared, not copied.
void attach(model::Decoder& decoder, const LoraAdapter& adapter);
void detach(model::Decoder& decoder);

/// Tensors to be tuned, in module order, A before B; they share storage with the adapter.
[[nodiscard]] std::vector<at::Tensor> parameters(const LoraAdapter& adapter);
[[nodiscard]] std::int64_t num_parameters(const LoraAdapter& adapter);

}  // namespace lightreasoner::lora
