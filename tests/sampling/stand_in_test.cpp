// SPDX-License-Identifier: Apache-2.0
// Contrasts on a device that has the CPU's kernels and whose memory the host cannot touch.
#include "contrast/contrast_steps.hpp"
#include "device/transfer.hpp"
#include "sampling/contrast_chunk.hpp"
#include "support/stand_in/device.hpp"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <gtest/gtest.h>

namespace lightreasoner::sampling {
namespace {

void expect_equal(const contrast::StepContrasts& found, const contrast::StepContrasts& expected) {
  const auto compare = [&](const auto& column) {
    EXPECT_EQ(column.member(found), column.member(expected)) << column.path;
  };
  contrast::for_each_column(contrast::statistic_columns, compare);
  contrast::for_each_column(contrast::floor_columns, compare);
}

TEST(StandIn, ContrastsTheSameLogitsToTheSameBits) {
  const at::Generator generator = at::detail::createCPUGenerator(3);
  const at::Tensor expert = at::randn({6, 50}, generator) * 3;
  const at::Tensor amateur = at::randn({6, 40}, generator) * 3;
  text::SharedVocabulary scattered = text::cut_vocabulary(40, 40);
  scattered.is_leading = false;
  std::swap(scattered.expert_ids[3], scattered.expert_ids[17]);
  for (const auto& shared : {text::cut_vocabulary(40, 40), scattered}) {
    const SamplingMethod method{.vocabulary = Vocabulary::shared};
    const ContrastRules rules{shared, method, at::kFloat, 0.02F};
    const std::uint64_t launches = stand_in::counts().launches;
    const auto found = contrast_logits(device::to_device(expert, stand_in::device()),
                                       device::to_device(amateur, stand_in::device()), rules);
    EXPECT_EQ(stand_in::counts().launches, launches + 2);
    expect_equal(found, contrast_logits(expert, amateur, rules));
  }
}

}  // namespace
}  // namespace lightreasoner::sampling
