// SPDX-License-Identifier: Apache-2.0
#include "weights/tensor_list.hpp"

#include "support/files.hpp"
#include "weights/decoder_config.hpp"
#include "weights/model_folders.hpp"
#include "weights/safetensors.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>

namespace lightreasoner::weights {
namespace {

TEST(TensorList, IsWhatTheFilesOfEachFamilyHold) {
  for (const std::string& name : testing_support::model_names()) {
    const auto folder = testing_support::model_folder(name);
    const DecoderConfig config =
        parse_decoder_config(support::read_file(folder / config_file), std::nullopt, config_file);
    std::map<std::string, Shape> listed;
    for (const ListedTensor& tensor : list_tensors(config)) {
      EXPECT_TRUE(listed.emplace(tensor.name, tensor.shape).second) << tensor.name;
    }
    std::map<std::string, Shape> stored;
    for (const auto& [tensor_name, tensor] : read_safetensors(folder / weights_file)) {
      stored.emplace(tensor_name, tensor.sizes().vec());
    }
    EXPECT_EQ(listed, stored) << name;
  }
}

TEST(Projections, HaveTheirHuggingFaceNamesAndPaths) {
  std::vector<std::string> names;
  for (const Projection projection : projections) {
    names.push_back(name_of(projection));
    EXPECT_EQ(find_projection(names.back()), projection);
  }
  EXPECT_THAT(names, ::testing::ElementsAre("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj",
                                            "up_proj", "down_proj"));
  EXPECT_EQ(find_projection("lm_head"), std::nullopt);
  EXPECT_EQ(projection_path(3, Projection::q_proj), "model.layers.3.self_attn.q_proj");
  EXPECT_EQ(projection_path(0, Projection::down_proj), "model.layers.0.mlp.down_proj");
}

}  // namespace
}  // namespace lightreasoner::weights
