// SPDX-License-Identifier: Apache-2.0
// encode_prompts TOKENIZER.json PRESET.toml: reads {"system": TEXT or null, "question": TEXT} a
// line, null for the preset's own system prompt, and writes the prompt's ids a line.
// tools/peers/check_prompts.py compares these.
#include "config/minimal_run.hpp"
#include "config/parse.hpp"
#include "support/files.hpp"
#include "text/prompt.hpp"

#include <exception>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

int main(int argc, char** argv) {
  using namespace lightreasoner;
  if (argc != 3) {
    std::cerr << "usage: encode_prompts TOKENIZER.json PRESET.toml < QUESTIONS.jsonl\n";
    return 2;
  }
  try {
    const auto tokenizer = text::Tokenizer::parse(support::read_file(argv[1]), argv[1]);
    const std::vector<std::string> overrides{std::string("prompt.preset=") + argv[2]};
    const text::PromptFormat preset =
        config::parse_run_config(config::minimal_run, "run.toml", overrides).prompt.format;
    for (std::string line; std::getline(std::cin, line);) {
      const auto input = nlohmann::json::parse(line);
      text::PromptFormat format = preset;
      if (input.at("system").is_string()) format.system = input["system"];
      const auto question = input.at("question").get<std::string>();
      std::cout << nlohmann::json(text::encode_prompt(tokenizer, format, question)).dump() << '\n';
    }
  } catch (const std::exception& error) {
    std::cerr << "encode_prompts: " << error.what() << '\n';
    return 2;
  }
  return 0;
}
