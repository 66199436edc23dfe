// SPDX-License-Identifier: Apache-2.0
#include "weights/weight_layout.hpp"

#include "support/damage.hpp"
#include "support/files.hpp"
#include "support/refusal.hpp"
#include "support/temporary_folder.hpp"
#include "weights/model_folders.hpp"

#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <random>

namespace lightreasoner::weights {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using testing_support::refusal_of;

constexpr const char* first_shard = "model-00001-of-00003.safetensors";
constexpr const char* last_shard = "model-00003-of-00003.safetensors";

/// A copy of the committed model in three files.
class ShardedTest : public ::testing::Test {
 protected:
  ShardedTest() {
    fs::copy(testing_support::model_folder("bfloat16"), folder_.path(),
             fs::copy_options::recursive);
    fs::remove(folder_.path() / "expected.safetensors");
  }

  [[nodiscard]] json index() const { return json::parse(support::read_file(index_)); }
  void write_index(const json& index) const {
    support::write_file_atomically(index_, index.dump());
  }
  [[nodiscard]] std::string refusal() const {
    return refusal_of(
        [&] { return lay_out_weights(read_model_folder(folder_.path()), std::nullopt); });
  }

  const testing_support::TemporaryFolder folder_;
  const fs::path index_ = folder_.path() / index_file;
};

TEST_F(ShardedTest, NamesWhatTheIndexGetsWrong) {
  const json good = index();
  const std::string name = "model.norm.weight";
  struct Case {
    json value;
    const char* message;
  };
  for (const Case& test :
       {Case{"../model-00001-of-00003.safetensors", "of this folder"},
        Case{"/etc/x.safetensors", "of this folder"}, Case{"sub/../../x.safetensors", "of this"},
        Case{"sub/model.safetensors", "there is no such file"}, Case{"..", "of this folder"},
        Case{"model.bin", "of this folder"}, Case{7, "is 7, expected the name"},
        Case{nullptr, "is null"}, Case{"model-00004-of-00003.safetensors", "there is no such file"},
        Case{first_shard, "which does not hold it"}}) {
    json bad = good;
    bad["weight_map"][name] = test.value;
    write_index(bad);
    EXPECT_THAT(refusal(),
                AllOf(HasSubstr(index_.string()), HasSubstr(name), HasSubstr(test.message)));
  }
  const std::string text = good.dump();
  support::write_file_atomically(
      index_, std::string(text).insert(text.find("\"lm_head.weight\""),
                                       "\"lm_head.weight\":\"model-00001-of-00003.safetensors\","));
  EXPECT_THAT(refusal(), HasSubstr("key \"lm_head.weight\" stands there twice"));
  for (const char* broken : {"", "[]", "{", R"({"weight_map": 3})", R"({"weight_map": {}})"}) {
    support::write_file_atomically(index_, broken);
    EXPECT_THAT(refusal(), HasSubstr(index_.string())) << broken;
  }
}

TEST_F(ShardedTest, TakesAnIndexThatSaysMoreOrLessThanTheModelNeeds) {
  json other = index();
  other["weight_map"].erase("model.norm.weight");
  other["weight_map"]["model.layers.0.self_attn.rotary_emb.inv_freq"] = first_shard;
  fs::create_directory(folder_.path() / "sub");
  fs::rename(folder_.path() / last_shard, folder_.path() / "sub" / last_shard);
  for (auto& [tensor, file] : other["weight_map"].items()) {
    if (file == last_shard) file = std::string("sub/") + last_shard;
  }
  write_index(other);
  EXPECT_EQ(refusal(), "accepted");
}

TEST_F(ShardedTest, NamesTheFileThatIsDamaged) {
  const fs::path shard = folder_.path() / last_shard;
  const std::string good = support::read_file(shard);
  fs::resize_file(shard, good.size() - 100);
  EXPECT_THAT(refusal(), AllOf(HasSubstr(shard.string()), HasSubstr("truncated?")));
  fs::resize_file(shard, 3);
  EXPECT_THAT(refusal(), AllOf(HasSubstr(shard.string()), HasSubstr("too few for a header")));
  fs::copy_file(folder_.path() / first_shard, shard, fs::copy_options::overwrite_existing);
  EXPECT_THAT(refusal(),
              AllOf(HasSubstr(shard.string()), HasSubstr("is also in"), HasSubstr(first_shard)));
  fs::remove(shard);
  fs::create_directory(shard);
  EXPECT_THAT(refusal(), AllOf(HasSubstr(shard.string()), HasSubstr("not a regular file")));
  fs::remove(shard);
  EXPECT_THAT(refusal(), AllOf(HasSubstr(last_shard), HasSubstr("there is no such file")));
}

TEST_F(ShardedTest, IndexSurvivesAnyDamage) {
  const std::string good = index().dump();
  std::mt19937 random(11);  // the same damage in every run
  int refused = 0;
  constexpr int rounds = 2000;
  for (int round = 0; round < rounds; ++round) {
    std::ofstream(index_, std::ios::binary)
        << testing_support::damaged(good, good.size(), 3, random);
    const std::string message = refusal();
    refused += message == "accepted" ? 0 : 1;
    ASSERT_THAT(message, ::testing::AnyOf("accepted", HasSubstr(folder_.path().string())));
  }
  EXPECT_GT(refused, rounds / 2);
}

TEST(DtypeWords, AreThoseOfTheRunFile) {
  EXPECT_EQ(word_of_dtype(at::kFloat), "float32");
  EXPECT_EQ(word_of_dtype(at::kBFloat16), "bfloat16");
  EXPECT_THROW((void)word_of_dtype(at::kHalf), std::logic_error);
}

}  // namespace
}  // namespace lightreasoner::weights
