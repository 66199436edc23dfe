// SPDX-License-Identifier: Apache-2.0
/// The examples and expected values that tools/make_finetune_goldens wrote.
#pragma once

#include "examples/example.hpp"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

namespace lightreasoner::examples {

inline std::filesystem::path golden_folder() {
  return std::filesystem::path(LIGHTREASONER_SOURCE_DIR) / "tests/data/finetune";
}

inline nlohmann::json read_expected() {
  std::ifstream file(golden_folder() / "expected.json");
  return nlohmann::json::parse(file);
}

inline ExampleSet read_examples(const nlohmann::json& expected) {
  ExampleSet set;
  expected.at("trajectories").get_to(set.trajectories);
  for (const auto& example : expected.at("examples")) {
    set.examples.push_back({example.at("trajectory"), example.at("prefix_length")});
    for (const std::int32_t id : example.at("ids")) {
      set.label_ids.push_back(id);
    }
    for (const float weight : example.at("weights")) {
      set.label_weights.push_back(weight);
    }
    set.label_offsets.push_back(set.label_ids.size());
  }
  return set;
}

}  // namespace lightreasoner::examples
