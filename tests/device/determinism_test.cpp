// SPDX-License-Identifier: Apache-2.0
#include "device/determinism.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <cstdlib>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lightreasoner::device {
namespace {

TEST(Determinism, FixesWhatResultsDependOn) {
  set_up_torch(1);
  EXPECT_EQ(at::get_num_threads(), 1);
  EXPECT_TRUE(at::globalContext().deterministicAlgorithms());
  EXPECT_STREQ(::getenv("MKL_CBWR"), "AUTO,STRICT");
  set_up_torch(1);  // a second call changes nothing
  const std::string on_cpu = describe_numerics("cpu");
  EXPECT_THAT(on_cpu,
              ::testing::MatchesRegex("libtorch [0-9.]+[^ ]* cpu [A-Z0-9]+ mkl_cbwr AUTO,STRICT"));
  EXPECT_EQ(describe_numerics("sm_90"), on_cpu + " device sm_90");
}

TEST(Determinism, ProductsDoNotDependOnAlignment) {
  set_up_torch(1);
  const at::Tensor weight = at::arange(384 * 128, at::kFloat).sin().view({384, 128});
  const at::Tensor input = at::arange(50 * 128, at::kFloat).cos().view({50, 128});
  const at::Tensor expected = at::linear(input, weight);
  for (std::int64_t shift = 1; shift < 16; ++shift) {
    const at::Tensor moved =
        at::empty({weight.numel() + shift}).narrow(0, shift, weight.numel()).view_as(weight);
    moved.copy_(weight);
    EXPECT_TRUE(at::equal(at::linear(input, moved), expected)) << shift;
  }
}

}  // namespace
}  // namespace lightreasoner::device
