// SPDX-License-Identifier: Apache-2.0
#include "text/prompt.hpp"

namespace lightreasoner::text {

std::vector<TokenId> encode_prompt(const Tokenizer& tokenizer, const PromptFormat& format,
                                   const std::string& question, const std::string& continuation) {
  return tokenizer.encode(format.before_system + format.system + format.before_question + question +
                          format.after_question + continuation);
}

}  // namespace lightreasoner::text
