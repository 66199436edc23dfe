// SPDX-License-Identifier: Apache-2.0
/// The demo pair's tokenizer and the goldens that tools/make_text_goldens made from it.
#pragma once

#include "support/files.hpp"
#include "text/tokenizer.hpp"

#include <nlohmann/json.hpp>
#include <string>

namespace lightreasoner::text {

inline nlohmann::json read_test_json(const std::string& name) {
  return nlohmann::json::parse(
      support::read_file(std::string(LIGHTREASONER_SOURCE_DIR "/tests/data/text/") + name));
}

inline nlohmann::json demo_tokenizer_json() { return read_test_json("tokenizer.json"); }

inline Tokenizer demo_tokenizer() {
  return Tokenizer::parse(demo_tokenizer_json().dump(), "tokenizer.json");
}

}  // namespace lightreasoner::text
