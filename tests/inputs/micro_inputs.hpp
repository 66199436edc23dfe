// SPDX-License-Identifier: Apache-2.0
/// Inputs of micro.toml, with other files and keys where a test wants them.
#pragma once

#include "inputs/inputs.hpp"
#include "parallel/together.hpp"
#include "support/files.hpp"
#include "support/mpi_world.hpp"
#include "support/refusal.hpp"

#include <filesystem>
#include <gtest/gtest.h>
#include <string>
#include <utility>
#include <vector>

namespace lightreasoner::inputs::testing {

using testing_support::world;

inline const std::filesystem::path demo = LIGHTREASONER_SOURCE_DIR "/config/demo";

inline config::RunConfig configure(std::vector<std::string> overrides = {}) {
  overrides.emplace_back("run.directory=never-made");
  return read_config(world(), {.job = run::Job::run,
                               .target = LIGHTREASONER_SOURCE_DIR "/config/runs/micro.toml",
                               .overrides = std::move(overrides),
                               .command_line = ""});
}

inline Inputs read(const std::vector<std::string>& overrides = {}) {
  config::RunConfig config = configure(overrides);
  return read_inputs(world(), config);
}

inline std::string refusal(const std::vector<std::string>& overrides) {
  config::RunConfig config = configure(overrides);
  return testing_support::agreed_refusal_of([&] { return read_inputs(world(), config); });
}

/// Files that rank 0 writes and all read.
class InputFiles : public ::testing::Test {
 protected:
  /// "key=path" of a new file with this text.
  [[nodiscard]] std::string given(const std::string& key, const std::string& name,
                                  const std::string& text) const {
    parallel::run_on_root(world(), [&] { support::write_file_atomically(folder_ / name, text); });
    return key + "=" + (folder_ / name).string();
  }
  /// "models.expert=" of a copy of the demo's in which one file has another text.
  [[nodiscard]] std::string expert_with(const std::string& file, const std::string& text) const {
    const std::filesystem::path copy = folder_ / "expert";
    parallel::run_on_root(world(), [&] {
      std::filesystem::copy(demo / "expert", copy, std::filesystem::copy_options::recursive);
      support::write_file_atomically(copy / file, text);
    });
    return "models.expert=" + copy.string();
  }

  const std::filesystem::path folder_ = testing_support::shared_folder();
};

}  // namespace lightreasoner::inputs::testing
