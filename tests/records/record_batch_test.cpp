// SPDX-License-Identifier: Apache-2.0
#include "records/record_batch.hpp"

#include "records/config.hpp"
#include "records/made_up_records.hpp"
#include "support/errors.hpp"

#include <cmath>
#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdexcept>

namespace lightreasoner::records {
namespace {

using testing::made_up_problems;

/// A batch with one fault, and the word by which check_batch names it.
struct Fault {
  const char* name;
  std::function<void(RecordBatch&)> make;
};

class BrokenRule : public ::testing::TestWithParam<Fault> {};

TEST_P(BrokenRule, IsNamed) {
  RecordBatch batch = made_up_problems(0, 30);
  ASSERT_NO_THROW(check_batch(batch));
  GetParam().make(batch);
  try {
    check_batch(batch);
    FAIL() << "accepted";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr(GetParam().name));
  }
}

INSTANTIATE_TEST_SUITE_P(
    CheckBatch, BrokenRule,
    ::testing::Values(
        Fault{"/problems/id", [](auto& b) { b.problems.ids[4] = b.problems.ids[3]; }},
        Fault{"/problems/text_id_offsets", [](auto& b) { b.problems.text_ids.pop_back(); }},
        Fault{"/problems/question_offsets", [](auto& b) { b.problems.questions.emplace_back(); }},
        Fault{"/problems/line_sha256", [](auto& b) { b.problems.line_sha256.pop_back(); }},
        Fault{"/problems/finish_reason", [](auto& b) { b.problems.finish_reasons.pop_back(); }},
        Fault{"/problems/finish_reason",
              [](auto& b) { b.problems.finish_reasons[0] = FinishReason{7}; }},
        Fault{"/problems/prompt_offsets", [](auto& b) { b.prompts.offsets.clear(); }},
        Fault{"/problems/prompt_offsets", [](auto& b) { b.prompts.offsets[0] = 1; }},
        Fault{"/problems/prompt_offsets", [](auto& b) { b.prompts.offsets.back() += 1; }},
        Fault{"/prompts/token_id", [](auto& b) { b.prompts.token_ids[2] = -400; }},
        Fault{"/problems/step_offsets", [](auto& b) { b.steps.offsets[3] = 1000; }},
        Fault{"/problems/step_offsets", [](auto& b) { b.steps.token_ids.pop_back(); }},
        Fault{"/steps/token_id", [](auto& b) { b.steps.token_ids[0] = -1; }}));

using contrast::StepContrasts;

/// The same of the contrasts.
template <typename Break>
Fault fault(const char* name, Break break_contrasts) {
  return {name, [=](RecordBatch& batch) { break_contrasts(batch.steps.contrasts); }};
}

INSTANTIATE_TEST_SUITE_P(
    CheckContrasts, BrokenRule,
    ::testing::Values(
        fault("/steps/kl", [](StepContrasts& c) { c.kl[1] = std::nanf(""); }),
        fault("/steps/kl", [](StepContrasts& c) { c.kl[1] = -0.5F; }),
        fault("/steps/kl", [](StepContrasts& c) { c.kl.pop_back(); }),
        fault("/steps/expert_entropy", [](StepContrasts& c) { c.expert.entropy[1] = INFINITY; }),
        fault("/steps/amateur_entropy", [](StepContrasts& c) { c.amateur.entropy.clear(); }),
        fault("/steps/expert_top_id", [](StepContrasts& c) { c.expert.top_id[0] = -1; }),
        fault("/steps/amateur_top_id", [](StepContrasts& c) { c.amateur.top_id.push_back(1); }),
        fault("/steps/expert_top_prob", [](StepContrasts& c) { c.expert.top_probability[0] = 0; }),
        fault("/steps/amateur_top_prob",
              [](StepContrasts& c) { c.amateur.top_probability[0] = 1.1F; }),
        fault("/steps/expert_lost_mass", [](StepContrasts& c) { c.expert.lost_mass[0] = 1.5F; }),
        fault("/steps/amateur_lost_mass", [](StepContrasts& c) { c.amateur.lost_mass.clear(); }),
        fault("/steps/floor_offsets", [](StepContrasts& c) { c.floor.offsets.pop_back(); }),
        fault("/steps/floor_offsets", [](StepContrasts& c) { c.floor.ids.push_back(1); }),
        fault("/floor/token_id", [](StepContrasts& c) { c.floor.ids[0] = -1; }),
        fault("/floor/token_id",
              [](StepContrasts& c) {
                std::size_t step = 0;
                while (c.floor.offsets[step + 1] - c.floor.offsets[step] < 2) ++step;
                std::swap(c.floor.ids[c.floor.offsets[step]],
                          c.floor.ids[c.floor.offsets[step] + 1]);
              }),
        fault("/floor/expert_log",
              [](StepContrasts& c) { c.floor.expert_log_probability.clear(); }),
        fault("/floor/amateur_log",
              [](StepContrasts& c) { c.floor.amateur_log_probability[0] = -INFINITY; })));

}  // namespace
}  // namespace lightreasoner::records
