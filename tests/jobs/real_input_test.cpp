// SPDX-License-Identifier: Apache-2.0
/// What people have on disk: folders that tools and downloads leave, sets written by hand. It is
/// read as `transformers` reads it, or refused before work with file, place and remedy.
#include "job_runner.hpp"
#include "support/files.hpp"
#include "support/temporary_folder.hpp"

#include <fstream>
#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace lightreasoner::jobs_test {
namespace {

using ::testing::HasSubstr;
using Json = nlohmann::ordered_json;

const std::filesystem::path demo = LIGHTREASONER_SOURCE_DIR "/config/demo";

class RealInput : public ::testing::Test {
 protected:
  RealInput() { std::filesystem::copy(demo / "expert", expert_); }

  void change(const std::string& name, const std::function<void(Json&)>& edit) const {
    Json json = Json::parse(support::read_file(expert_ / name));
    edit(json);
    write(expert_ / name, json.dump(1));
  }
  static void write(const std::filesystem::path& file, const std::string& bytes) {
    std::ofstream(file, std::ios::binary) << bytes;
  }
  [[nodiscard]] std::string file_with(const std::string& name, const std::string& bytes) const {
    write(folder_.path() / name, bytes);
    return (folder_.path() / name).string();
  }
  [[nodiscard]] Outcome start(int ranks, const std::string& job,
                              std::vector<std::string> overrides) const {
    overrides.push_back("models.expert=" + expert_.string());
    return run_micro(ranks, job, run_, overrides);
  }
  /// The same one message, with these parts, on any number of ranks; no run directory.
  void expect_refusal(const std::vector<std::string>& parts,
                      const std::vector<std::string>& overrides = {}) const {
    std::string first;
    for (const int ranks : {1, 2, 3}) {
      const Outcome outcome = start(ranks, "run", overrides);
      EXPECT_EQ(outcome.exit_code, 2) << outcome.output;
      const std::size_t at = outcome.output.find("error: ");
      ASSERT_NE(at, std::string::npos) << outcome.output;
      const std::string message = outcome.output.substr(at, outcome.output.find('\n', at) - at);
      EXPECT_EQ(outcome.output.find("error: ", at + 1), std::string::npos) << outcome.output;
      for (const std::string& part : parts) {
        EXPECT_THAT(message, HasSubstr(part));
      }
      EXPECT_TRUE(first.empty() || message == first) << message;
      first = message;
    }
    EXPECT_FALSE(std::filesystem::exists(run_));
  }
  void expect_accepted(const std::vector<std::string>& overrides = {}) const {
    const Outcome outcome = start(2, "preflight", overrides);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  }

  const testing_support::TemporaryFolder folder_;
  const std::filesystem::path expert_ = folder_.path() / "expert";
  const std::filesystem::path run_ = folder_.path() / "run";
};

TEST_F(RealInput, APointerOfGitLfsIsNamedAsOne) {
  write(expert_ / "model.safetensors", "version https://git-lfs.github.com/spec/v1\noid sha256:" +
                                           std::string(64, 'a') + "\nsize 269060552\n");
  expect_refusal({(expert_ / "model.safetensors").string(), "pointer of Git LFS", "git lfs pull"});
}

TEST_F(RealInput, AFileOutOfReachSaysWhy) {
  std::filesystem::remove(expert_ / "config.json");
  std::filesystem::create_symlink("/nowhere/config.json", expert_ / "config.json");
  expect_refusal({"is a link to /nowhere/config.json, which is not there"});
}

TEST_F(RealInput, ASlidingWindowCountsWhereALayerSlides) {
  const auto window = [&](int first_layer) {
    change("config.json", [&](Json& config) {
      config["use_sliding_window"] = true;
      config["sliding_window"] = 64;
      config["max_window_layers"] = first_layer;
      config.erase("layer_types");
    });
  };
  window(4);
  expect_accepted();
  window(2);
  expect_refusal({(expert_ / "config.json").string(), "use_sliding_window", "from layer 2 of 4"});
}

TEST_F(RealInput, JsonThatDoesNotParseHasLineAndColumn) {
  const std::string config = support::read_file(expert_ / "config.json");
  write(expert_ / "config.json", config.substr(0, config.size() / 2));
  expect_refusal({(expert_ / "config.json").string() + ":", "not JSON, in column"});
  std::string with_nan = config;
  with_nan.replace(with_nan.find("10000.0"), 7, "NaN");
  write(expert_ / "config.json", with_nan);
  expect_refusal({"JSON has no NaN"});
  write(expert_ / "config.json", std::string("\xFF\xFE{\0}\0", 6));
  expect_refusal({"is UTF-16", "iconv"});
}

TEST_F(RealInput, ATokenBeyondTheHeadIsNamed) {
  change("tokenizer_config.json", [](Json& config) {
    config["added_tokens_decoder"]["485"] = {{"content", "<think>"}, {"special", false}};
  });
  expect_refusal({"<think>", "485"});
}

TEST_F(RealInput, ATokenizerThatTruncatesAndPadsIsTheSame) {
  change("tokenizer.json", [](Json& tokenizer) {
    tokenizer["truncation"] = {
        {"direction", "Right"}, {"max_length", 8}, {"stride", 0}, {"strategy", "LongestFirst"}};
    tokenizer["padding"] = {{"strategy", "BatchLongest"},
                            {"direction", "Right"},
                            {"pad_id", 0},
                            {"pad_type_id", 0},
                            {"pad_token", "<|endoftext|>"},
                            {"pad_to_multiple_of", nullptr}};
  });
  expect_accepted();
}

TEST_F(RealInput, ProblemLinesThatCannotBeMeantAreNamedByLine) {
  const std::string good = R"({"id": "a", "question": "1+1?", "answer": "2"})"
                           "\n";
  const std::vector<std::pair<std::string, std::string>> cases{
      {R"({"id": {"n": 1}, "question": "1+2?", "answer": "3"})", "id"},
      {R"({"id": 36893488147419103232, "question": "1+2?", "answer": "3"})", "id"},
      {R"({"id": "b", "question": "  ", "answer": "3"})", "question"},
      {R"({"id": "b", "question": "1+2?", "answer": ""})", "answer"},
      {R"({"id": "a", "question": "1+2?", "answer": "3"})", "id"}};
  for (const auto& [line, field] : cases) {
    const std::string file = file_with("set.jsonl", good + line + "\n");
    expect_refusal({file + ":2", field}, {"evaluation.file=" + file});
  }
}

TEST_F(RealInput, NamesThatAreNotUtf8AreRefusedBeforeWork) {
  expect_refusal({"command line: problems.file=r\ufffd: is not UTF-8", "rename"},
                 {"problems.file=r\xe9"});
  write(expert_ / "caf\xe9.txt", "x");
  expect_refusal({"caf\ufffd.txt: its name is not UTF-8", "merged/"});
}

TEST_F(RealInput, AFolderThatCannotBeMadeIsRefusedByADryRunToo) {
  const std::string file = file_with("file", "x");
  for (const char* job : {"preflight", "run"}) {
    const Outcome outcome = start(1, job, {"run.directory=" + file + "/run", "--dry-run"});
    EXPECT_EQ(outcome.exit_code, 2) << outcome.output;
    EXPECT_THAT(outcome.output, HasSubstr(file + " is no folder"));
  }
}

TEST_F(RealInput, QuestionsMayHaveTwoFields) {
  const std::string file = file_with(
      "svamp.jsonl", R"({"Body": "Ann has 3 apples.", "Question": "How many?", "Answer": 3.0})"
                     "\n");
  expect_accepted({"evaluation.file=" + file, R"(evaluation.question_field=["Body", "Question"])",
                   "evaluation.answer_field=Answer"});
}

TEST_F(RealInput, ARunInsideTheModelsFolderIsNoPartOfTheMergedModel) {
  const std::filesystem::path inside = expert_ / "runs" / "one";
  const Outcome outcome = run_micro(2, "run", inside, {"models.expert=" + expert_.string()});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.output;
  std::size_t folders = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(inside / "merged")) {
    folders += entry.is_directory() ? 1 : 0;
  }
  EXPECT_EQ(folders, 0U);
  EXPECT_TRUE(std::filesystem::exists(inside / "merged" / "tokenizer.json"));
}

TEST_F(RealInput, AnOrderBeyondGivenSamplesIsRefusedBeforeWork) {
  const std::string samples =
      file_with("samples.jsonl",
                R"({"prompt_id": "train-000", "prefix": "", "token_ids": [3], "weights": [1.0]})"
                "\n");
  const std::string order = file_with("order.txt", "0\r\n\r\n1\r\n");
  expect_refusal({"order.txt:3", "1"}, {"samples.file=" + samples, "finetune.order_file=" + order});
}

}  // namespace
}  // namespace lightreasoner::jobs_test
