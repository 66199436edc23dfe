// SPDX-License-Identifier: Apache-2.0
/// An adapter's way from its files to all ranks: read by one, the same everywhere.
#include "loading/adapters.hpp"

#include "lora/peft_files.hpp"
#include "model/golden.hpp"
#include "support/hashing.hpp"
#include "support/mpi_world.hpp"
#include "support/refusal.hpp"

#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lightreasoner::loading {
namespace {

namespace fs = std::filesystem;
namespace golden = model::testing;
using testing_support::agreed_refusal_of;
using testing_support::shared_folder;
using testing_support::world;

fs::path peft_folder() { return golden::data_folder() / "lora" / "peft"; }

/// The folder on rank 0, a place where nothing is on the others.
fs::path for_root_alone(const fs::path& folder) {
  return world().is_root() ? folder : fs::path("/nowhere");
}

TEST(LoadAdapter, ReadsOnRankZeroAloneAndGivesAllTheSame) {
  const model::Decoder decoder = model::load_decoder(golden::model_folder("tied"));
  const LoadedAdapter loaded = load_adapter(world(), for_root_alone(peft_folder()), decoder);
  const lora::LoraAdapter expected = lora::read_peft(peft_folder(), decoder);
  ASSERT_EQ(loaded.adapter.modules.size(), expected.modules.size());
  for (std::size_t i = 0; i < expected.modules.size(); ++i) {
    EXPECT_TRUE(at::equal(loaded.adapter.modules[i].a, expected.modules[i].a));
    EXPECT_TRUE(at::equal(loaded.adapter.modules[i].b, expected.modules[i].b));
  }
  EXPECT_EQ(loaded.weights_sha256,
            support::to_hex(support::sha256_file(peft_folder() / lora::adapter_weights_file)));
}

TEST(LoadAdapter, GivesAllRanksOneError) {
  const model::Decoder decoder = model::load_decoder(golden::model_folder("tied"));
  const auto refusal = [&](const fs::path& folder) -> std::string {
    return agreed_refusal_of(
        [&] { return load_adapter(world(), for_root_alone(folder), decoder); });
  };
  const fs::path folder = shared_folder();
  EXPECT_THAT(refusal(folder), ::testing::HasSubstr(folder.string() + "/adapter_config.json: no"));
  if (world().is_root()) {
    fs::copy(peft_folder(), folder, fs::copy_options::recursive);
    fs::resize_file(folder / lora::adapter_weights_file, 100);
  }
  EXPECT_THAT(refusal(folder),
              ::testing::HasSubstr(folder.string() + "/adapter_model.safetensors"));
}

}  // namespace
}  // namespace lightreasoner::loading
