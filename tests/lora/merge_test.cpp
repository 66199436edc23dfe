// SPDX-License-Identifier: Apache-2.0
#include "lora/merge.hpp"

#include "model/golden.hpp"
#include "model/tensor_places.hpp"
#include "support/errors.hpp"
#include "support/files.hpp"
#include "support/temporary_folder.hpp"

#include <ATen/core/grad_mode.h>
#include <algorithm>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace lightreasoner::lora {
namespace {

namespace fs = std::filesystem;
namespace golden = model::testing;

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) names.push_back(entry.path().lexically_relative(folder).string());
  }
  return names;
}

class WriteModelFolderTest : public ::testing::TestWithParam<const char*> {
 protected:
  const fs::path base_ = golden::model_folder(GetParam());
  const model::Decoder decoder_ = model::load_decoder(base_);
  const testing_support::TemporaryFolder folder_;
  const fs::path target_ = folder_.path() / "merged";
};

TEST_P(WriteModelFolderTest, UnchangedModelIsWrittenByteForByte) {
  write_model_folder(decoder_, base_, target_);
  // expected.safetensors ends as weights do, so it stays behind.
  EXPECT_THAT(names_in(target_), ::testing::UnorderedElementsAre(
                                     "config.json", "generation_config.json", "model.safetensors"));
  for (const std::string& name : names_in(target_)) {
    EXPECT_EQ(support::read_file(target_ / name), support::read_file(base_ / name)) << name;
  }
}

TEST_P(WriteModelFolderTest, MergedTensorsComeBackEqual) {
  const LoraAdapter adapter = make_adapter(decoder_, {}, 5);
  for (const LoraModule& module : adapter.modules) {
    const at::NoGradGuard no_gradients;
    module.b.fill_(0.25);
  }
  const model::Decoder merged = merge(decoder_, adapter);
  write_model_folder(merged, base_, target_);
  const auto back = model::named_tensors(model::load_decoder(target_));
  const auto expected = model::named_tensors(merged);
  ASSERT_EQ(back.size(), expected.size());
  for (const auto& [name, tensor] : expected) {
    EXPECT_TRUE(at::equal(back.at(name), tensor)) << name;
  }
  EXPECT_FALSE(at::equal(merged.layers[0].attention.q_proj.weight,
                         decoder_.layers[0].attention.q_proj.weight));
}

TEST_P(WriteModelFolderTest, ReplacesAnOlderFolderAsAWhole) {
  fs::create_directories(target_);
  support::write_file_atomically(target_ / "left_over", "x");
  // What a killed run leaves beside it.
  fs::path unfinished = target_;
  unfinished += ".part";
  fs::create_directories(unfinished);
  support::write_file_atomically(unfinished / "half", "x");
  write_model_folder(decoder_, base_, target_);
  EXPECT_THAT(names_in(target_), ::testing::Not(::testing::Contains("left_over")));
  EXPECT_THAT(names_in(target_), ::testing::Not(::testing::Contains("half")));
  EXPECT_THAT(names_in(folder_.path()), ::testing::Each(::testing::StartsWith("merged/")));
}

TEST_P(WriteModelFolderTest, NamesAPlaceItCannotWriteTo) {
  support::write_file_atomically(folder_.path() / "file", "x");
  EXPECT_THROW(write_model_folder(decoder_, base_, folder_.path() / "file" / "merged"),
               support::UserError);
}

TEST_P(WriteModelFolderTest, LargeWeightsBecomeSeveralFilesWithAnIndex) {
  write_model_folder(decoder_, base_, target_, 20'000);
  const auto index =
      nlohmann::json::parse(support::read_file(target_ / "model.safetensors.index.json"));
  const auto tensors = model::named_tensors(decoder_);
  std::size_t total = 0;
  for (const auto& [name, tensor] : tensors) {
    total += tensor.nbytes();
  }
  EXPECT_EQ(index.at("metadata").at("total_size"), total);
  EXPECT_EQ(index.at("weight_map").size(), tensors.size());
  const auto names = names_in(target_);
  EXPECT_THAT(names, ::testing::Not(::testing::Contains("model.safetensors")));
  const auto last = std::count_if(names.begin(), names.end(), [](const std::string& name) {
    return name.starts_with("model-0000");
  });
  EXPECT_GE(last, 3);
  EXPECT_THAT(names,
              ::testing::Contains(fmt::format("model-{:05}-of-{:05}.safetensors", last, last)));
  const auto back = model::named_tensors(model::load_decoder(target_));
  for (const auto& [name, tensor] : tensors) {
    EXPECT_TRUE(at::equal(back.at(name), tensor)) << name;
  }
}

TEST_P(WriteModelFolderTest, TakesOverAllButWeights) {
  const fs::path base = folder_.path() / "base";
  for (const char* below : {"original", "additional_chat_templates", ".cache"}) {
    fs::create_directories(base / below);
  }
  const std::vector<std::string> taken{
      "config.json", "vocab.json",          "merges.txt",
      "README.md",   "chat_template.jinja", "additional_chat_templates/rag.jinja",
      "LICENSE"};
  const std::vector<std::string> left{"flax_model.msgpack",
                                      "model.tflite",
                                      "model.gguf",
                                      "pytorch_model.bin",
                                      "tf_model.h5",
                                      "rust_model.ot",
                                      "model.safetensors",
                                      "pytorch_model.bin.index.json",
                                      "original/consolidated.00.pth",
                                      ".cache/config.json"};
  for (const auto& names : {taken, left}) {
    for (const std::string& name : names) {
      support::write_file_atomically(base / name, name);
    }
  }
  write_model_folder(decoder_, base, target_);
  std::vector<std::string> expected = taken;
  expected.emplace_back("model.safetensors");
  EXPECT_THAT(names_in(target_), ::testing::UnorderedElementsAreArray(expected));
}

TEST_P(WriteModelFolderTest, LeavesNothingAfterAnError) {
  EXPECT_THROW(write_model_folder(decoder_, folder_.path() / "nowhere", target_),
               support::UserError);
  EXPECT_THAT(names_in(folder_.path()), ::testing::IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Models, WriteModelFolderTest, ::testing::Values("tied", "untied"),
                         [](const auto& model) { return std::string(model.param); });

/// The tied model stored in another type.
class StoredTypeTest : public ::testing::TestWithParam<at::ScalarType> {
 protected:
  StoredTypeTest() {
    fs::copy(golden::model_folder("tied"), base_);
    weights::TensorMap tensors = weights::read_safetensors(base_ / weights::weights_file);
    for (auto& [name, tensor] : tensors) {
      tensor = tensor.to(GetParam());
    }
    weights::write_safetensors(base_ / weights::weights_file, tensors, {});
  }

  const testing_support::TemporaryFolder folder_;
  const fs::path base_ = folder_.path() / "base";
  const fs::path target_ = folder_.path() / "merged";
};

TEST_P(StoredTypeTest, StaysThatOfTheBaseWhateverIsComputedIn) {
  const at::NoGradGuard no_gradients;
  for (const at::ScalarType dtype : {at::kFloat, at::kBFloat16}) {
    const model::Decoder decoder = model::load_decoder(base_, dtype);
    const LoraAdapter adapter = make_adapter(decoder, {}, 5);
    for (const LoraModule& module : adapter.modules) {
      module.b.fill_(0.25);
    }
    const model::Decoder merged = merge(decoder, adapter);
    write_model_folder(merged, base_, target_);
    const auto written = weights::read_safetensors(target_ / weights::weights_file);
    for (const auto& [name, tensor] : written) {
      EXPECT_EQ(tensor.scalar_type(), GetParam()) << name;
    }
    const LoraModule& module = adapter.modules[0];
    const at::Tensor base = decoder.layers[0].attention.q_proj.weight.to(at::kFloat);
    const at::Tensor expected = base + at::matmul(module.b, module.a) * scale(adapter.config);
    const bool is_exact = dtype == at::kFloat || GetParam() == at::kBFloat16;
    EXPECT_EQ(model::holds_files_exactly(decoder), is_exact);
    if (is_exact) {
      EXPECT_TRUE(at::equal(written.at(module.path + ".weight"), expected.to(GetParam())));
    }
    EXPECT_TRUE(at::equal(written.at("model.norm.weight"), decoder.final_norm.to(GetParam())));
    EXPECT_EQ(merged.layers[0].attention.q_proj.weight.scalar_type(), dtype);
  }
}

INSTANTIATE_TEST_SUITE_P(Types, StoredTypeTest,
                         ::testing::Values(at::kFloat, at::kBFloat16, at::kHalf),
                         [](const auto& type) { return at::toString(type.param); });

}  // namespace
}  // namespace lightreasoner::lora
