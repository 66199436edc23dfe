// SPDX-License-Identifier: Apache-2.0
/// Each mistake a user can make gives one message with file, place, value and remedy, exit code 2,
/// and leaves what is there untouched.
#include "job_runner.hpp"
#include "run/run_directory.hpp"
#include "support/files.hpp"
#include "support/temporary_folder.hpp"

#include <cstring>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>

namespace lightreasoner::jobs_test {
namespace {

using ::testing::HasSubstr;
using testing_support::TemporaryFolder;

const std::filesystem::path demo = LIGHTREASONER_SOURCE_DIR "/config/demo";

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t times = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++times;
  }
  return times;
}

class BadInput : public ::testing::Test {
 protected:
  /// Expects exit code 2, `parts` in the one error line, and no run directory.
  void expect_refusal(const std::vector<std::string>& overrides,
                      const std::vector<std::string>& parts) {
    const Outcome outcome = run_micro(2, "run", run(), overrides);
    EXPECT_EQ(outcome.exit_code, 2) << outcome.output;
    EXPECT_EQ(count(outcome.output, "error: "), 1U) << outcome.output;
    for (const std::string& part : parts) {
      EXPECT_THAT(outcome.output, HasSubstr(part));
    }
    EXPECT_FALSE(std::filesystem::exists(run()));
  }

  std::filesystem::path copy_of_expert() {
    std::filesystem::copy(demo / "expert", folder_.path() / "expert");
    return folder_.path() / "expert";
  }

  std::filesystem::path problem_file(const std::string& lines) {
    const auto file = folder_.path() / "problems.jsonl";
    std::ofstream(file, std::ios::binary) << lines;
    return file;
  }

  /// A safetensors file with this header text and `num_bytes` bytes of data.
  static void write_weights(const std::filesystem::path& file, std::uint64_t header_length,
                            const std::string& header, std::size_t num_bytes) {
    std::ofstream stream(file, std::ios::binary);
    stream.write(reinterpret_cast<const char*>(&header_length), sizeof header_length);
    stream << header << std::string(num_bytes, '\0');
  }

  [[nodiscard]] std::filesystem::path run() const { return folder_.path() / "run"; }

  TemporaryFolder folder_;
};

TEST_F(BadInput, MissingRunFile) {
  const Outcome outcome = run_job(2, {"run", "nowhere.toml"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.output, HasSubstr("nowhere.toml"));
}

TEST_F(BadInput, ChatFormOfAnotherFamily) {
  const std::filesystem::path presets = LIGHTREASONER_SOURCE_DIR "/config/prompts";
  for (const auto& [name, marker] :
       {std::pair("llama-3.toml", "\"<|begin_of_text|>\""),
        std::pair("deepseek-r1.toml", "\"<\uFF5Cbegin\u2581of\u2581sentence\uFF5C>\"")}) {
    expect_refusal({"prompt.preset=" + (presets / name).string()},
                   {marker, "expert/tokenizer.json", "set prompt.preset"});
  }
}

TEST_F(BadInput, WordsThatAreNoJobAndNoRun) {
  const Outcome job = run_job(2, {"smaple", "nowhere.toml"});
  EXPECT_EQ(job.exit_code, 2);
  EXPECT_THAT(job.output, HasSubstr("error: smaple is no job"));
  const Outcome run = run_job(1, {"inspect", "nowhere", "--problem", "-1"});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.output, HasSubstr("nowhere"));
}

TEST_F(BadInput, MissingOrWrongPromptPreset) {
  expect_refusal({"prompt.preset=nowhere.toml"}, {"prompt.preset", "nowhere.toml"});
  const auto preset = folder_.path() / "preset.toml";
  std::ofstream(preset) << "[prompt]\nsytem = \"S\"\n";
  expect_refusal({"prompt.preset=" + preset.string()},
                 {"preset.toml:2: prompt.sytem: unknown key"});
}

TEST_F(BadInput, UnknownJobOrNoneShowsTheWayToHelp) {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"rum", "x.toml"}, std::vector<std::string>{}}) {
    const Outcome outcome = run_job(1, words);
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_THAT(outcome.output, HasSubstr("--help"));
  }
}

TEST_F(BadInput, UnknownKeyNamesTheNearestOne) {
  expect_refusal({"contrast.kl_bata=0.5"}, {"contrast.kl_bata", "kl_beta"});
}

TEST_F(BadInput, MistypedAndOutOfRangeValues) {
  expect_refusal({"finetune.iterations=many"}, {"finetune.iterations", "many"});
  expect_refusal({"contrast.plausibility_alpha=1.5"}, {"plausibility_alpha", "1.5"});
  expect_refusal({"contrast.plausibility_alpha=0.01"},
                 {"plausibility_alpha", "plausibility_floor"});
  expect_refusal({"method.mode=refrence"}, {"method.mode", "refrence", "paper"});
}

TEST_F(BadInput, KeyWithItsLineInTheFile) {
  const auto file = folder_.path() / "run.toml";
  std::ofstream(file) << "[run]\ndirectory = \"x\"\nsed = 3\n";
  const Outcome outcome = run_job(2, {"run", file});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.output, HasSubstr(file.string() + ":3"));
  EXPECT_THAT(outcome.output, HasSubstr("run.seed"));
}

TEST_F(BadInput, MissingModelFile) {
  const auto expert = copy_of_expert();
  std::filesystem::remove(expert / "model.safetensors");
  expect_refusal({"models.expert=" + expert.string()}, {(expert / "model.safetensors").string()});
  expect_refusal({"models.expert=" + (folder_.path() / "none").string()}, {"none"});
}

TEST_F(BadInput, TruncatedWeights) {
  const auto file = copy_of_expert() / "model.safetensors";
  std::filesystem::resize_file(file, std::filesystem::file_size(file) - 100);
  expect_refusal({"models.expert=" + file.parent_path().string()}, {file.string()});
}

TEST_F(BadInput, WeightHeaderLongerThanItsFile) {
  const auto file = copy_of_expert() / "model.safetensors";
  write_weights(file, 1U << 20, "{}", 0);
  expect_refusal({"models.expert=" + file.parent_path().string()}, {file.string(), "header"});
}

TEST_F(BadInput, WeightsThatOverlapOrLieOutOfRange) {
  const auto file = copy_of_expert() / "model.safetensors";
  const std::string overlapping = R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                                  R"("b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}})";
  write_weights(file, overlapping.size(), overlapping, 12);
  expect_refusal({"models.expert=" + file.parent_path().string()}, {file.string()});
  const std::string outside = R"({"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}})";
  write_weights(file, outside.size(), outside, 8);
  expect_refusal({"models.expert=" + file.parent_path().string()}, {file.string()});
}

TEST_F(BadInput, DifferentTokenizers) {
  const auto expert = copy_of_expert();
  std::string json = support::read_file(expert / "tokenizer.json");
  const std::size_t at = json.find("<|im_start|>");
  ASSERT_NE(at, std::string::npos);
  while (json.find("<|im_start|>") != std::string::npos) {
    json.replace(json.find("<|im_start|>"), std::strlen("<|im_start|>"), "<|im_begin|>");
  }
  std::ofstream(expert / "tokenizer.json") << json;
  expect_refusal({"models.expert=" + expert.string()}, {"different tokenizers", "models.amateur"});
}

TEST_F(BadInput, ProblemLinesByNumber) {
  const std::string good = "{\"question\": \"1+1?\", \"answer\": \"2\"}\n";
  const auto refuse = [&](const std::string& line, const std::vector<std::string>& parts) {
    const auto file = problem_file(good + line + "\n");
    std::vector<std::string> with_place{file.string() + ":2"};
    with_place.insert(with_place.end(), parts.begin(), parts.end());
    expect_refusal({"problems.file=" + file.string()}, with_place);
  };
  refuse("{\"question\": ", {"JSON"});
  refuse("{\"problem\": \"1+1?\"}", {"question"});
  refuse("{\"question\": \"" + std::string((1U << 20) + 1, 'x') + "\"}", {"1048576 are allowed"});
}

TEST_F(BadInput, PromptsTooLongForTheModel) {
  expect_refusal({"evaluation.max_new_tokens=100000"},
                 {"test.jsonl:1: problem test-000", "evaluation.max_new_tokens = 100000"});
  std::string words;
  for (int i = 0; i < 700; ++i) words += " apples";
  const auto file = problem_file("{\"question\": \"1+1?\"}\n{\"question\": \"" + words + "\"}\n");
  expect_refusal({"problems.file=" + file.string()},
                 {file.string() + ":2: problem 1", "sampling.max_new_tokens = 96"});
}

TEST_F(BadInput, RunDirectoryInUse) {
  const run::RunLock lock(run());
  const Outcome outcome = run_job(2, {"run", micro_toml(), "run.directory=" + run().string()});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.output, HasSubstr("in use by process " + std::to_string(::getpid())));
}

TEST_F(BadInput, RunDirectoryThatCannotBeMade) {
  std::ofstream(folder_.path() / "file") << "not a folder";
  const Outcome outcome =
      run_job(2, {"run", micro_toml(), "run.directory=" + (folder_.path() / "file/run").string()});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.output, HasSubstr((folder_.path() / "file/run").string()));
}

TEST_F(BadInput, FullFileSystemKeepsWhatIsThereAndGoesOnWithMoreSpace) {
  const auto disk = folder_.path() / "disk";
  std::filesystem::create_directory(disk);
  if (::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=40k") != 0) {
    GTEST_SKIP() << "mounting a small tmpfs needs privileges";
  }
  const std::string directory = "run.directory=" + (disk / "run").string();
  const Outcome outcome = run_job(2, {"sample", micro_toml(), directory});
  EXPECT_EQ(outcome.exit_code, 2) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("No space left on device"));
  EXPECT_EQ(::mount("tmpfs", disk.c_str(), "tmpfs", MS_REMOUNT, "size=20m"), 0);
  const Outcome resumed = run_job(1, {"sample", micro_toml(), directory});
  EXPECT_EQ(resumed.exit_code, 0) << resumed.output;
  ::umount2(disk.c_str(), MNT_DETACH);
}

}  // namespace
}  // namespace lightreasoner::jobs_test
