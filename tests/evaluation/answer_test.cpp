// SPDX-License-Identifier: Apache-2.0
#include "evaluation/answer.hpp"

#include <chrono>
#include <fmt/format.h>
#include <gtest/gtest.h>

namespace lightreasoner::evaluation {
namespace {

struct Extraction {
  const char* text;
  const char* answer;  // nullptr: none
};

void expect_all(std::initializer_list<Extraction> table) {
  for (const auto& [text, answer] : table) {
    const auto extracted = extract_answer(text);
    EXPECT_EQ(extracted.has_value(), answer != nullptr) << text;
    EXPECT_EQ(extracted.value_or("none"), answer == nullptr ? "none" : answer) << text;
  }
}

TEST(ExtractAnswer, TakesTheLastBox) {
  expect_all({
      {"Solution: 13-12=1. The answer is \\boxed{2}.", "2"},
      {"\\boxed{1} no, \\boxed{2}, so 3", "2"},
      {"$\\boxed{ 1,234 }$", "1,234"},
      {"\\boxed{\\frac{3}{4}}", "\\frac{3}{4}"},
      {"\\boxed{\\sqrt{\\frac{a}{b}}} done", "\\sqrt{\\frac{a}{b}}"},
      {"\\boxed{\\{1, 2\\}}", "\\{1, 2\\}"},
      {"\\boxed{a\\}b}", "a\\}b"},
      {"\\boxed{\\boxed{7}}", "7"},
      {"{ never closed \\boxed{5}", "5"},
      {"}} \\boxed{5}", "5"},
      {"\\boxed{18}\n#### 19", "18"},
      {"so $\\boxed {7}$", "7"},
      {"so $\\boxed 7$ of 9", "7"},
      {"so \\boxed  x+1 \nof 9", "x+1"},
  });
}

TEST(ExtractAnswer, PassesOverBoxesThatAreEmptyOrCutOff) {
  expect_all({
      {"\\boxed{5} and then \\boxed{}", "5"},
      {"\\boxed{5} and then \\boxed{ }", "5"},
      {"\\boxed{5} and then \\boxed{1", "5"},
      {"\\boxed{5} and then \\boxed{\\frac{1}{2}", "5"},
      {"it is \\boxed{12", "12"},
      {"\\boxed", nullptr},
      {"\\boxed{", nullptr},
      {"\\fbox{x} is 4", "4"},
  });
}

// The reference answers of GSM8K as they are in the set.
TEST(ExtractAnswer, TakesWhatFollowsTheLastHashes) {
  expect_all({
      {"Janet sells 16 - 3 - 4 = <<16-3-4=9>>9 duck eggs a day.\nShe makes 9 * 2 = $<<9*2=18>>18 "
       "every day at the farmer\u2019s market.\n#### 18",
       "18"},
      {"So he made 200,000-130,000=$<<200000-130000=70000>>70,000\n#### 70,000", "70,000"},
      {"#### 5\n#### 6\nand more", "6"},
      {"####-3", "-3"},
      {"#### \nso 8", "8"},
      {"a ##### 7", "7"},
  });
}

TEST(ExtractAnswer, FallsBackToTheLastNumber) {
  expect_all({
      {"The answer is 42.", "42"},
      {"First 3, then 4, so 7 apples", "7"},
      {"It costs $1,234.50 in all.", "1,234.50"},
      {"He owes -$5", "-$5"},
      {"He owes $-5", "-5"},
      {"He owes -\\$5", "-\\$5"},
      {"x = -3", "-3"},
      {"x=\xe2\x88\x92"
       "3",
       "\xe2\x88\x92"
       "3"},
      {"(-3)", "-3"},
      {"10-3", "3"},
      {"f(2)-3", "3"},
      {"between 5-7", "7"},
      {"-.5", "-.5"},
      {"a share of 3/4.", "3/4"},
      {"a share of \\frac{3}{4}", "\\frac{3}{4}"},
      {"a share of -\\dfrac{3}{4} of it", "-\\dfrac{3}{4}"},
      {"\\frac{x}{2}", "2"},
      {"50%", "50"},
      {"12 H2O", "12"},
      {"12 is from GSM8K", "12"},
      {"5kg", "5"},
      {"pairs 1,23", "23"},
      {"pairs 1,2345", "2345"},
      {"pairs 1234,567", "567"},
      {"pairs 0,123", "123"},
      {"12,345,678", "12,345,678"},
      {"no number here", nullptr},
      {"", nullptr},
      {".,-$", nullptr},
  });
}

TEST(ExtractAnswer, ReadsThousandsHoweverTheyAreSeparated) {
  expect_all({
      {"so 9{,}500 of them", "9{,}500"},
      {"so 9\\,500 of them", "9\\,500"},
      {"so 12\u00a0009\u00a0500 of them", "12\u00a0009\u00a0500"},
      {"so 9\u202f500 of them", "9\u202f500"},
      {"so 9{\\,}500 of them", "9{\\,}500"},
      {"I have 12 345 apples", "12 345"},
      {"I have 12'345 apples", "12'345"},
      {"I have 1\u2019234\u2019567 apples", "1\u2019234\u2019567"},
      {"I have 12_345 apples", "12_345"},
      {"I have 1.234.567 apples", "1.234.567"},
      {"I have 1.234 apples", "1.234"},
      {"first 1,234 567", "567"},
      {"9 50", "50"},
      {"it's 5' 100", "100"},
  });
}

TEST(ReferenceAnswer, IsWhatATextMarksOrTheWholeText) {
  EXPECT_EQ(reference_answer("We have $x=3$, so \\boxed{x^2+1}."), "x^2+1");
  EXPECT_EQ(reference_answer("She makes 18.\n#### 18"), "18");
  for (const char* bare : {"x^2+1",
                           "(1,2)",
                           "5:45",
                           "\\frac{14}{3}",
                           "p - q",
                           "90^\\circ",
                           "\\text{Evelyn}",
                           "12 apples",
                           "9\u00a0500",
                           "[-2, 7]",
                           "2\\sqrt{3}",
                           "4 dollars and 4 cents",
                           "\\begin{pmatrix}-7\\\\4\\end{pmatrix}",
                           "\\begin{cases} 3 \\\\\n 4 \\end{cases}",
                           "log(2) + log(3)",
                           "3 hours 20 minutes.",
                           "Monday, May 4",
                           "Tom: 3, Ann: 5",
                           "\\text{odd for all } n > 2.",
                           "He is 5 ft. 4 in. tall",
                           "Friday the 13th of Oct. 4",
                           "number of ways is 8! / 4",
                           "The answer is 4!",
                           "The answer is 10 a.m. on Monday.",
                           "She bakes 3 pies. Of these 2 are left."}) {
    EXPECT_EQ(reference_answer(bare), bare);
    EXPECT_EQ(reference_answer(fmt::format(" {}\n", bare)), bare);
    EXPECT_TRUE(same_answer(bare, reference_answer(bare)));
  }
}

TEST(ReferenceAnswer, IsMissingWhereAMarkHasNoneBehind) {
  for (const char* empty : {"\\boxed{}", "so 3 \\boxed{ }", "\\boxed{3", "#### ", "18\n####\n18"}) {
    EXPECT_TRUE(marks_no_answer(empty)) << empty;
  }
  for (const char* given :
       {"\\boxed{}\n#### 3", "\\boxed{3} \\boxed{}", "#### 3", "3", "\\boxed 3"}) {
    EXPECT_FALSE(marks_no_answer(given)) << given;
  }
}

TEST(ExtractAnswer, StaysQuickOnHostileText) {
  std::string text;
  for (const char* piece : {"\\boxed{", "1,", "\\frac{1", "#", "-$", "{}", "9"}) {
    for (int i = 0; i < 150'000; ++i) {
      text += piece;
    }
  }
  const auto start = std::chrono::steady_clock::now();
  EXPECT_TRUE(extract_answer(text).has_value());
  EXPECT_TRUE(extract_answer(text.substr(text.size() / 2)).has_value());
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

TEST(SameAnswer, ComparesNumbersHoweverTheyAreWritten) {
  for (const auto& [left, right] : std::initializer_list<std::pair<const char*, const char*>>{
           {"18", "18"},
           {"18", " 18 "},
           {"18", "18."},
           {"18", "18.0"},
           {"18", "+18"},
           {"18", "0018"},
           {"010", "10"},
           {"18", "$18"},
           {"18", "\\$18"},
           {"18", "$18$"},
           {"18", "$18.$"},
           {"18", "\\(18\\)"},
           {"18",
            "\xe2\x82\xac"
            "18"},
           {"18", "18 \xe2\x82\xac"},
           {"18", "18%"},
           {"18", "18 \\%"},
           {"18", "18\\text{ dollars}"},
           {"18", "$18~\\text{cm}$"},
           {"18", "18\\,\\mathrm{cm}"},
           {"18", "18\\ \\text{cm}"},
           {"-5", "-$5"},
           {"-5", "$-5"},
           {"-5",
            "\xe2\x88\x92"
            "5"},
           {"0", "-0"},
           {"1234", "1,234"},
           {"1234", "1{,}234"},
           {"9500", "9\\,500"},
           {"9500", "9\u00a0500"},
           {"9,500", "$9\u202f500$"},
           {"1234567", "1~234~567"},
           {"1234", "1,\\!234"},
           {"1234.5", "$1,234.50"},
           {"1234567.25", "1,234,567.25"},
           {"0.5", ".5"},
           {"0.5", "1/2"},
           {"0.5", "\\frac{1}{2}"},
           {"0.5", "\\dfrac{1}{2}"},
           {"0.5", "\\tfrac12"},
           {"0.5", "$\\frac{2}{4}$"},
           {"-0.5", "-\\frac{1}{2}"},
           {"-0.5", "\\frac{-1}{2}"},
           {"-1/2", "1/-2"},
           {"3/7", "0.3/0.7"},
           {"3/7", "3 / 7"},
           {"6/8", "3/4"},
           {"x + 1", " x + 1\n"},
       }) {
    EXPECT_TRUE(same_answer(left, right)) << left << " | " << right;
    EXPECT_TRUE(same_answer(right, left)) << left << " | " << right;
  }
}

TEST(SameAnswer, ComparesThousandsHoweverTheyAreSeparated) {
  for (const char* separated :
       {"1,234,567", "1{,}234{,}567", "1\\,234\\,567", "1{\\,}234{\\,}567", "1~234~567",
        "1 234 567", "1'234'567", "1\u2019234\u2019567", "1_234_567", "1\u00a0234\u00a0567",
        "1\u2008234\u2008567", "1\u066c234\u066c567", "1\\thinspace 234\\thinspace 567",
        "1\\mathord{,}234\\mathord{,}567", "1&nbsp;234&nbsp;567", "12,34,567", "1.234.567"}) {
    EXPECT_TRUE(same_answer("1234567", separated)) << separated;
    EXPECT_FALSE(same_answer("1234568", separated)) << separated;
  }
  EXPECT_TRUE(same_answer("12345.5", "12'345.5"));
  EXPECT_FALSE(same_answer("1234", "1.234"));
  EXPECT_FALSE(same_answer("1234567", "1,234 567"));
}

TEST(SameAnswer, TellsDifferentAnswersApart) {
  for (const auto& [left, right] : std::initializer_list<std::pair<const char*, const char*>>{
           {"18", "19"},
           {"18", "-18"},
           {"18", "180"},
           {"0.1", "0.10000000000000000000001"},
           {"1/3", "0.3333333333333333"},
           {"50%", "0.5"},
           {"123", "1,23"},
           {"12345", "1,2345"},
           {"1000", "1e3"},
           {"1/0", "2/0"},
           {"0", "1/0"},
           {"18", ""},
           {"18", "18 dollars"},
           {"5", "--5"},
           {"1.5", "1 1/2"},
           {"1.5", "1\\frac{1}{2}"},
           {"12", "1 2"},
           {"3/4", "3/4/1"},
           {"4", "4\\text{ million}"},
           {"4", "4\\text{ Million}"},
           {"4", "4\\mathrm{i}"},
           {"4", "4\\text{ or more}"},
           {"4", "4\\text{, 5, 6}"},
           {"4\\text{ m}", "4\\text{ cm}"},
           {"123456", "12,34,56"},
           {"x", "X"},
       }) {
    EXPECT_FALSE(same_answer(left, right)) << left << " | " << right;
    EXPECT_FALSE(same_answer(right, left)) << left << " | " << right;
  }
}

TEST(SameAnswer, ComparesNumbersOfMoreThanAHundredDigitsAsText) {
  const std::string hundred(100, '7');
  EXPECT_TRUE(same_answer(hundred, hundred + "$"));
  EXPECT_TRUE(same_answer(hundred + "7", hundred + "7"));
  EXPECT_FALSE(same_answer(hundred + "7", hundred + "7$"));
  const std::string million(1'000'000, '7');
  EXPECT_TRUE(same_answer(million, million));
  EXPECT_FALSE(same_answer(million, million + "8"));
}

}  // namespace
}  // namespace lightreasoner::evaluation
