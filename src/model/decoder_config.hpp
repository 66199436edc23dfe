// SPDX-License-Identifier: Apache-2.0
/// A decoder's shape and its family's traits, from Hugging Face config.json.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lightreasoner::model {

/// What tells one architecture from another within the families this engine covers.
struct FamilyTraits {
  std::string_view model_type;    ///< config.json "model_type"
  std::string_view architecture;  ///< config.json "architectures"[0]
  bool qkv_bias = false;
};

/// The supported families; a further one is a row here. Throws UserError listing them when
/// `model_type` is none of them.
[[nodiscard]] const FamilyTraits& family_traits(const std::string& model_type,
                                                const std::string& file_name);

struct DecoderConfig {
  FamilyTraits family;
  std::int64_t vocabulary = 0;
  std::int64_t hidden_size = 0;
  std::int64_t intermediate_size = 0;
  std::int64_t num_layers = 0;
  std::int64_t num_heads = 0;
  std::int64_t num_kv_heads = 0;
  std::int64_t head_dim = 0;
  std::int64_t max_positions = 0;
  double rms_norm_eps = 1e-6;
  double rope_theta = 10000.0;
  bool tied_head = false;
  std::vector<std::int32_t> stop_ids;  ///< eos_token_id, generation_config.json's where it has one
};

/// Parses config.json (and generation_config.json, may be empty). Throws UserError naming
/// `file_name` and the key for what is missing, malformed or not supported (sliding windows in use,
/// rope scaling, quantised weights, another activation), before any weight is read.
[[nodiscard]] DecoderConfig parse_decoder_config(const std::string& config_json,
                                                 const std::string& generation_config_json,
                                                 const std::string& file_name);

}  // namespace lightreasoner::model
