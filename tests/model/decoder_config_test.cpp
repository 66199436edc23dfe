// SPDX-License-Identifier: Apache-2.0
#include "model/decoder_config.hpp"

#include "model/golden.hpp"
#include "support/errors.hpp"
#include "support/files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace lightreasoner::model {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// A configuration as transformers 5 writes it.
json plain_config() {
  return json::parse(support::read_file(testing::model_folder("tied") / "config.json"));
}

DecoderConfig parse(const json& config, const std::string& generation = "") {
  return parse_decoder_config(config.dump(), generation, "folder/config.json");
}

std::string refusal(const json& config, const std::string& generation = "") {
  try {
    (void)parse(config, generation);
  } catch (const support::UserError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(DecoderConfig, ReadsTheKeysOfTransformers5) {
  json object = plain_config();
  object["rope_parameters"]["rope_theta"] = 1e6;
  object["rms_norm_eps"] = 1e-5;
  const DecoderConfig config = parse(object);
  EXPECT_EQ(config.family.model_type, "qwen2");
  EXPECT_TRUE(config.family.qkv_bias);
  EXPECT_EQ(config.vocabulary, 96);
  EXPECT_EQ(config.hidden_size, 32);
  EXPECT_EQ(config.intermediate_size, 40);
  EXPECT_EQ(config.num_layers, 2);
  EXPECT_EQ(config.num_heads, 4);
  EXPECT_EQ(config.num_kv_heads, 2);
  EXPECT_EQ(config.head_dim, 8);
  EXPECT_EQ(config.max_positions, 128);
  EXPECT_EQ(config.rms_norm_eps, 1e-5);
  EXPECT_EQ(config.rope_theta, 1e6);
  EXPECT_TRUE(config.tied_head);
  EXPECT_THAT(config.stop_ids, ElementsAre(95));
}

TEST(DecoderConfig, ReadsTheKeysOfTransformers4) {
  const DecoderConfig config =
      parse(json::parse(support::read_file(testing::model_folder("untied") / "config.json")));
  EXPECT_EQ(config.rope_theta, 500.0);
  EXPECT_EQ(config.head_dim, 8);
  EXPECT_EQ(config.num_kv_heads, 1);
  EXPECT_FALSE(config.tied_head);
}

TEST(DecoderConfig, GenerationConfigDecidesOnStopIds) {
  const json config = plain_config();
  EXPECT_THAT(parse(config, R"({"eos_token_id": [7, 9]})").stop_ids, ElementsAre(7, 9));
  EXPECT_THAT(parse(config, R"({"eos_token_id": 3})").stop_ids, ElementsAre(3));
  EXPECT_THAT(parse(config, R"({"eos_token_id": null})").stop_ids, ElementsAre(95));
  EXPECT_THAT(parse(config, R"({})").stop_ids, ElementsAre(95));
}

TEST(DecoderConfig, AcceptsAnUnusedSlidingWindow) {
  json config = plain_config();
  config["sliding_window"] = 4096;
  config["use_sliding_window"] = false;
  EXPECT_EQ(refusal(config), "accepted");
}

TEST(DecoderConfig, RefusalsNameFileAndKey) {
  struct Case {
    const char* key;
    json value;
    const char* message;
  };
  const std::vector<Case> cases{
      {"model_type", "gpt2", "\"gpt2\" is not supported; supported: qwen2"},
      {"model_type", 3, "is missing or not a word"},
      {"architectures", {"Qwen2ForSequenceClassification"}, "this architecture is not supported"},
      {"use_sliding_window", true, "sliding-window attention is not supported"},
      {"layer_types", {"full_attention", "sliding_attention"}, "\"sliding_attention\""},
      {"rope_scaling", {{"type", "yarn"}, {"factor", 4.0}}, "rope scaling is not supported"},
      {"rope_parameters", {{"rope_type", "llama3"}}, "rope scaling is not supported"},
      {"rope_parameters", {{"full_attention", {{"rope_theta", 1.0}}}}, "by layer type"},
      {"rope_parameters", 3, "is not an object"},
      {"partial_rotary_factor", 0.5, "partly rotated heads"},
      {"hidden_act", "gelu", "this activation is not supported, only \"silu\""},
      {"quantization_config", {{"bits", 4}}, "quantised weights are not supported"},
      {"dtype", "bfloat16", "\"bfloat16\": weights of this type are not supported"},
      {"torch_dtype", "float16", "only \"float32\""},
      {"vocab_size", nullptr, "is missing"},
      {"hidden_size", "32", "expected a whole number"},
      {"hidden_size", 32.5, "expected a whole number"},
      {"num_hidden_layers", 0, "expected a whole number from 1"},
      {"intermediate_size", -4, "expected a whole number from 1"},
      {"max_position_embeddings", 1e18, "expected a whole number"},
      {"num_key_value_heads", 3, "does not divide 4 heads"},
      {"num_attention_heads", 6, "not a multiple of 6 heads"},
      {"head_dim", 7, "an even number"},
      {"rms_norm_eps", 0, "expected a number above 0"},
      {"tie_word_embeddings", "yes", "expected true or false"},
      {"eos_token_id", 96, "below vocab_size 96"},
      {"eos_token_id", {1, "x"}, "below vocab_size 96"},
  };
  for (const Case& test : cases) {
    json config = plain_config();
    config[test.key] = test.value;
    const std::string message = refusal(config);
    EXPECT_THAT(message, HasSubstr("folder/config.json: key \"")) << test.key;
    EXPECT_THAT(message, HasSubstr(test.message)) << test.key;
  }
  json config = plain_config();
  config.erase("num_key_value_heads");
  EXPECT_THAT(refusal(config), HasSubstr("\"num_key_value_heads\": is missing"));
}

TEST(DecoderConfig, RefusesWhatIsNotAnObject) {
  for (const char* text : {"", "{", "[1]", "3", "{\"a\": 1} x"}) {
    EXPECT_THROW((void)parse_decoder_config(text, "", "config.json"), support::UserError) << text;
  }
  EXPECT_THAT(refusal(plain_config(), "{"), HasSubstr("folder/generation_config.json"));
}

}  // namespace
}  // namespace lightreasoner::model
