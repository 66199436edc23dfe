// SPDX-License-Identifier: Apache-2.0
#include "finetune/config.hpp"

#include "support/errors.hpp"

#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>
#include <string>

namespace lightreasoner::finetune {
namespace {

std::string error_of(const std::function<void(Config&)>& change) {
  Config config;
  change(config);
  try {
    validate(config);
  } catch (const support::UserError& error) {
    return error.what();
  }
  return "no error";
}

TEST(FinetuneConfig, AcceptsThePapersValues) { EXPECT_NO_THROW(validate(Config{})); }

TEST(FinetuneConfig, NamesKeyValueAndRule) {
  EXPECT_EQ(error_of([](Config& c) { c.iterations = 0; }),
            "finetune.iterations = 0: must be at least 1");
  EXPECT_EQ(error_of([](Config& c) { c.optimizer.adam_beta2 = 1.0; }),
            "finetune.adam_beta2 = 1: must be in [0, 1)");
  EXPECT_EQ(error_of([](Config& c) { c.checkpoints.kept = 1; }),
            "finetune.checkpoints_kept = 1: must be at least 2");
}

TEST(FinetuneConfig, RejectsWhatCannotBeTunedWith) {
  using ::testing::StartsWith;
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(error_of([](Config& c) { c.optimizer.learning_rate = nan; }),
              StartsWith("finetune.learning_rate = nan"));
  EXPECT_THAT(error_of([](Config& c) { c.optimizer.learning_rate = 0; }),
              StartsWith("finetune.learning_rate = 0"));
  EXPECT_THAT(error_of([](Config& c) { c.micro_batch = 0; }), StartsWith("finetune.micro_batch"));
  EXPECT_THAT(error_of([](Config& c) { c.gradient_accumulation = 0; }),
              StartsWith("finetune.gradient_accumulation"));
  EXPECT_THAT(error_of([](Config& c) { c.optimizer.max_gradient_norm = -1; }),
              StartsWith("finetune.max_gradient_norm"));
  EXPECT_THAT(error_of([](Config& c) { c.optimizer.weight_decay = -0.1; }),
              StartsWith("finetune.weight_decay"));
  EXPECT_THAT(error_of([](Config& c) { c.optimizer.adam_beta1 = -0.1; }),
              StartsWith("finetune.adam_beta1"));
  EXPECT_THAT(error_of([](Config& c) { c.optimizer.adam_epsilon = 0; }),
              StartsWith("finetune.adam_epsilon"));
  EXPECT_THAT(error_of([](Config& c) { c.checkpoints.interval = 0; }),
              StartsWith("finetune.checkpoint_interval"));
}

}  // namespace
}  // namespace lightreasoner::finetune
