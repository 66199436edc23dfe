// SPDX-License-Identifier: Apache-2.0
// The presets of config/prompts against the chat templates of the models they are for.
#include "config/keys.hpp"
#include "config/minimal_run.hpp"
#include "config/parse.hpp"
#include "support/files.hpp"
#include "support/refusal.hpp"
#include "text/prompt.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace lightreasoner::config {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using testing_support::refusal_of;

const std::filesystem::path source = LIGHTREASONER_SOURCE_DIR;

json read_test_json(const std::string& name) {
  return json::parse(support::read_file(source / "tests/data/text" / name));
}

text::PromptFormat preset_format(const std::string& preset,
                                 std::vector<std::string> overrides = {}) {
  overrides.push_back("prompt.preset=" + (source / "config/prompts" / (preset + ".toml")).string());
  return parse_run_config(minimal_run, "/conf/a.toml", overrides).prompt.format;
}

text::Tokenizer family_tokenizer(const std::string& family) {
  return text::Tokenizer::parse(read_test_json(family + ".json").dump(), family);
}

TEST(PromptPresets, GiveWhatApplyChatTemplateGives) {
  const json prompts = read_test_json("prompts.json");
  for (const auto& [name, preset] : prompts.items()) {
    const text::Tokenizer tokenizer = family_tokenizer(preset.at("family"));
    for (const json& expected : preset.at("cases")) {
      std::vector<std::string> overrides;
      if (expected.at("system").is_string()) {
        overrides.push_back("prompt.system=" + expected["system"].get<std::string>());
      }
      const text::PromptFormat format = preset_format(name, overrides);
      const auto question = expected.at("question").get<std::string>();
      EXPECT_EQ(text::prompt_text(format, question), expected.at("text")) << name << expected;
      EXPECT_EQ(text::encode_prompt(tokenizer, format, question),
                expected.at("ids").get<std::vector<text::TokenId>>())
          << name << expected;
    }
  }
}

TEST(PromptPresets, AllHaveATemplateButPlain) {
  const json prompts = read_test_json("prompts.json");
  for (const auto& file : std::filesystem::directory_iterator(source / "config/prompts")) {
    const std::string name = file.path().stem();
    EXPECT_TRUE(prompts.contains(name) || name == "plain") << name;
  }
}

TEST(PromptPresets, PlainIsTheQuestionAfterBos) {
  const text::Tokenizer tokenizer = family_tokenizer("llama-3");
  std::vector<text::TokenId> expected{tokenizer.find("<|begin_of_text|>").value()};
  const std::vector<text::TokenId> question = tokenizer.encode(" 1 + 1 = ");
  expected.insert(expected.end(), question.begin(), question.end());
  EXPECT_EQ(text::encode_prompt(tokenizer, preset_format("plain"), " 1 + 1 = "), expected);
}

/// A preset in memory.
RunConfig parse(const std::string& prompt, const std::string& preset,
                const std::vector<std::string>& overrides = {}) {
  const auto read = [&](const std::filesystem::path& path) {
    EXPECT_EQ(path, "/conf/prompts/p.toml");
    return preset;
  };
  return parse_run_config(minimal_run + prompt, "/conf/runs/a.toml", overrides, read);
}

const std::string with_preset = "[prompt]\npreset = \"../prompts/p.toml\"\n";

TEST(PromptPreset, IsGoneOverByRunFileAndOverrides) {
  const std::string preset =
      "[prompt]\nsystem = \"P\"\nbefore_system = \"P\"\nafter_question = \"P\"\ntrim = true\n";
  const RunConfig config =
      parse(with_preset + "before_system = \"file\"\n", preset, {"prompt.after_question=override"});
  EXPECT_EQ(config.prompt.format.system, "P");
  EXPECT_EQ(config.prompt.format.before_system, "file");
  EXPECT_EQ(config.prompt.format.after_question, "override");
  EXPECT_TRUE(config.prompt.format.trim);
  EXPECT_EQ(config.prompt.format.before_question, text::PromptFormat{}.before_question);
  EXPECT_FALSE(parse(with_preset, preset, {"prompt.trim=false"}).prompt.format.trim);
}

TEST(PromptPreset, LeavesItsValuesButNoPathInTheEffectiveConfiguration) {
  const RunConfig config = parse(with_preset, "[prompt]\nsystem = \"P\"\ntrim = true\n");
  EXPECT_THAT(to_toml(config), Not(HasSubstr("preset")));
  const RunConfig again = parse_run_config(to_toml(config), "/elsewhere/config.toml", {});
  EXPECT_EQ(again.prompt.format.system, "P");
  EXPECT_TRUE(again.prompt.format.trim);
  for (const KeyValue& entry : effective_keys(config)) EXPECT_NE(entry.key, "prompt.preset");
  EXPECT_THAT(describe_keys(), HasSubstr("prompt.preset"));
}

TEST(PromptPreset, ErrorsNameFileLineAndKey) {
  const auto error = [](const std::string& preset) {
    return refusal_of([&] { (void)parse(with_preset, preset); });
  };
  EXPECT_THAT(error("[prompt]\nsytem = \"P\"\n"),
              HasSubstr("/conf/prompts/p.toml:2: prompt.sytem: unknown key; did you mean "
                        "prompt.system?"));
  EXPECT_THAT(error("[prompt]\n\ntrim = 1\n"),
              HasSubstr("/conf/prompts/p.toml:3: prompt.trim = 1: must be true or false"));
  EXPECT_THAT(error("[prompt]\npreset = \"q.toml\"\n"),
              HasSubstr("/conf/prompts/p.toml:2: prompt.preset: unknown key"));
  EXPECT_THAT(error("[run]\nseed = 1\n"),
              HasSubstr("/conf/prompts/p.toml:1: run: a prompt preset has one section, [prompt]"));
  EXPECT_THAT(error("system = \"P\"\n"), HasSubstr("p.toml:1: system: a prompt preset has one"));
  EXPECT_THAT(error("prompt = 1\n"), HasSubstr("p.toml:1: prompt: keys belong into a section"));
  EXPECT_THAT(error("[prompt\n"), HasSubstr("/conf/prompts/p.toml:1: "));
  EXPECT_THAT(refusal_of([] {
                (void)parse_run_config(minimal_run + "[prompt]\npreset = \"none.toml\"\n",
                                       "/conf/a.toml", {});
              }),
              AllOf(HasSubstr("/conf/a.toml:11: prompt.preset: "), HasSubstr("/conf/none.toml")));
  EXPECT_THAT(refusal_of([] {
                (void)parse_run_config(minimal_run, "/conf/a.toml",
                                       std::vector<std::string>{"prompt.preset=/none.toml"});
              }),
              HasSubstr("override 'prompt.preset=/none.toml': prompt.preset: "));
}

}  // namespace
}  // namespace lightreasoner::config
