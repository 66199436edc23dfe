// SPDX-License-Identifier: Apache-2.0
/// Low-rank adapters (Hu et al., arXiv 2106.09685): y = W x + (lora_alpha / rank) B A dropout(x).
#pragma once

#include "lora/config.hpp"
#include "lora/dropout.hpp"
#include "model/decoder.hpp"

#include <ATen/core/Tensor.h>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace lightreasoner::lora {

struct LoraModule {
  std::int64_t layer = 0;
  weights::Projection projection{};
  std::string path;  ///< "model.layers.0.self_attn.q_proj"
  at::Tensor a;      // [rank, in] fp32
  at::Tensor b;      // [out, rank] fp32
};

struct LoraAdapter {
  Config config;
  std::vector<LoraModule> modules;  ///< layer by layer, in the order of weights::projections
};

/// Features in and out of one module of an adapter.
struct ModuleShape {
  std::int64_t layer = 0;
  weights::Projection projection{};
  std::int64_t in = 0;
  std::int64_t out = 0;
};

/// The modules that `config` gives on `decoder`, layer by layer, in the order of
/// weights::projections.
[[nodiscard]] std::vector<ModuleShape> module_shapes(const model::Decoder& decoder,
                                                     const Config& config);
/// An adapter of zeros in the host's memory: the modules and shapes that `config` gives on
/// `decoder`, and what making and reading adapters start from.
[[nodiscard]] LoraAdapter empty_adapter(const model::Decoder& decoder, const Config& config);
/// A new adapter: A uniform in [-1/sqrt(in), 1/sqrt(in)), which is PEFT's Kaiming initialisation; B
/// zero, so the model is unchanged at first. Element 4 i + k of module m's A is word k of
/// philox({i low, i high, m, adapter_init << 24}, seed). Tensors require gradients.
[[nodiscard]] LoraAdapter make_adapter(const model::Decoder& decoder, const Config& config,
                                       std::uint64_t seed);
/// The adapter with its tensors on `device`, where they require gradients as before.
[[nodiscard]] LoraAdapter to_device(const LoraAdapter& adapter, at::Device device);
/// lora_alpha / rank, the factor of B A.
[[nodiscard]] double scale(const Config& config);

/// An adapter joined to a decoder's projections as long as this lives. Nothing is copied: what
/// changes in the adapter changes what the decoder computes.
class AttachedAdapter {
 public:
  /// Both must be on one device, outlive this, and stay where they are. A decoder has one adapter
  /// at a time.
  AttachedAdapter(model::Decoder& decoder, LoraAdapter& adapter);
  ~AttachedAdapter();
  AttachedAdapter(const AttachedAdapter&) = delete;
  AttachedAdapter& operator=(const AttachedAdapter&) = delete;

  [[nodiscard]] const model::Decoder& decoder() const { return decoder_; }
  [[nodiscard]] LoraAdapter& adapter() { return adapter_; }

  /// The draws of the passes that follow, whose rows are its samples; nothing, as at first: no
  /// dropout.
  void set_dropout(std::optional<DropoutContext> context) { dropout_ = std::move(context); }

 private:
  /// What module `index` adds to its projection's output: [.., in] -> [.., out] fp32.
  [[nodiscard]] at::Tensor addend(std::size_t index, const at::Tensor& input) const;

  model::Decoder& decoder_;
  LoraAdapter& adapter_;
  std::optional<DropoutContext> dropout_;
};

/// The decoder without what is attached to it; tensors are shared.
[[nodiscard]] model::Decoder without_adapter(const model::Decoder& decoder);

/// Tensors to be tuned, in module order, A before B. They share storage with the adapter.
[[nodiscard]] std::vector<at::Tensor> parameters(LoraAdapter& adapter);
[[nodiscard]] std::int64_t num_parameters(const LoraAdapter& adapter);

}  // namespace lightreasoner::lora
