// SPDX-License-Identifier: Apache-2.0
// A unit's records from a device whose memory the host cannot touch.
#include "contrast/contrast_steps.hpp"
#include "device/determinism.hpp"
#include "device/transfer.hpp"
#include "kernels/kokkos_environment.hpp"
#include "sampling/contrast_chunk.hpp"
#include "sampling/demo_pair.hpp"
#include "support/stand_in/device.hpp"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <gtest/gtest.h>

namespace lightreasoner::sampling {
namespace {

/// Logits up to 30 that two ways of attending round to 2^-24 each, over 4 layers.
constexpr double kl_absolute = 1e-5;

class StandIn : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    device::set_up_torch(1);
    stand_in::set_up();
  }
};

void expect_equal(const contrast::StepContrasts& found, const contrast::StepContrasts& expected) {
  const auto compare = [&](const auto& column) {
    EXPECT_EQ(column.member(found), column.member(expected)) << column.path;
  };
  contrast::for_each_column(contrast::statistic_columns, compare);
  contrast::for_each_column(contrast::floor_columns, compare);
}

TEST_F(StandIn, ContrastsTheSameLogitsToTheSameBits) {
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

TEST_F(StandIn, SamplesTheSameTokensAndSelectsTheSameSteps) {
  DemoPair here(3);
  DemoPair there(3);
  there.expert = model::to_device(here.expert, stand_in::device());
  there.amateur = model::to_device(here.amateur, stand_in::device());
  const Config config{.max_new_tokens = 24, .steps_per_chunk = 8, .method = {}};
  const std::uint64_t before = stand_in::counts().bytes_to_host;
  const records::StepRecords found = sample_unit(there.pair(), there.problems, config, 0.02F).steps;
  const std::uint64_t sent = stand_in::counts().bytes_to_host - before;
  const records::StepRecords expected =
      sample_unit(here.pair(), here.problems, config, 0.02F).steps;
  EXPECT_EQ(found.token_ids, expected.token_ids);
  EXPECT_EQ(found.contrasts.floor.ids, expected.contrasts.floor.ids);
  for (std::size_t step = 0; step < expected.token_ids.size(); ++step) {
    EXPECT_NEAR(found.contrasts.kl[step], expected.contrasts.kl[step], kl_absolute);
  }
  EXPECT_LE(sent, 200 * found.token_ids.size());
}

}  // namespace
}  // namespace lightreasoner::sampling
