// SPDX-License-Identifier: Apache-2.0
#include "inputs/inputs.hpp"

#include "parallel/together.hpp"
#include "run/stage_keys.hpp"
#include "support/files.hpp"
#include "support/mpi_world.hpp"
#include "support/refusal.hpp"
#include "support/temporary_folder.hpp"

#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace lightreasoner::inputs {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing_support::agreed_refusal_of;
using testing_support::world;

const std::string run_file = LIGHTREASONER_SOURCE_DIR "/config/runs/micro.toml";
const fs::path demo = LIGHTREASONER_SOURCE_DIR "/config/demo";

config::RunConfig configure(std::vector<std::string> overrides = {}) {
  overrides.emplace_back("run.directory=never-made");
  return read_config(world(),
                     {.job = "", .target = run_file, .overrides = overrides, .command_line = ""});
}

std::string refusal(const std::vector<std::string>& overrides) {
  config::RunConfig config = configure(overrides);
  return agreed_refusal_of([&] { return read_inputs(world(), config); });
}

inputs::Inputs read(const std::vector<std::string>& overrides = {}) {
  config::RunConfig config = configure(overrides);
  return read_inputs(world(), config);
}

class Inputs : public ::testing::Test {
 protected:
  /// Writes a file on rank 0 and names it to all.
  [[nodiscard]] fs::path file(const std::string& name, const std::string& text) const {
    return parallel::from_root(world(), [&] {
      std::ofstream(folder_.path() / name) << text;
      return (folder_.path() / name).string();
    });
  }

  const testing_support::TemporaryFolder folder_;
};

TEST_F(Inputs, HaveShapesAndFactsAndNoWeights) {
  const inputs::Inputs inputs = read();
  EXPECT_TRUE(inputs.models.expert.embedding.is_meta());
  EXPECT_TRUE(inputs.models.amateur.embedding.is_meta());
  EXPECT_EQ(inputs.facts.at("models.expert.weights"), run::unread);
  EXPECT_EQ(inputs.facts.at("models.expert.dtype"), "float32");
  EXPECT_EQ(inputs.facts.at("samples.file"), "none");
  EXPECT_EQ(inputs.problems.test.size(), 24U);
  EXPECT_GT(inputs.prompt_lengths.expert, 0);
  EXPECT_EQ(inputs.prompt_lengths.expert, inputs.prompt_lengths.amateur);  // one tokenizer
  // Every rank knows the same.
  for (const auto& [name, value] : inputs.facts) {
    EXPECT_EQ(value, parallel::broadcast(world(), value)) << name;
  }
}

TEST_F(Inputs, HaveTheFirstProblemsOnly) {
  const inputs::Inputs inputs = read({"evaluation.max_problems=6", "sampling.max_problems=5"});
  EXPECT_EQ(inputs.problems.test.size(), 6U);
  EXPECT_EQ(inputs.problems.test.back().id, 5U);
  EXPECT_EQ(inputs.problems.supervision.size(), 5U);
}

TEST_F(Inputs, GetTheWeightsOfTheModelsNamed) {
  config::RunConfig config = configure();
  inputs::Inputs inputs = read_inputs(world(), config);
  const TimesByModel times = load_weights(world(), config, {.expert = true}, inputs);
  EXPECT_TRUE(times.contains("expert"));
  EXPECT_FALSE(times.contains("amateur"));
  EXPECT_FALSE(inputs.models.expert.embedding.is_meta());
  EXPECT_TRUE(inputs.models.amateur.embedding.is_meta());
  EXPECT_NE(inputs.facts.at("models.expert.weights"), run::unread);
  EXPECT_EQ(inputs.facts.at("models.amateur.weights"), run::unread);
  EXPECT_TRUE(load_weights(world(), config, {}, inputs).empty());
}

TEST_F(Inputs, TellWhatAFileHoldsNotWhereItLies) {
  const std::string problems = support::read_file(demo / "problems/train.jsonl");
  const Facts there = read().facts;
  const fs::path copy = file("copy.jsonl", problems);
  EXPECT_EQ(read({"problems.file=" + copy.string()}).facts, there);
  const fs::path fewer = file("fewer.jsonl", problems.substr(problems.find('\n') + 1));
  const Facts other = read({"problems.file=" + fewer.string()}).facts;
  EXPECT_NE(other.at("problems.file"), there.at("problems.file"));
  EXPECT_EQ(other.at("evaluation.file"), there.at("evaluation.file"));
}

TEST_F(Inputs, AreRefusedAlikeOnAllRanks) {
  EXPECT_THAT(refusal({"problems.file=nowhere.jsonl"}), HasSubstr("nowhere.jsonl"));
  EXPECT_THAT(refusal({"models.amateur=nowhere"}), HasSubstr("nowhere/tokenizer.json"));
  EXPECT_THAT(refusal({"lora.start_from=nowhere"}), HasSubstr("nowhere/adapter_config.json"));
  EXPECT_THAT(refusal({"finetune.order_file=nowhere"}), HasSubstr("nowhere"));
  EXPECT_THAT(refusal({"sampling.max_new_tokens=100000"}),
              HasSubstr("with sampling.max_new_tokens = 100000 more the expert's"));
  EXPECT_THAT(refusal({"evaluation.max_new_tokens=100000"}),
              HasSubstr("with evaluation.max_new_tokens = 100000 more the expert's"));
  EXPECT_THAT(refusal({"prompt.before_system=<|somebody|>"}), HasSubstr("<|somebody|>"));
}

TEST_F(Inputs, TakeTheStartAdaptersShapeUnlessAKeySaysOtherwise) {
  const std::string adapter = (demo / "../../tests/data/finetune/adapter").string();
  EXPECT_THAT(refusal({"lora.start_from=" + adapter}), HasSubstr("adapter"));  // another model's
}

}  // namespace
}  // namespace lightreasoner::inputs
