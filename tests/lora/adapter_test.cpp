// SPDX-License-Identifier: Apache-2.0
#include "lora/adapter.hpp"

#include "lora/merge.hpp"
#include "model/golden.hpp"
#include "model/tensor_places.hpp"
#include "support/philox.hpp"
#include "support/refusal.hpp"

#include <ATen/core/grad_mode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lightreasoner::lora {
namespace {

namespace golden = model::testing;

// Values up to 5 from products of up to 40 and then 4 terms, in another order: 5 * 2^-24 *
// sqrt(44) = 2e-6 is the deviation, five of these. Largest seen: 9e-7.
constexpr double to_formula = 1e-5;
// The logits of one product against those of two: up to 10, twice those that logit_rounding speaks
// of, with a rounding more of every merged weight. Largest seen with AVX512, AVX2 or SSE: 3.1e-5.
constexpr double to_merged = 2.5 * golden::logit_rounding;
// A slope against differences of fp32 passes, relative: what five points leave of a curve so bent.
// Twice the largest seen with AVX512, AVX2 or SSE, 8.5e-4; twice the step makes 9.7e-3.
constexpr double to_difference = 2e-3;

const Config all_modules{
    .rank = 4, .target_modules = {weights::projections.begin(), weights::projections.end()}};

at::Tensor logits_of(const model::Decoder& decoder, const model::TokenBatch& batch) {
  return model::logits(decoder, model::hidden_states(decoder, batch, nullptr));
}

/// B is zero in a new adapter; this gives it something to do.
void randomise(const LoraAdapter& adapter) {
  const at::NoGradGuard no_gradients;
  double value = 0;
  for (const LoraModule& module : adapter.modules) {
    for (const at::Tensor& tensor : {module.a, module.b}) {
      value += 1;
      tensor.copy_((at::arange(tensor.numel(), at::kFloat) * value).sin().view(tensor.sizes()) *
                   0.3);
    }
  }
}

class AdapterTest : public ::testing::Test {
 protected:
  model::Decoder decoder_ = model::load_decoder(golden::model_folder("tied"));
  const std::vector<model::testing::Golden> goldens_ = golden::read_goldens("tied");
  const model::TokenBatch batch_ =
      golden::padded_batch(golden::prompts_of(goldens_), golden::Padding::right);
};

TEST_F(AdapterTest, NewAdapterChangesNothing) {
  const at::NoGradGuard no_gradients;
  const at::Tensor before = logits_of(decoder_, batch_);
  LoraAdapter adapter = make_adapter(decoder_, all_modules, 1);
  const AttachedAdapter attached(decoder_, adapter);
  EXPECT_TRUE(at::equal(logits_of(decoder_, batch_), before));
}

TEST_F(AdapterTest, NewAdapterIsDrawnAsDocumented) {
  constexpr std::uint64_t seed = 0x123456789ABCDEF;
  LoraAdapter adapter = make_adapter(decoder_, {.rank = 3}, seed);
  ASSERT_EQ(adapter.modules.size(), 4U);
  EXPECT_EQ(adapter.modules[1].path, "model.layers.0.self_attn.v_proj");
  EXPECT_EQ(num_parameters(adapter), 2 * (3 * (32 + 32) + 3 * (32 + 16)));
  for (std::uint32_t m = 0; m < adapter.modules.size(); ++m) {
    const LoraModule& module = adapter.modules[m];
    EXPECT_TRUE(module.a.requires_grad());
    EXPECT_EQ(at::count_nonzero(module.b).item<std::int64_t>(), 0);
    for (std::uint32_t i = 0; i < module.a.numel(); ++i) {
      const auto words = support::philox({i / 4, 0, m, 1U << 24}, support::philox_key(seed));
      const double unit = (words[i % 4] >> 8) / 16777216.0;
      EXPECT_NEAR(module.a.view({-1})[i].item<double>(), (2 * unit - 1) / std::sqrt(32.0), 1e-7);
    }
  }
}

TEST_F(AdapterTest, AddendIsTheFormula) {
  LoraAdapter adapter = make_adapter(decoder_, all_modules, 1);
  randomise(adapter);
  AttachedAdapter attached(decoder_, adapter);
  const DropoutContext context{7, 3, {4}};
  for (const bool drops : {false, true}) {
    attached.set_dropout(drops ? std::optional(context) : std::nullopt);
    for (std::size_t m = 0; m < adapter.modules.size(); ++m) {
      const LoraModule& module = adapter.modules[m];
      const auto& layer = decoder_.layers[static_cast<std::size_t>(module.layer)];
      const model::Linear& linear = model::place_of(layer, module.projection);
      const std::int64_t width = linear.weight.size(1);
      const at::Tensor x = at::arange(2 * width, at::kFloat).cos().view({1, 2, width});
      at::Tensor seen = x.to(at::kDouble);
      if (drops) {
        seen = seen * dropout_mask(context, static_cast<std::uint32_t>(m), x.sizes(),
                                   all_modules.dropout, at::kCPU);
      }
      const at::Tensor product = module.b.to(at::kDouble).matmul(module.a.to(at::kDouble));
      EXPECT_LE(golden::gap(linear.addend(x), 4.0 * seen.matmul(product.t())), to_formula)
          << module.path;
    }
  }
}

TEST_F(AdapterTest, GradientsEqualFiniteDifferences) {
  LoraAdapter adapter = make_adapter(decoder_, all_modules, 1);
  randomise(adapter);
  AttachedAdapter attached(decoder_, adapter);
  attached.set_dropout(DropoutContext{7, 3, {0, 1, 2, 3, 4, 5, 6, 7}});
  const at::Tensor weights = at::arange(decoder_.config.shape.hidden_size, at::kFloat).cos() *
                             batch_.is_token.unsqueeze(2);
  const auto objective = [&] {
    return (model::hidden_states(decoder_, batch_, nullptr) * weights).sum(at::kDouble);
  };
  objective().backward();
  const at::NoGradGuard no_gradients;
  for (const at::Tensor& parameter : parameters(adapter)) {
    ASSERT_TRUE(parameter.grad().defined());
    const auto norm = parameter.grad().norm().item<double>();
    ASSERT_GT(norm, 0.0);
    const at::Tensor direction = parameter.grad() / norm;
    const at::Tensor start = parameter.clone();
    const auto moved_by = [&](double distance) {
      parameter.copy_(start + direction * distance);
      const auto value = objective().item<double>();
      parameter.copy_(start);
      return value;
    };
    // Five points: the error falls with the fourth power of the step.
    constexpr double step = 5e-4;
    const double difference =
        (8 * (moved_by(step) - moved_by(-step)) - (moved_by(2 * step) - moved_by(-2 * step))) /
        (12 * step);
    EXPECT_NEAR(difference / norm, 1.0, to_difference);
  }
}

TEST_F(AdapterTest, IsOffWhenItsAttachmentEnds) {
  const at::NoGradGuard no_gradients;
  const at::Tensor before = logits_of(decoder_, batch_);
  LoraAdapter adapter = make_adapter(decoder_, all_modules, 1);
  randomise(adapter);
  {
    const AttachedAdapter attached(decoder_, adapter);
    EXPECT_GT(golden::gap(logits_of(decoder_, batch_), before), 0.1);
    EXPECT_TRUE(at::equal(logits_of(without_adapter(decoder_), batch_), before));
  }
  EXPECT_TRUE(at::equal(logits_of(decoder_, batch_), before));
}

TEST_F(AdapterTest, MergedWeightsGiveTheAdaptedLogits) {
  const at::NoGradGuard no_gradients;
  LoraAdapter adapter = make_adapter(decoder_, all_modules, 1);
  randomise(adapter);
  AttachedAdapter attached(decoder_, adapter);
  const model::Decoder merged = merge(decoder_, adapter);
  EXPECT_FALSE(merged.layers[0].attention.q_proj.addend);
  EXPECT_LE(golden::gap(logits_of(merged, batch_), logits_of(decoder_, batch_)), to_merged);
  EXPECT_EQ(merged.embedding.const_data_ptr(), decoder_.embedding.const_data_ptr());
}

TEST_F(AdapterTest, DropoutOfASampleDoesNotDependOnItsBatch) {
  const at::NoGradGuard no_gradients;
  LoraAdapter adapter = make_adapter(decoder_, {.dropout = 0.5}, 1);
  randomise(adapter);
  AttachedAdapter attached(decoder_, adapter);
  const auto pass = [&](const std::vector<std::vector<std::int32_t>>& rows,
                        const std::vector<std::uint64_t>& ids) {
    attached.set_dropout(DropoutContext{7, 3, ids});
    return logits_of(decoder_, golden::padded_batch(rows, golden::Padding::right));
  };
  const auto prompts = golden::prompts_of(goldens_);
  const at::Tensor together = pass({prompts[2], prompts[7], prompts[4]}, {12, 17, 14});
  const auto length = static_cast<std::int64_t>(prompts[4].size());
  const at::Tensor alone = pass({prompts[4]}, {14})[0];
  EXPECT_LE(golden::gap(together[2].narrow(0, 0, length), alone), 1e-4);
  EXPECT_GT(golden::gap(pass({prompts[4]}, {15})[0], alone), 0.1);
}

TEST_F(AdapterTest, OnABfloat16BaseTheAdapterStaysInFloat32) {
  model::Decoder narrow = model::load_decoder(golden::model_folder("tied"), at::kBFloat16);
  LoraAdapter adapter = make_adapter(narrow, all_modules, 1);
  randomise(adapter);
  const AttachedAdapter attached(narrow, adapter);
  {
    const at::NoGradGuard no_gradients;
    const model::Linear& linear = narrow.layers[0].attention.q_proj;
    const at::Tensor x = at::arange(64, at::kFloat).cos().view({1, 2, 32}).to(at::kBFloat16);
    const at::Tensor base = at::linear(x, linear.weight, linear.bias);
    EXPECT_EQ(linear.addend(x).scalar_type(), at::kFloat);
    EXPECT_TRUE(at::equal(linear(x), (base + linear.addend(x)).to(at::kBFloat16)));
  }
  logits_of(narrow, batch_).square().mean().backward();
  for (const at::Tensor& parameter : parameters(adapter)) {
    ASSERT_TRUE(parameter.grad().defined());
    EXPECT_EQ(parameter.grad().scalar_type(), at::kFloat);
    EXPECT_GT(parameter.grad().norm().item<double>(), 0.0);
  }
}

}  // namespace
}  // namespace lightreasoner::lora
