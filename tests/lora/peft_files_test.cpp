// SPDX-License-Identifier: Apache-2.0
#include "lora/peft_files.hpp"

#include "model/golden.hpp"
#include "support/files.hpp"
#include "support/refusal.hpp"
#include "support/temporary_folder.hpp"

#include <ATen/core/grad_mode.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>
#include <numeric>

namespace lightreasoner::lora {
namespace {

using testing_support::refusal_of;

namespace golden = model::testing;

// Logits up to 10, twice those that logit_rounding speaks of. Largest seen with AVX512, AVX2 or
// SSE: 7.0e-6.
constexpr double to_peft = 2 * golden::logit_rounding;

std::filesystem::path peft_folder() { return golden::data_folder() / "lora" / "peft"; }

class PeftFilesTest : public ::testing::Test {
 protected:
  model::Decoder decoder_ = model::load_decoder(golden::model_folder("tied"));
  const testing_support::TemporaryFolder folder_;

  /// A copy of peft's folder with one key of adapter_config.json changed.
  void write_folder(const std::string& key, const nlohmann::json& value) const {
    auto config = nlohmann::json::parse(support::read_file(peft_folder() / "adapter_config.json"));
    config[key] = value;
    support::write_file_atomically(folder_.path() / "adapter_config.json", config.dump());
    std::filesystem::copy_file(peft_folder() / "adapter_model.safetensors",
                               folder_.path() / "adapter_model.safetensors",
                               std::filesystem::copy_options::overwrite_existing);
  }

  [[nodiscard]] std::string refusal() const {
    return refusal_of([&] { return read_peft(folder_.path(), decoder_); });
  }
};

TEST_F(PeftFilesTest, ReadAdapterGivesPeftsLogits) {
  const at::NoGradGuard no_gradients;
  LoraAdapter adapter = read_peft(peft_folder(), decoder_);
  const AttachedAdapter attached(decoder_, adapter);
  const auto expected = weights::read_safetensors(peft_folder() / "expected.safetensors");
  const auto goldens = golden::read_goldens("tied");
  for (std::size_t i = 0; i < goldens.size(); ++i) {
    const at::Tensor ours = model::logits(
        decoder_,
        model::hidden_states(decoder_, golden::single_batch(goldens[i].prompt), nullptr))[0];
    EXPECT_LE(golden::gap(ours, expected.at("adapter_logits." + std::to_string(i))), to_peft);
    EXPECT_GT(golden::gap(ours, goldens[i].logits), 0.1) << "the adapter does nothing";
  }
}

TEST_F(PeftFilesTest, WrittenFilesEqualPeftsByteForByte) {
  const auto files = peft_files(read_peft(peft_folder(), decoder_), "tests/data/model/tied");
  ASSERT_EQ(files.size(), 2U);
  for (const auto& [name, content] : files) {
    EXPECT_EQ(content, support::read_file(peft_folder() / name)) << name;
  }
}

TEST_F(PeftFilesTest, AdapterComesBackAsWritten) {
  const Config config{
      .rank = 2,
      .lora_alpha = 0.5,
      .dropout = 0.1,
      .target_modules = {weights::Projection::k_proj, weights::Projection::down_proj,
                         weights::Projection::gate_proj}};
  const LoraAdapter adapter = make_adapter(decoder_, config, 11);
  for (const auto& [name, content] : peft_files(adapter, "somewhere")) {
    support::write_file_atomically(folder_.path() / name, content);
  }
  const LoraAdapter back = read_peft(folder_.path(), decoder_);
  EXPECT_EQ(back.config.rank, config.rank);
  EXPECT_EQ(back.config.lora_alpha, config.lora_alpha);
  EXPECT_EQ(back.config.dropout, config.dropout);
  EXPECT_THAT(back.config.target_modules,
              ::testing::UnorderedElementsAreArray(config.target_modules));
  ASSERT_EQ(back.modules.size(), adapter.modules.size());
  for (std::size_t i = 0; i < back.modules.size(); ++i) {
    EXPECT_EQ(back.modules[i].path, adapter.modules[i].path);
    EXPECT_TRUE(at::equal(back.modules[i].a, adapter.modules[i].a));
    EXPECT_TRUE(at::equal(back.modules[i].b, adapter.modules[i].b));
    EXPECT_TRUE(back.modules[i].a.requires_grad());
  }
}

TEST_F(PeftFilesTest, NarrowTensorsAreReadAsFloat32) {
  const weights::TensorMap tensors =
      weights::read_safetensors(peft_folder() / "adapter_model.safetensors");
  std::filesystem::copy_file(peft_folder() / "adapter_config.json",
                             folder_.path() / "adapter_config.json");
  for (const at::ScalarType stored : {at::kBFloat16, at::kHalf, at::kDouble}) {
    weights::TensorMap narrow;
    for (const auto& [name, tensor] : tensors) {
      narrow[name] = tensor.to(stored);
    }
    weights::write_safetensors(folder_.path() / "adapter_model.safetensors", narrow, {});
    if (stored == at::kDouble) {
      EXPECT_THAT(refusal(), ::testing::HasSubstr("is Double [3, 32]"));
      continue;
    }
    const LoraAdapter adapter = read_peft(folder_.path(), decoder_);
    for (const LoraModule& module : adapter.modules) {
      const std::string name = "base_model.model." + module.path + ".lora_A.weight";
      EXPECT_TRUE(at::equal(module.a, narrow.at(name).to(at::kFloat))) << name;
    }
  }
}

TEST_F(PeftFilesTest, RefusesWhatIsNotPlainLora) {
  using nlohmann::json;
  const std::vector<std::pair<std::string, json>> cases{{"peft_type", "IA3"},
                                                        {"use_dora", true},
                                                        {"use_rslora", true},
                                                        {"bias", "all"},
                                                        {"rank_pattern", {{"x", 5}}},
                                                        {"modules_to_save", {"lm_head"}},
                                                        {"init_lora_weights", "pissa"},
                                                        {"some_later_method", {{"on", true}}},
                                                        {"r", "three"},
                                                        {"r", 3.7},
                                                        {"r", true},
                                                        {"lora_alpha", true},
                                                        {"target_modules", {"q_proj", 1}},
                                                        {"target_modules", "lm_head"},
                                                        {"target_modules", "("},
                                                        {"target_modules", ".*layers.0.*q_proj"},
                                                        {"exclude_modules", 3},
                                                        {"target_modules", {"lm_head"}},
                                                        {"lora_dropout", 1.5}};
  for (const auto& [key, value] : cases) {
    write_folder(key, value);
    EXPECT_THAT(refusal(), ::testing::AllOf(::testing::HasSubstr("adapter_config.json"),
                                            ::testing::HasSubstr(key)))
        << key << " = " << value;
  }
}

TEST_F(PeftFilesTest, TakesTheModulesThatPeftWouldTake) {
  using nlohmann::json;
  const TargetModules query_and_value{weights::Projection::q_proj, weights::Projection::v_proj};
  const std::vector<json> rules{{"self_attn.v_proj", "self_attn.q_proj"},
                                {"q_proj", "v_proj", "c_attn"},
                                ".*\\.(q|v)_proj",
                                "model\\.layers\\.\\d+\\.self_attn\\.(?:q|v)_proj",
                                "(?x) .* \\. (q|v)_proj # of attention"};
  for (const json& rule : rules) {
    write_folder("target_modules", rule);
    EXPECT_EQ(read_peft(folder_.path(), decoder_).config.target_modules, query_and_value) << rule;
  }
  // A pattern is the whole path, a name not the end of another name.
  for (const json& rule : {json("q_proj|v_proj"), json({"proj"}), json({"_proj"})}) {
    write_folder("target_modules", rule);
    EXPECT_THAT(refusal(), ::testing::HasSubstr("means none of this model's projections")) << rule;
  }
  write_folder("target_modules", "all-linear");
  EXPECT_THAT(refusal(), ::testing::HasSubstr("k_proj.lora_A.weight\" is missing"));
}

TEST_F(PeftFilesTest, LeavesOutWhatIsExcluded) {
  write_folder("exclude_modules", {"lm_head", "embed_tokens"});
  EXPECT_EQ(refusal(), "accepted");
  write_folder("exclude_modules", {"v_proj"});
  EXPECT_THAT(refusal(), ::testing::HasSubstr("v_proj.lora_A.weight\" is of none of the"));
}

TEST_F(PeftFilesTest, DoesNotMindHowTheAdapterBegan) {
  for (const nlohmann::json& beginning : {nlohmann::json("gaussian"), nlohmann::json("orthogonal"),
                                          nlohmann::json("eva"), nlohmann::json(false)}) {
    write_folder("init_lora_weights", beginning);
    EXPECT_EQ(refusal(), "accepted") << beginning;
  }
}

TEST_F(PeftFilesTest, TakesAllLayersHoweverTheyAreNamed) {
  const auto last = std::ssize(decoder_.layers) - 1;
  std::vector<std::int64_t> layers(decoder_.layers.size());
  std::iota(layers.rbegin(), layers.rend(), 0);
  write_folder("layers_to_transform", layers);
  EXPECT_EQ(refusal(), "accepted");
  layers.erase(layers.begin());
  write_folder("layers_to_transform", layers);
  EXPECT_THAT(refusal(),
              ::testing::HasSubstr(fmt::format("without layer {} of {}", last, last + 1)));
  write_folder("layers_to_transform", last);
  EXPECT_THAT(refusal(), ::testing::HasSubstr("layers_to_transform"));
}

TEST_F(PeftFilesTest, TakesPatternsThatRepeatWhatAllModulesHave) {
  write_folder("rank_pattern", {{"q_proj", 3}});
  EXPECT_EQ(refusal(), "accepted");
  write_folder("rank_pattern", {{"q_proj", 4}});
  EXPECT_THAT(refusal(), ::testing::HasSubstr("rank_pattern"));
  write_folder("target_modules", "(a|a)*(a|a)*(a|a)*\\.self_attn\\.(q|v)_proj(x+x+)+y");
  EXPECT_THAT(refusal(), ::testing::HasSubstr("adapter_config.json"));
}

TEST_F(PeftFilesTest, ReadsTensorsThatKeepTheAdaptersName) {
  const weights::TensorMap tensors =
      weights::read_safetensors(peft_folder() / "adapter_model.safetensors");
  write_folder("r", 3);
  weights::TensorMap named;
  for (const auto& [name, tensor] : tensors) {
    named[name.substr(0, name.size() - 6) + "mine.weight"] = tensor;
  }
  weights::write_safetensors(folder_.path() / "adapter_model.safetensors", named, {});
  const LoraAdapter adapter = read_peft(folder_.path(), decoder_);
  const LoraAdapter plain = read_peft(peft_folder(), decoder_);
  for (std::size_t i = 0; i < plain.modules.size(); ++i) {
    EXPECT_TRUE(at::equal(adapter.modules[i].b, plain.modules[i].b));
  }
  named.emplace(tensors.begin()->first, tensors.begin()->second);
  weights::write_safetensors(folder_.path() / "adapter_model.safetensors", named, {});
  EXPECT_THAT(refusal(), ::testing::HasSubstr("the file holds several adapters"));
}

TEST_F(PeftFilesTest, IgnoresKeysThatAskForNothing) {
  write_folder("some_later_method", nullptr);
  EXPECT_EQ(refusal(), "accepted");
  write_folder("some_later_method", false);
  EXPECT_EQ(refusal(), "accepted");
}

TEST_F(PeftFilesTest, RefusesWhatIsNoNumber) {
  write_folder("r", 3);
  weights::TensorMap tensors =
      weights::read_safetensors(peft_folder() / "adapter_model.safetensors");
  at::Tensor& last = std::prev(tensors.end())->second;
  last = last.clone();
  last.view(-1)[1] = std::numeric_limits<float>::quiet_NaN();
  weights::write_safetensors(folder_.path() / "adapter_model.safetensors", tensors, {});
  EXPECT_THAT(refusal(),
              ::testing::HasSubstr(std::prev(tensors.end())->first + "\" holds NaN or infinity"));
}

TEST_F(PeftFilesTest, TellsHowToConvertPickledWeights) {
  write_folder("r", 3);
  std::filesystem::rename(folder_.path() / "adapter_model.safetensors",
                          folder_.path() / "adapter_model.bin");
  EXPECT_THAT(refusal(), ::testing::HasSubstr("adapter_model.bin: pickled weights are not read; "
                                              "convert the adapter to safetensors"));
}

TEST_F(PeftFilesTest, RefusesTensorsThatDoNotFit) {
  EXPECT_THAT(refusal(), ::testing::HasSubstr("no such file"));
  write_folder("r", 4);
  EXPECT_THAT(refusal(), ::testing::HasSubstr("is Float [3, 32], expected Float, BFloat16 or "
                                              "Half [4, 32]"));
  write_folder("target_modules", {"q_proj"});
  EXPECT_THAT(refusal(), ::testing::HasSubstr("v_proj.lora_A.weight\" is of none of the"));
  write_folder("target_modules", {"q_proj", "v_proj", "o_proj"});
  EXPECT_THAT(refusal(), ::testing::HasSubstr("o_proj.lora_A.weight\" is missing"));
}

}  // namespace
}  // namespace lightreasoner::lora
