// SPDX-License-Identifier: Apache-2.0
#include "finetune/loss.hpp"

#include "contrast/reference_contrast.hpp"
#include "finetune/golden.hpp"
#include "kernels/kokkos_environment.hpp"
#include "model/tensor_places.hpp"
#include "support/philox.hpp"

#include <ATen/ATen.h>
#include <algorithm>
#include <c10/core/GradMode.h>
#include <cmath>
#include <gtest/gtest.h>
#include <memory>
#include <numeric>

namespace lightreasoner::finetune {
namespace {

using contrast::testing::log_softmax;

// | what                                                | tolerance                         |
// |-----------------------------------------------------|-----------------------------------|
// | gradient against peft, and one pass against many    | of the largest element: 7 products|
// |                                                     | each way through 2 layers of up to|
// |                                                     | 40 terms at 2^-24 make 2e-6; five |
// |                                                     | of these (largest seen: 2.2e-6):  |
constexpr double gradient_tolerance = 1e-5;
// | loss against a plain double loop over the logits    | relative: logits rounded to 2^-24 |
// |                                                     | of 5, over losses above 1, make   |
// |                                                     | 3e-7 (largest seen: 1e-7):        |
constexpr double loss_tolerance = 1e-6;
// | loss and gradient where label and model agree       | absolute: weights and logarithms  |
// |                                                     | rounded to 2^-24 of up to 6 make  |
// |                                                     | 4e-7 (largest seen: 1.0e-7):      |
constexpr double no_loss = 1e-6;
// | directional derivative against central differences | relative: losses rounded by 3e-7  |
// |                                                     | make 18 x 3e-7 / (12 step) at most|
// |                                                     | (largest seen: 2.9e-4):           |
constexpr double difference_tolerance = 5e-4;

using Indices = std::vector<std::uint64_t>;

Indices all_of(const examples::ExampleSet& set) {
  Indices indices(set.size());
  std::iota(indices.begin(), indices.end(), std::uint64_t{0});
  return indices;
}

MicroBatchGradient run(Golden& golden, const Indices& examples) {
  return micro_batch_gradient(golden.tuned, golden.set, examples);
}

void expect_near(const std::vector<float>& values, const std::vector<double>& expected) {
  ASSERT_EQ(values.size(), expected.size());
  double largest = 0;
  for (const double value : expected) {
    largest = std::max(largest, std::abs(value));
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    EXPECT_NEAR(values[i], expected[i], gradient_tolerance * largest) << "element " << i;
  }
}

/// The model's logits after one example's prefix, run alone and without padding.
std::vector<double> logits_after_prefix(const Golden& golden, std::size_t index) {
  const c10::AutoGradMode without_gradient(false);
  const auto& example = golden.set.examples[index];
  const auto& trajectory = golden.set.trajectories[example.trajectory];
  const std::int64_t length = example.prefix_length;
  model::TokenBatch batch;
  batch.ids = at::empty({1, length}, at::kLong);
  for (std::int64_t i = 0; i < length; ++i) {
    batch.ids[0][i] = trajectory[static_cast<std::size_t>(i)];
  }
  batch.positions = at::arange(length, at::kLong).unsqueeze(0);
  batch.is_token = at::ones({1, length}, at::kBool);
  const at::Tensor hidden = model::hidden_states(golden.decoder, batch, nullptr);
  const at::Tensor last = model::logits(golden.decoder, hidden)[0][length - 1].to(at::kDouble);
  const auto* first = last.const_data_ptr<double>();
  return {first, first + last.numel()};
}

double plain_loss(const Golden& golden, std::size_t index) {
  const std::vector<double> log_pi = log_softmax(logits_after_prefix(golden, index));
  double loss = 0;
  for (auto entry = golden.set.label_offsets[index]; entry < golden.set.label_offsets[index + 1];
       ++entry) {
    const double weight = golden.set.label_weights[entry];
    const auto id = static_cast<std::size_t>(golden.set.label_ids[entry]);
    loss += weight * (std::log(weight) - log_pi[id]);
  }
  return loss;
}

TEST(UnitGradient, LossIsTheDivergenceAtTheTrueLastPosition) {
  Golden golden = load_golden();
  double expected = 0;
  for (std::size_t index = 0; index < golden.set.size(); ++index) {
    const double loss = plain_loss(golden, index);
    EXPECT_NEAR(run(golden, {index}).loss, loss, loss_tolerance * loss) << "example " << index;
    expected += loss;
  }
  EXPECT_NEAR(run(golden, all_of(golden.set)).loss, expected, loss_tolerance * expected);
}

TEST(UnitGradient, IsTheSameBitsWhenLayersAreRecomputed) {
  Golden golden = load_golden();
  const Indices examples = all_of(golden.set);
  for (const bool drops : {false, true}) {
    if (drops) {
      golden.tuned.set_dropout(lora::DropoutContext{11, 3, examples});
    }
    const MicroBatchGradient expected = run(golden, examples);
    const MicroBatchGradient recomputed =
        micro_batch_gradient(golden.tuned, golden.set, examples, {.recomputes_layers = true});
    EXPECT_EQ(recomputed.loss, expected.loss);
    EXPECT_EQ(recomputed.gradient, expected.gradient);
  }
}

TEST(UnitGradient, IsPeftsGradient) {
  Golden golden = load_golden();
  const auto order = golden.expected.at("order").get<Indices>();
  const MicroBatchGradient result = run(golden, Indices(order.begin(), order.begin() + 8));
  auto expected = golden.expected.at("first_gradient").get<std::vector<double>>();
  for (double& value : expected) {
    value *= 8;  // peft's is of the mean
  }
  expect_near(result.gradient, expected);
}

TEST(UnitGradient, IsTheSumOverItsSamplesWhateverThePadding) {
  Golden golden = load_golden();
  const Indices examples = all_of(golden.set);
  std::vector<double> sum(static_cast<std::size_t>(lora::num_parameters(golden.adapter)), 0.0);
  for (const std::uint64_t index : examples) {
    const MicroBatchGradient alone = run(golden, {index});
    std::transform(sum.begin(), sum.end(), alone.gradient.begin(), sum.begin(), std::plus<>());
  }
  expect_near(run(golden, examples).gradient, sum);
}

TEST(UnitGradient, IsTheSlopeOfTheLoss) {
  Golden golden = load_golden();
  const Indices examples{0, 5, 9};
  const MicroBatchGradient result = run(golden, examples);
  constexpr double step = 5e-3;
  for (std::uint32_t direction = 0; direction < 6; ++direction) {
    double slope = 0;
    std::vector<at::Tensor> moves;
    std::size_t at = 0;
    for (const at::Tensor& parameter : lora::parameters(golden.adapter)) {
      at::Tensor move = at::empty(parameter.sizes(), at::kFloat);
      auto* values = move.mutable_data_ptr<float>();
      for (std::int64_t i = 0; i < move.numel(); ++i, ++at) {
        const auto word = support::philox({std::uint32_t(at), direction}, {})[0];
        values[i] = (word & 1U) != 0 ? 0.3F : -0.3F;
        slope += static_cast<double>(values[i]) * static_cast<double>(result.gradient[at]);
      }
      moves.push_back(move);
    }
    const auto loss_moved_by = [&](double distance) {
      const c10::AutoGradMode without_gradient(false);
      const auto parameters = lora::parameters(golden.adapter);
      for (std::size_t i = 0; i < parameters.size(); ++i) {
        parameters[i].add_(moves[i], distance);
      }
      const double loss = run(golden, examples).loss;
      for (std::size_t i = 0; i < parameters.size(); ++i) {
        parameters[i].sub_(moves[i], distance);
      }
      return loss;
    };
    // Five points: the error falls with the fourth power of the step.
    const double difference = (8 * (loss_moved_by(step) - loss_moved_by(-step)) -
                               (loss_moved_by(2 * step) - loss_moved_by(-2 * step))) /
                              (12 * step);
    EXPECT_NEAR(slope, difference, difference_tolerance * std::max(1.0, std::abs(slope)))
        << "direction " << direction;
  }
}

TEST(UnitGradient, IsZeroWhenTheModelAlreadyIsItsLabel) {
  Golden golden = load_golden();
  const std::vector<double> log_pi = log_softmax(logits_after_prefix(golden, 3));
  examples::ExampleSet set;
  set.trajectories = golden.set.trajectories;
  set.examples = {golden.set.examples[3]};
  for (std::size_t id = 0; id < log_pi.size(); ++id) {
    set.label_ids.push_back(static_cast<std::int32_t>(id));
    set.label_weights.push_back(static_cast<float>(std::exp(log_pi[id])));
  }
  set.label_offsets.push_back(log_pi.size());
  golden.set = set;
  const MicroBatchGradient result = run(golden, {0});
  EXPECT_NEAR(result.loss, 0, no_loss);
  for (const float value : result.gradient) {
    EXPECT_NEAR(value, 0, no_loss);
  }
}

TEST(UnitGradient, TakesALabelEntryOfWeightZero) {
  Golden golden = load_golden();
  golden.set.examples.resize(1);
  golden.set.label_offsets = {0, 2};
  golden.set.label_ids = {7, 11};
  golden.set.label_weights = {1.0F, 0.0F};
  const std::vector<double> log_pi = log_softmax(logits_after_prefix(golden, 0));
  EXPECT_NEAR(run(golden, {0}).loss, -log_pi[7], loss_tolerance * -log_pi[7]);
}

TEST(UnitGradient, TouchesNoBaseWeight) {
  Golden golden = load_golden();
  (void)run(golden, {0, 1});
  for (const auto& [name, tensor] : model::named_tensors(golden.decoder)) {
    EXPECT_FALSE(tensor.requires_grad()) << name;
    EXPECT_FALSE(tensor.grad().defined()) << name;
  }
}

/// The gradient with half of the adapter's inputs dropped.
MicroBatchGradient run_with_dropout(Golden& golden, const Indices& examples,
                                    std::uint64_t iteration) {
  golden.tuned.set_dropout(lora::DropoutContext{golden.seed, iteration, examples});
  MicroBatchGradient result = run(golden, examples);
  golden.tuned.set_dropout(std::nullopt);
  return result;
}

TEST(UnitGradient, DropsTheSameInputsHoweverSamplesAreBatched) {
  Golden golden = load_golden();
  golden.adapter.config.dropout = 0.5;
  const MicroBatchGradient both = run_with_dropout(golden, {4, 17}, 3);
  const MicroBatchGradient first = run_with_dropout(golden, {4}, 3);
  const MicroBatchGradient second = run_with_dropout(golden, {17}, 3);
  std::vector<double> sum(first.gradient.begin(), first.gradient.end());
  std::transform(sum.begin(), sum.end(), second.gradient.begin(), sum.begin(), std::plus<>());
  expect_near(both.gradient, sum);
  EXPECT_NE(run_with_dropout(golden, {4}, 4).gradient, first.gradient);
  EXPECT_EQ(run_with_dropout(golden, {4}, 3).gradient, first.gradient);
  EXPECT_NE(run(golden, {4}).gradient, first.gradient);
}

}  // namespace
}  // namespace lightreasoner::finetune
