// SPDX-License-Identifier: Apache-2.0
#include "run/stage_keys.hpp"

#include "support/errors.hpp"
#include "support/files.hpp"
#include "support/hashing.hpp"
#include "support/refusal.hpp"
#include "support/temporary_folder.hpp"

#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lightreasoner::run {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing_support::refusal_of;

StageIdentity identity(const std::string& beta, const std::string& upstream = "k") {
  return {{{"contrast.kl_beta", beta}, {"stage.sample", upstream}}};
}

TEST(StageIdentity, HashesSortedLines) {
  EXPECT_EQ(identity("0.4").key(),
            support::to_hex(support::sha256("contrast.kl_beta=0.4\nstage.sample=k\n")));
  EXPECT_NE(identity("0.4").key(), identity("0.5").key());
}

StageBook book_in(const std::filesystem::path& folder) {
  return parse_stage_book(read_stage_text(folder), folder);
}

TEST(StageBook, ReadsBackWhatWasWritten) {
  const testing_support::TemporaryFolder folder;
  EXPECT_THAT(book_in(folder.path()), IsEmpty());
  const OutputFiles outputs{{"adapter/adapter_config.json", {12, "ab"}}};
  write_stage_book(folder.path(), {{"finetune", {identity("0.4"), true, outputs}},
                                   {"merge", {identity("0.4"), false}}});
  const StageBook book = book_in(folder.path());
  ASSERT_EQ(book.size(), 2U);
  EXPECT_TRUE(is_complete(book, "finetune"));
  EXPECT_FALSE(is_complete(book, "merge"));
  EXPECT_FALSE(is_complete(book, "sample"));
  EXPECT_EQ(book.at("finetune").identity.inputs, identity("0.4").inputs);
  const OutputFile& file = book.at("finetune").outputs.at("adapter/adapter_config.json");
  EXPECT_EQ(file.bytes, 12U);
  EXPECT_EQ(file.sha256, "ab");
  EXPECT_THAT(book.at("merge").outputs, IsEmpty());
}

TEST(StageBook, OfAFormatThatDoesNotNameOutputsIsRefused) {
  const testing_support::TemporaryFolder folder;
  std::ofstream(folder.path() / "stages.json")
      << R"({"sample": {"key": "k", "complete": true, "inputs": {}}})";
  EXPECT_THAT(refusal_of([&] { return book_in(folder.path()); }),
              ::testing::AllOf(::testing::HasSubstr("written by another version of this program"),
                               ::testing::HasSubstr("choose another run.directory")));
}

TEST(StageBook, RefusesAlteredInputsAndOtherFiles) {
  const testing_support::TemporaryFolder folder;
  write_stage_book(folder.path(), {{"finetune", {identity("0.4"), true}}});
  const auto file = folder.path() / "stages.json";
  std::string text = support::read_file(file);
  text.replace(text.find("0.4"), 3, "0.5");
  std::ofstream(file) << text;
  EXPECT_THROW((void)book_in(folder.path()), support::UserError);
  std::ofstream(file) << "[1, 2";
  EXPECT_THROW((void)book_in(folder.path()), support::UserError);
}

TEST(Differences, NameInputsWithBothValuesAndLeaveOutUpstreamKeys) {
  const StageBook book{{"finetune", {identity("0.4", "old"), true}}};
  EXPECT_THAT(differences(book, {{"finetune", identity("0.4", "old")}}), IsEmpty());
  EXPECT_THAT(differences(book, {{"merge", identity("0.9", "new")}}), IsEmpty());
  EXPECT_THAT(differences(book, {{"finetune", identity("0.5", "new")}}),
              ElementsAre("contrast.kl_beta: 0.4 there, 0.5 here"));
  EXPECT_THAT(differences(book, {{"finetune", {{{"stage.sample", "old"}}}}}),
              ElementsAre("contrast.kl_beta: 0.4 there, nothing here"));
}

}  // namespace
}  // namespace lightreasoner::run
