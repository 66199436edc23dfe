// SPDX-License-Identifier: Apache-2.0
#include "lora/merge.hpp"

#include "model/golden.hpp"
#include "support/errors.hpp"
#include "support/files.hpp"
#include "support/temporary_folder.hpp"

#include <ATen/core/grad_mode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lightreasoner::lora {
namespace {

namespace fs = std::filesystem;
namespace golden = model::testing;

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) {
    names.push_back(entry.path().filename().string());
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
  EXPECT_FALSE(at::equal(merged.layers[0].q_proj.weight, decoder_.layers[0].q_proj.weight));
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
  EXPECT_THAT(names_in(folder_.path()), ::testing::ElementsAre("merged"));
}

TEST_P(WriteModelFolderTest, NamesAPlaceItCannotWriteTo) {
  support::write_file_atomically(folder_.path() / "file", "x");
  EXPECT_THROW(write_model_folder(decoder_, base_, folder_.path() / "file" / "merged"),
               support::UserError);
}

INSTANTIATE_TEST_SUITE_P(Models, WriteModelFolderTest, ::testing::Values("tied", "untied"),
                         [](const auto& model) { return std::string(model.param); });

}  // namespace
}  // namespace lightreasoner::lora
