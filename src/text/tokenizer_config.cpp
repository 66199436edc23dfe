// SPDX-License-Identifier: Apache-2.0
#include "text/tokenizer_config.hpp"

#include "support/errors.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace lightreasoner::text {

TokenId find_pad_token(const std::string& json, const std::string& name,
                       const Tokenizer& tokenizer) {
  const auto root = nlohmann::json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (!root.is_object()) {
    throw support::UserError(name + ": is not a JSON object; the file may be damaged");
  }
  nlohmann::json token = root.value("pad_token", nlohmann::json());
  if (token.is_object()) {
    token = token.value("content", nlohmann::json());
  }
  if (!token.is_string()) {
    throw support::UserError(
        name +
        ": key \"pad_token\" is missing; method.attention_mask = \"not_pad\" and "
        "method.loss_position = \"padded\" need one");
  }
  const auto id = tokenizer.find(token.get<std::string>());
  if (!id) {
    throw support::UserError(
        fmt::format("{}: key \"pad_token\" is {}, which tokenizer.json beside it "
                    "does not know",
                    name, token.dump()));
  }
  return *id;
}

}  // namespace lightreasoner::text
