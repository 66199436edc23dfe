// SPDX-License-Identifier: Apache-2.0
/// One key of a run file: what it sets, and what it may be set to.
#pragma once

#include "support/errors.hpp"
#include "support/range.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

namespace lightreasoner::config {

/// A word of a run file and what it stands for.
template <typename Enum>
struct Word {
  const char* word;
  Enum value;
};

/// A setting that is one of some words, whatever enum they stand for.
struct Choice {
  std::vector<std::string> words;           ///< in the order of --help
  std::function<std::size_t()> chosen;      ///< index of the word that stands for the setting
  std::function<void(std::size_t)> choose;  ///< sets what that word stands for
};

/// The choice among `words` that sets `target`, which must outlive it.
template <typename Enum>
[[nodiscard]] Choice choice_of(Enum& target,
                               const std::type_identity_t<std::vector<Word<Enum>>>& words) {
  Choice choice;
  for (const Word<Enum>& row : words) {
    choice.words.emplace_back(row.word);
  }
  choice.chosen = [&target, words] {
    const auto row = std::find_if(words.begin(), words.end(), [&](const Word<Enum>& candidate) {
      return candidate.value == target;
    });
    support::require(row != words.end(), "a setting that no word of a run file stands for");
    return static_cast<std::size_t>(row - words.begin());
  };
  choice.choose = [&target, words](std::size_t index) { target = words.at(index).value; };
  return choice;
}

/// A setting that is a list of words, each of which stands for something.
struct WordList {
  std::function<std::vector<std::string>()> words;  ///< of the setting
  /// Sets what these stand for. Throws UserError, which begins with a verb, where they do not do.
  std::function<void(const std::vector<std::string>&)> set;
};

/// Where a key's value goes. A path is relative to the file that names it, but for run.directory,
/// which is relative to the working directory.
using Target =
    std::variant<std::string*, std::filesystem::path*, bool*, int*, std::int64_t*, std::uint64_t*,
                 float*, double*, std::vector<std::string>*, Choice, WordList>;

struct Field {
  std::string key;  ///< "section.name"
  Target target;
  std::string meaning;        ///< one line for --help
  support::Range range = {};  ///< of a number
  bool required = false;      ///< must be given
  bool not_empty = false;     ///< of a text
  bool takes_auto = false;    ///< "auto", held as `automatic`, besides a whole number
  bool names_preset = false;  ///< a file of other keys' values: what is effective is they, not it
};

}  // namespace lightreasoner::config
