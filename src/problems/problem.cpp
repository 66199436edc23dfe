// SPDX-License-Identifier: Apache-2.0
#include "problems/problem.hpp"

#include "support/errors.hpp"
#include "support/json_lines.hpp"
#include "support/trim.hpp"
#include "support/utf8.hpp"
#include "unicode/white_space.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <system_error>

namespace lightreasoner::problems {
namespace {

using nlohmann::json;
using support::JsonSection;

/// From here on other programs may read two whole numbers as one.
constexpr double greatest_number = 9007199254740992.0;  // 2^53

/// A number digit by digit, as people write it: never with an exponent.
std::string plain_digits(const JsonSection& fields, const std::string& field, const json& number) {
  const std::string_view written = fields.number_text(field);
  if (number.is_number_float() && std::abs(number.get<double>()) >= greatest_number) {
    fields.fail(field, fmt::format("is {}, a number too large to be kept digit by digit; write it "
                                   "as text, in quotes",
                                   written));
  }
  const std::size_t exponent = written.find_first_of("eE");
  if (number == 0 &&
      written.substr(0, exponent).find_first_of("123456789") != std::string_view::npos) {
    fields.fail(field, fmt::format("is {}, a number too small to be kept digit by digit; write it "
                                   "as text, in quotes",
                                   written));
  }
  if (exponent == std::string_view::npos) return std::string(written);
  std::array<char, 512> digits{};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(),
                                          number.get<double>(), std::chars_format::fixed);
  return error == std::errc{} ? std::string(digits.data(), end) : std::string(written);
}

/// A field as text; a number counts as text when `numbers` says so (answers, ids).
std::optional<std::string> text_of(const JsonSection& fields, const std::string& field,
                                   bool numbers) {
  const json* found = fields.find(field);
  if (found != nullptr && found->is_string()) return found->get<std::string>();
  if (found == nullptr || !numbers || !found->is_number()) return std::nullopt;
  return plain_digits(fields, field, *found);
}

/// `key` of the run file names the field.
[[noreturn]] void fail_field(const JsonSection& fields, const std::string& field,
                             const char* expected, const std::string& key) {
  if (const auto found = fields.object.find(field); found != fields.object.end()) {
    fields.fail(field, fmt::format("is {}, expected {}", support::quote(*found), expected));
  }
  std::string present;
  std::size_t named = 0;
  for (const auto& [name, value] : fields.object.items()) {
    if (named++ == 8) {
      present += ", ...";
      break;
    }
    present += fmt::format("{}\"{}\"", present.empty() ? "" : ", ",
                           support::repair_utf8(name.substr(0, 40)));
  }
  fields.fail(field, fmt::format("is missing; the line has {}; {} says which field is read",
                                 present.empty() ? "no keys" : present, key));
}

/// The line's own id, else its index in decimal.
std::string read_id(const JsonSection& fields, std::uint64_t index) {
  if (!fields.has("id")) return std::to_string(index);
  if (const auto id = text_of(fields, "id", true)) return *id;
  fields.fail("id",
              fmt::format("is {}, expected text or a number", support::quote(fields.value("id"))));
}

std::string read_question(const JsonSection& fields, const Config& config) {
  std::string question;
  for (const std::string& field : config.question_fields) {
    const auto part = text_of(fields, field, false);
    if (!part) fail_field(fields, field, "text", config.section + ".question_field");
    if (config.question_fields.size() == 1) {
      question = *part;
    } else if (const auto trimmed = support::trim(*part); !trimmed.empty()) {
      question += fmt::format("{}{}", question.empty() ? "" : " ", trimmed);
    }
  }
  if (unicode::strip(question).empty()) {
    fields.fail(config.question_fields.back(), "is empty; give a question or remove the line");
  }
  return question;
}

std::string read_answer(const JsonSection& fields, const Config& config, bool is_needed) {
  const auto answer = text_of(fields, config.answer_field, true);
  if (!answer && is_needed) {
    fail_field(fields, config.answer_field, "text or a number", config.section + ".answer_field");
  }
  if (is_needed && unicode::strip(*answer).empty()) {
    fields.fail(config.answer_field, "is empty; give the right answer or remove the line");
  }
  return answer.value_or("");
}

Problem read_problem(const support::JsonLine& line, const Config& config, bool needs_answer) {
  const support::JsonDocument document = line.parse();
  const JsonSection fields = document.root();
  Problem problem;
  problem.id = line.number - 1;
  problem.text_id = read_id(fields, problem.id);
  problem.question = read_question(fields, config);
  problem.answer = read_answer(fields, config, needs_answer);
  problem.line_sha256 = support::sha256(line.text);
  return problem;
}

/// Later stages and files of samples know a problem by its text id alone. `line_of` holds the ids
/// so far.
void require_new_id(const Problem& problem, std::map<std::string, std::size_t>& line_of,
                    const support::JsonLine& line) {
  const auto [known, is_new] = line_of.emplace(problem.text_id, line.number);
  if (!is_new) {
    constexpr std::size_t longest_shown = 80;
    line.fail(
        fmt::format("the problem's id \"{}\" is that of line {} too; change \"id\" in one of them "
                    "or remove one "
                    "(without that field a problem's id is its line's number, counted from 0)",
                    support::repair_utf8(problem.text_id.substr(0, longest_shown)), known->second));
  }
}

}  // namespace

std::vector<Problem> parse_problems(std::string_view bytes, const Config& config,
                                    bool needs_answer) {
  std::vector<Problem> problems;
  std::map<std::string, std::size_t> line_of;
  for (const support::JsonLine& line : support::split_json_lines(bytes, config.file)) {
    problems.push_back(read_problem(line, config, needs_answer));
    require_new_id(problems.back(), line_of, line);
  }
  if (problems.empty()) {
    throw support::UserError(
        fmt::format("{}: no problems; expected one JSON object a line with the field \"{}\"",
                    config.file.string(), fmt::join(config.question_fields, "\" and \"")));
  }
  return problems;
}

}  // namespace lightreasoner::problems
