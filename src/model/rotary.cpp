// SPDX-License-Identifier: Apache-2.0
#include "model/rotary.hpp"

#include "support/json.hpp"

#include <fmt/format.h>
#include <numbers>

namespace lightreasoner::model {
namespace {

using nlohmann::json;

constexpr const char* kinds = "not supported, only \"default\" and \"llama3\"";

/// The kind of scaling; old files say "type", some files say both.
std::string read_kind(const support::JsonSection& rope) {
  std::string kind;
  for (const char* key : {"rope_type", "type"}) {
    const json* value = rope.find(key);
    if (value == nullptr) {
      continue;
    }
    if (*value != "default" && *value != "llama3") {
      rope.fail(key, fmt::format("is {}: this rope scaling is {}", value->dump(), kinds));
    }
    const auto word = value->get<std::string>();
    if (!kind.empty() && word != kind) {
      rope.fail(key, fmt::format("is {}, but rope_type is \"{}\"", value->dump(), kind));
    }
    kind = word;
  }
  return kind.empty() ? "default" : kind;
}

Llama3Scaling read_llama3(const support::JsonSection& rope, const support::JsonSection& config,
                          std::int64_t max_positions) {
  const char* original = "original_max_position_embeddings";
  const Llama3Scaling scaling{
      .factor = rope.positive("factor"),
      .low_freq_factor = rope.positive("low_freq_factor"),
      .high_freq_factor = rope.positive("high_freq_factor"),
      // transformers lets the outer key decide where there is one.
      .original_positions = config.size_or(original, rope.size_or(original, max_positions)),
  };
  if (scaling.high_freq_factor <= scaling.low_freq_factor) {
    rope.fail("high_freq_factor", fmt::format("is {}, expected more than low_freq_factor, {}",
                                              scaling.high_freq_factor, scaling.low_freq_factor));
  }
  return scaling;
}

}  // namespace

RotaryConfig read_rotary(const support::JsonSection& config, std::int64_t max_positions) {
  RotaryConfig result{.theta = config.positive_or("rope_theta", 10000.0), .llama3 = {}};
  for (const char* key : {"rope_parameters", "rope_scaling"}) {
    if (config.find(key) == nullptr) {
      continue;
    }
    const support::JsonSection rope = config.child(key);
    for (const auto& [name, value] : rope.object.items()) {
      if (value.is_object()) {
        rope.fail(name, "rope parameters by layer type are not supported");
      }
    }
    rope.only("partial_rotary_factor", 1.0, "partly rotated heads are");
    result.theta = rope.positive_or("rope_theta", result.theta);
    if (read_kind(rope) == "llama3") {
      result.llama3 = read_llama3(rope, config, max_positions);
    }
  }
  return result;
}

at::Tensor rotary_frequencies(const RotaryConfig& config, std::int64_t head_dim) {
  // The same fp32 operations as transformers, so that angles are equal to the bit.
  const at::Tensor exponents = at::arange(0, head_dim, 2, at::kFloat) / head_dim;
  at::Tensor frequencies = at::reciprocal(at::pow(config.theta, exponents));
  if (!config.llama3) {
    return frequencies;
  }
  const Llama3Scaling& scaling = *config.llama3;
  const auto original = static_cast<double>(scaling.original_positions);
  const double longest = original / scaling.low_freq_factor;
  const double shortest = original / scaling.high_freq_factor;
  const at::Tensor wavelengths = at::reciprocal(frequencies) * (2 * std::numbers::pi);
  const at::Tensor stretched =
      at::where(wavelengths > longest, frequencies / scaling.factor, frequencies);
  const at::Tensor share = (at::reciprocal(wavelengths) * original - scaling.low_freq_factor) /
                           (scaling.high_freq_factor - scaling.low_freq_factor);
  const at::Tensor blended = (1 - share) * stretched / scaling.factor + share * stretched;
  const at::Tensor is_between = (wavelengths <= longest).logical_and(wavelengths >= shortest);
  return at::where(is_between, blended, stretched);
}

}  // namespace lightreasoner::model
