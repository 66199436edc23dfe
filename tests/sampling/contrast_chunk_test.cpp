// SPDX-License-Identifier: Apache-2.0
#include "sampling/contrast_chunk.hpp"

#include "contrast/contrast_steps.hpp"
#include "kernels/kokkos_environment.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lightreasoner::sampling {
namespace {

// quantity                          tolerance, against double-precision torch: those of the kernel
//                                   (contrast_steps_test), which these logits go through
constexpr double kl_relative = 1e-6;
constexpr double mass_absolute = 1e-6;
constexpr double log_probability_absolute = 2e-6;

struct Heads {
  at::Tensor expert = at::randn({6, 50}) * 3;   // [rows, expert head]
  at::Tensor amateur = at::randn({6, 40}) * 3;  // [rows, amateur head]
};

Heads heads() {
  at::manual_seed(3);
  return {};
}

contrast::StepContrasts contrast_heads(const Heads& logits, const text::SharedVocabulary& shared,
                                       const SamplingMethod& method,
                                       at::ScalarType type = at::kFloat) {
  return contrast_logits(logits.expert, logits.amateur, {shared, method, type, 0.02F});
}

/// KL of two [rows, tokens] logit tensors, each a softmax of its own, in double.
at::Tensor divergence(const at::Tensor& expert, const at::Tensor& amateur) {
  const at::Tensor p = at::log_softmax(expert.to(at::kDouble), -1);
  const at::Tensor q = at::log_softmax(amateur.to(at::kDouble), -1);
  return (p.exp() * (p - q)).sum(-1);
}

/// 1 minus the share of the given columns in a row's softmax.
double lost(const at::Tensor& row, const at::Tensor& columns) {
  const at::Tensor shares = at::softmax(row.to(at::kDouble), -1);
  return 1.0 - shares.index_select(0, columns).sum().item<double>();
}

void expect_shared(const Heads& logits, const text::SharedVocabulary& shared) {
  const contrast::StepContrasts found = contrast_heads(logits, shared, {});
  const at::Tensor e = at::tensor(shared.expert_ids, at::kLong);
  const at::Tensor a = at::tensor(shared.amateur_ids, at::kLong);
  const at::Tensor x = logits.expert.index_select(1, e);
  const at::Tensor kl = divergence(x, logits.amateur.index_select(1, a));
  const at::Tensor log_p = at::log_softmax(x.to(at::kDouble), -1);
  for (std::int64_t row = 0; row < 6; ++row) {
    const auto step = static_cast<std::size_t>(row);
    const auto expected = kl[row].item<double>();
    EXPECT_NEAR(found.kl[step], expected, kl_relative * expected);
    EXPECT_NEAR(found.expert.lost_mass[step], lost(logits.expert[row], e), mass_absolute);
    EXPECT_NEAR(found.amateur.lost_mass[step], lost(logits.amateur[row], a), mass_absolute);
    // Ids are the expert's own.
    EXPECT_EQ(found.expert.top_id[step], e[x[row].argmax()].item<std::int64_t>());
    for (std::uint64_t i = found.floor.offsets[step]; i < found.floor.offsets[step + 1]; ++i) {
      const auto place = (e == found.floor.ids[i]).nonzero().item<std::int64_t>();
      EXPECT_NEAR(found.floor.expert_log_probability[i], log_p[row][place].item<double>(),
                  log_probability_absolute);
    }
  }
}

TEST(ContrastLogits, RenormalisesOverANarrowerHead) {
  expect_shared(heads(), text::cut_vocabulary(50, 40));
}

/// Tokens that the heads of heads() share, some under other ids.
text::SharedVocabulary renamed() {
  text::SharedVocabulary shared;
  shared.is_leading = false;
  for (std::int32_t id = 0; id < 30; ++id) {
    shared.expert_ids.push_back(id < 20 ? id : id + 15);   // 0..19, 35..44
    shared.amateur_ids.push_back(id < 20 ? id : 59 - id);  // 0..19, 39..30
  }
  return shared;
}

TEST(ContrastLogits, GoesByTheMapOfSharedTokens) { expect_shared(heads(), renamed()); }

TEST(ContrastLogits, OfEqualHeadsLosesNothing) {
  Heads logits = heads();
  logits.amateur = at::randn({6, 50});
  const auto found = contrast_heads(logits, text::cut_vocabulary(50, 50), {});
  EXPECT_THAT(found.expert.lost_mass, ::testing::Each(0.0F));
  EXPECT_THAT(found.amateur.lost_mass, ::testing::Each(0.0F));
}

TEST(ContrastLogits, CutsAfterTheSoftmaxAsTheReferenceDoes) {
  const Heads logits = heads();
  const auto found =
      contrast_heads(logits, text::cut_vocabulary(50, 40), {.vocabulary = Vocabulary::cut});
  const at::Tensor p = at::log_softmax(logits.expert.to(at::kDouble), -1).narrow(1, 0, 40);
  const at::Tensor q = at::log_softmax(logits.amateur.to(at::kDouble), -1);
  const at::Tensor kl = (p.exp() * (p - q)).sum(-1).clamp_min(0);
  for (std::int64_t row = 0; row < 6; ++row) {
    const auto step = static_cast<std::size_t>(row);
    const auto expected = kl[row].item<double>();
    EXPECT_NEAR(found.kl[step], expected, kl_relative * (1 + expected));
    EXPECT_NEAR(found.expert.lost_mass[step], 1 - p[row].exp().sum().item<double>(), mass_absolute);
  }
}

TEST(ContrastLogits, RoundsTheAmateursSoftmaxWhereAsked) {
  Heads logits = heads();
  logits.amateur = at::randn({6, 50}).to(at::kBFloat16).to(at::kFloat);
  const SamplingMethod method{.amateur_softmax = AmateurSoftmax::model};
  const auto exact = contrast_heads(logits, text::cut_vocabulary(50, 50), {}, at::kBFloat16);
  const auto rounded = contrast_heads(logits, text::cut_vocabulary(50, 50), method, at::kBFloat16);
  const auto fp32 = contrast_heads(logits, text::cut_vocabulary(50, 50), method, at::kFloat);
  const at::Tensor q = at::log_softmax(logits.amateur.to(at::kBFloat16), -1).to(at::kDouble);
  const at::Tensor p = at::log_softmax(logits.expert.to(at::kDouble), -1);
  for (std::int64_t row = 0; row < 6; ++row) {
    const auto step = static_cast<std::size_t>(row);
    const auto expected = (p[row].exp() * (p[row] - q[row])).sum().item<double>();
    EXPECT_NEAR(rounded.kl[step], expected, kl_relative * expected);
    EXPECT_NEAR(fp32.kl[step], exact.kl[step], kl_relative * exact.kl[step]);
  }
  EXPECT_NE(rounded.kl, exact.kl);
}

TEST(ContrastLogits, ReadsNarrowRowsAsTheFloatsOfTheirValue) {
  // Heads of either type, with tokens of their own and ids that lead or do not.
  Heads wide = heads();
  for (at::Tensor* rows : {&wide.expert, &wide.amateur}) {
    *rows = rows->to(at::kBFloat16).to(at::kFloat);
  }
  for (const text::SharedVocabulary& shared : {text::cut_vocabulary(50, 40), renamed()}) {
    const auto expected = contrast_heads(wide, shared, {});
    for (const bool narrow_expert : {true, false}) {
      Heads narrow = wide;
      at::Tensor& rows = narrow_expert ? narrow.expert : narrow.amateur;
      rows = rows.to(at::kBFloat16);
      const auto found = contrast_heads(narrow, shared, {});
      EXPECT_EQ(found.kl, expected.kl);
      EXPECT_EQ(found.expert.lost_mass, expected.expert.lost_mass);
      EXPECT_EQ(found.amateur.lost_mass, expected.amateur.lost_mass);
      EXPECT_EQ(found.expert.top_id, expected.expert.top_id);
      EXPECT_EQ(found.floor.expert_log_probability, expected.floor.expert_log_probability);
    }
  }
}

}  // namespace
}  // namespace lightreasoner::sampling
