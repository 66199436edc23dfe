// SPDX-License-Identifier: Apache-2.0
/// Memory plans against what the stages really hold, counted allocation by allocation.
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
#include "support/counting_malloc.hpp"

#include <gtest/gtest.h>
#include <numeric>

namespace lightreasoner {
namespace {

using testing_support::made_up_decoder;
using testing_support::made_up_examples;
using testing_support::made_up_prompts;
using testing_support::MadeUpPair;
using testing_support::peak_bytes_of;
using testing_support::small_shape;

// | what                                   | tolerance                     |
// |----------------------------------------|-------------------------------|
// | a plan's total over what was measured  | at least 1, at most this and  |
// |                                        | the BLAS work space, of which |
// |                                        | CPUs take more or less:       |
constexpr double greatest_surplus = 1.75;
// | what is no logit, beside large chunks  | bytes:                        |
constexpr std::uint64_t small_change = model::blas_bytes;

constexpr std::int64_t large_vocabulary = 151936;

class StageMemory : public ::testing::TestWithParam<at::ScalarType> {
 protected:
  static void SetUpTestSuite() { device::set_up_torch(1); }

  static void expect_honest(const planning::MemoryLines& plan, std::uint64_t measured) {
    testing_support::expect_honest(plan, measured, model::blas_bytes, greatest_surplus);
  }
};

TEST_P(StageMemory, EvaluationHoldsWhatItsPlanSays) {
  const model::Decoder decoder = made_up_decoder(small_shape(8000), GetParam());
  for (const std::int64_t length : {100, 300}) {
    const auto rows = made_up_prompts(32, static_cast<std::size_t>(length));
    const std::uint64_t measured = peak_bytes_of(
        [&] { static_cast<void>(model::generate_greedy(decoder, rows, {.max_new_tokens = 70})); });
    const evaluation::Config config{.max_new_tokens = 70, .problems_per_unit = 64};
    expect_honest(evaluation::plan_memory(config, model::size_of(decoder), length, 32), measured);
  }
}

std::uint64_t peak_of(const MadeUpPair& pair, const sampling::Config& config) {
  return peak_bytes_of([&] { pair.sample(config); });
}

TEST_P(StageMemory, SamplingHoldsWhatItsPlanSays) {
  MadeUpPair pair(8000, GetParam(), 32);
  for (const bool is_leading : {true, false}) {
    pair.shared.is_leading = is_leading;
    for (const std::int64_t steps : {8, 32}) {
      const sampling::Config config{
          .max_new_tokens = 40, .problems_per_unit = 32, .steps_per_chunk = steps, .method = {}};
      expect_honest(pair.plan(config), peak_of(pair, config));
    }
  }
}

TEST_P(StageMemory, HoldsTwoChunksOfALargeVocabularyAndARow) {
  constexpr std::int64_t rows = 2;
  // Of fp32 no more: MKL reserves, without using it, address space for larger products.
  const std::int64_t steps = GetParam() == at::kFloat ? 32 : 48;
  MadeUpPair pair(large_vocabulary, GetParam(), rows);
  const std::uint64_t step = large_vocabulary * sizeof(float);
  const std::uint64_t chunks = 2 * rows * steps * step;
  // While the amateur's are made: those of 32 steps that are not fp32 yet and, on a CPU without
  // products in bfloat16 (AVX512 alone), the product's sums in fp32. While the two are contrasted:
  // shared columns of one problem's steps, where they are no view.
  const std::uint64_t narrow = GetParam() == at::kFloat ? 0 : 32 * (step / 2 + step);
  const std::uint64_t shared = 2 * steps * step;
  const sampling::Config config{.max_new_tokens = 50, .steps_per_chunk = steps, .method = {}};
  for (const bool is_leading : {true, false}) {
    pair.shared.is_leading = is_leading;
    const std::uint64_t measured = peak_of(pair, config);
    EXPECT_LE(measured, chunks + std::max(narrow, is_leading ? 0 : shared) + small_change);
    EXPECT_GE(planning::total_bytes(pair.plan(config)), measured);
  }
}

TEST_F(StageMemory, OfTheReferencesWayCopiesARowsStepsAtATime) {
  constexpr std::int64_t rows = 4;
  constexpr std::int64_t steps = 16;
  MadeUpPair pair(large_vocabulary, at::kFloat, rows);
  const std::uint64_t row = steps * large_vocabulary * sizeof(float);
  const sampling::Config config{
      .max_new_tokens = steps,
      .steps_per_chunk = steps,
      .method = {.log_epsilon = 1e-12, .vocabulary = sampling::Vocabulary::cut}};
  // Probabilities and logarithms of both models, in two types.
  EXPECT_LE(peak_of(pair, config), (2 * rows + 8) * row + small_change);
}

TEST_P(StageMemory, TuningHoldsWhatItsPlanSays) {
  model::Decoder decoder = made_up_decoder(small_shape(8000), GetParam());
  const examples::ExampleSet set = made_up_examples(8, 240);
  std::vector<std::uint64_t> samples(set.size());
  std::iota(samples.begin(), samples.end(), std::uint64_t{0});
  for (const double dropout : {0.0, 0.05}) {
    lora::LoraAdapter adapter = lora::make_adapter(decoder, {.dropout = dropout}, 1);
    lora::AttachedAdapter tuned(decoder, adapter);
    if (dropout > 0) {
      tuned.set_dropout(lora::DropoutContext{1, 0, samples});
    }
    std::uint64_t whole = 0;
    for (const bool recomputes : {false, true}) {
      const std::uint64_t measured = peak_bytes_of([&] {
        static_cast<void>(
            finetune::micro_batch_gradient(tuned, set, samples, {.recomputes_layers = recomputes}));
      });
      RecordProperty(recomputes ? "recomputing" : "whole", planning::format_bytes(measured));
      if (recomputes) {
        EXPECT_LT(2 * measured, whole) << "four layers are held one by one";
      }
      whole = measured;
      planning::MemoryLines plan = finetune::plan_memory(
          {.activation_checkpointing = recomputes, .method = {}},
          {model::size_of(decoder), adapter.config, 240, lora::num_parameters(adapter)});
      // What one micro-batch brings: activations, head, and the last line's work space.
      plan.erase(plan.begin() + 2, plan.end() - 1);
      expect_honest(plan, measured);
    }
    EXPECT_EQ(lora::count_parameters(decoder, adapter.config), lora::num_parameters(adapter));
  }
}

TEST_P(StageMemory, MergeHoldsWhatItsPlanSays) {
  const model::Decoder decoder = made_up_decoder(small_shape(8000), GetParam());
  const lora::LoraAdapter adapter = lora::make_adapter(decoder, {}, 1);
  const std::uint64_t measured = peak_bytes_of([&] {
    const model::Decoder merged = lora::merge(decoder, adapter);
    static_cast<void>(lora::logit_gap(decoder, merged, made_up_prompts(2, 60)));
  });
  // Small beside the work space, so that there is nothing to say about the least.
  EXPECT_LE(measured, planning::total_bytes(
                          lora::plan_merge(decoder, model::size_of(decoder), adapter.config, 60)));
}

INSTANTIATE_TEST_SUITE_P(InBothTypes, StageMemory, ::testing::Values(at::kFloat, at::kBFloat16),
                         [](const auto& type) { return std::string(c10::toString(type.param)); });

}  // namespace
}  // namespace lightreasoner
