// SPDX-License-Identifier: Apache-2.0
#include "support/errors.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lightreasoner::support {
namespace {

TEST(Require, PassesWhenTrue) { EXPECT_NO_THROW(require(true, "never seen")); }

TEST(Require, NamesTheCallersPlace) {
  const int line = __LINE__ + 2;
  try {
    require(false, "ids must rise");
    FAIL() << "no error";
  } catch (const std::logic_error& error) {
    EXPECT_THAT(error.what(), ::testing::StartsWith("ids must rise ("));
    EXPECT_THAT(error.what(),
                ::testing::HasSubstr("errors_test.cpp:" + std::to_string(line) + ")"));
  }
}

TEST(UserError, KeepsItsMessageAndStartsAsOneRanksOwn) {
  const UserError error("run.toml, line 3: no such key");
  EXPECT_STREQ(error.what(), "run.toml, line 3: no such key");
  EXPECT_FALSE(error.agreed);
}

// The numbers are a promise to scripts.
TEST(ExitCode, HasTheDocumentedNumbers) {
  EXPECT_EQ(static_cast<int>(ExitCode::done), 0);
  EXPECT_EQ(static_cast<int>(ExitCode::failure), 1);
  EXPECT_EQ(static_cast<int>(ExitCode::user_error), 2);
}

}  // namespace
}  // namespace lightreasoner::support
