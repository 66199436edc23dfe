// SPDX-License-Identifier: Apache-2.0
#include "unicode/normalizer.hpp"

#include "support/errors.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <utf8proc.h>

namespace lightreasoner::unicode {
namespace {

struct Range {
  utf8proc_int32_t first;
  utf8proc_int32_t last;
};

/// Characters that combine or compose in some version from Unicode 10 to 18 and did not in 9:
/// in between them normalization is the same in all.
constexpr std::array inert{
    Range{0x5c8, 0x5c9},     Range{0x7fd, 0x7fd},     Range{0x897, 0x89f},
    Range{0x8ca, 0x8d3},     Range{0x9fe, 0x9fe},     Range{0xc3c, 0xc3c},
    Range{0xd3b, 0xd3c},     Range{0xeba, 0xeba},     Range{0x1715, 0x1715},
    Range{0x1abf, 0x1af0},   Range{0x1df6, 0x1dfa},   Range{0xa82c, 0xa82c},
    Range{0x105d2, 0x105d2}, Range{0x105da, 0x105da}, Range{0x10d24, 0x10d27},
    Range{0x10d69, 0x10d6d}, Range{0x10eab, 0x10eac}, Range{0x10ecb, 0x10ecf},
    Range{0x10ef0, 0x10efb}, Range{0x10efd, 0x10eff}, Range{0x10f46, 0x10f50},
    Range{0x10f82, 0x10f85}, Range{0x11070, 0x11070}, Range{0x1133b, 0x1133b},
    Range{0x11382, 0x11382}, Range{0x11384, 0x11384}, Range{0x1138b, 0x1138b},
    Range{0x11390, 0x11390}, Range{0x113c2, 0x113c2}, Range{0x113ce, 0x113d0},
    Range{0x1145e, 0x1145e}, Range{0x11839, 0x1183a}, Range{0x11935, 0x11935},
    Range{0x1193d, 0x1193e}, Range{0x11943, 0x11943}, Range{0x119e0, 0x119e0},
    Range{0x11a34, 0x11a34}, Range{0x11a47, 0x11a47}, Range{0x11a99, 0x11a99},
    Range{0x11d42, 0x11d42}, Range{0x11d44, 0x11d45}, Range{0x11d97, 0x11d97},
    Range{0x11f41, 0x11f42}, Range{0x1611e, 0x1611e}, Range{0x16121, 0x16122},
    Range{0x16129, 0x16129}, Range{0x1612f, 0x1612f}, Range{0x16d63, 0x16d63},
    Range{0x16d67, 0x16d67}, Range{0x16d69, 0x16d69}, Range{0x16ff0, 0x16ff1},
    Range{0x1d127, 0x1d128}, Range{0x1d250, 0x1d252}, Range{0x1d25b, 0x1d25c},
    Range{0x1d25f, 0x1d25f}, Range{0x1d280, 0x1d281}, Range{0x1e08f, 0x1e08f},
    Range{0x1e130, 0x1e136}, Range{0x1e2ae, 0x1e2ae}, Range{0x1e2ec, 0x1e2ef},
    Range{0x1e4ec, 0x1e4ef}, Range{0x1e5ee, 0x1e5ef}, Range{0x1e6e3, 0x1e6e3},
    Range{0x1e6e6, 0x1e6e6}, Range{0x1e6ee, 0x1e6ef}, Range{0x1e6f5, 0x1e6f5}};

bool is_inert(utf8proc_int32_t character) {
  const auto range =
      std::lower_bound(inert.begin(), inert.end(), character,
                       [](const Range& left, utf8proc_int32_t right) { return left.last < right; });
  return range != inert.end() && character >= range->first;
}

const utf8proc_uint8_t* units(std::string_view text) {
  return reinterpret_cast<const utf8proc_uint8_t*>(text.data());
}

void append_composed(std::string_view text, std::string& result) {
  struct Free {
    void operator()(utf8proc_uint8_t* bytes) const { std::free(bytes); }
  };
  utf8proc_uint8_t* bytes = nullptr;
  const utf8proc_ssize_t size =
      utf8proc_map(units(text), static_cast<utf8proc_ssize_t>(text.size()), &bytes,
                   static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  const std::unique_ptr<utf8proc_uint8_t, Free> owner(bytes);
  support::require(size >= 0, "text to normalize is not UTF-8");
  result.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
}

/// Nothing below U+0300 ever combines, and that is where the lead byte 0xCC begins.
bool may_change(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char byte) { return static_cast<unsigned char>(byte) >= 0xCC; });
}

}  // namespace

std::string to_nfc(std::string_view text) {
  if (!may_change(text)) return std::string(text);
  std::string result;
  std::size_t done = 0;
  for (std::size_t at = 0; at < text.size();) {
    utf8proc_int32_t character = 0;
    const utf8proc_ssize_t length = utf8proc_iterate(
        units(text.substr(at)), static_cast<utf8proc_ssize_t>(text.size() - at), &character);
    support::require(length > 0, "text to normalize is not UTF-8");
    const std::size_t next = at + static_cast<std::size_t>(length);
    if (is_inert(character)) {
      append_composed(text.substr(done, at - done), result);
      result += text.substr(at, next - at);
      done = next;
    }
    at = next;
  }
  append_composed(text.substr(done), result);
  return result;
}

}  // namespace lightreasoner::unicode
