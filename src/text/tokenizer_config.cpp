// SPDX-License-Identifier: Apache-2.0
#include "text/tokenizer_config.hpp"

#include "support/json.hpp"

#include <fmt/format.h>

namespace lightreasoner::text {

TokenId find_pad_token(const std::string& json, const std::string& name,
                       const Tokenizer& tokenizer) {
  const support::JsonDocument document = support::parse_json(json, {name});
  const support::JsonSection root = document.root();
  const nlohmann::json* token = root.find("pad_token");
  if (token == nullptr) {
    root.fail("pad_token",
              "is missing; method.attention_mask = \"not_pad\" and method.loss_position = "
              "\"padded\" need one");
  }
  const auto spelling = token->is_object() ? root.child("pad_token").get<std::string>("content")
                                           : root.get<std::string>("pad_token");
  const auto id = tokenizer.find(spelling);
  if (!id) {
    root.fail("pad_token", fmt::format("is {}, which tokenizer.json beside it does not know",
                                       support::quote(spelling)));
  }
  return *id;
}

}  // namespace lightreasoner::text
