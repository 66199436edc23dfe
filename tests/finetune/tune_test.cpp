// SPDX-License-Identifier: Apache-2.0
#include "finetune/tune.hpp"

#include "finetune/golden.hpp"
#include "kernels/kokkos_environment.hpp"
#include "logging/log.hpp"
#include "support/mpi_world.hpp"
#include "support/refusal.hpp"

#include <ATen/ATen.h>
#include <bit>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdexcept>

namespace lightreasoner::finetune {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using testing_support::agreed_refusal_of;
using testing_support::shared_folder;
using testing_support::world;

// | what                                             | tolerance                    |
// |--------------------------------------------------|------------------------------|
// | bits over rank counts and interruptions          | equal                        |
// | losses and gradient norms against torch and peft | relative: gradients differ by|
// |                                                  | 2e-6 (loss_test), in 20      |
// |                                                  | updates in some direction:   |
// |                                                  | ten of these (seen: 4.2e-6): |
constexpr double loss_tolerance = 2e-5;
// | the tuned adapter against peft's                 | absolute: 20 steps of at most|
// |                                                  | 0.01, times that: 4e-6, and  |
// |                                                  | half of it (seen: 1.0e-6):   |
constexpr double adapter_tolerance = 6e-6;

struct Outcome {
  std::vector<std::uint32_t> parameter_bits;
  std::vector<double> losses;
};

/// The golden job with dropout, eight updates and a checkpoint every three.
struct Trial {
  Golden golden = load_golden();
  TuneJob job;

  explicit Trial(const fs::path& folder) {
    logging::set_up_logging(false);
    golden.adapter.config.dropout = 0.25;
    golden.config.iterations = 8;
    golden.config.checkpoints.interval = 3;
    job = {.config = golden.config,
           .seed = golden.seed,
           .stage_key = "a-stage-key",
           .checkpoint_folder = folder,
           .on_iteration = {}};
  }

  Outcome run(const parallel::Communicator& comm,
              const std::function<void(const IterationReport&)>& on_iteration = {}) {
    Outcome outcome;
    job.on_iteration = on_iteration;
    outcome.losses = tune(comm, golden.tuned, golden.set, job);
    for (const float value : parameters()) {
      outcome.parameter_bits.push_back(std::bit_cast<std::uint32_t>(value));
    }
    return outcome;
  }

  [[nodiscard]] std::vector<float> parameters() {
    std::vector<float> values;
    for (const at::Tensor& parameter : lora::parameters(golden.adapter)) {
      const at::Tensor flat = parameter.detach().contiguous();
      values.insert(values.end(), flat.const_data_ptr<float>(),
                    flat.const_data_ptr<float>() + flat.numel());
    }
    return values;
  }
};

struct Interruption : std::runtime_error {
  Interruption() : std::runtime_error("interrupted") {}
};

/// Leaves after `iteration`, before that update's checkpoint: the nearest thing to a kill there.
void run_until(Trial& trial, const parallel::Communicator& comm, std::uint64_t iteration) {
  EXPECT_THROW(trial.run(comm,
                         [iteration](const IterationReport& report) {
                           if (report.iteration == iteration) {
                             throw Interruption();
                           }
                         }),
               Interruption);
}

/// Every rank by itself, in a folder of its own.
Outcome run_alone(const fs::path& folder, const std::function<void(Trial&)>& change = {}) {
  const parallel::Communicator alone = parallel::split(world(), world().rank());
  Trial trial(folder / ("alone-" + std::to_string(world().rank())));
  if (change) {
    change(trial);
  }
  return trial.run(alone);
}

void expect_equal(const Outcome& outcome, const Outcome& expected) {
  EXPECT_EQ(outcome.parameter_bits, expected.parameter_bits);
  EXPECT_EQ(outcome.losses, expected.losses);
}

TEST(Tune, FollowsTorchAndPeft) {
  Trial trial(shared_folder());
  trial.golden.adapter.config.dropout = 0;
  trial.job.config = read_config(trial.golden.expected.at("config"));
  std::vector<IterationReport> reports;
  const Outcome outcome =
      trial.run(world(), [&](const IterationReport& report) { reports.push_back(report); });
  const auto losses = trial.golden.expected.at("losses").get<std::vector<double>>();
  const auto norms = trial.golden.expected.at("gradient_norms").get<std::vector<double>>();
  const auto rates = trial.golden.expected.at("learning_rates").get<std::vector<double>>();
  ASSERT_EQ(outcome.losses.size(), losses.size());
  ASSERT_EQ(reports.size(), losses.size());
  for (std::size_t i = 0; i < losses.size(); ++i) {
    EXPECT_NEAR(outcome.losses[i], losses[i], loss_tolerance * losses[i]) << "update " << i;
    EXPECT_EQ(reports[i].loss, outcome.losses[i]);
    EXPECT_EQ(reports[i].iteration, i + 1);
    EXPECT_NEAR(reports[i].gradient_norm, norms[i], loss_tolerance * norms[i]) << "update " << i;
    EXPECT_DOUBLE_EQ(reports[i].learning_rate, rates[i]);
  }
  const auto tuned = trial.golden.expected.at("tuned").get<std::vector<float>>();
  const std::vector<float> parameters = trial.parameters();
  ASSERT_EQ(parameters.size(), tuned.size());
  for (std::size_t i = 0; i < tuned.size(); ++i) {
    EXPECT_NEAR(parameters[i], tuned[i], adapter_tolerance) << "element " << i;
  }
}

/// One micro-batch an update: fewer than ranks. Four: dealt out unevenly to three.
TEST(Tune, GivesTheSameBitsOnAnyNumberOfRanks) {
  const fs::path folder = shared_folder();
  for (const std::uint64_t micro_batches : {1, 2, 4}) {
    const auto change = [&](Trial& trial) {
      trial.job.config.gradient_accumulation = micro_batches;
    };
    const fs::path of_this = folder / std::to_string(micro_batches);
    const Outcome expected = run_alone(of_this, change);
    Trial trial(of_this / "together");
    change(trial);
    expect_equal(trial.run(world()), expected);
  }
}

TEST(Tune, GivesTheSameBitsWhenLayersAreRecomputed) {
  const fs::path folder = shared_folder();
  const Outcome expected = run_alone(folder);
  Trial trial(folder / "together");
  trial.job.loss.recomputes_layers = true;
  expect_equal(trial.run(world()), expected);
}

TEST(Tune, InterruptedAnywhereEndsInTheSameBits) {
  const fs::path folder = shared_folder();
  const Outcome expected = run_alone(folder);
  for (const std::uint64_t iteration : {1U, 3U, 4U, 7U, 8U}) {
    const fs::path checkpoints = folder / ("interrupted-" + std::to_string(iteration));
    Trial interrupted(checkpoints);
    run_until(interrupted, world(), iteration);
    expect_equal(Trial(checkpoints).run(world()), expected);
  }
}

TEST(Tune, ResumedOnAnotherRankCountEndsInTheSameBits) {
  const fs::path folder = shared_folder();
  const Outcome expected = run_alone(folder);
  const parallel::Communicator first_alone = parallel::split(world(), world().is_root() ? 0 : 1);
  // All ranks, then rank 0 alone, then all ranks again.
  Trial interrupted(folder / "checkpoints");
  run_until(interrupted, world(), 4);
  if (world().is_root()) {
    Trial alone(folder / "checkpoints");
    run_until(alone, first_alone, 7);
  }
  parallel::barrier(world());
  std::uint64_t first_iteration = 0;
  Trial last(folder / "checkpoints");
  const Outcome outcome = last.run(world(), [&](const IterationReport& report) {
    first_iteration = first_iteration == 0 ? report.iteration : first_iteration;
  });
  EXPECT_EQ(first_iteration, 7U);  // it did go on from the checkpoint of update 6
  expect_equal(outcome, expected);
}

TEST(Tune, GoesOnFromAnOlderCheckpointToTheSameBits) {
  const fs::path folder = shared_folder();
  const Outcome expected = run_alone(folder);
  Trial interrupted(folder / "checkpoints");
  run_until(interrupted, world(), 7);
  if (world().is_root()) {
    fs::resize_file(folder / "checkpoints/iteration-000006/tensors.safetensors", 100);
  }
  parallel::barrier(world());
  expect_equal(Trial(folder / "checkpoints").run(world()), expected);
}

TEST(Tune, DoesNothingMoreOnceDone) {
  const fs::path folder = shared_folder();
  const Outcome expected = Trial(folder / "checkpoints").run(world());
  Trial again(folder / "checkpoints");
  expect_equal(again.run(world(), [](const IterationReport&) { FAIL() << "a further update"; }),
               expected);
}

TEST(Tune, DependsOnSeedAndDropout) {
  const fs::path folder = shared_folder();
  const Outcome outcome = Trial(folder / "as-it-is").run(world());
  Trial other_seed(folder / "other-seed");
  ++other_seed.job.seed;
  EXPECT_NE(other_seed.run(world()).parameter_bits, outcome.parameter_bits);
  Trial no_dropout(folder / "no-dropout");
  no_dropout.golden.adapter.config.dropout = 0;
  EXPECT_NE(no_dropout.run(world()).parameter_bits, outcome.parameter_bits);
}

TEST(Tune, LeavesNoDropoutBehind) {
  Trial trial(shared_folder());
  (void)trial.run(world());
  const model::Linear& projection = trial.golden.decoder.layers[0].attention.q_proj;
  const at::Tensor input = at::arange(projection.weight.size(1), at::kFloat).cos().view({1, 1, -1});
  const lora::LoraModule& module = trial.golden.adapter.modules[0];
  const at::Tensor whole =
      at::linear(at::linear(input, module.a) * lora::scale(trial.golden.adapter.config), module.b);
  EXPECT_TRUE(at::equal(projection.addend(input), whole));
}

TEST(Tune, SaysOnAllRanksWhenNoStepWasSelected) {
  Trial trial(shared_folder());
  trial.golden.set = {};
  EXPECT_THAT(agreed_refusal_of([&] { (void)trial.run(world()); }),
              AllOf(HasSubstr("no step was selected"), HasSubstr("contrast.kl_beta")));
}

TEST(Tune, SaysOnAllRanksWhenEveryCheckpointIsDamaged) {
  const fs::path folder = shared_folder();
  Trial trial(folder);
  run_until(trial, world(), 4);
  if (world().is_root()) {
    fs::remove(folder / "iteration-000003/state.json");
  }
  parallel::barrier(world());
  EXPECT_THAT(agreed_refusal_of([&] { (void)Trial(folder).run(world()); }),
              HasSubstr("every checkpoint is damaged"));
}

TEST(Tune, SaysOnAllRanksWhenItDiverges) {
  Trial trial(shared_folder());
  trial.job.config.optimizer.learning_rate = 1e30;
  EXPECT_THAT(agreed_refusal_of([&] { (void)trial.run(world()); }),
              AllOf(HasSubstr("not finite"), HasSubstr("finetune.learning_rate")));
}

TEST(Tune, NamesTheRankThatDrifts) {
  if (world().num_ranks() == 1) {
    return;  // which has nobody to drift from
  }
  Trial trial(shared_folder());
  const int last = world().num_ranks() - 1;
  if (world().rank() == last) {
    trial.job.config.optimizer.learning_rate *=
        2;  // stands for a machine that computes differently
  }
  try {
    (void)trial.run(world());
    FAIL() << "no error";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("after update 3"),
                                    HasSubstr("rank " + std::to_string(last) + " differs")));
  }
}

}  // namespace
}  // namespace lightreasoner::finetune
