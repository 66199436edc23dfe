// SPDX-License-Identifier: Apache-2.0
/// What is read of tokenizer_config.json.
#pragma once

#include "text/tokenizer.hpp"

#include <string>

namespace lightreasoner::text {

/// The id of `pad_token`, given as text or as an object with "content". Throws UserError naming
/// `name` when there is none or the tokenizer does not know it.
[[nodiscard]] TokenId find_pad_token(const std::string& json, const std::string& name,
                                     const Tokenizer& tokenizer);

}  // namespace lightreasoner::text
