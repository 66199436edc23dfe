// SPDX-License-Identifier: Apache-2.0
// Attention by lengths on a device, with each of LibTorch's calls, against attention by mask on the
// host.
#include "attention/attend.hpp"
#include "device/determinism.hpp"
#include "device/transfer.hpp"
#include "support/device_under_test.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>
#include <random>

namespace lightreasoner::attention {
namespace {

struct Case {
  const char* name;
  device::AttentionCalls calls;
  at::ScalarType type;
  weights::AttentionShape shape;
  double rounding;  ///< of numbers around 1 in the type, over as many keys as there are here
};

std::ostream& operator<<(std::ostream& stream, const Case& one) { return stream << one.name; }

class ByLengths : public ::testing::TestWithParam<Case> {
 protected:
  static void SetUpTestSuite() { device::set_up_torch(1); }
  void SetUp() override { testing_support::skip_without_device(); }

  /// Numbers of the type that host and device are given alike.
  at::Tensor numbers(std::int64_t rows, std::int64_t length, std::int64_t heads) {
    std::normal_distribution<float> normal;
    at::Tensor values = at::empty({rows, length, heads, GetParam().shape.head_dim}, at::kFloat);
    for (std::int64_t i = 0; i < values.numel(); ++i) {
      values.mutable_data_ptr<float>()[i] = normal(random_);
    }
    return values.to(GetParam().type);
  }
  Projections projections(std::int64_t rows, std::int64_t length) {
    const weights::AttentionShape& shape = GetParam().shape;
    return {.query = numbers(rows, length, shape.num_heads),
            .key = numbers(rows, length, shape.num_kv_heads),
            .value = numbers(rows, length, shape.num_kv_heads)};
  }
  /// [rows, length]: so many tokens of each row, behind padding or before it.
  static at::Tensor flags(const std::vector<std::int64_t>& lengths, std::int64_t length,
                          bool padded_left) {
    at::Tensor is_token = at::zeros({std::ssize(lengths), length}, at::kBool);
    for (std::size_t row = 0; row < lengths.size(); ++row) {
      is_token[static_cast<std::int64_t>(row)]
          .narrow(0, padded_left ? length - lengths[row] : 0, lengths[row])
          .fill_(true);
    }
    return is_token;
  }
  static Projections on_device(const Projections& host) {
    return {device::to_device(host.query, testing_support::there()),
            device::to_device(host.key, testing_support::there()),
            device::to_device(host.value, testing_support::there())};
  }
  /// The pass by lengths of the tokens in `is_token`, [rows, length] on the host.
  [[nodiscard]] static Pass start(const at::Tensor& is_token, const KvCache* cache) {
    return start_pass(GetParam().shape,
                      {.rows = is_token.size(0),
                       .length = is_token.size(1),
                       .is_token = device::to_device(is_token, testing_support::there()),
                       .tokens = count_tokens(is_token, testing_support::there())},
                      cache, GetParam().type, GetParam().calls);
  }
  /// The pass by mask on the host, where `is_token` covers cached places too.
  [[nodiscard]] static Pass start_on_host(const at::Tensor& is_token, std::int64_t length,
                                          const KvCache* cache) {
    return start_pass(
        GetParam().shape,
        {.rows = is_token.size(0), .length = length, .is_token = is_token, .tokens = {}}, cache,
        GetParam().type, {});
  }
  /// The largest difference at tokens.
  static double gap(const at::Tensor& found, const at::Tensor& expected,
                    const at::Tensor& is_token) {
    const at::Tensor difference =
        (device::to_host(found).to(at::kDouble) - expected.to(at::kDouble)).abs();
    return (difference * is_token.unsqueeze(2)).max().item<double>();
  }

  std::mt19937_64 random_{20261130};
};

TEST_P(ByLengths, IsAttentionByMaskOverAnyPassesOfAnyRows) {
  const at::NoGradGuard no_gradients;
  KvCache here;
  KvCache there;
  for (KvCache* const cache : {&here, &there}) {
    cache->keys.resize(1);
    cache->values.resize(1);
  }
  std::vector<std::int64_t> rows{5, 3, 8, 1};
  at::Tensor seen = at::empty({4, 0}, at::kBool);
  // Prompts, steps, rows that end, unequal chunks (of no token too), and growth of the cache.
  for (int pass = 0; pass < 70; ++pass) {
    if (pass == 10) {
      const std::vector<std::int64_t> kept{2, 0, 1};
      here.keep_rows(kept);
      there.keep_rows(kept);
      seen = seen.index_select(0, at::tensor(kept, at::kLong));
      rows = {1, 1, 1};
    }
    if (pass == 1) rows = {1, 1, 1, 1};
    if (pass == 20) rows = {4, 0, 2};
    if (pass == 21) rows = {1, 1, 1};
    const std::int64_t length = *std::max_element(rows.begin(), rows.end());
    const at::Tensor is_token = flags(rows, length, true);
    seen = at::cat({seen, is_token}, 1);
    const Projections input = projections(std::ssize(rows), length);
    const Pass on_host = start_on_host(seen, length, &here);
    const at::Tensor expected = attend(on_host, input, &here, 0);
    finish_pass(on_host, here);
    const Pass pass_there = start(is_token, &there);
    const at::Tensor found = attend(pass_there, on_device(input), &there, 0);
    finish_pass(pass_there, there);
    ASSERT_EQ(found.sizes(), expected.sizes());
    ASSERT_EQ(found.device(), testing_support::there());
    ASSERT_LE(gap(found, expected, is_token), GetParam().rounding) << pass;
  }
  EXPECT_EQ(there.lengths, (std::vector<std::int64_t>{8 + 68 + 4, 5 + 68 + 0, 3 + 68 + 2}));
}

TEST_P(ByLengths, HasTheGradientsOfAttentionByMask) {
  const std::vector<std::int64_t> rows{6, 2, 9};
  const at::Tensor is_token = flags(rows, 9, false);
  Projections here = projections(3, 9);
  Projections there = on_device(here);
  for (Projections* const side : {&here, &there}) {
    for (at::Tensor* one : {&side->query, &side->key, &side->value}) one->set_requires_grad(true);
  }
  const at::Tensor weight =
      numbers(3, 9, GetParam().shape.num_heads).flatten(2) * is_token.unsqueeze(2);
  const at::Tensor expected = attend(start_on_host(is_token, 9, nullptr), here, nullptr, 0);
  const at::Tensor found = attend(start(is_token, nullptr), there, nullptr, 0);
  EXPECT_LE(gap(found, expected, is_token), GetParam().rounding);
  (expected * weight).sum().backward();
  (found * device::to_device(weight, testing_support::there())).sum().backward();
  const auto expect_close = [&](const at::Tensor& left, const at::Tensor& right) {
    EXPECT_LE(gap(left.grad().flatten(2), right.grad().flatten(2), is_token),
              8 * GetParam().rounding);
  };
  expect_close(there.query, here.query);
  expect_close(there.key, here.key);
  expect_close(there.value, here.value);
}

using device::AttentionCall;
// Sums of 80 shares of at most 1 and values of at most 5, in a type of so many bits.
constexpr double of_float = 1e-5;
constexpr double of_bfloat16 = 5.0 / 128;
const weights::AttentionShape grouped{.num_heads = 6, .num_kv_heads = 2, .head_dim = 8};
const weights::AttentionShape single{.num_heads = 3, .num_kv_heads = 3, .head_dim = 16};

INSTANTIATE_TEST_SUITE_P(
    Calls, ByLengths,
    ::testing::Values(
        Case{"efficient", {AttentionCall::efficient, true}, at::kFloat, grouped, of_float},
        Case{"efficient_ungrouped", {AttentionCall::efficient, true}, at::kFloat, single, of_float},
        Case{"efficient_with_gaps",
             {AttentionCall::efficient, false},
             at::kFloat,
             grouped,
             of_float},
        Case{"flash", {AttentionCall::flash, true}, at::kBFloat16, grouped, of_bfloat16},
        Case{"flash_with_gaps", {AttentionCall::flash, false}, at::kBFloat16, single, of_bfloat16}),
    [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace lightreasoner::attention
