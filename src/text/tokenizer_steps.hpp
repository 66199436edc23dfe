// SPDX-License-Identifier: Apache-2.0
/// The steps of tokenizer.json around its model: normalizer, pre-tokenizer, post-processor,
/// decoder.
#pragma once

#include "support/json.hpp"
#include "text/bpe.hpp"
#include "unicode/pretokenizer.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace lightreasoner::text {

struct TokenizerSteps {
  bool nfc = false;  ///< text is brought to Unicode's form C first
  unicode::PreTokenizerSteps pre_tokenizer;
  // What the post-processor puts around a text on request.
  std::vector<TokenId> before_text;
  std::vector<TokenId> after_text;
};

inline constexpr const char* remedy = "use a model with a plain byte-level BPE tokenizer";

/// Fails for the value of `key`, which is well-formed but not implemented.
[[noreturn]] void refuse(const support::JsonSection& part, const std::string& key);
/// Refuses a setting that is on.
void refuse_if_on(const support::JsonSection& part, const std::string& key);

/// Reads the steps from the root of a tokenizer.json with `num_tokens` ids. Throws UserError for
/// every step that would change the ids and is not implemented.
[[nodiscard]] TokenizerSteps read_tokenizer_steps(const support::JsonSection& root,
                                                  std::size_t num_tokens);

}  // namespace lightreasoner::text
