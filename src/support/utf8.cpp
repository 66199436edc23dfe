// SPDX-License-Identifier: Apache-2.0
#include "support/utf8.hpp"

#include "support/errors.hpp"

#include <fmt/format.h>

namespace lightreasoner::support {
namespace {

/// What the lead byte promises: the sequence's length and the range of its second byte (table 3-7
/// of the Unicode standard); the bytes after the second are 80..BF. Length 0: no lead byte.
struct Lead {
  std::size_t length = 0;
  unsigned char second_low = 0x80;
  unsigned char second_high = 0xBF;
};

Lead lead_of(unsigned char byte) {
  if (byte < 0x80) return {1};
  if (byte < 0xC2) return {0};
  if (byte < 0xE0) return {2};
  if (byte == 0xE0) return {3, 0xA0, 0xBF};
  if (byte == 0xED) return {3, 0x80, 0x9F};
  if (byte < 0xF0) return {3};
  if (byte == 0xF0) return {4, 0x90, 0xBF};
  if (byte < 0xF4) return {4};
  if (byte == 0xF4) return {4, 0x80, 0x8F};
  return {0};
}

/// The character at the start of `bytes`: how many of its bytes fit the table, and whether all do.
struct Character {
  std::size_t good_bytes = 0;
  bool whole = false;
};

Character first_character(std::string_view bytes) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  const Lead lead = lead_of(byte(0));
  if (lead.length == 0) return {0, false};
  std::size_t good = 1;
  for (; good < lead.length && good < bytes.size(); ++good) {
    const unsigned char low = good == 1 ? lead.second_low : 0x80;
    const unsigned char high = good == 1 ? lead.second_high : 0xBF;
    if (byte(good) < low || byte(good) > high) break;
  }
  return {good, good == lead.length};
}

/// How a text in units of two or four bytes begins: its byte-order mark, or what is 0 of the first
/// ones' bytes.
const char* wide_unicode(std::string_view bytes) {
  std::string zeros;  // of the first four bytes
  for (const char byte : bytes.substr(0, 4)) zeros += byte == '\0' ? '0' : 'x';
  const auto begins_with = [&](std::string_view mark) { return bytes.starts_with(mark); };
  if (begins_with({"\xFF\xFE\0\0", 4}) || begins_with({"\0\0\xFE\xFF", 4})) return "UTF-32";
  if (begins_with("\xFF\xFE") || begins_with("\xFE\xFF")) return "UTF-16";
  if (zeros == "x000") return "UTF-32LE";
  if (zeros == "000x") return "UTF-32BE";
  if (zeros.starts_with("x0")) return "UTF-16LE";
  if (zeros.starts_with("0x")) return "UTF-16BE";
  return nullptr;
}

/// What a file is by its first bytes, if it is one of these.
const char* packed_format(std::string_view bytes) {
  if (bytes.starts_with("\x1F\x8B")) return "compressed by gzip";
  if (bytes.starts_with("\x28\xB5\x2F\xFD")) return "compressed by zstd";
  if (bytes.starts_with("\xFD"
                        "7zXZ"))
    return "compressed by xz";
  if (bytes.starts_with("PK\x03\x04")) return "a zip archive";
  if (bytes.starts_with("PAR1")) return "a Parquet file";
  return nullptr;
}

}  // namespace

std::size_t valid_utf8_prefix(std::string_view bytes) {
  std::size_t at = 0;
  while (at < bytes.size()) {
    const Character character = first_character(bytes.substr(at));
    if (!character.whole) break;
    at += character.good_bytes;
  }
  return at;
}

std::string_view utf8_text(std::string_view bytes, const std::string& file_name) {
  if (const char* format = packed_format(bytes)) {
    throw UserError(fmt::format("{}: is {}, not text; unpack or convert it", file_name, format));
  }
  if (const char* encoding = wide_unicode(bytes)) {
    throw UserError(fmt::format("{0}: is {1}; convert it to UTF-8: iconv -f {1} -t UTF-8",
                                file_name, encoding));
  }
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (bytes.starts_with(byte_order_mark)) bytes.remove_prefix(byte_order_mark.size());
  return bytes;
}

bool is_utf8(std::string_view bytes) { return valid_utf8_prefix(bytes) == bytes.size(); }

std::size_t invalid_utf8_length(std::string_view bytes) {
  const std::size_t good = first_character(bytes).good_bytes;
  return good == 0 ? 1 : good;
}

std::string repair_utf8(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  while (!bytes.empty()) {
    const std::size_t good = valid_utf8_prefix(bytes);
    text += bytes.substr(0, good);
    bytes.remove_prefix(good);
    if (bytes.empty()) break;
    text += "\xEF\xBF\xBD";
    bytes.remove_prefix(invalid_utf8_length(bytes));
  }
  return text;
}

}  // namespace lightreasoner::support
