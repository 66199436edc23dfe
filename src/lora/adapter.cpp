// SPDX-License-Identifier: Apache-2.0
#include "lora/adapter.hpp"

#include "device/transfer.hpp"
#include "lora/memory.hpp"
#include "model/tensor_places.hpp"
#include "support/errors.hpp"
#include "support/philox.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <algorithm>
#include <cmath>

namespace lightreasoner::lora {
namespace {

constexpr at::ScalarType parameter_dtype = at::kFloat;

/// Bits of the last counter word below the stream's number, as in dropout_mask.
constexpr int stream_shift = 24;

/// Uniform in [-bound, bound): 24 random bits, so that every value is exact in fp32.
void fill_uniform(at::Tensor& tensor, float bound, std::uint32_t module, std::uint64_t seed) {
  const auto stream = static_cast<std::uint32_t>(support::RandomStream::adapter_init);
  const auto key = support::philox_key(seed);
  auto* out = tensor.mutable_data_ptr<float>();
  const auto count = static_cast<std::uint64_t>(tensor.numel());
  for (std::uint64_t i = 0; i < count; i += 4) {
    const std::uint64_t draw = i / 4;
    const auto drawn =
        support::philox({static_cast<std::uint32_t>(draw), static_cast<std::uint32_t>(draw >> 32),
                         module, stream << stream_shift},
                        key);
    for (std::uint64_t k = 0; k < 4 && i + k < count; ++k) {
      const float unit = static_cast<float>(drawn[k] >> 8) * 0x1p-24F;
      out[i + k] = (2.0F * unit - 1.0F) * bound;
    }
  }
}

void remove_addends(model::Decoder& decoder) {
  for (model::Layer& layer : decoder.layers) {
    for (const weights::Projection projection : weights::projections) {
      model::place_of(layer, projection).addend = nullptr;
    }
  }
}

}  // namespace

std::vector<ModuleShape> module_shapes(const model::Decoder& decoder, const Config& config) {
  const auto& targets = config.target_modules;
  std::vector<ModuleShape> shapes;
  for (std::int64_t layer = 0; layer < std::ssize(decoder.layers); ++layer) {
    for (const weights::Projection projection : weights::projections) {
      if (std::count(targets.begin(), targets.end(), projection) > 0) {
        const at::Tensor& weight =
            model::place_of(decoder.layers[static_cast<std::size_t>(layer)], projection).weight;
        shapes.push_back({layer, projection, weight.size(1), weight.size(0)});
      }
    }
  }
  return shapes;
}

LoraAdapter empty_adapter(const model::Decoder& decoder, const Config& config) {
  support::require(config.rank >= 1, "an adapter has a rank");
  LoraAdapter adapter{config, {}};
  for (const auto& [layer, projection, in, out] : module_shapes(decoder, config)) {
    adapter.modules.push_back({layer, projection, weights::projection_path(layer, projection),
                               at::zeros({config.rank, in}, parameter_dtype),
                               at::zeros({out, config.rank}, parameter_dtype)});
  }
  for (const at::Tensor& parameter : parameters(adapter)) {
    parameter.requires_grad_(true);
  }
  return adapter;
}

LoraAdapter make_adapter(const model::Decoder& decoder, const Config& config, std::uint64_t seed) {
  const at::NoGradGuard no_gradients;
  LoraAdapter adapter = empty_adapter(decoder, config);
  for (std::size_t i = 0; i < adapter.modules.size(); ++i) {
    at::Tensor& a = adapter.modules[i].a;
    const auto bound = static_cast<float>(1.0 / std::sqrt(static_cast<double>(a.size(1))));
    fill_uniform(a, bound, static_cast<std::uint32_t>(i), seed);
  }
  return adapter;
}

LoraAdapter to_device(const LoraAdapter& adapter, at::Device device) {
  LoraAdapter moved = adapter;
  for (LoraModule& module : moved.modules) {
    for (at::Tensor* tensor : {&module.a, &module.b}) {
      const bool requires_grad = tensor->requires_grad();
      *tensor = device::to_device(tensor->detach(), device).requires_grad_(requires_grad);
    }
  }
  return moved;
}

double scale(const Config& config) { return config.lora_alpha / static_cast<double>(config.rank); }

AttachedAdapter::AttachedAdapter(model::Decoder& decoder, LoraAdapter& adapter)
    : decoder_(decoder), adapter_(adapter) {
  for (std::size_t i = 0; i < adapter.modules.size(); ++i) {
    const LoraModule& module = adapter.modules[i];
    model::Layer& layer = decoder.layers.at(static_cast<std::size_t>(module.layer));
    model::place_of(layer, module.projection).addend = [this, i](const at::Tensor& input) {
      return addend(i, input);
    };
  }
}

AttachedAdapter::~AttachedAdapter() { remove_addends(decoder_); }

at::Tensor AttachedAdapter::addend(std::size_t index, const at::Tensor& input) const {
  const LoraModule& module = adapter_.modules[index];
  const Config& config = adapter_.config;
  // In fp32 whatever the base's type, as peft does it.
  at::Tensor seen = input.to(at::kFloat);
  if (dropout_ && config.dropout > 0) {
    seen = seen * dropout_mask(*dropout_, static_cast<std::uint32_t>(index), input.sizes(),
                               config.dropout, input.device());
  }
  return at::linear(at::linear(seen, module.a) * scale(config), module.b);
}

std::uint64_t parameter_bytes(std::int64_t num_parameters) {
  return static_cast<std::uint64_t>(num_parameters) * c10::elementSize(parameter_dtype);
}

std::uint64_t kept_bytes_of_token(const model::ModelSize& model, const Config& config) {
  // Of each addend: the input in fp32 where it is narrower, what dropout leaves of it and its mask,
  // and what A and the scale make of it.
  const std::int64_t forms = (config.dropout > 0 ? 2 : 1) + (model.dtype == at::kFloat ? 0 : 1);
  std::int64_t elements = 0;
  for (const weights::Projection projection : config.target_modules) {
    elements += forms * weights::projection_shape(model.config, projection)[1] + 2 * config.rank;
  }
  return model::num_elements(elements, sizeof(float));
}

model::Decoder without_adapter(const model::Decoder& decoder) {
  model::Decoder bare = decoder;
  remove_addends(bare);
  return bare;
}

std::vector<at::Tensor> parameters(LoraAdapter& adapter) {
  std::vector<at::Tensor> tensors;
  for (const LoraModule& module : adapter.modules) {
    tensors.push_back(module.a);
    tensors.push_back(module.b);
  }
  return tensors;
}

std::int64_t num_parameters(const LoraAdapter& adapter) {
  std::int64_t count = 0;
  for (const LoraModule& module : adapter.modules) {
    count += module.a.numel() + module.b.numel();
  }
  return count;
}

}  // namespace lightreasoner::lora
