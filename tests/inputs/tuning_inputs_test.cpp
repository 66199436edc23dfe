// SPDX-License-Identifier: Apache-2.0
#include "inputs/tuning_inputs.hpp"

#include "lora/peft_files.hpp"
#include "micro_inputs.hpp"
#include "model/build_decoder.hpp"
#include "run/stage_keys.hpp"

#include <cstdint>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lightreasoner::inputs {
namespace {

using testing::configure;
using testing::demo;
using ::testing::HasSubstr;
using testing::InputFiles;
using testing::read;
using testing::refusal;
using testing::world;

using TuningInputs = InputFiles;

/// "lora.start_from=" of a new adapter for the demo's expert, in the place of what lay in `folder`.
std::string start_adapter(const std::filesystem::path& folder, std::int64_t rank,
                          const lora::TargetModules& modules = lora::Config{}.target_modules) {
  parallel::run_on_root(world(), [&] {
    const lora::LoraAdapter adapter =
        lora::make_adapter(model::load_decoder(demo / "expert"),
                           {.rank = rank, .lora_alpha = 8.0, .target_modules = modules}, 1);
    for (const auto& [name, bytes] : lora::peft_files(adapter, "expert")) {
      support::write_file_atomically(folder / name, bytes);
    }
  });
  return "lora.start_from=" + folder.string();
}

TEST_F(TuningInputs, TakeTheStartAdaptersShapeAndNoWeights) {
  config::RunConfig config = configure({start_adapter(folder_, 4)});
  Inputs inputs = read_inputs(world(), config);
  EXPECT_EQ(config.tuning.lora.rank, 4);
  EXPECT_EQ(config.tuning.lora.lora_alpha, 8.0);
  EXPECT_EQ(config.tuning.lora.dropout, configure().tuning.lora.dropout);  // the run's own
  EXPECT_EQ(inputs.facts.at("lora.start_from"), run::unread);
  EXPECT_FALSE(inputs.tuning.start_adapter.has_value());
  load_weights(world(), config.tuning.lora, {.start_adapter = true}, at::kCPU, inputs);
  ASSERT_TRUE(inputs.tuning.start_adapter.has_value());
  EXPECT_EQ(inputs.tuning.start_adapter->config.rank, 4);
  EXPECT_NE(inputs.facts.at("lora.start_from"), run::unread);
}

TEST_F(TuningInputs, HaveNoStartAdapterWhereNoneIsGiven) {
  config::RunConfig config = configure();
  Inputs inputs = read_inputs(world(), config);
  EXPECT_EQ(inputs.facts.at("lora.start_from"), "none");
  load_weights(world(), config.tuning.lora, {.start_adapter = true}, at::kCPU, inputs);
  EXPECT_FALSE(inputs.tuning.start_adapter.has_value());
}

TEST_F(TuningInputs, RefuseAStartAdapterThatAKeyContradicts) {
  EXPECT_THAT(refusal({start_adapter(folder_, 4), "lora.rank=8"}),
              HasSubstr("lora.rank is 8, but the adapter to start from has 4"));
}

TEST_F(TuningInputs, RefuseAnotherModelsAdapterByItsHeadAlone) {
  EXPECT_THAT(refusal({"lora.start_from=" LIGHTREASONER_SOURCE_DIR "/tests/data/finetune/adapter"}),
              HasSubstr("adapter_model.safetensors: tensor \"base_model.model."));
  EXPECT_THAT(refusal({"lora.start_from=nowhere"}), HasSubstr("nowhere/adapter_config.json"));
}

TEST_F(TuningInputs, RefuseAStartAdapterThatWasReplacedAfterTheSurvey) {
  config::RunConfig config = configure({start_adapter(folder_, 4)});
  Inputs inputs = read_inputs(world(), config);
  const auto load = [&] {
    load_weights(world(), config.tuning.lora, {.start_adapter = true}, at::kCPU, inputs);
  };
  static_cast<void>(start_adapter(folder_, 2));
  EXPECT_THAT(testing_support::agreed_refusal_of(load),
              HasSubstr("has changed while this job started"));
  static_cast<void>(start_adapter(folder_, 4, {weights::Projection::q_proj}));
  EXPECT_THAT(testing_support::agreed_refusal_of(load),
              HasSubstr("has changed while this job started"));
}

TEST_F(TuningInputs, ReadTheOrderAndKnowItByItsText) {
  const Facts shuffled = read().facts;
  const Inputs inputs = read({given("finetune.order_file", "order.txt", "3\n1\n")});
  EXPECT_THAT(inputs.tuning.order.samples, ::testing::ElementsAre(3, 1));
  EXPECT_NE(inputs.facts.at("finetune.order_file"), shuffled.at("finetune.order_file"));
  EXPECT_THAT(refusal({"finetune.order_file=nowhere"}), HasSubstr("nowhere"));
  EXPECT_THAT(refusal({given("finetune.order_file", "bad.txt", "3\nx\n")}), HasSubstr("bad.txt:2"));
}

TEST_F(TuningInputs, RefuseAnOrderOfSamplesThatAreNotGiven) {
  EXPECT_THAT(
      refusal(
          {given("samples.file", "samples.jsonl",
                 R"({"prompt_id": "train-000", "prefix": "", "token_ids": [3], "weights": [1]})"),
           given("finetune.order_file", "order.txt", "0\n1\n")}),
      HasSubstr("order.txt:2: sample 1 does not exist: 1 steps were selected"));
}

TEST_F(TuningInputs, KnowSamplesByTheirText) {
  EXPECT_EQ(read().facts.at("samples.file"), "none");
  EXPECT_FALSE(read().tuning.samples.has_value());
  EXPECT_THAT(refusal({given("samples.file", "samples.jsonl", "{}\n")}),
              HasSubstr("samples.jsonl:1"));
}

}  // namespace
}  // namespace lightreasoner::inputs
