// SPDX-License-Identifier: Apache-2.0
#include "evaluation/answer.hpp"

#include <gtest/gtest.h>
#include <initializer_list>

namespace lightreasoner::evaluation {
namespace {

TEST(Grade, JudgesNumbersAgainstNumbersAlone) {
  struct Case {
    const char* text;
    const char* answer;
    bool correct, judged;
  };
  for (const Case& one : std::initializer_list<Case>{
           {"so \\boxed{4}", "#### 4", true, true},
           {"so \\boxed{5}", "#### 4", false, true},
           {"no idea", "4", false, true},
           {"\\boxed{4\\text{ marbles}}", "4", false, false},
           {"\\boxed{x=4}", "4", false, false},
           {"\\boxed{(4)}", "4", false, false},
           {"\\boxed{4}", "4\\text{ marbles}", false, false},
           {"\\boxed{x^2}", "x^2", true, true},
           {"\\boxed{x^2}", "x^3", false, false},
           {"x^3", "\\boxed{x^3}", true, true},
       }) {
    const Verdict verdict = grade(one.text, one.answer);
    EXPECT_EQ(verdict.correct, one.correct) << one.text << " for " << one.answer;
    EXPECT_EQ(verdict.judged, one.judged) << one.text << " for " << one.answer;
  }
}

}  // namespace
}  // namespace lightreasoner::evaluation
