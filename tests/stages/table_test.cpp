// SPDX-License-Identifier: Apache-2.0
#include "stages/table.hpp"

#include "config/fields.hpp"
#include "config/keys.hpp"
#include "config/parse.hpp"
#include "config/run_config.hpp"
#include "run/names.hpp"
#include "support/files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace lightreasoner::stages {
namespace {

using Names = std::set<std::string>;

const std::string run_file = LIGHTREASONER_SOURCE_DIR "/config/runs/micro.toml";

config::RunConfig parse(const std::vector<std::string>& overrides = {}) {
  return config::parse_run_config(support::read_file(run_file), run_file, overrides);
}

inputs::Facts some_facts() {
  return {{"problems.file", "1"},
          {"evaluation.file", "2"},
          {"models.expert", "3"},
          {"models.expert.weights", "4"},
          {"models.expert.dtype", "5"},
          {"models.expert.tokenizer", "6"},
          {"models.amateur", "7"},
          {"models.amateur.weights", "8"},
          {"models.amateur.dtype", "9"},
          {"models.amateur.tokenizer", "10"},
          {"method.pad_id", "11"},
          {"lora.start_from", "12"},
          {"finetune.order_file", "13"},
          {"samples.file", "14"},
          {"numerics", "15"}};
}

/// The rows of a run whose inputs nobody has read: keys do not need them.
std::vector<Stage> rows(const config::RunConfig& config) {
  static inputs::Inputs inputs;
  return stages_of(config, inputs);
}

Identities identities(const config::RunConfig& config, const inputs::Facts& facts,
                      const run::StageBook& book = {}) {
  return identify(rows(config), config::effective_keys(config), facts, book);
}

/// Stages of the left whose keys are not the same on the right, or are not there.
Names changed(const Identities& left, const Identities& right) {
  Names names;
  for (const auto& [name, identity] : left) {
    if (!right.contains(name) || identity.key() != right.at(name).key()) {
      names.insert(name);
    }
  }
  return names;
}

const Names none{};
const Names evaluations{run::stage_name::evaluate_before, run::stage_name::evaluate_after};
const Names from_tuning{run::stage_name::finetune, run::stage_name::evaluate_after,
                        run::stage_name::merge};
const Names from_sampling{run::stage_name::sample, run::stage_name::finetune,
                          run::stage_name::evaluate_after, run::stage_name::merge};
const Names all{run::stage_name::evaluate_before, run::stage_name::sample,
                run::stage_name::finetune, run::stage_name::evaluate_after, run::stage_name::merge};

struct Change {
  std::string value;  ///< another than micro.toml's
  Names stages;       ///< whose results depend on the key
};

/// Every key of the configuration. Keys that name files change nothing here: their content does, as
/// a fact.
const std::map<std::string, Change> changes = {
    {"run.directory", {"elsewhere", none}},
    {"run.seed", {"8", from_tuning}},
    {"run.threads_per_rank", {"2", all}},
    {"run.memory_gib", {"3", none}},
    {"run.device", {"cpu", none}},  // by the numerics
    {"run.share_device", {"true", none}},
    {"models.expert", {"elsewhere", none}},
    {"models.amateur", {"elsewhere", none}},
    {"models.dtype", {"bfloat16", none}},  // by the fact of the type that comes of it
    {"prompt.preset", {LIGHTREASONER_SOURCE_DIR "/config/prompts/llama-3.toml", all}},
    {"prompt.system", {"Think.", all}},
    {"prompt.before_system", {"<", all}},
    {"prompt.before_question", {"<", all}},
    {"prompt.after_question", {">", all}},
    {"prompt.without_system", {"-", all}},
    {"prompt.trim", {"true", all}},
    {"prompt.add_special_tokens", {"true", all}},
    {"prompt.plain_markers", {"true", none}},
    {"method.mode", {"reference", from_sampling}},
    {"method.prefix", {"text", from_sampling}},
    {"method.scores", {"processed", from_sampling}},
    {"method.log_epsilon", {"1e-12", from_sampling}},
    {"method.amateur_softmax", {"model", from_sampling}},
    {"method.vocabulary", {"cut", from_sampling}},
    {"method.attention_mask", {"not_pad", from_sampling}},
    {"method.skip_first_step", {"true", from_tuning}},
    {"method.max_prefix_tokens", {"512", from_tuning}},
    {"method.label_vocabulary", {"tokenizer", from_tuning}},
    {"method.loss_position", {"padded", from_tuning}},
    {"problems.file", {"elsewhere", none}},
    {"problems.question_field", {"prompt", from_sampling}},
    {"problems.answer_field", {"solution", none}},     // answers are never looked at
    {"problems.too_long", {"skip", none}},             // where both end, they end alike
    {"samples.file", {"given.jsonl", from_sampling}},  // sampling has no row then
    {"sampling.max_problems", {"7", from_sampling}},
    {"sampling.max_new_tokens", {"7", from_sampling}},
    {"sampling.problems_per_unit", {"7", from_sampling}},
    {"sampling.steps_per_chunk", {"7", from_sampling}},
    {"contrast.kl_beta", {"0.7", from_tuning}},
    {"contrast.plausibility_alpha", {"0.7", from_tuning}},
    {"contrast.plausibility_floor", {"0.01", from_sampling}},
    {"records.units_per_shard", {"7", from_sampling}},
    {"records.shards_per_commit", {"7", none}},
    {"lora.start_from", {"elsewhere", none}},
    {"lora.rank", {"7", from_tuning}},
    {"lora.lora_alpha", {"7", from_tuning}},
    {"lora.dropout", {"0.7", from_tuning}},
    {"lora.target_modules", {"[\"k_proj\"]", from_tuning}},
    {"finetune.iterations", {"7", from_tuning}},
    {"finetune.learning_rate", {"0.7", from_tuning}},
    {"finetune.micro_batch", {"7", from_tuning}},
    {"finetune.gradient_accumulation", {"7", from_tuning}},
    {"finetune.activation_checkpointing", {"true", none}},
    {"finetune.order_file", {"elsewhere", none}},
    {"finetune.max_gradient_norm", {"0.7", from_tuning}},
    {"finetune.weight_decay", {"0.7", from_tuning}},
    {"finetune.adam_beta1", {"0.7", from_tuning}},
    {"finetune.adam_beta2", {"0.7", from_tuning}},
    {"finetune.adam_epsilon", {"0.7", from_tuning}},
    {"finetune.checkpoint_interval", {"7", none}},
    {"finetune.checkpoints_kept", {"7", none}},
    {"evaluation.file", {"elsewhere", none}},
    {"evaluation.question_field", {"prompt", evaluations}},
    {"evaluation.answer_field", {"solution", evaluations}},
    {"evaluation.too_long", {"wrong", none}},
    {"evaluation.name", {"other", evaluations}},
    {"evaluation.max_problems", {"7", evaluations}},
    {"evaluation.max_new_tokens", {"7", evaluations}},
    {"evaluation.problems_per_unit", {"7", evaluations}},
};

TEST(StageKeys, DependOnTheConfigurationKeysThatTheTableNames) {
  const Identities before = identities(parse(), some_facts());
  for (const auto& [key, change] : changes) {
    const config::RunConfig config = parse({key + "=" + change.value});
    EXPECT_EQ(changed(before, identities(config, some_facts())), change.stages) << key;
  }
}

TEST(StageKeys, HaveARowForEveryConfigurationKey) {
  config::RunConfig config = parse();
  Names keys;
  for (const config::Field& field : config::fields_of(config)) {
    keys.insert(field.key);
  }
  Names changed_keys;
  for (const auto& [key, change] : changes) {
    changed_keys.insert(key);
  }
  EXPECT_EQ(changed_keys, keys);
}

TEST(StageKeys, DependOnFacts) {
  const std::map<std::string, Names> stages_of_fact{{"problems.file", from_sampling},
                                                    {"evaluation.file", evaluations},
                                                    {"models.expert", all},
                                                    {"models.expert.weights", all},
                                                    {"models.expert.dtype", all},
                                                    {"models.expert.tokenizer", all},
                                                    {"models.amateur", from_sampling},
                                                    {"models.amateur.weights", from_sampling},
                                                    {"models.amateur.dtype", from_sampling},
                                                    {"models.amateur.tokenizer", from_sampling},
                                                    {"method.pad_id", from_sampling},
                                                    {"lora.start_from", from_tuning},
                                                    {"finetune.order_file", from_tuning},
                                                    {"samples.file", none},
                                                    {"numerics", all}};
  const Identities before = identities(parse(), some_facts());
  for (const auto& [fact, value] : some_facts()) {
    inputs::Facts facts = some_facts();
    facts[fact] = "another";
    EXPECT_EQ(changed(before, identities(parse(), facts)), stages_of_fact.at(fact)) << fact;
  }
}

/// Keys that nobody reads where samples are given: those that sampling alone depends on.
const Names of_sampling_alone = {
    "method.scores",           "method.log_epsilon",         "method.amateur_softmax",
    "method.vocabulary",       "method.attention_mask",      "sampling.max_problems",
    "sampling.max_new_tokens", "sampling.problems_per_unit", "sampling.steps_per_chunk",
    "records.units_per_shard"};

TEST(StageKeys, OfGivenSamplesDependOnAllKeysButThoseOfSampling) {
  const std::string given = "samples.file=given.jsonl";
  const Identities before = identities(parse({given}), some_facts());
  for (const auto& [key, change] : changes) {
    Names stages = of_sampling_alone.contains(key) ? none : change.stages;
    stages.erase(run::stage_name::sample);
    if (key != "samples.file") {
      const config::RunConfig config = parse({given, key + "=" + change.value});
      EXPECT_EQ(changed(before, identities(config, some_facts())), stages) << key;
    }
  }
}

TEST(WhyLeftOut, TellsOfTheJobThatHasNoStage) {
  const config::RunConfig given = parse({"samples.file=given.jsonl"});
  EXPECT_THAT(why_left_out(given, run::Job::sample), ::testing::HasSubstr("samples.file"));
  EXPECT_EQ(why_left_out(given, run::Job::run), "");
  EXPECT_EQ(why_left_out(parse(), run::Job::sample), "");
}

TEST(LargestFitting, IsAPowerOfTwoUpToTheMostThatFits) {
  const auto up_to = [](std::uint64_t most) {
    return [most](std::uint64_t size) { return size <= most; };
  };
  EXPECT_EQ(largest_fitting(64, up_to(1000)), 64U);
  EXPECT_EQ(largest_fitting(100, up_to(1000)), 64U);
  EXPECT_EQ(largest_fitting(64, up_to(5)), 4U);
  EXPECT_EQ(largest_fitting(64, up_to(0)), 1U);  // what does not fit is refused later, by its plan
}

TEST(StageKeys, OfGivenSamplesDependOnThemAndOnNoRecords) {
  const config::RunConfig config = parse({"samples.file=given.jsonl"});
  const Identities before = identities(config, some_facts());
  EXPECT_FALSE(before.contains(run::stage_name::sample));
  for (const char* fact : {"samples.file", "models.expert.weights", "problems.file"}) {
    inputs::Facts facts = some_facts();
    facts[fact] = "another";
    EXPECT_TRUE(changed(before, identities(config, facts)).contains(run::stage_name::finetune))
        << fact;
  }
  inputs::Facts facts = some_facts();
  facts["models.amateur.weights"] = "another";
  EXPECT_EQ(changed(before, identities(config, facts)), none);
  // A prompt goes before every sample.
  const config::RunConfig prompted = parse({"samples.file=given.jsonl", "prompt.system=Think."});
  EXPECT_TRUE(
      changed(before, identities(prompted, some_facts())).contains(run::stage_name::finetune));
}

TEST(StageKeys, AreUnknownUntilWeightsAreReadUnlessTheBookTells) {
  inputs::Facts facts = some_facts();
  facts["models.amateur.weights"] = run::unread;
  const Identities unread = identities(parse(), facts);
  EXPECT_TRUE(unread.at(run::stage_name::evaluate_before).is_known());
  for (const std::string& name : from_sampling) {
    EXPECT_FALSE(unread.at(name).is_known()) << name;
  }
  const Identities whole = identities(parse(), some_facts());
  run::StageBook book;
  book[run::stage_name::sample] = {whole.at(run::stage_name::sample), true, {}};
  EXPECT_EQ(changed(whole, identities(parse(), facts, book)), none);
}

TEST(StageKeys, HaveEngineVersionsOfTheirOwn) {
  std::vector<Stage> stages = rows(parse());
  const auto settings = config::effective_keys(parse());
  const Identities before = identify(stages, settings, some_facts(), {});
  for (Stage& stage : stages) {
    stage.key.engine_version += stage.job == run::Job::evaluate ? 1 : 0;
  }
  EXPECT_EQ(changed(before, identify(stages, settings, some_facts(), {})), evaluations);
}

TEST(Stages, FollowOnlyStagesBeforeThem) {
  for (const std::string overrides : {"run.seed=1", "samples.file=given.jsonl"}) {
    Names before;
    for (const Stage& stage : rows(parse({overrides}))) {
      for (const std::string& name : stage.key.follows) {
        EXPECT_TRUE(before.contains(name)) << stage.name << " follows " << name;
      }
      EXPECT_FALSE(stage.outputs.empty()) << stage.name;
      EXPECT_TRUE(before.insert(stage.name).second) << stage.name;
    }
  }
}

}  // namespace
}  // namespace lightreasoner::stages
