// SPDX-License-Identifier: Apache-2.0
/// A decoder's shape and its family's traits, from Hugging Face config.json.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lightreasoner::weights {

/// What tells one architecture from another within the families that decoders here cover.
struct FamilyTraits {
  std::string_view model_type;        ///< config.json "model_type"
  std::string_view architecture;      ///< config.json "architectures"[0]
  bool qkv_bias = false;              ///< q, k and v have a bias whatever config.json says
  bool reads_attention_bias = false;  ///< "attention_bias" gives q, k, v and o a bias
  bool reads_mlp_bias = false;        ///< "mlp_bias" gives gate, up and down a bias
  bool qk_norm = false;               ///< RMSNorm over each query and key head, before rotation
  bool kv_heads_optional = false;     ///< without "num_key_value_heads" each head has its own
  std::int64_t head_dim = 0;          ///< without "head_dim"; 0: hidden_size / heads
};

/// The supported families; a further one is a row here. Throws UserError listing them when
/// `model_type` is none of them.
[[nodiscard]] const FamilyTraits& family_traits(const std::string& model_type,
                                                const std::string& file_name);

/// Llama 3.1's stretching of long wavelengths ("rope_type": "llama3").
struct Llama3Scaling {
  double factor = 1;
  double low_freq_factor = 1;
  double high_freq_factor = 4;
  std::int64_t original_positions = 0;
};

struct RotaryConfig {
  double theta = 10000.0;
  std::optional<Llama3Scaling> llama3;
};

struct DecoderShape {
  std::int64_t vocabulary = 0;
  std::int64_t hidden_size = 0;
  std::int64_t intermediate_size = 0;
  std::int64_t num_layers = 0;
  std::int64_t max_positions = 0;
};

struct AttentionShape {
  std::int64_t num_heads = 0;
  std::int64_t num_kv_heads = 0;
  std::int64_t head_dim = 0;

  /// Features of all queries of a token.
  [[nodiscard]] std::int64_t query_features() const { return num_heads * head_dim; }
  /// Features of all keys of a token, or of all its values.
  [[nodiscard]] std::int64_t key_features() const { return num_kv_heads * head_dim; }
  /// Query heads that share a key head.
  [[nodiscard]] std::int64_t group() const { return num_heads / num_kv_heads; }
};

/// Which projections have a bias.
struct Biases {
  bool qkv = false;
  bool output = false;  ///< the attention's o_proj
  bool mlp = false;
};

struct DecoderConfig {
  FamilyTraits family;
  DecoderShape shape;
  AttentionShape attention;
  RotaryConfig rotary;
  double rms_norm_eps = 1e-6;
  Biases biases;
  bool tied_head = false;
  /// eos_token_id: generation_config.json's, config.json's where there is no such file.
  std::vector<std::int32_t> stop_ids;
};

/// Parses config.json, and generation_config.json where there is one. Throws UserError naming
/// `file_name` and the key for what is missing, malformed or not supported (sliding windows in use,
/// rope scaling but for llama3, experts, quantised weights, another activation, ...), before any
/// weight is read. Keys that change nothing are passed over.
[[nodiscard]] DecoderConfig parse_decoder_config(
    const std::string& config_json, const std::optional<std::string>& generation_config_json,
    const std::string& file_name);

}  // namespace lightreasoner::weights
