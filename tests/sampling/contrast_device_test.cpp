// SPDX-License-Identifier: Apache-2.0
// The kernels on a device against the plain loop.
#include "contrast/contrast_steps.hpp"
#include "contrast/expect_contrast.hpp"
#include "device/determinism.hpp"
#include "device/transfer.hpp"
#include "kernels/kokkos_on_device.hpp"

#include <ATen/ATen.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <gtest/gtest.h>
#include <random>
#include <string>

namespace lightreasoner::sampling {
namespace {

using contrast::contrast_steps;
using contrast::LogitRows;
using contrast::StepContrasts;
using testing_support::there;

constexpr float floor_share = 0.02F;

struct Case {
  const char* name;
  at::ScalarType type;
  std::int64_t vocabulary;
  double deviation;  ///< of the logits: small ones are flat and their floor sets large
};

class ContrastOnDevice : public ::testing::TestWithParam<Case> {
 protected:
  static void SetUpTestSuite() { device::set_up_torch(1); }
  void SetUp() override { testing_support::skip_without_device(); }

  static constexpr std::int64_t num_steps = 5;

  /// [num_steps, vocabulary] of the type, on the host.
  at::Tensor logits() {
    std::normal_distribution<float> normal(0, static_cast<float>(GetParam().deviation));
    at::Tensor values = at::empty({num_steps, GetParam().vocabulary}, at::kFloat);
    for (std::int64_t i = 0; i < values.numel(); ++i) {
      values.mutable_data_ptr<float>()[i] = normal(random_);
    }
    return values.to(GetParam().type);
  }
  static LogitRows rows_of(const at::Tensor& values) {
    return {
        values.const_data_ptr(), values.size(0), values.size(1), values.stride(0),
        GetParam().type == at::kFloat ? kernels::LogitType::float32 : kernels::LogitType::bfloat16};
  }
  static void expect_reference(const StepContrasts& found, const at::Tensor& expert,
                               const at::Tensor& amateur) {
    ASSERT_EQ(found.num_steps(), static_cast<std::size_t>(num_steps));
    for (std::int64_t step = 0; step < num_steps; ++step) {
      SCOPED_TRACE("step " + std::to_string(step));
      const auto expected = contrast::testing::reference_contrast(
          device::floats_to_host(expert[step].to(at::kFloat)),
          device::floats_to_host(amateur[step].to(at::kFloat)));
      ASSERT_NO_FATAL_FAILURE(contrast::testing::expect_contrast(
          found, static_cast<std::size_t>(step), expected, floor_share));
    }
  }

 private:
  std::mt19937 random_{20251007};
};

TEST_P(ContrastOnDevice, IsThePlainLoop) {
  const at::Tensor expert = logits();
  const at::Tensor amateur = logits();
  // Rows apart from each other, as columns of a larger head lie.
  const at::Tensor wide = at::constant_pad_nd(device::to_device(expert, there()), {0, 3});
  const at::Tensor expert_there = wide.narrow(1, 0, expert.size(1));
  const at::Tensor amateur_there = device::to_device(amateur, there());
  const StepContrasts found =
      contrast_steps(rows_of(expert_there), rows_of(amateur_there), floor_share, there());
  expect_reference(found, expert, amateur);
}

// Logits that the stream is still to write, behind products that take it a while.
TEST_P(ContrastOnDevice, OvertakesNothingOnItsStream) {
  const at::Tensor expert = logits();
  const at::Tensor amateur = logits();
  const at::Tensor source = device::to_device(expert, there());
  const at::Tensor amateur_there = device::to_device(amateur, there());
  const c10::impl::VirtualGuardImpl guard(there().type());
  guard.synchronizeStream(guard.getStream(there()));
  const c10::Stream before =
      guard.exchangeStream(guard.getStreamFromGlobalPool(there(), /*isHighPriority=*/false));
  const at::Tensor late = at::zeros_like(source);
  at::Tensor product = at::ones({1024, 1024}, source.options().dtype(at::kFloat));
  for (int i = 0; i < 20; ++i) product = at::matmul(product, product).clamp_(0, 1);
  late.copy_(source + product.select(0, 0).select(0, 0).sub(1));
  const StepContrasts found =
      contrast_steps(rows_of(late), rows_of(amateur_there), floor_share, there());
  guard.exchangeStream(before);
  expect_reference(found, expert, amateur);
}

INSTANTIATE_TEST_SUITE_P(Logits, ContrastOnDevice,
                         ::testing::Values(Case{"fp32", at::kFloat, 1000, 3},
                                           Case{"fp32Flat", at::kFloat, 9001, 0.05},
                                           Case{"fp32Large", at::kFloat, 151'936, 3},
                                           Case{"bf16", at::kBFloat16, 1000, 3},
                                           Case{"bf16Large", at::kBFloat16, 151'936, 3}),
                         [](const auto& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace lightreasoner::sampling
