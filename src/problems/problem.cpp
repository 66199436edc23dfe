// SPDX-License-Identifier: Apache-2.0
#include "problems/problem.hpp"

#include "support/errors.hpp"
#include "support/utf8.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <optional>

namespace lightreasoner::problems {
namespace {

using nlohmann::json;

/// Where an error is: the file and the 1-based line.
struct Place {
  const Config& config;
  std::size_t line;

  [[noreturn]] void fail(const std::string& what) const {
    throw support::UserError(fmt::format("{}:{}: {}", config.file.string(), line, what));
  }
};

/// Cuts the next line off `rest`, without its "\n" or "\r\n".
std::string_view take_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

json parse_object(std::string_view line, const Place& place) {
  if (line.size() > max_line_bytes) {
    place.fail(fmt::format("the line has {} bytes, {} are allowed; shorten or remove it",
                           line.size(), max_line_bytes));
  }
  if (const std::size_t at = line.find('\0'); at != std::string_view::npos) {
    place.fail(fmt::format("NUL byte in column {}; is this a text file?", at + 1));
  }
  if (const std::size_t good = support::valid_utf8_prefix(line); good != line.size()) {
    place.fail(fmt::format("not UTF-8 in column {}; convert the file to UTF-8", good + 1));
  }
  try {
    json object = json::parse(line);
    if (!object.is_object()) {
      place.fail(fmt::format("expected a JSON object, found {}", object.type_name()));
    }
    return object;
  } catch (const json::parse_error& error) {
    place.fail(
        fmt::format("not JSON, in column {}; each line must be one JSON object", error.byte));
  } catch (const json::out_of_range&) {
    place.fail("a number in this line is too large for JSON");
  }
}

/// A field as text; a number counts as text when `numbers` says so (answers, ids).
std::optional<std::string> text_of(const json& object, const std::string& field, bool numbers) {
  const auto found = object.find(field);
  if (found == object.end()) return std::nullopt;
  if (found->is_string()) return found->get<std::string>();
  if (numbers && found->is_number()) return found->dump();
  return std::nullopt;
}

[[noreturn]] void fail_field(const json& object, const std::string& field, const char* expected,
                             const Place& place) {
  const auto found = object.find(field);
  if (found != object.end()) {
    place.fail(fmt::format("field \"{}\" is {}, expected {}", field, found->type_name(), expected));
  }
  std::string present;
  std::size_t named = 0;
  for (const auto& [name, value] : object.items()) {
    if (named++ == 8) {
      present += ", ...";
      break;
    }
    present += fmt::format("{}\"{}\"", present.empty() ? "" : ", ",
                           support::repair_utf8(name.substr(0, 40)));
  }
  place.fail(fmt::format("no field \"{}\"; the line has {}", field,
                         present.empty() ? "no fields" : present));
}

Problem read_problem(const json& object, bool needs_answer, const Place& place) {
  Problem problem;
  problem.id = place.line - 1;
  problem.text_id = text_of(object, "id", true).value_or(std::to_string(problem.id));
  const auto question = text_of(object, place.config.question_field, false);
  if (!question) fail_field(object, place.config.question_field, "text", place);
  problem.question = *question;
  const auto answer = text_of(object, place.config.answer_field, true);
  if (!answer && needs_answer) {
    fail_field(object, place.config.answer_field, "text or a number", place);
  }
  problem.answer = answer.value_or("");
  return problem;
}

}  // namespace

std::vector<Problem> parse_problems(std::string_view bytes, const Config& config,
                                    bool needs_answer) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (bytes.starts_with(byte_order_mark)) bytes.remove_prefix(byte_order_mark.size());

  std::vector<Problem> problems;
  for (std::size_t number = 1; !bytes.empty(); ++number) {
    const std::string_view line = take_line(bytes);
    if (is_blank(line)) continue;
    const Place place{config, number};
    Problem problem = read_problem(parse_object(line, place), needs_answer, place);
    problem.line_sha256 = support::sha256(line);
    problems.push_back(std::move(problem));
  }
  if (problems.empty()) {
    throw support::UserError(
        fmt::format("{}: no problems; expected one JSON object a line with the field \"{}\"",
                    config.file.string(), config.question_field));
  }
  return problems;
}

}  // namespace lightreasoner::problems
