// SPDX-License-Identifier: Apache-2.0
/// Problem sets: JSON Lines files read, checked and numbered.
#pragma once

#include "support/hashing.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace lightreasoner::problems {

struct Problem {
  std::uint64_t id = 0;  ///< 0-based line index in the file
  std::string text_id;   ///< the line's own "id", else the line index in decimal
  std::string question;
  std::string answer;             ///< reference answer, empty when the set has none
  support::Sha256 line_sha256{};  ///< of the source line without its line ending
};

/// What becomes of a problem whose prompt and longest answer exceed a model's positions.
enum class TooLong : std::uint8_t {
  refuse,
  set_aside,  ///< sampled by nobody; as a held-out problem, wrong
};

/// A problem set: its file, its fields there, and which of its problems are taken.
struct Config {
  std::filesystem::path file{};  ///< JSON Lines, one object a line
  std::vector<std::string> question_fields = {
      "question"};  ///< of several: trimmed, and joined by ' '
  std::string answer_field = "answer";
  TooLong too_long = TooLong::refuse;
  std::string section = "problems";  ///< of the run file, whose keys these are
};

/// Parses the bytes of a JSONL file (support::split_json_lines); blank lines are not counted as
/// problems but keep their line index. `needs_answer` makes an answer that is missing or blank an
/// error. Throws UserError naming `config.file` and the 1-based line for lines that JsonLine::parse
/// refuses, a field that is missing, blank or not text, an id that is neither text nor a number
/// told apart from its neighbours, and an id that an earlier line has; and when there is no problem
/// at all.
[[nodiscard]] std::vector<Problem> parse_problems(std::string_view bytes, const Config& config,
                                                  bool needs_answer);

}  // namespace lightreasoner::problems
