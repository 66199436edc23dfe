// SPDX-License-Identifier: Apache-2.0
// encode_lines TOKENIZER.json: reads one JSON string a line, writes a line with its "ids", those
// "with_special_tokens" added, and the "text" decoded from the first with special tokens kept.
// tools/peers/check_tokenizer.py compares these.
#include "support/files.hpp"
#include "text/tokenizer.hpp"

#include <exception>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: encode_lines TOKENIZER.json < STRINGS.jsonl\n";
    return 2;
  }
  try {
    const auto tokenizer =
        lightreasoner::text::Tokenizer::parse(lightreasoner::support::read_file(argv[1]), argv[1]);
    for (std::string line; std::getline(std::cin, line);) {
      const auto text = nlohmann::json::parse(line).get<std::string>();
      const auto ids = tokenizer.encode(text);
      const nlohmann::json output{
          {"ids", ids},
          {"with_special_tokens",
           tokenizer.encode(text, lightreasoner::text::SpecialTokens::added)},
          {"text", tokenizer.decode(ids, false)}};
      std::cout << output.dump() << '\n';
    }
  } catch (const std::exception& error) {
    std::cerr << "encode_lines: " << error.what() << '\n';
    return 2;
  }
  return 0;
}
