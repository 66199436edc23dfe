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
  /// Sets what these stand for. Throws UserError, whose text begins with a verb, for words that
  /// stand for nothing.
  std::function<void(const std::vector<std::string>&)> set;
};

/// What a path is relative to, and what it names.
enum class PathUse : std::uint8_t {
  input,   ///< relative to the file that names it
  output,  ///< relative to the working directory
  preset,  ///< as input; names a file of other keys' values, which count in its place
};

/// Where a key's value goes.
using Target =
    std::variant<std::string*, std::filesystem::path*, bool*, int*, std::int64_t*, std::uint64_t*,
                 float*, double*, std::vector<std::string>*, Choice, WordList>;

struct Field {
  std::string key;  ///< "section.name"
  Target target;
  std::string meaning;            ///< one line for --help
  support::Range range = {};      ///< of a number
  bool required = false;          ///< must be given, and not empty
  bool not_empty = false;         ///< of a text, or a list and its texts
  bool takes_auto = false;        ///< "auto", held as `automatic`, besides a whole number
  PathUse path = PathUse::input;  ///< of a path
};

}  // namespace lightreasoner::config
