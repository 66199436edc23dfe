// SPDX-License-Identifier: Apache-2.0
/// Low-rank adapters (Hu et al., arXiv 2106.09685): y = W x + (lora_alpha / rank) B A dropout(x).
#pragma once

#include "lora/config.hpp"
#include "lora/dropout.hpp"
#include "model/decoder.hpp"

#include <ATen/core/Tensor.h>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace lightreasoner::lora {

struct LoraModule {
  std::int64_t layer = 0;
  std::string projection;  ///< "q_proj"
  std::string path;        ///< "model.layers.0.self_attn.q_proj"
  at::Tensor a;            // [rank, in] fp32
  at::Tensor b;            // [out, rank] fp32
};

struct LoraAdapter {
  Config config;
  std::vector<LoraModule> modules;  ///< layer by layer, target_modules order of projection_names()
  /// Shared with the attached addends; dropout is applied while it holds a context.
  std::shared_ptr<std::unique_ptr<DropoutContext>> dropout_context;
};

/// An adapter of zeros: the modules and shapes that `config` gives on `decoder`, and what making
/// and reading adapters start from. Throws UserError for an invalid config.
[[nodiscard]] LoraAdapter empty_adapter(const model::Decoder& decoder, const Config& config);
/// A new adapter: A uniform in [-1/sqrt(in), 1/sqrt(in)), which is PEFT's Kaiming initialisation; B
/// zero, so the model is unchanged at first. Element 4 i + k of module m's A is word k of
/// philox({i low, i high, m, adapter_init << 24}, seed). Tensors require gradients.
[[nodiscard]] LoraAdapter make_adapter(const model::Decoder& decoder, const Config& config,
                                       std::uint64_t seed);
/// lora_alpha / rank, the factor of B A.
[[nodiscard]] double scale(const Config& config);
/// Joins the adapter to the decoder's projections; the tensors are shared, not copied.
void attach(model::Decoder& decoder, const LoraAdapter& adapter);
void detach(model::Decoder& decoder);

/// Tensors to be tuned, in module order, A before B; they share storage with the adapter.
[[nodiscard]] std::vector<at::Tensor> parameters(const LoraAdapter& adapter);
[[nodiscard]] std::int64_t num_parameters(const LoraAdapter& adapter);

}  // namespace lightreasoner::lora
