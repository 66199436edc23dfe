// SPDX-License-Identifier: Apache-2.0
/// Weights in several files and of several types.
#include "model/weight_plan.hpp"

#include "model/golden.hpp"
#include "model/weight_writer.hpp"
#include "support/errors.hpp"
#include "support/files.hpp"
#include "support/temporary_folder.hpp"

#include <bit>
#include <cstring>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <random>

namespace lightreasoner::model {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr const char* first_shard = "model-00001-of-00003.safetensors";
constexpr const char* last_shard = "model-00003-of-00003.safetensors";

/// A copy of the committed model in three files.
class ShardedTest : public ::testing::Test {
 protected:
  ShardedTest() {
    fs::copy(testing::model_folder("bfloat16"), folder_.path(), fs::copy_options::recursive);
    fs::remove(folder_.path() / "expected.safetensors");
  }

  [[nodiscard]] json index() const { return json::parse(support::read_file(index_)); }
  void write_index(const json& index) const {
    support::write_file_atomically(index_, index.dump());
  }
  [[nodiscard]] std::string refusal() const {
    try {
      (void)load_decoder(folder_.path());
    } catch (const support::UserError& error) {
      return error.what();
    }
    return "accepted";
  }

  const testing_support::TemporaryFolder folder_;
  const fs::path index_ = folder_.path() / index_file;
};

TEST_F(ShardedTest, IsTheModelOfOneFile) {
  const auto sharded = named_tensors(load_decoder(folder_.path()));
  write_safetensors(folder_.path() / weights_file, sharded, {});
  // model.safetensors goes before an index, as in transformers.
  fs::remove(folder_.path() / last_shard);
  const auto whole = named_tensors(load_decoder(folder_.path()));
  ASSERT_EQ(whole.size(), sharded.size());
  for (const auto& [name, tensor] : sharded) {
    EXPECT_TRUE(at::equal(whole.at(name), tensor)) << name;
  }
}

TEST_F(ShardedTest, NamesWhatTheIndexGetsWrong) {
  const json good = index();
  const std::string name = "model.norm.weight";
  struct Case {
    json value;
    const char* message;
  };
  for (const Case& test :
       {Case{"../model-00001-of-00003.safetensors", "of this folder"},
        Case{"/etc/passwd", "of this folder"}, Case{"sub/model.safetensors", "of this folder"},
        Case{"..", "of this folder"}, Case{"model.bin", "of this folder"},
        Case{7, "is 7, expected the name"}, Case{nullptr, "is null"},
        Case{"model-00004-of-00003.safetensors", "there is no such file"},
        Case{first_shard, "which does not hold it"}}) {
    json bad = good;
    bad["weight_map"][name] = test.value;
    write_index(bad);
    EXPECT_THAT(refusal(),
                AllOf(HasSubstr(index_.string()), HasSubstr(name), HasSubstr(test.message)));
  }
  json missing = good;
  missing["weight_map"].erase(name);
  write_index(missing);
  EXPECT_THAT(refusal(), AllOf(HasSubstr(last_shard), HasSubstr("\"model.norm.weight\" is not in "
                                                                "model.safetensors.index.json")));
  json more = good;
  more["weight_map"]["model.layers.7.mlp.up_proj.weight"] = first_shard;
  write_index(more);
  EXPECT_THAT(refusal(), AllOf(HasSubstr("model.layers.7.mlp.up_proj.weight"),
                               HasSubstr("which does not hold it")));
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
  std::mt19937 random(11);  // NOLINT: the same damage in every run
  int refused = 0;
  constexpr int rounds = 2000;
  for (int round = 0; round < rounds; ++round) {
    std::string text = good;
    for (std::uint32_t flips = 1 + random() % 3; flips > 0; --flips) {
      text[random() % text.size()] = static_cast<char>(random());
    }
    if (round % 8 == 0) {
      text.resize(random() % text.size());
    }
    std::ofstream(index_, std::ios::binary) << text;
    const std::string message = refusal();
    refused += message == "accepted" ? 0 : 1;
    ASSERT_THAT(message, ::testing::AnyOf("accepted", HasSubstr(folder_.path().string())));
  }
  EXPECT_GT(refused, rounds / 2);
}

TEST_F(ShardedTest, HeaderThatChangedAfterTheCheckIsNoticed) {
  const WeightPlan plan = plan_weights(read_model_folder(folder_.path()), std::nullopt);
  std::vector<std::byte> memory(plan.num_bytes);
  std::string bytes = support::read_file(folder_.path() / first_shard);
  WeightWriter(plan, 0, memory).write(std::as_bytes(std::span(bytes)));
  bytes[20] ^= 1;
  EXPECT_THROW(WeightWriter(plan, 0, memory).write(std::as_bytes(std::span(bytes))),
               support::UserError);
}

/// Every 16-bit pattern as the tensors of a model.
class ConversionTest : public ::testing::Test {
 protected:
  /// The tied model's folder with all its tensors in `stored`, the embedding's values replaced.
  void write_model(at::ScalarType stored, const at::Tensor& values) {
    fs::copy(testing::model_folder("tied"), folder_.path(),
             fs::copy_options::recursive | fs::copy_options::overwrite_existing);
    json config = json::parse(support::read_file(folder_.path() / config_file));
    config["vocab_size"] = 65536 / 32;
    support::write_file_atomically(folder_.path() / config_file, config.dump());
    TensorMap tensors = read_safetensors(folder_.path() / weights_file);
    for (auto& [name, tensor] : tensors) {
      tensor = tensor.to(stored);
    }
    tensors["model.embed_tokens.weight"] = values.view({65536 / 32, 32});
    write_safetensors(folder_.path() / weights_file, tensors, {});
  }

  static at::Tensor all_patterns(at::ScalarType dtype) {
    return at::arange(65536, at::kInt).to(at::kUInt16).view(dtype);
  }

  const testing_support::TemporaryFolder folder_;
};

/// The same values bit by bit, NaNs by being NaN.
void expect_equal(const at::Tensor& found, const at::Tensor& expected) {
  const at::Tensor flat = found.reshape({-1});
  ASSERT_EQ(flat.scalar_type(), expected.scalar_type());
  EXPECT_TRUE(at::equal(flat.isnan(), expected.isnan()));
  const at::Tensor numbers = expected.isnan().logical_not();
  const auto bits = expected.scalar_type() == at::kFloat ? at::kInt : at::kShort;
  EXPECT_TRUE(at::equal(flat.view(bits).masked_select(numbers),
                        expected.contiguous().view(bits).masked_select(numbers)));
}

TEST_F(ConversionTest, NarrowValuesAreExactInFloat32ForAnyPiece) {
  for (const at::ScalarType stored : {at::kBFloat16, at::kHalf}) {
    const at::Tensor values = all_patterns(stored);
    write_model(stored, values);
    const auto in = [&](std::optional<at::ScalarType> dtype, std::size_t piece) {
      return load_decoder(folder_.path(), dtype, piece).embedding;
    };
    expect_equal(in(at::kFloat, weight_piece_bytes), values.to(at::kFloat));
    expect_equal(in(at::kFloat, 7), values.to(at::kFloat));
    expect_equal(in(std::nullopt, 1001), stored == at::kHalf ? values.to(at::kFloat) : values);
  }
}

TEST_F(ConversionTest, Float32IsRoundedToTheNearestEvenBfloat16) {
  // Beside each bfloat16: just below, on and just above the middle to the next.
  const at::Tensor high = at::arange(65536, at::kInt).bitwise_left_shift(16);
  for (const int low : {0x0001, 0x7FFF, 0x8000, 0x8001, 0xFFFF}) {
    const at::Tensor values = high.bitwise_or(low).view(at::kFloat);
    write_model(at::kFloat, values);
    std::vector<std::uint16_t> rounded;
    for (std::uint32_t i = 0; i < 65536; ++i) {
      const std::uint32_t bits = i << 16 | static_cast<std::uint32_t>(low);
      rounded.push_back(static_cast<std::uint16_t>((bits + 0x7FFF + (i & 1)) >> 16));
    }
    at::Tensor expected = at::empty({65536}, at::kBFloat16);
    std::memcpy(expected.mutable_data_ptr(), rounded.data(), 2 * rounded.size());
    // Rounding carries NaN patterns over, so these are compared as NaN.
    expected.masked_fill_(values.isnan(), std::numeric_limits<double>::quiet_NaN());
    for (const std::size_t piece : {std::size_t{7}, weight_piece_bytes}) {
      expect_equal(load_decoder(folder_.path(), at::kBFloat16, piece).embedding, expected);
    }
  }
}

TEST_F(ConversionTest, AutomaticTypeIsBfloat16OnlyWhenAllTensorsAre) {
  const auto automatic = [&] {
    return plan_weights(read_model_folder(folder_.path()), std::nullopt).dtype;
  };
  write_model(at::kBFloat16, at::zeros({65536}, at::kBFloat16));
  EXPECT_EQ(automatic(), at::kBFloat16);
  write_model(at::kBFloat16, at::zeros({65536}, at::kFloat));
  EXPECT_EQ(automatic(), at::kFloat);
  write_model(at::kHalf, at::zeros({65536}, at::kHalf));
  EXPECT_EQ(automatic(), at::kFloat);
}

TEST(DtypeWords, AreThoseOfTheRunFile) {
  EXPECT_EQ(dtype_of_word("auto"), std::nullopt);
  for (const char* word : {"float32", "bfloat16"}) {
    EXPECT_EQ(word_of_dtype(*dtype_of_word(word)), word);
  }
  EXPECT_THROW((void)dtype_of_word("float8"), std::logic_error);
}

}  // namespace
}  // namespace lightreasoner::model
