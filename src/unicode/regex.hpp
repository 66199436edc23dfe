// SPDX-License-Identifier: Apache-2.0
/// A compiled regular expression (PCRE2) that is searched for in UTF-8 text.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace lightreasoner::unicode {

/// Immutable after compiling: copies share it, and several threads may search at once.
class Regex {
 public:
  /// `pattern` is one of ours, written for Oniguruma; errors of a search call it `name`, which must
  /// outlive this.
  Regex(std::string_view name, std::string_view pattern);

  /// `pattern` is a person's. Throws UserError saying what is wrong with it.
  [[nodiscard]] static Regex parse(std::string_view pattern);

  /// Where a match lies, in bytes.
  struct Match {
    std::size_t begin = 0;
    std::size_t end = 0;
  };

  /// The text's matches from left to right. @pre `text` is UTF-8. Throws UserError at PCRE2's match
  /// limit.
  [[nodiscard]] std::vector<Match> find_all(std::string_view text) const;

 private:
  struct Compiled;
  Regex() = default;
  /// Throws UserError where it is no pattern.
  static std::shared_ptr<const Compiled> compile(std::string_view name, const std::string& regex);

  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace lightreasoner::unicode
