// SPDX-License-Identifier: Apache-2.0
#include "placement/take_device.hpp"

#include "support/mpi_world.hpp"
#include "support/refusal.hpp"
#include "support/stand_in/device.hpp"
#include "support/stand_in/variables.hpp"

#include <cstdlib>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lightreasoner::placement {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing_support::agreed_refusal_of;
using testing_support::world;

void show_devices(int count) {
  ::setenv(stand_in::num_devices_variable, std::to_string(count).c_str(), /*overwrite=*/1);
}

TEST(TakeDevice, GivesEachRankOfANodeItsOwn) {
  show_devices(world().num_ranks());
  for (const DeviceKind kind : {DeviceKind::automatic, DeviceKind::gpu}) {
    const Place place = take_device(world(), {.device = kind});
    EXPECT_EQ(place.device, stand_in::device());
    EXPECT_EQ(place.index, world().rank());
    EXPECT_EQ(place.architecture, "stand_in");
    EXPECT_THAT(place.description,
                ::testing::StartsWith(fmt::format(
                    "stand-in device (stand_in) 0000:0{}:00.0, cores ", world().rank())));
  }
}

TEST(TakeDevice, SharesOneIfToldTo) {
  show_devices(1);
  EXPECT_EQ(take_device(world(), {.share_device = true}).index, 0);
  const std::string refusal =
      agreed_refusal_of([] { static_cast<void>(take_device(world(), {})); });
  EXPECT_THAT(refusal, world().num_ranks() == 1 ? ::testing::Matcher<std::string>("accepted")
                                                : HasSubstr("ranks of a node and 1 devices"));
}

TEST(TakeDevice, IsTheCpuWhereNothingElseIsAskedForOrThere) {
  for (const auto& [count, kind] :
       {std::pair{1, DeviceKind::cpu}, std::pair{0, DeviceKind::automatic}}) {
    show_devices(count);
    const Place place = take_device(world(), {.device = kind});
    EXPECT_EQ(place.device, device::Device(device::host));
    EXPECT_EQ(place.architecture, "cpu");
    EXPECT_THAT(place.description, ::testing::StartsWith("CPU, cores "));
  }
}

TEST(TakeDevice, RefusesToDoWithout) {
  show_devices(0);
  EXPECT_THAT(agreed_refusal_of(
                  [] { static_cast<void>(take_device(world(), {.device = DeviceKind::gpu})); }),
              AllOf(HasSubstr("run.device = \"gpu\": rank 0 on "), HasSubstr("sees no device"),
                    HasSubstr("LIGHTREASONER_STAND_IN_DEVICES is 0")));
}

TEST(TakeDevice, RefusesDevicesOnSomeRanksAlone) {
  if (world().num_ranks() == 1) return;
  show_devices(world().rank() == 1 ? 0 : 3);
  EXPECT_THAT(agreed_refusal_of([] { static_cast<void>(take_device(world(), {})); }),
              AllOf(HasSubstr("rank 1 on "), HasSubstr("sees no device, and others see one"),
                    HasSubstr("run.device = \"cpu\"")));
}

TEST(RequireOneKind, NamesTheRankOfAnother) {
  EXPECT_NO_THROW(require_one_kind(world(), "sm_90"));
  if (world().num_ranks() == 1) return;
  const std::string kind = world().rank() == 1 ? "sm_80" : "sm_90";
  EXPECT_THAT(agreed_refusal_of([&] { require_one_kind(world(), kind); }),
              AllOf(HasSubstr("computes with sm_90, rank 1 on "), HasSubstr("with sm_80: "),
                    HasSubstr("nodes of one kind")));
}

}  // namespace
}  // namespace lightreasoner::placement
