// SPDX-License-Identifier: Apache-2.0
#include "text/regex_classes.hpp"

#include "support/errors.hpp"

#include <algorithm>
#include <array>

namespace lightreasoner::text {
namespace {

/// What an escape stands for, as the inside of [].
struct Class {
  std::string_view escape;
  std::string_view members;
  bool negated = false;
};

/// Unicode's White_Space; PCRE2's own \s has U+180E besides.
constexpr std::string_view white_space = R"(\x{9}-\x{d}\x{85}\p{Z})";

/// With the letters and numbers of Unicode 15 and 16, which an older PCRE2 takes for unassigned.
constexpr std::array classes{
    Class{R"(\s)", white_space},
    Class{R"(\S)", white_space, true},
    Class{R"(\p{L})",
          R"(\p{L}\x{1c89}\x{1c8a}\x{a7cb}-\x{a7cd}\x{a7da}-\x{a7dc}\x{105c0}-\x{105f3})"
          R"(\x{10d4a}-\x{10d65}\x{10d6f}-\x{10d85}\x{10ec2}-\x{10ec4}\x{1123f}\x{11240})"
          R"(\x{11380}-\x{11389}\x{1138b}\x{1138e}\x{11390}-\x{113b5}\x{113b7}\x{113d1}\x{113d3})"
          R"(\x{11bc0}-\x{11be0}\x{11f02}\x{11f04}-\x{11f10}\x{11f12}-\x{11f33}\x{1342f})"
          R"(\x{13441}-\x{13446}\x{13460}-\x{143fa}\x{16100}-\x{1611d}\x{16d40}-\x{16d6c})"
          R"(\x{18cff}\x{1b132}\x{1b155}\x{1df25}-\x{1df2a}\x{1e030}-\x{1e06d})"
          R"(\x{1e4d0}-\x{1e4eb}\x{1e5d0}-\x{1e5ed}\x{1e5f0}\x{2b739}\x{2ebf0}-\x{2ee5d})"
          R"(\x{31350}-\x{323af})"},
    Class{R"(\p{N})",
          R"(\p{N}\x{10d40}-\x{10d49}\x{116d0}-\x{116e3}\x{11bf0}-\x{11bf9}\x{11f50}-\x{11f59})"
          R"(\x{16130}-\x{16139}\x{16d70}-\x{16d79}\x{1ccf0}-\x{1ccf9}\x{1d2c0}-\x{1d2d3})"
          R"(\x{1e4f0}-\x{1e4f9}\x{1e5f1}-\x{1e5fa})"},
};

}  // namespace

std::string to_pcre2(std::string_view regex) {
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

}  // namespace lightreasoner::text
