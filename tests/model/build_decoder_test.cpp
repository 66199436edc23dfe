// SPDX-License-Identifier: Apache-2.0
#include "model/build_decoder.hpp"

#include "model/golden.hpp"
#include "model/tensor_places.hpp"
#include "support/files.hpp"
#include "support/refusal.hpp"
#include "support/temporary_folder.hpp"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace lightreasoner::model {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using testing_support::refusal_of;
using weights::read_safetensors;
using weights::serialize_safetensors;
using weights::TensorMap;

class LoadDecoderTest : public ::testing::Test {
 protected:
  LoadDecoderTest() {
    fs::copy(testing::model_folder("tied"), folder_.path(),
             fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  }

  void write_tensors(const TensorMap& tensors) const {
    support::write_file_atomically(weights_, serialize_safetensors(tensors, {}));
  }

  void write_config(const std::string& key, const nlohmann::json& value) const {
    const fs::path path = folder_.path() / "config.json";
    auto config = nlohmann::json::parse(support::read_file(path));
    config[key] = value;
    support::write_file_atomically(path, config.dump());
  }

  [[nodiscard]] std::string refusal() const {
    return refusal_of([&] { return load_decoder(folder_.path()); });
  }

  const testing_support::TemporaryFolder folder_;
  const fs::path weights_ = folder_.path() / "model.safetensors";
};

TEST_F(LoadDecoderTest, NamesTheMissingFile) {
  fs::remove(weights_);
  EXPECT_THAT(refusal(), AllOf(HasSubstr("model.safetensors: no such file"),
                               HasSubstr("give a Hugging Face model folder")));
  fs::remove(folder_.path() / "config.json");
  EXPECT_THAT(refusal(), HasSubstr("config.json: no such file"));
}

TEST_F(LoadDecoderTest, NamesATruncatedFile) {
  fs::resize_file(weights_, fs::file_size(weights_) - 100);
  EXPECT_THAT(refusal(), AllOf(HasSubstr(weights_.string()), HasSubstr("truncated?"),
                               HasSubstr("copy or download the file again")));
  fs::resize_file(weights_, 0);
  EXPECT_THAT(refusal(), HasSubstr("too few for a header"));
}

TEST_F(LoadDecoderTest, NamesTheTensorThatDoesNotFit) {
  const TensorMap good = read_safetensors(testing::model_folder("tied") / "model.safetensors");
  const std::string name = "model.layers.1.self_attn.k_proj.bias";
  TensorMap tensors = good;
  tensors.erase(name);
  write_tensors(tensors);
  EXPECT_THAT(refusal(), HasSubstr("tensor \"" + name + "\" is missing"));

  tensors[name] = at::zeros({17});
  write_tensors(tensors);
  EXPECT_THAT(refusal(), HasSubstr("has shape [17], but config.json beside it gives [16]"));

  tensors[name] = good.at(name).to(at::kDouble);
  write_tensors(tensors);
  EXPECT_THAT(refusal(), HasSubstr("is of type Double; only float32, bfloat16 and float16"));

  tensors[name] = good.at(name);
  tensors["model.layers.2.mlp.up_proj.weight"] = at::zeros({40, 32});
  write_tensors(tensors);
  EXPECT_THAT(refusal(), HasSubstr("\"model.layers.2.mlp.up_proj.weight\" has no place"));
}

TEST_F(LoadDecoderTest, IgnoresWhatTransformersIgnores) {
  TensorMap tensors = read_safetensors(testing::model_folder("tied") / "model.safetensors");
  tensors["model.layers.0.self_attn.rotary_emb.inv_freq"] = at::zeros({4});
  write_tensors(tensors);
  EXPECT_EQ(refusal(), "accepted");
}

TEST_F(LoadDecoderTest, TiesAStoredHeadToAnEqualEmbeddingOnly) {
  TensorMap tensors = read_safetensors(testing::model_folder("tied") / "model.safetensors");
  tensors["lm_head.weight"] = tensors.at("model.embed_tokens.weight").clone();
  write_tensors(tensors);
  const Decoder tied = load_decoder(folder_.path());
  EXPECT_TRUE(tied.config.tied_head);
  EXPECT_EQ(tied.head.const_data_ptr(), tied.embedding.const_data_ptr());
  EXPECT_EQ(named_tensors(tied).count("lm_head.weight"), 0U);

  tensors["lm_head.weight"][95][31] += 1;
  write_tensors(tensors);
  const Decoder stored = load_decoder(folder_.path());
  EXPECT_FALSE(stored.config.tied_head);
  EXPECT_TRUE(at::equal(stored.head, tensors["lm_head.weight"]));
  EXPECT_TRUE(at::equal(named_tensors(stored).at("lm_head.weight"), stored.head));

  tensors.erase("model.embed_tokens.weight");
  write_tensors(tensors);
  const Decoder head_alone = load_decoder(folder_.path());
  EXPECT_TRUE(at::equal(head_alone.embedding, tensors["lm_head.weight"]));
  EXPECT_EQ(head_alone.head.const_data_ptr(), head_alone.embedding.const_data_ptr());
  tensors["model.embed_tokens.weight"] = at::zeros({96, 32});

  tensors["lm_head.weight"] = at::zeros({95, 32});
  write_tensors(tensors);
  EXPECT_THAT(refusal(), HasSubstr("tensor \"lm_head.weight\" has shape [95, 32], but"));
}

TEST_F(LoadDecoderTest, UntiedModelNeedsAHead) {
  write_config("tie_word_embeddings", false);
  EXPECT_THAT(refusal(), HasSubstr("tensor \"lm_head.weight\" is missing"));
}

TEST_F(LoadDecoderTest, ShapesFollowTheConfiguration) {
  write_config("intermediate_size", 41);
  EXPECT_THAT(refusal(), AllOf(HasSubstr("gate_proj.weight\" has shape [40, 32]"),
                               HasSubstr("gives [41, 32]")));
}

TEST(Projections, AreWhereTheirTensorsAre) {
  Decoder decoder = load_decoder(testing::model_folder("untied"));
  const auto tensors = named_tensors(decoder);
  for (const weights::Projection projection : weights::projections) {
    EXPECT_EQ(place_of(decoder.layers[1], projection).weight.const_data_ptr(),
              tensors.at(weights::projection_path(1, projection) + ".weight").const_data_ptr());
  }
}

}  // namespace
}  // namespace lightreasoner::model
