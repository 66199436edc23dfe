// SPDX-License-Identifier: Apache-2.0
/// A model's way from its files to all ranks: read by one, held once, the same everywhere.
#include "loading/models.hpp"

#include "model/golden.hpp"
#include "model/tensor_places.hpp"
#include "support/files.hpp"
#include "support/hashing.hpp"
#include "support/mpi_world.hpp"
#include "support/refusal.hpp"

#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace lightreasoner::loading {
namespace {

namespace fs = std::filesystem;
using testing_support::agreed_refusal_of;
using testing_support::shared_folder;
using testing_support::world;

/// A number of this process by its name in a file under /proc/self.
std::int64_t number_in(const char* file, const std::string& name) {
  std::ifstream stream(std::string("/proc/self/") + file);
  for (std::string word; stream >> word;) {
    if (word == name + ":") {
      std::int64_t number = 0;
      stream >> number;
      return number;
    }
  }
  return -1;
}

/// This rank's share of data pages, in KiB; the pages of programs and libraries come as they are
/// used.
std::int64_t data_share() {
  return number_in("smaps_rollup", "Pss_Anon") + number_in("smaps_rollup", "Pss_Shmem");
}

/// A model whose weights take 96 MiB in bfloat16 and twice that in float32, made by rank 0.
/// Collective.
fs::path large_model() {
  const fs::path folder = shared_folder();
  if (world().is_root()) {
    constexpr std::int64_t width = std::int64_t{1} << 19;
    fs::copy(model::testing::model_folder("tied"), folder, fs::copy_options::recursive);
    auto config = nlohmann::json::parse(support::read_file(folder / weights::config_file));
    config["intermediate_size"] = width;
    config["num_hidden_layers"] = 1;
    config["layer_types"] = {"full_attention"};
    support::write_file_atomically(folder / weights::config_file, config.dump());
    const weights::TensorMap small = weights::read_safetensors(folder / weights::weights_file);
    weights::TensorMap tensors;
    for (const auto& [name, tensor] : small) {
      if (name.find("layers.1.") == std::string::npos) {
        tensors[name] = tensor.to(at::kBFloat16);
      }
    }
    using weights::Projection;
    for (const Projection name :
         {Projection::gate_proj, Projection::up_proj, Projection::down_proj}) {
      const bool down = name == Projection::down_proj;
      tensors[weights::projection_path(0, name) + ".weight"] =
          at::arange(32 * width, at::kInt)
              .remainder(251)
              .to(at::kBFloat16)
              .view({down ? 32 : width, down ? width : 32});
    }
    weights::write_safetensors(folder / weights::weights_file, tensors, {});
  }
  parallel::barrier(world());
  return folder;
}

LoadedModel load(const parallel::Communicator& node, const fs::path& folder,
                 std::optional<at::ScalarType> dtype,
                 std::size_t piece = weights::weight_piece_bytes) {
  return load_model(world(), node, survey_model(world(), folder, dtype).layout, piece);
}

std::string hash_of(const model::Decoder& decoder) {
  support::Sha256Stream stream;
  for (const auto& [name, tensor] : model::named_tensors(decoder)) {
    stream.update(std::as_bytes(
        std::span(static_cast<const char*>(tensor.const_data_ptr()), tensor.nbytes())));
  }
  return support::to_hex(stream.finish());
}

TEST(LoadModel, ReadsOnceAndHoldsOneCopyANode) {
  const fs::path folder = large_model();
  const auto file_bytes = static_cast<std::int64_t>(fs::file_size(folder / weights::weights_file));
  // MPI's own buffers come with its first messages.
  (void)load(world(), model::testing::model_folder("tied"), std::nullopt);
  for (const auto dtype : {std::optional<at::ScalarType>(), std::optional(at::kFloat)}) {
    const std::int64_t read_before = number_in("io", "rchar");
    const std::int64_t private_before = number_in("smaps_rollup", "Private_Dirty");
    const std::int64_t share_before = data_share();
    const LoadedModel loaded = load(world(), folder, dtype, /*piece=*/std::size_t{4} << 20);
    const std::int64_t read = number_in("io", "rchar") - read_before;
    constexpr std::int64_t little = std::int64_t{1} << 20;
    if (world().is_root()) {
      EXPECT_GE(read, file_bytes);
      EXPECT_LE(read, file_bytes + little) << "a byte was read twice";
    } else {
      EXPECT_LE(read, little) << "a rank beside rank 0 read the weights";
    }
    const auto hashes = parallel::gather(world(), hash_of(loaded.decoder));
    for (const std::string& hash : hashes) {
      EXPECT_EQ(hash, hashes[0]);
    }
    parallel::barrier(world());  // now every rank has looked at every page
    const std::int64_t copy = !dtype ? file_bytes : 2 * file_bytes;
    const auto share = data_share() - share_before;
    EXPECT_LE(1024 * parallel::all_reduce_sum(world(), static_cast<std::uint64_t>(share)),
              static_cast<std::uint64_t>(copy + copy / 10));
    if (world().num_ranks() > 1) {
      const std::int64_t held = number_in("smaps_rollup", "Private_Dirty") - private_before;
      EXPECT_LE(1024 * held, copy / 10) << "a rank holds a copy of its own";
    }
    parallel::barrier(world());
    EXPECT_EQ(loaded.hashes.at(weights::weights_file),
              support::to_hex(support::sha256_file(folder / weights::weights_file)));
    EXPECT_EQ(model::dtype_word(loaded.decoder), !dtype ? "bfloat16" : "float32");
  }
}

TEST(SurveyModel, ReadsSmallFilesOnceAndNoWeight) {
  const fs::path folder = large_model();
  (void)survey_model(world(), model::testing::model_folder("tied"), std::nullopt);
  const std::int64_t before = number_in("io", "rchar");
  const SurveyedModel surveyed = survey_model(world(), folder, std::nullopt);
  const std::int64_t read = number_in("io", "rchar") - before;
  constexpr std::int64_t little = std::int64_t{64} << 10;
  EXPECT_LE(read, little) << "of a file of " << fs::file_size(folder / weights::weights_file);
  EXPECT_EQ(surveyed.layout.num_bytes % 64, 0U);
  EXPECT_TRUE(surveyed.shapes.embedding.is_meta());
  // What the survey has read is not read again: the weights load without the small files.
  parallel::barrier(world());
  if (world().is_root()) {
    fs::remove(folder / weights::config_file);
  }
  parallel::barrier(world());
  const LoadedModel loaded = load_model(world(), world(), surveyed.layout);
  EXPECT_EQ(loaded.decoder.embedding.sizes(), surveyed.shapes.embedding.sizes());
}

TEST(SurveyModel, DescribesHeadersAndSmallFilesAndLoadingTheWeights) {
  const fs::path folder = shared_folder();
  if (world().is_root()) {
    fs::copy(model::testing::model_folder("tied"), folder, fs::copy_options::recursive);
  }
  parallel::barrier(world());
  const SurveyedModel before = survey_model(world(), folder, std::nullopt);
  const std::string weights_before = load_model(world(), world(), before.layout).weights();
  parallel::barrier(world());
  if (world().is_root()) {  // another value of the last tensor
    std::string bytes = support::read_file(folder / weights::weights_file);
    bytes.back() ^= 1;
    support::write_file_atomically(folder / weights::weights_file, bytes);
  }
  parallel::barrier(world());
  const SurveyedModel after = survey_model(world(), folder, std::nullopt);
  EXPECT_EQ(after.description(), before.description());
  EXPECT_NE(load_model(world(), world(), after.layout).weights(), weights_before);
  parallel::barrier(world());
  if (world().is_root()) {
    support::write_file_atomically(folder / weights::generation_file, "{}");
  }
  parallel::barrier(world());
  EXPECT_NE(survey_model(world(), folder, std::nullopt).description(), before.description());
}

TEST(LoadModel, IsTheDecoderOfOneProcessForAnyPieceAndAnyNodes) {
  const parallel::Communicator halves = parallel::split(world(), world().rank() % 2);
  for (const char* name : {"bfloat16", "tied"}) {
    const fs::path folder = model::testing::model_folder(name);
    for (const auto dtype : {std::optional<at::ScalarType>(), std::optional(at::kFloat),
                             std::optional(at::kBFloat16)}) {
      const std::string expected = hash_of(model::load_decoder(folder, dtype));
      EXPECT_EQ(hash_of(load(halves, folder, dtype).decoder), expected);
    }
    // An odd number of bytes cuts elements and headers everywhere; few, and a busy machine takes a
    // minute, since each piece is a collective call that yields.
    const LoadedModel cut = load(halves, folder, at::kFloat, 127);
    EXPECT_EQ(hash_of(cut.decoder), hash_of(model::load_decoder(folder, at::kFloat)));
    EXPECT_EQ(cut.hashes.size(), name == std::string("tied") ? 1U : 3U);
    for (const auto& [file, hash] : cut.hashes) {
      EXPECT_EQ(hash, support::to_hex(support::sha256_file(folder / file))) << file;
    }
  }
}

TEST(LoadModel, MistakesAreTheSameOnEveryRank) {
  const fs::path folder = shared_folder();
  if (world().is_root()) {
    fs::copy(model::testing::model_folder("bfloat16"), folder, fs::copy_options::recursive);
  }
  const auto refusal = [&]() -> std::string {
    parallel::barrier(world());
    return agreed_refusal_of([&] { return load(world(), folder, std::nullopt); });
  };
  EXPECT_EQ(refusal(), "accepted");
  const fs::path shard = folder / "model-00002-of-00003.safetensors";
  if (world().is_root()) {
    fs::resize_file(shard, fs::file_size(shard) - 2);
  }
  EXPECT_THAT(refusal(), ::testing::AllOf(::testing::HasSubstr(shard.string()),
                                          ::testing::HasSubstr("truncated?")));
  if (world().is_root()) {
    fs::remove(shard);
  }
  EXPECT_THAT(refusal(), ::testing::HasSubstr("there is no such file"));
  if (world().is_root()) {
    fs::remove(folder / weights::index_file);
  }
  EXPECT_THAT(refusal(), ::testing::HasSubstr("model.safetensors: no such file"));
}

}  // namespace
}  // namespace lightreasoner::loading
