// SPDX-License-Identifier: Apache-2.0
#include "config/keys.hpp"
#include "config/minimal_run.hpp"
#include "config/parse.hpp"
#include "support/errors.hpp"
#include "support/files.hpp"
#include "support/refusal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <random>
#include <regex>
#include <sstream>

namespace lightreasoner::config {
namespace {

using ::testing::HasSubstr;
using testing_support::refusal_of;

RunConfig parse(const std::string& toml, const std::vector<std::string>& overrides = {}) {
  return parse_run_config(toml, "/conf/runs/a.toml", overrides);
}

std::string error_of(const std::string& toml, const std::vector<std::string>& overrides = {}) {
  return refusal_of([&] { return parse(toml, overrides); });
}

TEST(RunConfig, FillsThePapersDefaults) {
  const RunConfig config = parse(minimal_run);
  EXPECT_EQ(config.supervision.contrast.kl_beta, 0.4F);
  EXPECT_EQ(config.supervision.contrast.plausibility_alpha, 0.2F);
  EXPECT_EQ(config.tuning.finetune.iterations, 1000U);
  EXPECT_EQ(config.tuning.finetune.micro_batch * config.tuning.finetune.gradient_accumulation, 16U);
  EXPECT_EQ(config.tuning.lora.target_modules,
            (lora::TargetModules{weights::Projection::q_proj, weights::Projection::v_proj}));
  EXPECT_EQ(config.method.mode, Mode::paper);
}

TEST(RunConfig, TakesAutoForSizesAndWritesItAgain) {
  const RunConfig config = parse(minimal_run, {"sampling.problems_per_unit=auto"});
  EXPECT_TRUE(is_automatic(config.supervision.sampling.problems_per_unit));
  EXPECT_THAT(automatic_keys(config), ::testing::ElementsAre("sampling.problems_per_unit"));
  EXPECT_THAT(to_toml(config), HasSubstr("problems_per_unit = \"auto\""));
  EXPECT_EQ(automatic_keys(parse(to_toml(config))), automatic_keys(config));
  EXPECT_TRUE(automatic_keys(parse(minimal_run)).empty());
  EXPECT_THAT(error_of(minimal_run, {"sampling.problems_per_unit=0"}), HasSubstr("between 1 and"));
  EXPECT_THAT(error_of(minimal_run, {"sampling.problems_per_unit=all"}), HasSubstr("\"auto\""));
  EXPECT_THAT(error_of(minimal_run, {"finetune.iterations=auto"}), HasSubstr("a whole number"));
}

TEST(RunConfig, ResolvesPathsAgainstTheFileAndLeavesTheRunDirectory) {
  const RunConfig config = parse(minimal_run);
  EXPECT_EQ(config.run.directory, "runs/x");
  EXPECT_EQ(config.models.expert, "/conf/runs/expert");
  EXPECT_EQ(config.models.amateur, "/abs/amateur");
  EXPECT_EQ(config.evaluation.problems.file, "/conf/test.jsonl");
}

TEST(RunConfig, TakesOverridesAsTomlOrAsBareWords) {
  const RunConfig config =
      parse(minimal_run,
            {"contrast.kl_beta=0.5", "run.directory=2026", "prompt.system=a = b \"c\"",
             "lora.target_modules=[\"o_proj\"]", "lora.lora_alpha=32", "evaluation.name=\"t\""});
  EXPECT_EQ(config.supervision.contrast.kl_beta, 0.5F);
  EXPECT_EQ(config.run.directory, "2026");
  EXPECT_EQ(config.prompt.format.system, "a = b \"c\"");
  EXPECT_EQ(config.tuning.lora.target_modules, lora::TargetModules{weights::Projection::o_proj});
  EXPECT_EQ(config.tuning.lora.lora_alpha, 32.0);
  EXPECT_EQ(config.evaluation.settings.name, "t");
}

TEST(RunConfig, KnowsWhatWasGivenAndWhere) {
  const RunConfig config = parse("[lora]\nrank = 8\n" + minimal_run, {"lora.lora_alpha=32"});
  EXPECT_EQ(config.given.at("lora.rank"), "/conf/runs/a.toml:2");
  EXPECT_EQ(config.given.at("lora.lora_alpha"), "override 'lora.lora_alpha=32'");
  EXPECT_FALSE(config.given.contains("lora.target_modules"));
  EXPECT_TRUE(
      parse(minimal_run, {"method.mode=reference", "lora.rank=8"}).given.contains("lora.rank"));
}

TEST(RunConfig, ResolvesOverridePathsAgainstTheWorkingDirectory) {
  EXPECT_EQ(parse(minimal_run, {"models.expert=e"}).models.expert,
            std::filesystem::current_path() / "e");
}

TEST(RunConfig, NamesFileLineKeyValueAndRemedy) {
  EXPECT_THAT(error_of(minimal_run + "[contrast]\nkl_bata = 1\n"),
              HasSubstr("/conf/runs/a.toml:11: contrast.kl_bata: unknown key; did you mean "
                        "contrast.kl_beta?"));
  EXPECT_THAT(error_of(minimal_run + "[finetune]\niterations = \"many\"\n"),
              HasSubstr("a.toml:11: finetune.iterations = \"many\": must be a whole number"));
  EXPECT_THAT(error_of(minimal_run + "[contrast]\nplausibility_alpha = 1.5\n"),
              HasSubstr("plausibility_alpha = 1.5: must be above 0 and at most 1"));
  EXPECT_THAT(error_of(minimal_run + "[method]\nmode = \"papr\"\n"),
              HasSubstr("must be one of \"paper\""));
  EXPECT_THAT(error_of(minimal_run + "[sampling\n"), HasSubstr("a.toml:10: "));
  EXPECT_THAT(error_of(minimal_run, {"run.sed=3"}), HasSubstr("override 'run.sed=3': run.sed"));
  EXPECT_THAT(error_of(minimal_run, {"run.seed"}), HasSubstr("must be section.key=value"));
  EXPECT_THAT(error_of(minimal_run, {"sampling.max_new_tokens=1.5"}), HasSubstr("a whole number"));
  EXPECT_THAT(error_of(minimal_run + "[sampleing]\n"), HasSubstr("a.toml:10: [sampleing]"));
  EXPECT_THAT(error_of("a = 1\n"), HasSubstr("keys belong into a section"));
  EXPECT_THAT(error_of("[run]\ndirectory = \"x\"\n"), HasSubstr("models.expert is missing"));
}

TEST(RunConfig, RefusesAlphaBelowTheStoredFloor) {
  const std::string error = error_of(minimal_run, {"contrast.plausibility_alpha=0.01"});
  EXPECT_THAT(error, HasSubstr("a.toml: "));
  EXPECT_THAT(error, HasSubstr("plausibility_floor"));
}

TEST(Method, IsThePapersByDefault) {
  const RunConfig config = parse(minimal_run);
  EXPECT_EQ(config.method.mode, Mode::paper);
  EXPECT_EQ(config.supervision.sampling.method.prefix, text::PrefixForm::ids);
  EXPECT_EQ(config.supervision.sampling.method.vocabulary, sampling::Vocabulary::shared);
  EXPECT_EQ(config.tuning.finetune.method.loss_position, examples::LossPosition::last);
  EXPECT_FALSE(config.supervision.contrast.skip_first_step);
}

TEST(Method, OfTheReferenceSetsEverySwitchThatIsNotGiven) {
  const RunConfig config = parse(minimal_run + "[method]\nscores = \"raw\"\nmode = \"reference\"\n",
                                 {"method.max_prefix_tokens=100", "contrast.kl_beta=0.7"});
  EXPECT_EQ(config.supervision.sampling.method.prefix, text::PrefixForm::text);
  EXPECT_EQ(config.tuning.finetune.method.prefix, text::PrefixForm::text);
  EXPECT_EQ(config.supervision.sampling.method.scores, sampling::Scores::raw);
  EXPECT_EQ(config.supervision.sampling.method.log_epsilon, 1e-12);
  EXPECT_EQ(config.supervision.sampling.method.amateur_softmax, sampling::AmateurSoftmax::model);
  EXPECT_EQ(config.supervision.sampling.method.vocabulary, sampling::Vocabulary::cut);
  EXPECT_EQ(config.supervision.sampling.method.attention_mask, sampling::AttentionMask::not_pad);
  EXPECT_TRUE(config.supervision.contrast.skip_first_step);
  EXPECT_EQ(config.tuning.finetune.method.max_prefix_tokens, 100U);
  EXPECT_EQ(config.tuning.finetune.method.label_vocabulary, examples::LabelVocabulary::tokenizer);
  EXPECT_EQ(config.tuning.finetune.method.loss_position, examples::LossPosition::padded);
  EXPECT_EQ(config.supervision.contrast.kl_beta, 0.7F);
  EXPECT_EQ(effective_keys(parse_run_config(to_toml(config), "/c/config.toml", {})).size(),
            effective_keys(config).size());
}

TEST(Method, GivesBothStagesOnePrefix) {
  EXPECT_EQ(parse(minimal_run, {"method.prefix=text"}).tuning.finetune.method.prefix,
            text::PrefixForm::text);
  EXPECT_THAT(error_of(minimal_run, {"method.skip_first_step=1"}),
              HasSubstr("must be true or false"));
  EXPECT_THAT(error_of(minimal_run, {"method.vocabulary=half"}),
              HasSubstr("must be one of \"shared\", \"cut\""));
}

TEST(EffectiveConfig, KeepsAnEmptyPathEmpty) {
  const RunConfig again =
      parse_run_config(to_toml(parse(minimal_run)), "/elsewhere/config.toml", {});
  EXPECT_EQ(again.tuning.lora.start_from, "");
  EXPECT_EQ(again.supervision.samples.file, "");
}

TEST(EffectiveConfig, ReadsBackToTheSameKeys) {
  const RunConfig config = parse(
      minimal_run, {"contrast.kl_beta=0.1", "finetune.learning_rate=3.3e-7",
                    "prompt.system=line\nwith \"quotes\" and \\ and '", "run.seed=12345678901"});
  const RunConfig again = parse_run_config(to_toml(config), "/elsewhere/config.toml", {});
  const auto left = effective_keys(config);
  const auto right = effective_keys(again);
  ASSERT_EQ(left.size(), right.size());
  for (std::size_t i = 0; i < left.size(); ++i) {
    EXPECT_EQ(left[i].key, right[i].key);
    EXPECT_EQ(left[i].value, right[i].value);
  }
  EXPECT_EQ(again.prompt.format.system, config.prompt.format.system);
  EXPECT_EQ(again.tuning.finetune.optimizer.learning_rate, 3.3e-7);
}

TEST(DescribeKeys, ListsEveryKey) {
  const std::string text = describe_keys();
  const RunConfig defaults;
  for (const KeyValue& entry : effective_keys(defaults)) {
    EXPECT_THAT(text, HasSubstr(entry.key));
  }
}

TEST(RunConfig, SurvivesAnyMutationOfAValidFile) {
  std::mt19937 random(20251123);
  const std::string text = to_toml(parse(minimal_run));
  for (int trial = 0; trial < 3000; ++trial) {
    std::string mutated = text;
    for (int edits = 0; edits < 3; ++edits) {
      const std::size_t at = random() % mutated.size();
      switch (random() % 3) {
        case 0:
          mutated[at] = static_cast<char>(random() % 256);
          break;
        case 1:
          mutated.erase(at, random() % 10);
          break;
        default:
          mutated.insert(at, mutated.substr(random() % mutated.size(), random() % 10));
      }
    }
    try {
      (void)parse(mutated);
    } catch (const support::UserError&) {
      continue;  // the one error a bad file may give
    }
  }
}

TEST(ShippedRunFiles, Parse) {
  for (const char* name : {"demo", "micro"}) {
    const std::string file = std::string(LIGHTREASONER_SOURCE_DIR "/config/runs/") + name + ".toml";
    const RunConfig config = parse_run_config(support::read_file(file), file, {});
    EXPECT_TRUE(std::filesystem::exists(config.models.expert)) << config.models.expert;
    EXPECT_TRUE(std::filesystem::exists(config.supervision.problems.file))
        << config.supervision.problems.file;
  }
}

TEST(ShippedRunFiles, TheDemoExplainsEveryKeyItSets) {
  std::istringstream lines(support::read_file(LIGHTREASONER_SOURCE_DIR "/config/runs/demo.toml"));
  int num_keys = 0;
  for (std::string line; std::getline(lines, line);) {
    if (std::regex_search(line, std::regex("^[a-z0-9_]+ = "))) {
      ++num_keys;
      EXPECT_TRUE(std::regex_search(line, std::regex("  ?# .+"))) << line;
    }
  }
  EXPECT_GT(num_keys, 25);
}

TEST(StoredConfig, MayNameKeysOfEarlierVersions) {
  const std::string stored = minimal_run + "[finetune]\nbatching = \"steps\"\niterations = 7\n";
  EXPECT_EQ(parse_stored_config(stored, "/run/config.toml").tuning.finetune.iterations, 7U);
  EXPECT_THROW(static_cast<void>(parse(stored)), support::UserError);  // not in a run file
  EXPECT_THROW(static_cast<void>(parse_stored_config(minimal_run + "[finetune]\nbatch = 1\n",
                                                     "/run/config.toml")),
               support::UserError);
}

}  // namespace
}  // namespace lightreasoner::config
