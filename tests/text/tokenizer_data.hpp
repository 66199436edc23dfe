// SPDX-License-Identifier: Apache-2.0
/// The tokenizers and goldens that tools/make_text_goldens made.
#pragma once

#include "text/tokenizer.hpp"
#include "unicode/text_data.hpp"

#include <array>
#include <nlohmann/json.hpp>
#include <string>

namespace lightreasoner::text {

using unicode::random_text;
using unicode::read_test_json;

inline constexpr std::array families{"qwen2.5", "llama-3",     "smollm2",
                                     "gpt-2",   "deepseek-v3", "deepseek-r1-qwen"};

/// The small tokenizer with a family's pipeline.
inline Tokenizer family_tokenizer(const std::string& family) {
  return Tokenizer::parse(read_test_json(family + ".json").dump(), family);
}

/// The demo pair's.
inline nlohmann::json demo_tokenizer_json() { return read_test_json("tokenizer.json"); }

inline Tokenizer demo_tokenizer() {
  return Tokenizer::parse(demo_tokenizer_json().dump(), "tokenizer.json");
}

}  // namespace lightreasoner::text
