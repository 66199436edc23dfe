// SPDX-License-Identifier: Apache-2.0
#include "weights/generation_config.hpp"

#include "support/refusal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lightreasoner::weights {
namespace {

using testing_support::refusal_of;

std::string processors_error(const std::string& json) {
  return refusal_of([&] { return parse_logits_processors(json, "generation_config.json"); });
}

TEST(LogitsProcessors, KnowARepetitionPenaltyAndRefuseTheRestByName) {
  using ::testing::HasSubstr;
  EXPECT_EQ(parse_logits_processors("{}", "f").repetition_penalty, 1.0);
  EXPECT_EQ(parse_logits_processors(R"({"repetition_penalty": 1.05, "do_sample": false,
                                        "temperature": 0.7, "top_p": 0.8, "num_beams": 1,
                                        "suppress_tokens": [], "guidance_scale": null})",
                                    "f")
                .repetition_penalty,
            1.05);
  EXPECT_THAT(processors_error(R"({"do_sample": true})"),
              HasSubstr(":1: key \"do_sample\": is true: method.scores"));
  EXPECT_THAT(processors_error(R"({"num_beams": 4})"),
              HasSubstr(":1: key \"num_beams\": is 4: method.scores"));
  EXPECT_THAT(processors_error(R"({"suppress_tokens": [1]})"), HasSubstr("suppress_tokens"));
  EXPECT_THAT(processors_error(R"({"stop_strings": ["x"]})"), HasSubstr("stop_strings"));
  EXPECT_THAT(processors_error(R"({"watermarking_config": {"bias": 1}})"), HasSubstr("watermark"));
  EXPECT_EQ(processors_error(R"({"forced_eos_token_id": null, "min_length": 0})"), "accepted");
  EXPECT_THAT(processors_error(R"({"forced_bos_token_id": 0})"),
              HasSubstr(":1: key \"forced_bos_token_id\": is 0: method.scores"));
  EXPECT_THAT(processors_error(R"({"repetition_penalty": -1})"), HasSubstr("a number above 0"));
  EXPECT_THAT(processors_error("["), HasSubstr(":1: not JSON, in column 2"));
}

}  // namespace
}  // namespace lightreasoner::weights
