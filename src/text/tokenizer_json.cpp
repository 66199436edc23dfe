// SPDX-License-Identifier: Apache-2.0
#include "text/tokenizer_json.hpp"

#include "support/errors.hpp"

#include <fmt/format.h>

namespace lightreasoner::text {

using nlohmann::json;

void fail(const std::string& what) { throw support::UserError(what); }

void refuse(const std::string& part) {
  fail(part + " is not supported; use a model with a plain byte-level BPE tokenizer");
}

json parse_json(std::string_view text) {
  if (text.size() > max_tokenizer_bytes) {
    fail(fmt::format("{} bytes, at most {} are read", text.size(), max_tokenizer_bytes));
  }
  std::size_t values = 0;
  return json::parse(text, [&](int depth, json::parse_event_t, const json&) {
    if (depth > max_tokenizer_depth) {
      fail(fmt::format("nested deeper than {} levels", max_tokenizer_depth));
    }
    if (++values > max_tokenizer_values) {
      fail(fmt::format("more than {} JSON values", max_tokenizer_values));
    }
    return true;
  });
}

bool is_off(const json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() || found->is_null() || *found == false || *found == 0 ||
         (found->is_string() && found->get_ref<const std::string&>().empty());
}

void refuse_if_on(const json& object, const char* key, const std::string& where) {
  if (!is_off(object, key)) refuse(fmt::format("{} \"{}\"", where, key));
}

std::string type_of(const json& object) { return object.at("type").get<std::string>(); }

json parts_of(const json& whole, const char* key) {
  if (whole.is_null()) return json::array();
  if (type_of(whole) != "Sequence") return json::array({whole});
  return whole.at(key).get_ref<const json::array_t&>();
}

}  // namespace lightreasoner::text
