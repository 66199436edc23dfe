// SPDX-License-Identifier: Apache-2.0
#include "problems/problem.hpp"

#include "support/errors.hpp"
#include "support/json_lines.hpp"
#include "support/utf8.hpp"

#include <fmt/format.h>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

namespace lightreasoner::problems {
namespace {

using nlohmann::json;
using support::JsonSection;

/// A field as text; a number counts as text when `numbers` says so (answers, ids).
std::optional<std::string> text_of(const JsonSection& fields, const std::string& field,
                                   bool numbers) {
  const json* found = fields.find(field);
  if (found != nullptr && found->is_string()) return found->get<std::string>();
  if (found != nullptr && numbers && found->is_number()) return found->dump();
  return std::nullopt;
}

[[noreturn]] void fail_field(const JsonSection& fields, const std::string& field,
                             const char* expected) {
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
  fields.fail(field,
              fmt::format("is missing; the line has {}", present.empty() ? "no keys" : present));
}

Problem read_problem(const support::JsonLine& line, const Config& config, bool needs_answer) {
  const support::JsonDocument document = line.parse();
  const JsonSection fields = document.root();
  Problem problem;
  problem.id = line.number - 1;
  problem.text_id = text_of(fields, "id", true).value_or(std::to_string(problem.id));
  const auto question = text_of(fields, config.question_field, false);
  if (!question) fail_field(fields, config.question_field, "text");
  problem.question = *question;
  const auto answer = text_of(fields, config.answer_field, true);
  if (!answer && needs_answer) fail_field(fields, config.answer_field, "text or a number");
  problem.answer = answer.value_or("");
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
                    config.file.string(), config.question_field));
  }
  return problems;
}

}  // namespace lightreasoner::problems
