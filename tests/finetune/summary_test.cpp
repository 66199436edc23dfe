// SPDX-License-Identifier: Apache-2.0
#include "finetune/summary.hpp"

#include "support/files.hpp"
#include "support/refusal.hpp"
#include "support/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lightreasoner::finetune {
namespace {

using testing_support::refusal_of;

TEST(TuningSummary, ReadsBackWhatWasWritten) {
  const testing_support::TemporaryFolder folder;
  const auto file = folder.path() / "tuning.json";
  support::write_file_atomically(file, to_text({942, 900, {0.5, 0.25}}));
  const TuningSummary summary = read_summary(file);
  EXPECT_EQ(summary.selected_steps, 942U);
  EXPECT_EQ(summary.tuned_steps, 900U);
  EXPECT_EQ(summary.losses, (std::vector<double>{0.5, 0.25}));
}

TEST(TuningSummary, NamesADamagedFile) {
  const testing_support::TemporaryFolder folder;
  const auto file = folder.path() / "tuning.json";
  for (const char* text :
       {"", "{}", R"({"selected_steps": 1, "tuned_steps": "x", "losses": []})"}) {
    support::write_file_atomically(file, text);
    EXPECT_THAT(refusal_of([&] { return read_summary(file); }),
                ::testing::HasSubstr(file.string()));
  }
}

}  // namespace
}  // namespace lightreasoner::finetune
