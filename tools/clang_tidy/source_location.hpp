// SPDX-License-Identifier: Apache-2.0
/// std::source_location for clang-tidy 14, which lacks the builtin that libstdc++ makes it of.
#pragma once

#include <cstdint>
#include <source_location>

#ifndef __cpp_lib_source_location
namespace std {

struct source_location {
  static constexpr source_location current(const char* file = __builtin_FILE(),
                                           const char* function = __builtin_FUNCTION(),
                                           uint_least32_t line = __builtin_LINE()) {
    return {file, function, line};
  }
  constexpr const char* file_name() const { return file; }
  constexpr const char* function_name() const { return function; }
  constexpr uint_least32_t line() const { return at_line; }
  constexpr uint_least32_t column() const { return 0; }

  const char* file = "";
  const char* function = "";
  uint_least32_t at_line = 0;
};

}  // namespace std
#endif
