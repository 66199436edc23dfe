// SPDX-License-Identifier: Apache-2.0
#include "unicode/regex_classes.hpp"

#include "support/errors.hpp"

#include <algorithm>
#include <vector>

namespace lightreasoner::unicode {
namespace {

/// What an escape stands for, as the inside of [].
struct Class {
  std::string_view escape;
  std::string members;
  bool negated = false;
};

/// Unicode's White_Space; PCRE2's own \s has U+180E besides.
constexpr std::string_view white_space = R"(\x{9}-\x{d}\x{85}\p{Z})";

// The characters of Unicode 15 and 16, which an older PCRE2 takes for unassigned.
constexpr std::string_view new_letters =
    R"(\x{1c89}\x{1c8a}\x{a7cb}-\x{a7cd}\x{a7da}-\x{a7dc}\x{105c0}-\x{105f3})"
    R"(\x{10d4a}-\x{10d65}\x{10d6f}-\x{10d85}\x{10ec2}-\x{10ec4}\x{1123f}\x{11240})"
    R"(\x{11380}-\x{11389}\x{1138b}\x{1138e}\x{11390}-\x{113b5}\x{113b7}\x{113d1}\x{113d3})"
    R"(\x{11bc0}-\x{11be0}\x{11f02}\x{11f04}-\x{11f10}\x{11f12}-\x{11f33}\x{1342f})"
    R"(\x{13441}-\x{13446}\x{13460}-\x{143fa}\x{16100}-\x{1611d}\x{16d40}-\x{16d6c})"
    R"(\x{18cff}\x{1b132}\x{1b155}\x{1df25}-\x{1df2a}\x{1e030}-\x{1e06d})"
    R"(\x{1e4d0}-\x{1e4eb}\x{1e5d0}-\x{1e5ed}\x{1e5f0}\x{2b739}\x{2ebf0}-\x{2ee5d})"
    R"(\x{31350}-\x{323af})";
constexpr std::string_view new_digits =
    R"(\x{10d40}-\x{10d49}\x{116d0}-\x{116e3}\x{11bf0}-\x{11bf9}\x{11f50}-\x{11f59})"
    R"(\x{16130}-\x{16139}\x{16d70}-\x{16d79}\x{1ccf0}-\x{1ccf9}\x{1e4f0}-\x{1e4f9})"
    R"(\x{1e5f1}-\x{1e5fa})";
constexpr std::string_view new_numbers_but_digits = R"(\x{1d2c0}-\x{1d2d3})";
constexpr std::string_view new_marks =
    R"(\x{897}\x{cf3}\x{ece}\x{10d69}-\x{10d6d}\x{10efc}-\x{10eff}\x{11241})"
    R"(\x{113b8}-\x{113c0}\x{113c2}\x{113c5}\x{113c7}-\x{113ca}\x{113cc}-\x{113d0}\x{113d2})"
    R"(\x{113e1}\x{113e2}\x{11f00}\x{11f01}\x{11f03}\x{11f34}-\x{11f3a}\x{11f3e}-\x{11f42})"
    R"(\x{11f5a}\x{13440}\x{13447}-\x{13455}\x{1611e}-\x{1612f}\x{1e08f}\x{1e4ec}-\x{1e4ef})"
    R"(\x{1e5ee}\x{1e5ef})";
constexpr std::string_view new_punctuation =
    R"(\x{1b4e}\x{1b4f}\x{1b7f}\x{10d6e}\x{113d4}\x{113d5}\x{113d7}\x{113d8})"
    R"(\x{11b00}-\x{11b09}\x{11be1}\x{11f43}-\x{11f4f}\x{16d6d}-\x{16d6f}\x{1e5ff})";
constexpr std::string_view new_symbols =
    R"(\x{2427}-\x{2429}\x{2ffc}-\x{2fff}\x{31e4}\x{31e5}\x{31ef}\x{10d8e}\x{10d8f})"
    R"(\x{1cc00}-\x{1ccef}\x{1cd00}-\x{1ceb3}\x{1f6dc}\x{1f774}-\x{1f776}\x{1f77b}-\x{1f77f})"
    R"(\x{1f7d9}\x{1f8b2}-\x{1f8bb}\x{1f8c0}\x{1f8c1}\x{1fa75}-\x{1fa77}\x{1fa87}-\x{1fa89})"
    R"(\x{1fa8f}\x{1faad}-\x{1faaf}\x{1fabb}-\x{1fabf}\x{1fac6}\x{1face}\x{1facf})"
    R"(\x{1fada}-\x{1fadc}\x{1fadf}\x{1fae8}\x{1fae9}\x{1faf7}\x{1faf8}\x{1fbcb}-\x{1fbef})";

/// Alphabetic characters that are neither letters, numbers nor marks, and the joiners.
constexpr std::string_view other_word_characters =
    R"(\x{200c}\x{200d}\x{24b6}-\x{24e9}\x{1f130}-\x{1f149}\x{1f150}-\x{1f169}\x{1f170}-\x{1f189})";

std::string together(std::initializer_list<std::string_view> parts) {
  std::string members;
  for (const std::string_view part : parts) members += part;
  return members;
}

std::vector<Class> make_classes() {
  return {
      {R"(\s)", std::string(white_space)},
      {R"(\S)", std::string(white_space), true},
      {R"(\w)", together({R"(\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc})", new_letters, new_marks, new_digits,
                          other_word_characters})},
      {R"(\p{L})", together({R"(\p{L})", new_letters})},
      {R"(\p{N})", together({R"(\p{N})", new_digits, new_numbers_but_digits})},
      {R"(\p{M})", together({R"(\p{M})", new_marks})},
      {R"(\p{P})", together({R"(\p{P})", new_punctuation})},
      {R"(\p{S})", together({R"(\p{S})", new_symbols})},
  };
}

}  // namespace

std::string to_pcre2(std::string_view regex) {
  const std::vector<Class> classes = make_classes();
  std::string translated;
  bool in_class = false;
  while (!regex.empty()) {
    const auto known = std::find_if(classes.begin(), classes.end(), [&](const Class& candidate) {
      return regex.starts_with(candidate.escape);
    });
    if (known != classes.end()) {
      support::require(!(in_class && known->negated), "a pattern has \\S inside of []");
      if (!in_class) translated += known->negated ? "[^" : "[";
      translated += known->members;
      if (!in_class) translated += ']';
      regex.remove_prefix(known->escape.size());
      continue;
    }
    const std::size_t length = regex.front() == '\\' ? 2 : 1;
    if (regex.front() == '[') in_class = true;
    if (regex.front() == ']') in_class = false;
    translated += regex.substr(0, length);
    regex.remove_prefix(length);
  }
  return translated;
}

}  // namespace lightreasoner::unicode
