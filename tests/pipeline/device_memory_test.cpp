// SPDX-License-Identifier: Apache-2.0
/// Memory plans for a device against what the stages hold there, by the stand-in's allocator.
#include "device/determinism.hpp"
#include "evaluation/memory.hpp"
#include "examples/made_up_examples.hpp"
#include "finetune/loss.hpp"
#include "finetune/memory.hpp"
#include "kernels/kokkos_environment.hpp"
#include "lora/adapter.hpp"
#include "lora/memory.hpp"
#include "lora/merge.hpp"
#include "model/generate.hpp"
#include "model/made_up_model.hpp"
#include "planning/expect_honest.hpp"
#include "sampling/made_up_pair.hpp"
#include "support/stand_in/device.hpp"
#include "support/stand_in/memory.hpp"

#include <functional>
#include <gtest/gtest.h>
#include <numeric>

namespace lightreasoner {
namespace {

using planning::ComputesOn;
using testing_support::made_up_decoder;
using testing_support::made_up_examples;
using testing_support::made_up_prompts;
using testing_support::MadeUpPair;
using testing_support::small_shape;

// | what                                   | tolerance                        |
// |----------------------------------------|----------------------------------|
// | a plan's total over what was measured  | at least 1, at most this:        |
constexpr double greatest_surplus = 2;

class DeviceMemory : public ::testing::TestWithParam<at::ScalarType> {
 protected:
  static void SetUpTestSuite() {
    device::set_up_torch(1);
    stand_in::set_up();
  }

  static model::Decoder decoder_there() {
    return model::to_device(made_up_decoder(small_shape(8000), GetParam()), stand_in::device());
  }

  /// The most that the device held at once while `body` ran, above what was before.
  static std::uint64_t peak_bytes_of(const std::function<void()>& body) {
    stand_in::DeviceMemory& memory = stand_in::device_memory();
    memory.reset_peak();
    const std::size_t before = memory.use().held;
    body();
    return memory.use().peak - before;
  }

  static void expect_honest(const planning::MemoryLines& plan, std::uint64_t measured) {
    testing_support::expect_honest(planning::lines_in(planning::Memory::device, plan), measured, 0,
                                   greatest_surplus);
  }
};

TEST_P(DeviceMemory, EvaluationHoldsWhatItsPlanSays) {
  const model::Decoder decoder = decoder_there();
  for (const std::int64_t length : {100, 300}) {
    const auto rows = made_up_prompts(32, static_cast<std::size_t>(length));
    const std::uint64_t measured = peak_bytes_of(
        [&] { static_cast<void>(model::generate_greedy(decoder, rows, {.max_new_tokens = 70})); });
    const evaluation::Config config{.max_new_tokens = 70, .problems_per_unit = 64};
    expect_honest(
        evaluation::plan_memory(config, model::size_of(decoder, ComputesOn::device), length, 32),
        measured);
  }
}

TEST_P(DeviceMemory, SamplingHoldsWhatItsPlanSays) {
  MadeUpPair pair(8000, GetParam(), 32, stand_in::device());
  for (const bool is_leading : {true, false}) {
    pair.shared.is_leading = is_leading;
    for (const std::int64_t steps : {8, 32}) {
      const sampling::Config config{
          .max_new_tokens = 40, .problems_per_unit = 32, .steps_per_chunk = steps, .method = {}};
      expect_honest(pair.plan(config, ComputesOn::device),
                    peak_bytes_of([&] { pair.sample(config); }));
    }
  }
}

TEST_P(DeviceMemory, TuningHoldsWhatItsPlanSays) {
  model::Decoder decoder = decoder_there();
  const examples::ExampleSet set = made_up_examples(8, 240);
  std::vector<std::uint64_t> samples(set.size());
  std::iota(samples.begin(), samples.end(), std::uint64_t{0});
  for (const double dropout : {0.0, 0.05}) {
    lora::LoraAdapter adapter =
        lora::to_device(lora::make_adapter(decoder, {.dropout = dropout}, 1), stand_in::device());
    lora::AttachedAdapter tuned(decoder, adapter);
    if (dropout > 0) tuned.set_dropout(lora::DropoutContext{1, 0, samples});
    for (const bool recomputes : {false, true}) {
      const std::uint64_t measured = peak_bytes_of([&] {
        static_cast<void>(
            finetune::micro_batch_gradient(tuned, set, samples, {.recomputes_layers = recomputes}));
      });
      planning::MemoryLines plan =
          finetune::plan_memory({.activation_checkpointing = recomputes, .method = {}},
                                {model::size_of(decoder, ComputesOn::device), adapter.config, 240,
                                 lora::num_parameters(adapter)});
      // What one micro-batch brings: activations and head.
      plan.erase(plan.begin() + 2, plan.end());
      expect_honest(plan, measured);
    }
  }
}

TEST_P(DeviceMemory, MergeHoldsWhatItsPlanSays) {
  const model::Decoder decoder = decoder_there();
  const lora::LoraAdapter adapter =
      lora::to_device(lora::make_adapter(decoder, {}, 1), stand_in::device());
  const std::uint64_t measured = peak_bytes_of([&] {
    const model::Decoder merged = lora::merge(decoder, adapter);
    static_cast<void>(lora::logit_gap(decoder, merged, made_up_prompts(2, 240)));
  });
  const planning::MemoryLines plan = planning::lines_in(
      planning::Memory::device,
      lora::plan_merge(decoder, model::size_of(decoder, ComputesOn::device), adapter.config, 240));
  // The stand-in gives whole pages to each tensor.
  constexpr std::size_t page = 4096;
  EXPECT_LE(measured, planning::total_bytes(plan) + page * adapter.modules.size());
}

INSTANTIATE_TEST_SUITE_P(InBothTypes, DeviceMemory, ::testing::Values(at::kFloat, at::kBFloat16),
                         [](const auto& type) { return std::string(c10::toString(type.param)); });

}  // namespace
}  // namespace lightreasoner
