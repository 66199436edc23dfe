// SPDX-License-Identifier: Apache-2.0
#include "problems/problem.hpp"

#include "support/errors.hpp"
#include "support/json_lines.hpp"
#include "support/refusal.hpp"

#include <array>
#include <cstddef>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <random>
#include <string>

namespace lightreasoner::problems {
namespace {

using testing::HasSubstr;

using support::max_line_bytes;
using testing_support::refusal_of;

const Config set{.file = "set.jsonl"};
const std::string good_line = R"({"question": "1+1?", "answer": "2"})";

/// A literal with the NUL bytes in it.
template <std::size_t N>
std::string whole(const char (&literal)[N]) {
  return {literal, N - 1};
}

std::string error_of(const std::string& bytes, bool needs_answer = true) {
  return refusal_of([&] { return parse_problems(bytes, set, needs_answer); });
}

TEST(ParseProblems, ReadsFieldsAndNumbersLines) {
  const auto problems =
      parse_problems(good_line + "\n" + R"({"question":"q","answer":"a","id":"x"})", set, true);
  ASSERT_EQ(problems.size(), 2U);
  EXPECT_EQ(problems[0].id, 0U);
  EXPECT_EQ(problems[0].text_id, "0");
  EXPECT_EQ(problems[0].question, "1+1?");
  EXPECT_EQ(problems[0].answer, "2");
  EXPECT_EQ(problems[0].line_sha256, support::sha256(good_line));
  EXPECT_EQ(problems[1].id, 1U);
  EXPECT_EQ(problems[1].text_id, "x");
}

TEST(ParseProblems, UsesTheFieldsOfTheConfig) {
  const Config config{.file = "set.jsonl", .question_fields = {"Body"}, .answer_field = "Answer"};
  const auto problems = parse_problems(R"({"Body":"b","Answer":145.0,"id":7})", config, true);
  EXPECT_EQ(problems.at(0).question, "b");
  EXPECT_EQ(problems.at(0).answer, "145.0");
  EXPECT_EQ(problems.at(0).text_id, "7");
}

TEST(ParseProblems, JoinsSeveralFieldsByASpace) {
  const Config config{.file = "set.jsonl", .question_fields = {"body", "question"}};
  const std::string line = R"({"question":" How many?\n","body":"  Two cats. ","answer":2})";
  EXPECT_EQ(parse_problems(line, config, true).at(0).question, "Two cats. How many?");
  EXPECT_THAT(refusal_of([&] { return parse_problems(good_line, config, true); }),
              HasSubstr("set.jsonl:1: key \"body\": is missing; the line has"));
  EXPECT_THAT(refusal_of([&] { return parse_problems("", config, true); }),
              HasSubstr("with the field \"body\" and \"question\""));
}

TEST(ParseProblems, LeavesOutAnEmptyFieldOfSeveral) {
  const Config config{.file = "set.jsonl", .question_fields = {"instruction", "input"}};
  EXPECT_EQ(parse_problems(R"({"instruction":"Add 1.","input":" ","answer":2})", config, true)
                .at(0)
                .question,
            "Add 1.");
  EXPECT_THAT(refusal_of([&] {
                return parse_problems(R"({"instruction":"","input":" ","answer":2})", config, true);
              }),
              HasSubstr("set.jsonl:1: key \"input\": is empty; give a question"));
}

TEST(ParseProblems, KeepsEveryDigitOfNumbers) {
  const Problem problem =
      parse_problems(R"({"id":18446744073709551615 ,"x":[1,{"answer":2}],"question":"q",)"
                     R"("answer":3.14159265358979323846})",
                     set, true)
          .at(0);
  EXPECT_EQ(problem.text_id, "18446744073709551615");
  EXPECT_EQ(problem.answer, "3.14159265358979323846");
}

TEST(ParseProblems, WritesNumbersWithoutAnExponent) {
  const auto answer = [](const std::string& number) {
    return parse_problems(R"({"question":"q","answer":)" + number + "}", set, true).at(0).answer;
  };
  EXPECT_EQ(answer("0.00001"), "0.00001");
  EXPECT_EQ(answer("2000000000000000.0"), "2000000000000000.0");
  EXPECT_EQ(answer("-1.5e-7"), "-0.00000015");
  EXPECT_EQ(answer("2.50E+3"), "2500");
  EXPECT_EQ(answer("145.0"), "145.0");
  EXPECT_EQ(answer("12"), "12");
}

TEST(ParseProblems, AnswerMayBeMissingUnlessNeeded) {
  EXPECT_EQ(parse_problems(R"({"question":"q"})", set, false).at(0).answer, "");
  EXPECT_EQ(parse_problems(R"({"question":"q","answer":[1]})", set, false).at(0).answer, "");
}

TEST(ParseProblems, NoTwoHaveOneId) {
  const auto with_id = [](const std::string& id) {
    return R"({"question":"q","answer":"a","id":)" + id + "}\n";
  };
  EXPECT_THAT(error_of(with_id("\"x\"") + "\n" + with_id("\"x\"")),
              HasSubstr("set.jsonl:3: the problem's id \"x\" is that of line 1 too; change"));
  EXPECT_THAT(error_of(with_id("7") + with_id("\"7\"")), HasSubstr("set.jsonl:2: "));
  // A line without an id is called by its index, which another line may have taken.
  EXPECT_THAT(error_of(with_id("1") + good_line),
              HasSubstr("set.jsonl:2: the problem's id \"1\" is that of line 1 too"));
  EXPECT_EQ(error_of(with_id("1") + with_id("\"x\"") + good_line), "accepted");
}

struct Accepted {
  const char* name;
  std::string bytes;
  std::vector<std::uint64_t> ids;
};

TEST(ParseProblems, AcceptsTheCommonWaysToWriteAFile) {
  const std::vector<Accepted> table{
      {"final newline", good_line + "\n", {0}},
      {"no final newline", good_line, {0}},
      {"CRLF", good_line + "\r\n" + good_line + "\r\n", {0, 1}},
      {"byte-order mark", "\xEF\xBB\xBF" + good_line + "\n", {0}},
      {"blank lines", "\n" + good_line + "\n \t\r\n\n" + good_line + "\n\n", {1, 4}},
  };
  for (const Accepted& row : table) {
    const auto problems = parse_problems(row.bytes, set, true);
    ASSERT_EQ(problems.size(), row.ids.size()) << row.name;
    for (std::size_t i = 0; i < problems.size(); ++i) {
      EXPECT_EQ(problems[i].id, row.ids[i]) << row.name;
      EXPECT_EQ(problems[i].line_sha256, support::sha256(good_line)) << row.name;
    }
  }
}

struct Refused {
  std::string bytes;
  const char* message;
};

TEST(ParseProblems, NamesFileLineAndReason) {
  const std::string first = good_line + "\n";
  const std::vector<Refused> table{
      {"", "set.jsonl: no problems"},
      {"\n \r\n", "set.jsonl: no problems"},
      {"\xEF\xBB\xBF", "set.jsonl: no problems"},
      {first + "not JSON\n", "set.jsonl:2: not JSON"},
      {first + "\n" + good_line + " x\n", "set.jsonl:3: not JSON, in column 37"},
      {R"({"question": "cut)", "set.jsonl:1: not JSON"},
      {R"({"question": "\ud800", "answer": "1"})", "set.jsonl:1: not JSON"},
      {R"({"question": "q", "answer": 1e999})", "set.jsonl:1: the number 1e999 in column"},
      {R"({"question": "q", "answer": -1.5e-400})",
       "set.jsonl:1: key \"answer\": is -1.5e-400, a number too small to be kept"},
      {first + "[1, 2]", "set.jsonl:2: expected a JSON object, found array"},
      {first + R"({"answer": "2"})",
       "set.jsonl:2: key \"question\": is missing; the line has \"answer\"; "
       "problems.question_field says which field is read"},
      {"{}", "set.jsonl:1: key \"question\": is missing; the line has no keys"},
      {R"({"question": "q"})", "set.jsonl:1: key \"answer\": is missing"},
      {R"({"question": 3, "answer": "2"})", "key \"question\": is 3, expected text"},
      {R"({"question": "q", "answer": null})",
       "key \"answer\": is null, expected text or a number"},
      {first + whole("{\"question\": \"\0\"}"), "set.jsonl:2: NUL byte in column 15"},
      {first + "{\"question\": \"\xFF\"}", "set.jsonl:2: not UTF-8 in column 15"},
      {whole("\xFF\xFE{\0}\0"), "set.jsonl: is UTF-16; convert it to UTF-8: iconv"},
      {whole("{\0}\0"), "set.jsonl: is UTF-16"},
      {first + R"({"question": "q", "answer": NaN})",
       "set.jsonl:2: not JSON, in column 29; JSON has no NaN and no Infinity: write null"},
      {first + R"({"question": "q", "answer": -Infinity})", "JSON has no NaN and no Infinity"},
      {R"({"question": " \n", "answer": "1"})", "set.jsonl:1: key \"question\": is empty; give"},
      {R"({"question": "\u00a0\u3000", "answer": "1"})",
       "set.jsonl:1: key \"question\": is empty; give"},
      {R"({"question": "q", "answer": " "})", "set.jsonl:1: key \"answer\": is empty; give the"},
      {first + R"({"question": "q", "answer": "1", "id": {"a": 1}})",
       "set.jsonl:2: key \"id\": is {\"a\":1}, expected text or a number"},
      {R"({"question": "q", "answer": "1", "id": []})", "\"id\": is [], expected text or a number"},
      {R"({"question": "q", "answer": "1", "id": true})", "\"id\": is true, expected text or a"},
      {R"({"question": "q", "answer": "1", "id": 18446744073709551617})",
       "set.jsonl:1: key \"id\": is 18446744073709551617, a number too large to be kept"},
      {first + "\"" + std::string(max_line_bytes, 'x') + "\"", "set.jsonl:2: the line has 1048578"},
  };
  for (const Refused& row : table) {
    EXPECT_THAT(error_of(row.bytes), HasSubstr(row.message)) << row.bytes.substr(0, 80);
  }
}

TEST(ParseProblems, AcceptsALineOfExactlyTheLimit) {
  const std::string start = R"({"answer":"1","question":")";
  const std::string line = start + std::string(max_line_bytes - start.size() - 2, 'x') + "\"}";
  ASSERT_EQ(line.size(), max_line_bytes);
  EXPECT_EQ(parse_problems(line, set, true).size(), 1U);
  EXPECT_THAT(error_of(line + " "), HasSubstr("1048577 bytes"));
}

TEST(ParseProblems, NestingToTheLineLimitIsHarmless) {
  EXPECT_THAT(error_of(std::string(max_line_bytes, '[')),
              HasSubstr("nested deeper than 64 levels"));
}

/// Random bytes, and a valid file with random bytes changed: problems or a UserError, nothing else.
TEST(ParseProblems, RandomBytesNeverCrash) {
  std::mt19937 random(20251007);
  constexpr std::array<char, 16> alphabet{'{', '}', '"', ':',  ',',  '[',  ']',    '\\',
                                          'q', '1', 'e', '\n', '\r', '\0', '\xE2', ' '};
  const std::string valid = good_line + "\r\n" + good_line + "\n";
  for (int round = 0; round < 20000; ++round) {
    std::string bytes = round % 2 == 0 ? valid : std::string(random() % 64, ' ');
    const std::size_t changes = round % 2 == 0 ? 1 + random() % 4 : bytes.size();
    for (std::size_t i = 0; i < changes; ++i) {
      const char byte = random() % 2 == 0 ? alphabet[random() % alphabet.size()]
                                          : static_cast<char>(random() % 256);
      bytes[random() % bytes.size()] = byte;
    }
    try {
      const auto problems = parse_problems(bytes, set, round % 4 < 2);
      ASSERT_FALSE(problems.empty());
    } catch (const support::UserError& error) {
      ASSERT_THAT(error.what(), HasSubstr("set.jsonl"));
    }
  }
}

}  // namespace
}  // namespace lightreasoner::problems
