// SPDX-License-Identifier: Apache-2.0
#include "text/pretokenizer.hpp"

#include "support/errors.hpp"
#include "text/regex_classes.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <fmt/format.h>
#include <string>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

namespace lightreasoner::text {

constexpr KnownPattern gpt2_pattern{
    "GPT-2", R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)"};

namespace {

constexpr std::array patterns{
    gpt2_pattern,
    KnownPattern{"Qwen2", R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| )"
                          R"(?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)"},
    KnownPattern{"demo pair", R"(\p{N}| ?\p{L}+|\s*[^\s\p{L}\p{N}]+|\s+)"},
};

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

std::span<const KnownPattern> known_patterns() { return patterns; }

struct WordSplitter::Compiled {
  std::string_view name;
  Code code;
  MatchContext context;
};

WordSplitter::WordSplitter(const KnownPattern& pattern) {
  const std::string regex = to_pcre2(pattern.regex);
  int error = 0;
  PCRE2_SIZE at = 0;
  Code code(pcre2_compile(units(regex), regex.size(), PCRE2_UTF | PCRE2_UCP, &error, &at, nullptr));
  support::require(code != nullptr,
                   fmt::format("pattern {}: {}", pattern.name, code ? "" : pcre2_message(error)));
  // Without JIT (an error here) the interpreter gives the same words, only slower.
  pcre2_jit_compile(code.get(), PCRE2_JIT_COMPLETE);
  MatchContext context(pcre2_match_context_create(nullptr));
  pcre2_set_match_limit(context.get(), match_limit);
  compiled_ =
      std::make_shared<const Compiled>(Compiled{pattern.name, std::move(code), std::move(context)});
}

void WordSplitter::split(std::string_view text, std::vector<std::string_view>& words) const {
  const MatchData match(pcre2_match_data_create(1, nullptr));
  const auto find = [&](std::size_t from, std::uint32_t options) {
    return pcre2_match(compiled_->code.get(), units(text), text.size(), from,
                       PCRE2_NO_UTF_CHECK | options, match.get(), compiled_->context.get());
  };
  for (std::size_t done = 0; done < text.size();) {
    int outcome = find(done, 0);
    if (outcome == PCRE2_ERROR_JIT_STACKLIMIT) outcome = find(done, PCRE2_NO_JIT);
    if (outcome == PCRE2_ERROR_NOMATCH) {
      words.push_back(text.substr(done));
      return;
    }
    if (outcome < 0) {
      throw support::UserError(fmt::format("pre-tokenizer pattern {} on a text of {} bytes: {}",
                                           compiled_->name, text.size(), pcre2_message(outcome)));
    }
    const PCRE2_SIZE* ends = pcre2_get_ovector_pointer(match.get());
    support::require(ends[1] > ends[0], "a known pattern matched nothing");
    if (ends[0] > done) words.push_back(text.substr(done, ends[0] - done));
    words.push_back(text.substr(ends[0], ends[1] - ends[0]));
    done = ends[1];
  }
}

}  // namespace lightreasoner::text
