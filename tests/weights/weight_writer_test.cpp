// SPDX-License-Identifier: Apache-2.0
#include "weights/weight_writer.hpp"

#include "support/errors.hpp"
#include "support/files.hpp"
#include "support/temporary_folder.hpp"
#include "weights/model_folders.hpp"

#include <ATen/ATen.h>
#include <cstring>
#include <gtest/gtest.h>
#include <limits>
#include <nlohmann/json.hpp>

namespace lightreasoner::weights {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* embedding = "model.embed_tokens.weight";

/// A copy of the committed model in three files.
class ShardedWeightsTest : public ::testing::Test {
 protected:
  ShardedWeightsTest() {
    fs::copy(testing_support::model_folder("bfloat16"), folder_.path(),
             fs::copy_options::recursive);
    fs::remove(folder_.path() / "expected.safetensors");
  }

  const testing_support::TemporaryFolder folder_;
};

TEST_F(ShardedWeightsTest, SeveralFilesHoldTheTensorsOfOne) {
  const auto sharded = testing_support::read_tensors(folder_.path());
  write_safetensors(folder_.path() / weights_file, sharded, {});
  // model.safetensors goes before an index, as in transformers.
  fs::remove(folder_.path() / "model-00003-of-00003.safetensors");
  const auto whole = testing_support::read_tensors(folder_.path());
  ASSERT_EQ(whole.size(), sharded.size());
  for (const auto& [name, tensor] : sharded) {
    EXPECT_TRUE(at::equal(whole.at(name), tensor)) << name;
  }
}

TEST_F(ShardedWeightsTest, HeaderThatChangedAfterTheCheckIsNoticed) {
  const WeightLayout layout = lay_out_weights(read_model_folder(folder_.path()), std::nullopt);
  std::vector<std::byte> memory(layout.num_bytes);
  std::string bytes = support::read_file(folder_.path() / "model-00001-of-00003.safetensors");
  WeightWriter(layout, 0, memory).write(std::as_bytes(std::span(bytes)));
  bytes[20] ^= 1;
  EXPECT_THROW(WeightWriter(layout, 0, memory).write(std::as_bytes(std::span(bytes))),
               support::UserError);
}

/// Every 16-bit pattern as the tensors of a model.
class ConversionTest : public ::testing::Test {
 protected:
  /// The tied model's folder with all its tensors in `stored`, the embedding's values replaced.
  void write_model(at::ScalarType stored, const at::Tensor& values) {
    fs::copy(testing_support::model_folder("tied"), folder_.path(),
             fs::copy_options::recursive | fs::copy_options::overwrite_existing);
    json config = json::parse(support::read_file(folder_.path() / config_file));
    config["vocab_size"] = 65536 / 32;
    support::write_file_atomically(folder_.path() / config_file, config.dump());
    TensorMap tensors = read_safetensors(folder_.path() / weights_file);
    for (auto& [name, tensor] : tensors) {
      tensor = tensor.to(stored);
    }
    tensors[embedding] = values.view({65536 / 32, 32});
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
      return testing_support::read_tensors(folder_.path(), dtype, piece).at(embedding);
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
      expect_equal(
          testing_support::read_tensors(folder_.path(), at::kBFloat16, piece).at(embedding),
          expected);
    }
  }
}

TEST_F(ConversionTest, AutomaticTypeIsBfloat16OnlyWhenAllTensorsAre) {
  const auto automatic = [&] {
    return lay_out_weights(read_model_folder(folder_.path()), std::nullopt).dtype;
  };
  write_model(at::kBFloat16, at::zeros({65536}, at::kBFloat16));
  EXPECT_EQ(automatic(), at::kBFloat16);
  write_model(at::kBFloat16, at::zeros({65536}, at::kFloat));
  EXPECT_EQ(automatic(), at::kFloat);
  write_model(at::kHalf, at::zeros({65536}, at::kHalf));
  EXPECT_EQ(automatic(), at::kFloat);
}

}  // namespace
}  // namespace lightreasoner::weights
