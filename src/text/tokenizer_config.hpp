// SPDX-License-Identifier: Apache-2.0
/// What is read of tokenizer_config.json.
#pragma once

#include "text/tokenizer.hpp"
#include "text/tokenizer_file.hpp"

#include <string>

namespace lightreasoner::text {

/// Adds the tokens that `transformers` adds beyond those of tokenizer.json: added_tokens_decoder in
/// the order of its ids, where there is none added_tokens.json in the order of its ids, then
/// special tokens by name (of special_tokens_map.json first, in the second case), then
/// extra_special_tokens. The ids there are not looked at: see add_token. Throws UserError naming
/// file and key. (transformers/tokenization_utils_base.py, _from_pretrained;
/// tokenization_utils_tokenizers.py, TokenizersBackend.__init__)
void add_config_tokens(const TokenizerConfig& config, TokenizerFile& file);

/// The id of `pad_token`, given as text or as an object with "content". Throws UserError naming
/// `name` when there is none or the tokenizer does not know it.
[[nodiscard]] TokenId find_pad_token(const std::string& json, const std::string& name,
                                     const Tokenizer& tokenizer);

}  // namespace lightreasoner::text
