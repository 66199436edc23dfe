// SPDX-License-Identifier: Apache-2.0
#include "pipeline/sizes.hpp"

#include "config/keys.hpp"
#include "config/parse.hpp"
#include "stages/sample.hpp"
#include "support/files.hpp"
#include "support/refusal.hpp"

#include <cstdint>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace lightreasoner::pipeline {
namespace {

using testing_support::refusal_of;

constexpr std::uint64_t gib = std::uint64_t{1} << 30;

const std::string run_file = LIGHTREASONER_SOURCE_DIR "/config/runs/micro.toml";

config::RunConfig with(const std::vector<std::string>& overrides) {
  return config::parse_run_config(support::read_file(run_file), run_file, overrides);
}

/// The sampling row with another plan: a GiB for each problem it samples at once, and one for each
/// ten steps.
stages::Stage sampling_by_the_gib() {
  static inputs::Inputs inputs;
  stages::Stage stage =
      stages::sample_stage({inputs.models, inputs.texts, inputs.problems, inputs.prompt_lengths});
  stage.memory.plan = [](const config::RunConfig& settings) -> stages::StageMemory {
    const sampling::Config& sampling = settings.supervision.sampling;
    return {{{"cache", sampling.problems_per_unit * gib, "sampling.problems_per_unit"},
             {"chunk", static_cast<std::uint64_t>(sampling.steps_per_chunk) * gib / 10,
              "sampling.steps_per_chunk"}}};
  };
  return stage;
}

TEST(ChooseSizes, TakesTheLargestThatFitTheBudget) {
  const config::RunConfig chosen = choose_sizes(
      {sampling_by_the_gib()}, with({"run.memory_gib=12", "sampling.problems_per_unit=auto",
                                     "sampling.steps_per_chunk=30"}));
  EXPECT_EQ(chosen.supervision.sampling.problems_per_unit, 8U);  // 8 + 3 GiB; 16 + 3 do not fit
}

TEST(ChooseSizes, LeavesGivenSizesAlone) {
  const config::RunConfig given = with({"run.memory_gib=1"});
  const config::RunConfig chosen = choose_sizes({sampling_by_the_gib()}, given);
  EXPECT_EQ(config::to_toml(chosen), config::to_toml(given));
}

TEST(ChooseSizes, AsksForABudget) {
  EXPECT_THAT(refusal_of([&] {
                return choose_sizes({sampling_by_the_gib()},
                                    with({"sampling.problems_per_unit=auto"}));
              }),
              ::testing::HasSubstr("set run.memory_gib"));
}

TEST(RequireWithinBudget, NamesTheLargestLineAndItsKey) {
  const std::vector<stages::Stage> stages{sampling_by_the_gib()};
  EXPECT_NO_THROW(require_within_budget(stages, with({})));  // no budget
  EXPECT_THAT(
      refusal_of([&] {
        require_within_budget(stages, with({"run.memory_gib=2", "sampling.problems_per_unit=4"}));
      }),
      ::testing::AllOf(::testing::HasSubstr("stage sample needs"),
                       ::testing::HasSubstr("change sampling.problems_per_unit")));
}

TEST(ChooseSizes, FitEveryStageOfTheJob) {
  // Twins of one job, the second of which needs twice as much: it decides.
  stages::Stage greedy = sampling_by_the_gib();
  greedy.memory.plan = [plan = greedy.memory.plan](const config::RunConfig& settings) {
    stages::StageMemory memory = plan(settings);
    memory.lines.insert(memory.lines.end(), memory.lines.begin(), memory.lines.end());
    return memory;
  };
  const config::RunConfig chosen = choose_sizes(
      {sampling_by_the_gib(), greedy}, with({"run.memory_gib=12", "sampling.problems_per_unit=auto",
                                             "sampling.steps_per_chunk=10"}));
  EXPECT_EQ(chosen.supervision.sampling.problems_per_unit, 4U);  // 2 x (4 + 1) GiB
}

}  // namespace
}  // namespace lightreasoner::pipeline
