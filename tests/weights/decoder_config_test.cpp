// SPDX-License-Identifier: Apache-2.0
#include "weights/decoder_config.hpp"

#include "support/errors.hpp"
#include "support/files.hpp"
#include "support/refusal.hpp"
#include "weights/model_folders.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <random>

namespace lightreasoner::weights {
namespace {

using nlohmann::json;
using ::testing::ContainsRegex;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing_support::refusal_of;

/// A configuration as transformers 5 writes it.
json plain_config() {
  return json::parse(support::read_file(testing_support::model_folder("tied") / "config.json"));
}

using Text = std::optional<std::string>;

DecoderConfig parse(const json& config, const Text& generation = std::nullopt) {
  return parse_decoder_config(config.dump(), generation, "folder/config.json");
}

std::string parse_refusal(const std::string& text, const Text& generation = std::nullopt) {
  return refusal_of([&] { return parse_decoder_config(text, generation, "folder/config.json"); });
}

std::string refusal(const json& config, const Text& generation = std::nullopt) {
  return parse_refusal(config.dump(), generation);
}

TEST(DecoderConfig, ReadsTheKeysOfTransformers5) {
  json object = plain_config();
  object["rope_parameters"]["rope_theta"] = 1e6;
  object["rms_norm_eps"] = 1e-5;
  const DecoderConfig config = parse(object);
  EXPECT_EQ(config.family.model_type, "qwen2");
  EXPECT_TRUE(config.biases.qkv);
  EXPECT_FALSE(config.biases.output);
  EXPECT_FALSE(config.family.qk_norm);
  EXPECT_EQ(config.shape.vocabulary, 96);
  EXPECT_EQ(config.shape.hidden_size, 32);
  EXPECT_EQ(config.shape.intermediate_size, 40);
  EXPECT_EQ(config.shape.num_layers, 2);
  EXPECT_EQ(config.attention.num_heads, 4);
  EXPECT_EQ(config.attention.num_kv_heads, 2);
  EXPECT_EQ(config.attention.head_dim, 8);
  EXPECT_EQ(config.shape.max_positions, 128);
  EXPECT_EQ(config.rms_norm_eps, 1e-5);
  EXPECT_EQ(config.rotary.theta, 1e6);
  EXPECT_TRUE(config.tied_head);
  EXPECT_THAT(config.stop_ids, ElementsAre(95));
}

TEST(DecoderConfig, ReadsTheKeysOfTransformers4) {
  const DecoderConfig config = parse(
      json::parse(support::read_file(testing_support::model_folder("untied") / "config.json")));
  EXPECT_EQ(config.rotary.theta, 500.0);
  EXPECT_EQ(config.attention.head_dim, 8);
  EXPECT_EQ(config.attention.num_kv_heads, 1);
  EXPECT_FALSE(config.tied_head);
}

TEST(DecoderConfig, GenerationConfigDecidesOnStopIds) {
  const json config = plain_config();
  EXPECT_THAT(parse(config, R"({"eos_token_id": [7, 9]})").stop_ids, ElementsAre(7, 9));
  EXPECT_THAT(parse(config, R"({"eos_token_id": 3})").stop_ids, ElementsAre(3));
  EXPECT_THAT(parse(config, R"({"eos_token_id": null})").stop_ids, ::testing::IsEmpty());
  EXPECT_THAT(parse(config, R"({})").stop_ids, ::testing::IsEmpty());
  EXPECT_THAT(parse(config).stop_ids, ElementsAre(95));
}

TEST(DecoderConfig, RopeScalingCountsBesideRopeParameters) {
  json config = plain_config();
  config["rope_parameters"] = {
      {"rope_type", "llama3"}, {"factor", 8}, {"low_freq_factor", 1}, {"high_freq_factor", 4}};
  config["rope_scaling"] = json::object();
  EXPECT_TRUE(parse(config).rotary.llama3.has_value());
  config["rope_scaling"] = {{"rope_type", "default"}};
  EXPECT_FALSE(parse(config).rotary.llama3.has_value());
}

TEST(DecoderConfig, AcceptsASlidingWindowWhereNoLayerSlides) {
  json config = plain_config();
  config["sliding_window"] = 4096;
  config["use_sliding_window"] = false;
  config["max_window_layers"] = 0;
  config.erase("layer_types");
  EXPECT_EQ(refusal(config), "accepted");
  config["use_sliding_window"] = true;
  EXPECT_THAT(refusal(config), HasSubstr("key \"use_sliding_window\": is true, so that attention "
                                         "slides from layer 0 of 2 on"));
  config["layer_types"] = {"full_attention", "full_attention"};
  EXPECT_EQ(refusal(config), "accepted");
  config.erase("layer_types");
  config["sliding_window"] = nullptr;
  EXPECT_EQ(refusal(config), "accepted");
  config.erase("sliding_window");  // 4096 then
  EXPECT_THAT(refusal(config), HasSubstr("slides from layer 0"));
  config["max_window_layers"] = 2;
  EXPECT_EQ(refusal(config), "accepted");
  config.erase("max_window_layers");  // 28 then
  EXPECT_EQ(refusal(config), "accepted");
}

TEST(DecoderConfig, RefusalsNameFileAndKey) {
  struct Case {
    const char* key;
    json value;
    const char* message;
  };
  const std::vector<Case> cases{
      {"model_type", "gpt2", "\"gpt2\" is not supported; supported: qwen2, qwen3, llama"},
      {"model_type", 3, "json:1: key \"model_type\": is 3, expected text"},
      {"architectures", {"Qwen2ForSequenceClassification"}, "this architecture is not supported"},
      {"layer_types",
       {"full_attention", "sliding_attention"},
       "key \"layer_types.1\": is \"sliding_attention\": not supported"},
      {"rope_scaling", {{"type", "yarn"}, {"factor", 4.0}}, "\"yarn\": this rope scaling is not"},
      {"rope_scaling", {{"type", "linear"}, {"factor", 4.0}}, "rope_scaling.type"},
      {"rope_scaling", {{"rope_type", "dynamic"}, {"factor", 4.0}}, "rope_scaling.rope_type"},
      {"rope_scaling", {{"rope_type", "longrope"}}, "only \"default\" and \"llama3\""},
      {"rope_scaling", {{"rope_type", "llama3"}, {"type", "default"}}, "but rope_type is"},
      {"rope_parameters", {{"rope_type", "llama3"}}, "rope_parameters.factor\": is missing"},
      {"rope_parameters",
       {{"rope_type", "llama3"}, {"factor", 8}, {"low_freq_factor", 4}, {"high_freq_factor", 4}},
       "expected more than low_freq_factor"},
      {"rope_parameters", {{"partial_rotary_factor", 0.25}}, "partly rotated heads"},
      {"rope_parameters", {{"full_attention", {{"rope_theta", 1.0}}}}, "by layer type"},
      {"rope_parameters", 3, "is 3, expected an object"},
      {"partial_rotary_factor", 0.5, "partly rotated heads"},
      {"hidden_act", "gelu", "this activation is not supported, only \"silu\""},
      {"quantization_config", {{"bits", 4}}, "quantised weights are not supported"},
      {"num_experts", 8, "mixtures of experts are not supported"},
      {"num_local_experts", 8, "mixtures of experts are not supported"},
      {"final_logit_softcapping", 30.0, "capped logits are not supported"},
      {"pretraining_tp", 2, "tensor parallelism"},
      {"rope_interleaved", true, "interleaved rotary positions"},
      {"use_mrope", true, "several dimensions"},
      {"num_hidden_layers", 100000, "from 1 to 10000"},
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
    EXPECT_THAT(message, ContainsRegex("folder/config\\.json(:1)?: key \"")) << test.key;
    EXPECT_THAT(message, HasSubstr(test.message)) << test.key;
  }
  json config = plain_config();
  config.erase("num_key_value_heads");
  EXPECT_THAT(refusal(config), HasSubstr("\"num_key_value_heads\": is missing"));
}

/// As published; only what the engine reads is kept beside the keys it must pass over.
json published(const std::string& text) {
  json config = json::parse(text);
  config.update({{"hidden_size", 64},
                 {"intermediate_size", 128},
                 {"vocab_size", 200000},
                 {"num_attention_heads", 4},
                 {"num_hidden_layers", 2}});
  return config;
}

TEST(DecoderConfig, ReadsQwen3) {
  const json object = published(R"({"architectures": ["Qwen3ForCausalLM"], "attention_bias": false,
      "attention_dropout": 0.0, "bos_token_id": 151643, "eos_token_id": 151645, "head_dim": 128,
      "hidden_act": "silu", "initializer_range": 0.02, "max_position_embeddings": 40960,
      "max_window_layers": 28, "model_type": "qwen3", "num_key_value_heads": 2,
      "rms_norm_eps": 1e-06, "rope_scaling": null, "rope_theta": 1000000, "sliding_window": null,
      "tie_word_embeddings": true, "torch_dtype": "bfloat16", "transformers_version": "4.51.0",
      "use_cache": true, "use_sliding_window": false})");
  const DecoderConfig config = parse(object);
  EXPECT_TRUE(config.family.qk_norm);
  EXPECT_FALSE(config.biases.qkv);
  EXPECT_EQ(config.attention.head_dim, 128);
  json without = object;
  without.erase("head_dim");
  EXPECT_EQ(parse(without).attention.head_dim, 128)
      << "the class's default, not hidden_size / heads";
  without["attention_bias"] = true;
  EXPECT_TRUE(parse(without).biases.qkv && parse(without).biases.output);
}

TEST(DecoderConfig, ReadsLlama3WithItsScaling) {
  json object = published(R"({"architectures": ["LlamaForCausalLM"], "attention_bias": false,
      "attention_dropout": 0.0, "bos_token_id": 128000, "eos_token_id": [128001, 128008],
      "head_dim": 64, "hidden_act": "silu", "initializer_range": 0.02,
      "max_position_embeddings": 131072, "mlp_bias": false, "model_type": "llama",
      "num_key_value_heads": 2, "pretraining_tp": 1, "rms_norm_eps": 1e-05, "rope_scaling":
      {"factor": 32.0, "high_freq_factor": 4.0, "low_freq_factor": 1.0,
       "original_max_position_embeddings": 8192, "rope_type": "llama3"}, "rope_theta": 500000.0,
      "tie_word_embeddings": true, "torch_dtype": "bfloat16", "use_cache": true})");
  const DecoderConfig config = parse(object);
  ASSERT_TRUE(config.rotary.llama3.has_value());
  EXPECT_EQ(config.rotary.theta, 500000.0);
  EXPECT_EQ(config.rotary.llama3->factor, 32.0);
  EXPECT_EQ(config.rotary.llama3->original_positions, 8192);
  EXPECT_THAT(config.stop_ids, ElementsAre(128001, 128008));
  EXPECT_FALSE(config.biases.qkv || config.biases.output || config.biases.mlp);
  object["rope_scaling"].erase("original_max_position_embeddings");
  EXPECT_EQ(parse(object).rotary.llama3->original_positions, 131072);
  object["mlp_bias"] = true;
  object["attention_bias"] = true;
  object.erase("num_key_value_heads");
  const DecoderConfig biased = parse(object);
  EXPECT_TRUE(biased.biases.qkv && biased.biases.output && biased.biases.mlp);
  EXPECT_EQ(biased.attention.num_kv_heads, 4);
}

TEST(DecoderConfig, PassesOverKeysThatChangeNothing) {
  const char* const distilled = R"({"architectures": ["Qwen2ForCausalLM"], "attention_dropout": 0.0,
      "bos_token_id": 151643, "eos_token_id": 151643, "hidden_act": "silu",
      "max_position_embeddings": 131072, "max_window_layers": 21, "model_type": "qwen2",
      "num_key_value_heads": 2, "rms_norm_eps": 1e-06, "rope_theta": 10000,
      "sliding_window": 4096, "tie_word_embeddings": false, "torch_dtype": "bfloat16",
      "use_cache": true, "use_mrope": false, "use_sliding_window": false})";
  EXPECT_EQ(refusal(published(distilled)), "accepted");
  const json smollm2 =
      json::parse(support::read_file(testing_support::model_folder("smollm2") / "config.json"));
  EXPECT_TRUE(smollm2.contains("is_llama_config") && smollm2.contains("transformers.js_config"));
  EXPECT_EQ(refusal(smollm2), "accepted");
}

TEST(DecoderConfig, RefusesAKeyThatStandsTwice) {
  EXPECT_THAT(parse_refusal(R"({"hidden_size": 32, "hidden_size": 64})"),
              HasSubstr("key \"hidden_size\" stands there twice"));
}

TEST(DecoderConfig, SurvivesAnyDamage) {
  std::mt19937 random(7);  // the same damage in every run
  const std::vector<json> values{nullptr,
                                 true,
                                 -1,
                                 0,
                                 3,
                                 1e300,
                                 1ULL << 63,
                                 "x",
                                 "llama3",
                                 json::array(),
                                 json::array({1, nullptr}),
                                 json::object(),
                                 {{"rope_type", "llama3"}, {"factor", 2}}};
  int refused = 0;
  for (const char* model : {"tied", "smollm2", "qwen3", "llama3"}) {
    const json good =
        json::parse(support::read_file(testing_support::model_folder(model) / "config.json"));
    for (int round = 0; round < 1000; ++round) {
      json config = good;
      for (std::uint32_t changes = 1 + random() % 3; changes > 0; --changes) {
        auto key = config.begin();
        std::advance(key, random() % config.size());
        *key = values[random() % values.size()];
      }
      std::string text = config.dump();
      if (round % 4 == 0) {
        text[random() % text.size()] = static_cast<char>(random());
      }
      const std::string message = parse_refusal(text);
      refused += message == "accepted" ? 0 : 1;
      EXPECT_THAT(message,
                  ::testing::AnyOf("accepted", ContainsRegex("folder/config\\.json(:[0-9]+)?: ")));
    }
  }
  EXPECT_GT(refused, 1000);
}

TEST(DecoderConfig, RefusesWhatIsNotAnObject) {
  for (const char* text : {"", "{", "[1]", "3", "{\"a\": 1} x"}) {
    EXPECT_THAT(parse_refusal(text), HasSubstr("folder/config.json")) << text;
  }
  EXPECT_THAT(refusal(plain_config(), "{"), HasSubstr("folder/generation_config.json"));
}

}  // namespace
}  // namespace lightreasoner::weights
