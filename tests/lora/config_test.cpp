// SPDX-License-Identifier: Apache-2.0
#include "lora/config.hpp"

#include "support/refusal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace lightreasoner::lora {
namespace {

using weights::Projection;

std::string refusal(const std::vector<std::string>& names) {
  return testing_support::refusal_of([&] { return parse_target_modules(names); });
}

TEST(TargetModules, AreNamedAsPeftNamesThem) {
  const TargetModules modules = parse_target_modules({"v_proj", "down_proj"});
  EXPECT_THAT(modules, ::testing::ElementsAre(Projection::v_proj, Projection::down_proj));
  EXPECT_THAT(names_of(modules), ::testing::ElementsAre("v_proj", "down_proj"));
}

TEST(TargetModules, AreRefusedByTheWordThatIsWrong) {
  EXPECT_EQ(refusal({}),
            "is empty; choose some of q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, "
            "down_proj");
  EXPECT_THAT(refusal({"q_proj", "qproj"}),
              ::testing::StartsWith("holds \"qproj\", which is none"));
  EXPECT_EQ(refusal({"q_proj", "q_proj"}), "holds \"q_proj\" twice");
}

}  // namespace
}  // namespace lightreasoner::lora
