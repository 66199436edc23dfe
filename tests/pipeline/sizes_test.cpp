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

/// Sizes as a first start on a CPU chooses them.
config::RunConfig chosen_for(const std::vector<stages::Stage>& stages,
                             const config::RunConfig& settings) {
  return choose_sizes(stages, settings, Budget{}, nullptr);
}

/// A device of which a plan may fill so much, three GiB of it with weights.
Budget device_of(std::uint64_t bytes) {
  return {.weights = {{"expert's weights", 3 * gib, "models.dtype", planning::Memory::both}},
          .computes_on = planning::ComputesOn::device,
          .device_bytes = bytes};
}

/// The sampling row with another plan: a GiB for each problem it samples at once, and one for each
/// ten steps.
stages::Stage sampling_by_the_gib() {
  static inputs::Inputs inputs;
  stages::Stage stage =
      stages::sample_stage({inputs.models, inputs.texts, inputs.problems, inputs.prompt_lengths});
  stage.memory.plan = [](const config::RunConfig& settings,
                         planning::ComputesOn /*computes_on*/) -> stages::StageMemory {
    const sampling::Config& sampling = settings.supervision.sampling;
    return {{{"cache", sampling.problems_per_unit * gib, "sampling.problems_per_unit"},
             {"chunk", static_cast<std::uint64_t>(sampling.steps_per_chunk) * gib / 10,
              "sampling.steps_per_chunk"}}};
  };
  return stage;
}

TEST(ChooseSizes, TakesTheLargestThatFitTheBudget) {
  const config::RunConfig chosen = chosen_for(
      {sampling_by_the_gib()}, with({"run.memory_gib=12", "sampling.problems_per_unit=auto",
                                     "sampling.steps_per_chunk=30"}));
  EXPECT_EQ(chosen.supervision.sampling.problems_per_unit, 8U);  // 8 + 3 GiB; 16 + 3 do not fit
}

TEST(ChooseSizes, LeavesGivenSizesAlone) {
  const config::RunConfig given = with({"run.memory_gib=1"});
  const config::RunConfig chosen = chosen_for({sampling_by_the_gib()}, given);
  EXPECT_EQ(config::to_toml(chosen), config::to_toml(given));
}

TEST(ChooseSizes, AsksForABudget) {
  EXPECT_THAT(refusal_of([&] {
                return chosen_for({sampling_by_the_gib()},
                                  with({"sampling.problems_per_unit=auto"}));
              }),
              ::testing::HasSubstr("set run.memory_gib"));
}

TEST(RequireWithinBudget, NamesTheLargestLineAndItsKey) {
  const std::vector<stages::Stage> stages{sampling_by_the_gib()};
  EXPECT_NO_THROW(require_within_budget(stages, with({}), Budget{}));  // no budget
  EXPECT_THAT(refusal_of([&] {
                require_within_budget(
                    stages, with({"run.memory_gib=2", "sampling.problems_per_unit=4"}), Budget{});
              }),
              ::testing::AllOf(::testing::HasSubstr("stage sample needs"),
                               ::testing::HasSubstr("change sampling.problems_per_unit")));
}

TEST(ChooseSizes, FitEveryStageOfTheJob) {
  // Twins of one job, the second of which needs twice as much: it decides.
  stages::Stage greedy = sampling_by_the_gib();
  greedy.memory.plan = [plan = greedy.memory.plan](const config::RunConfig& settings,
                                                   planning::ComputesOn computes_on) {
    stages::StageMemory memory = plan(settings, computes_on);
    memory.lines.insert(memory.lines.end(), memory.lines.begin(), memory.lines.end());
    return memory;
  };
  const config::RunConfig chosen = chosen_for(
      {sampling_by_the_gib(), greedy}, with({"run.memory_gib=12", "sampling.problems_per_unit=auto",
                                             "sampling.steps_per_chunk=10"}));
  EXPECT_EQ(chosen.supervision.sampling.problems_per_unit, 4U);  // 2 x (4 + 1) GiB
}

TEST(ChooseSizes, FillADeviceBesideItsWeights) {
  const auto settings = with({"sampling.problems_per_unit=auto", "sampling.steps_per_chunk=10"});
  const config::RunConfig chosen =
      choose_sizes({sampling_by_the_gib()}, settings, device_of(12 * gib), nullptr);
  EXPECT_EQ(chosen.supervision.sampling.problems_per_unit, 8U);  // 3 + 8 + 1 GiB
  const config::RunConfig smaller =
      choose_sizes({sampling_by_the_gib()}, settings, device_of(12 * gib - 1), nullptr);
  EXPECT_EQ(smaller.supervision.sampling.problems_per_unit, 4U);
}

TEST(ChooseSizes, StayWhatTheRunWasBegunWith) {
  const auto begun = with({"sampling.problems_per_unit=3", "sampling.steps_per_chunk=7"});
  const auto later = with({"sampling.problems_per_unit=auto", "sampling.steps_per_chunk=auto"});
  for (const Budget& budget : {Budget{}, device_of(64 * gib)}) {
    const config::RunConfig chosen = choose_sizes({sampling_by_the_gib()}, later, budget, &begun);
    EXPECT_EQ(chosen.supervision.sampling.problems_per_unit, 3U);
    EXPECT_EQ(chosen.supervision.sampling.steps_per_chunk, 7);
  }
}

TEST(MakeBudget, LeavesATenthOfADevice) {
  const inputs::Inputs inputs;
  EXPECT_EQ(make_budget({}, inputs.models, 0).computes_on, planning::ComputesOn::cpu);
  const Budget budget = make_budget({}, inputs.models, 40 * gib);
  EXPECT_EQ(budget.computes_on, planning::ComputesOn::device);
  EXPECT_EQ(budget.device_bytes, 36 * gib);
}

TEST(RequireWithinBudget, HoldsADeviceToItsMemory) {
  const std::vector<stages::Stage> stages{sampling_by_the_gib()};
  const auto settings = with({"sampling.problems_per_unit=4", "sampling.steps_per_chunk=10"});
  EXPECT_NO_THROW(require_within_budget(stages, settings, device_of(8 * gib)));
  EXPECT_THAT(
      refusal_of([&] { require_within_budget(stages, settings, device_of(7 * gib)); }),
      ::testing::AllOf(::testing::HasSubstr("5.00 GiB a rank beside the weights, which are 3.00"),
                       ::testing::HasSubstr("the 7.00 GiB of its device"),
                       ::testing::HasSubstr("change sampling.problems_per_unit")));
  EXPECT_THAT(refusal_of([&] { require_within_budget(stages, settings, device_of(2 * gib)); }),
              ::testing::AllOf(::testing::HasSubstr("the models do not fit"),
                               ::testing::HasSubstr("expert's weights 3.00 GiB")));
}

TEST(RequireFreeMemory, TellsThatOthersHoldTheDevice) {
  const std::vector<stages::Stage> stages{sampling_by_the_gib()};
  const auto settings = with({"sampling.problems_per_unit=4", "sampling.steps_per_chunk=10"});
  EXPECT_NO_THROW(require_free_memory(stages, settings, device_of(64 * gib), 8 * gib));
  EXPECT_THAT(
      refusal_of([&] { require_free_memory(stages, settings, device_of(64 * gib), 8 * gib - 1); }),
      ::testing::AllOf(::testing::HasSubstr("stage sample needs 8.00 GiB"),
                       ::testing::HasSubstr("another program holds the rest")));
}

}  // namespace
}  // namespace lightreasoner::pipeline
