// SPDX-License-Identifier: Apache-2.0
/// The one list of a decoder's tensors: what each is, its name in weight files, its shape.
#pragma once

#include "weights/decoder_config.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lightreasoner::weights {

using Shape = std::vector<std::int64_t>;

enum class TensorRole {
  embedding,
  input_norm,
  post_attention_norm,
  query_norm,
  key_norm,
  projection_weight,
  projection_bias,
  final_norm,
  head,
};

/// A layer's linear maps, by their Hugging Face names.
enum class Projection { q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj };

struct ListedTensor {
  TensorRole role = TensorRole::embedding;
  std::int64_t layer = 0;                      ///< for roles that every layer has
  Projection projection = Projection::q_proj;  ///< for a projection's weight and bias
  std::string name;                            ///< "model.layers.3.self_attn.q_proj.weight"
  Shape shape;
};

inline constexpr const char* embedding_name = "model.embed_tokens.weight";
inline constexpr const char* head_name = "lm_head.weight";

/// Every tensor that the weight files of such a decoder hold, layer by layer. A tied head is not in
/// the list.
[[nodiscard]] std::vector<ListedTensor> list_tensors(const DecoderConfig& config);

/// The projections of a layer, in their order.
inline constexpr std::array<Projection, 7> projections{
    Projection::q_proj,    Projection::k_proj,  Projection::v_proj,   Projection::o_proj,
    Projection::gate_proj, Projection::up_proj, Projection::down_proj};
/// The name that weight files and PEFT give it: "q_proj".
[[nodiscard]] std::string name_of(Projection projection);
/// The projection of that name, if there is one.
[[nodiscard]] std::optional<Projection> find_projection(std::string_view name);
/// [out, in] of a projection's weight.
[[nodiscard]] Shape projection_shape(const DecoderConfig& config, Projection projection);
/// "model.layers.3.self_attn.q_proj": the module path used in weight files and PEFT keys.
[[nodiscard]] std::string projection_path(std::int64_t layer, Projection projection);

}  // namespace lightreasoner::weights
