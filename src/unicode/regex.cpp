// SPDX-License-Identifier: Apache-2.0
#include "unicode/regex.hpp"

#include "support/errors.hpp"
#include "unicode/regex_classes.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <fmt/format.h>
#include <string>

#define PCRE2_CODE_UNIT_WIDTH 8  // NOLINT(cppcoreguidelines-macro-usage): pcre2.h reads it
#include <pcre2.h>

namespace lightreasoner::unicode {
namespace {

/// Far above what a text of a line's length needs with these patterns, and reached in about a
/// second.
constexpr std::uint32_t match_limit = 10'000'000;

std::string pcre2_message(int error) {
  std::array<PCRE2_UCHAR, 256> buffer{};
  pcre2_get_error_message(error, buffer.data(), buffer.size());
  return {buffer.begin(), std::find(buffer.begin(), buffer.end(), PCRE2_UCHAR{0})};
}

/// Calls a PCRE2 free function as a deleter.
template <auto free_it>
struct Free {
  template <typename T>
  void operator()(T* object) const {
    free_it(object);
  }
};
using Code = std::unique_ptr<pcre2_code, Free<pcre2_code_free>>;
using MatchContext = std::unique_ptr<pcre2_match_context, Free<pcre2_match_context_free>>;
using MatchData = std::unique_ptr<pcre2_match_data, Free<pcre2_match_data_free>>;

PCRE2_SPTR units(std::string_view text) { return reinterpret_cast<PCRE2_SPTR>(text.data()); }

}  // namespace

struct Regex::Compiled {
  std::string_view name;
  Code code;
  MatchContext context;
};

Regex::Regex(std::string_view name, std::string_view pattern) {
  try {
    compiled_ = compile(name, to_pcre2(pattern));
  } catch (const support::UserError& error) {
    support::require(false, fmt::format("pattern {}: {}", name, error.what()));
  }
}

Regex Regex::parse(std::string_view pattern) {
  Regex regex;
  regex.compiled_ = compile("of a person", std::string(pattern));
  return regex;
}

std::shared_ptr<const Regex::Compiled> Regex::compile(std::string_view name,
                                                      const std::string& regex) {
  int error = 0;
  PCRE2_SIZE at = 0;
  Code code(pcre2_compile(units(regex), regex.size(), PCRE2_UTF | PCRE2_UCP, &error, &at, nullptr));
  if (code == nullptr) {
    throw support::UserError(fmt::format("no pattern: {}", pcre2_message(error)));
  }
  // Without JIT (an error here) the interpreter gives the same matches, only slower.
  pcre2_jit_compile(code.get(), PCRE2_JIT_COMPLETE);
  MatchContext context(pcre2_match_context_create(nullptr));
  pcre2_set_match_limit(context.get(), match_limit);
  return std::make_shared<const Compiled>(Compiled{name, std::move(code), std::move(context)});
}

std::vector<Regex::Match> Regex::find_all(std::string_view text) const {
  const MatchData match(pcre2_match_data_create(1, nullptr));
  const auto search = [&](std::size_t from, std::uint32_t options) {
    return pcre2_match(compiled_->code.get(), units(text), text.size(), from,
                       PCRE2_NO_UTF_CHECK | options, match.get(), compiled_->context.get());
  };
  std::vector<Match> matches;
  for (std::size_t done = 0; done < text.size();) {
    int outcome = search(done, 0);
    if (outcome == PCRE2_ERROR_JIT_STACKLIMIT) outcome = search(done, PCRE2_NO_JIT);
    if (outcome == PCRE2_ERROR_NOMATCH) break;
    if (outcome < 0) {
      throw support::UserError(fmt::format("pattern {} on a text of {} bytes: {}", compiled_->name,
                                           text.size(), pcre2_message(outcome)));
    }
    const PCRE2_SIZE* ends = pcre2_get_ovector_pointer(match.get());
    support::require(ends[1] > ends[0], "a known pattern matched nothing");
    matches.push_back({ends[0], ends[1]});
    done = ends[1];
  }
  return matches;
}

}  // namespace lightreasoner::unicode
