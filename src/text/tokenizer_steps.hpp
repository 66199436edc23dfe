// SPDX-License-Identifier: Apache-2.0
/// The steps of tokenizer.json around its model: normalizer, pre-tokenizer, post-processor,
/// decoder.
#pragma once

#include "text/bpe.hpp"
#include "unicode/pretokenizer.hpp"

#include <cstddef>
#include <nlohmann/json.hpp>
#include <vector>

namespace lightreasoner::text {

struct TokenizerSteps {
  bool nfc = false;  ///< text is brought to Unicode's form C first
  unicode::PreTokenizerSteps pre_tokenizer;
  // What the post-processor puts around a text on request.
  std::vector<TokenId> before_text;
  std::vector<TokenId> after_text;
};

/// Reads the steps from the root of a tokenizer.json with `num_tokens` ids. Throws UserError for
/// every step that would change the ids and is not implemented.
[[nodiscard]] TokenizerSteps read_tokenizer_steps(const nlohmann::json& root,
                                                  std::size_t num_tokens);

}  // namespace lightreasoner::text
