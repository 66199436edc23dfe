// SPDX-License-Identifier: Apache-2.0
// A unit's records from a device.
#include "device/determinism.hpp"
#include "kernels/kokkos_on_device.hpp"
#include "sampling/demo_pair.hpp"
#include "support/device_under_test.hpp"

#include <gtest/gtest.h>

namespace lightreasoner::sampling {
namespace {

using testing_support::bytes_to_host;

/// Logits up to 30 that two ways of attending round to 2^-24 each, over 4 layers.
constexpr double kl_absolute = 1e-5;

class OnDevice : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { device::set_up_torch(1); }
  void SetUp() override { testing_support::skip_without_device(); }
};

TEST_F(OnDevice, SamplesTheSameTokensAndSelectsTheSameSteps) {
  DemoPair here(3);
  DemoPair there(3);
  there.expert = model::to_device(here.expert, testing_support::there());
  there.amateur = model::to_device(here.amateur, testing_support::there());
  const Config config{.max_new_tokens = 24, .steps_per_chunk = 8, .method = {}};
  const std::uint64_t before = bytes_to_host();
  const records::StepRecords found = sample_unit(there.pair(), there.problems, config, 0.02F).steps;
  const std::uint64_t sent = bytes_to_host() - before;
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
