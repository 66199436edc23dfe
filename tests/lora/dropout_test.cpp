// SPDX-License-Identifier: Apache-2.0
#include "lora/dropout.hpp"

#include "kernels/kokkos_environment.hpp"
#include "support/philox.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <stdexcept>

namespace lightreasoner::lora {
namespace {

const DropoutContext context{0xABCDEF0123456789, 41, {5, 0x100000006, 7}};

TEST(DropoutMask, IsDrawnAsDocumented) {
  // 70 features: a whole group of draws, then part of one that ends inside a draw.
  const at::Tensor mask = dropout_mask(context, 9, {3, 11, 70}, 0.25, at::kCPU);
  const auto value = mask.accessor<float, 3>();
  for (std::uint32_t row = 0; row < 3; ++row) {
    for (std::uint32_t token = 0; token < 11; ++token) {
      for (std::uint32_t feature = 0; feature < 70; ++feature) {
        const auto words =
            support::philox({std::uint32_t{5} + row, 41, 9U << 20 | token, 3U << 24 | feature / 4},
                            support::philox_key(context.seed));
        const float expected = words[feature % 4] < 0x40000000 ? 0.0F : 1.0F / 0.75F;
        ASSERT_EQ(value[row][token][feature], expected) << row << " " << token << " " << feature;
      }
    }
  }
}

TEST(DropoutMask, DropsTheGivenShareAndKeepsTheMean) {
  for (const double probability : {0.0, 0.05, 0.5, 0.9}) {
    const at::Tensor mask = dropout_mask(context, 0, {3, 200, 256}, probability, at::kCPU);
    const auto count = static_cast<double>(mask.numel());
    const double dropped = (mask == 0).sum().item<double>() / count;
    const double deviation = std::sqrt(probability * (1 - probability) / count);
    EXPECT_NEAR(dropped, probability, 5 * deviation);
    EXPECT_NEAR(mask.mean().item<double>(), 1.0, 5 * deviation / (1 - probability) + 1e-6);
  }
}

TEST(DropoutMask, DiffersWithEveryPartOfItsCounter) {
  const auto mask = [](const DropoutContext& of, std::uint32_t module) {
    return dropout_mask(of, module, {1, 2, 64}, 0.5, at::kCPU);
  };
  const DropoutContext base{1, 2, {3}};
  const at::Tensor first = mask(base, 4);
  EXPECT_TRUE(at::equal(first, mask(base, 4)));
  EXPECT_FALSE(at::equal(first, mask(base, 5)));
  EXPECT_FALSE(at::equal(first, mask({1, 2, {4}}, 4)));
  EXPECT_FALSE(at::equal(first, mask({1, 3, {3}}, 4)));
  EXPECT_FALSE(at::equal(first, mask({2, 2, {3}}, 4)));
  EXPECT_FALSE(at::equal(first[0][0], first[0][1]));
}

TEST(DropoutMask, RefusesIndicesThatWouldRepeatDraws) {
  EXPECT_THROW((void)dropout_mask(context, 0, {2, 1, 4}, 0.5, at::kCPU), std::logic_error);
  EXPECT_THROW((void)dropout_mask(context, 1U << 12, {3, 1, 4}, 0.5, at::kCPU), std::logic_error);
  EXPECT_THROW((void)dropout_mask({1, 2, {3}}, 0, {1, (1 << 20) + 1, 4}, 0.5, at::kCPU),
               std::logic_error);
}

}  // namespace
}  // namespace lightreasoner::lora
