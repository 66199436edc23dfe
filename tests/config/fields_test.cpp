// SPDX-License-Identifier: Apache-2.0
// The table of keys: what each number may be, to the last value at either end; and its words.
#include "config/fields.hpp"

#include "config/keys.hpp"
#include "config/minimal_run.hpp"
#include "config/parse.hpp"
#include "support/files.hpp"
#include "support/refusal.hpp"

#include <cmath>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <regex>
#include <set>

namespace lightreasoner::config {
namespace {

using ::testing::HasSubstr;
using testing_support::refusal_of;

std::string error_of(const std::string& assignment) {
  return refusal_of([&] {
    (void)parse_run_config(minimal_run, "/conf/a.toml", std::vector<std::string>{assignment});
  });
}

/// Whether a key's own rule takes the value; rules between keys are not asked.
bool takes(const Field& field, const std::string& value) {
  const std::string error = error_of(field.key + "=" + value);
  return !error.starts_with(fmt::format("override '{0}={1}': {0} = ", field.key, value));
}

template <typename Number>
void expect_ends(const Field& field) {
  const support::Range& range = field.range;
  constexpr Number most = std::numeric_limits<Number>::max();
  const auto least = static_cast<Number>(range.least);
  const auto greatest = static_cast<Number>(range.greatest);
  const auto written = [](Number number) { return fmt::format("{}", number); };
  EXPECT_EQ(takes(field, written(least)), !range.is_open_below);
  EXPECT_EQ(takes(field, written(greatest)), !range.is_open_above);
  if constexpr (std::is_integral_v<Number>) {
    EXPECT_FALSE(takes(field, fmt::format("{}", static_cast<std::int64_t>(least) - 1)));
    EXPECT_FALSE(takes(field, fmt::format("{}", static_cast<std::int64_t>(greatest) + 1)));
    EXPECT_FALSE(takes(field, fmt::format("{}", std::numeric_limits<std::int64_t>::max())));
    EXPECT_FALSE(takes(field, "1.5"));
  } else {
    EXPECT_FALSE(takes(field, written(std::nextafter(least, -most))));
    EXPECT_FALSE(takes(field, written(std::nextafter(greatest, most))));
    EXPECT_TRUE(takes(field, written(std::nextafter(least, most))));
    EXPECT_TRUE(takes(field, written(std::nextafter(greatest, -most))));
    for (const char* word : {"nan", "inf", "-inf"}) {
      EXPECT_FALSE(takes(field, word)) << word;
    }
  }
}

template <typename Number>
bool expect_ends_of(const Field& field) {
  if (!std::holds_alternative<Number*>(field.target)) {
    return false;
  }
  SCOPED_TRACE(field.key);
  EXPECT_TRUE(std::isfinite(field.range.least) && std::isfinite(field.range.greatest));
  expect_ends<Number>(field);
  return true;
}

TEST(Fields, TakeTheEndsOfTheirRangesAndNothingOutside) {
  RunConfig config;
  int num_numbers = 0;
  for (const Field& field : fields_of(config)) {
    num_numbers +=
        static_cast<int>(expect_ends_of<int>(field) || expect_ends_of<std::int64_t>(field) ||
                         expect_ends_of<std::uint64_t>(field) || expect_ends_of<float>(field) ||
                         expect_ends_of<double>(field));
  }
  EXPECT_GE(num_numbers, 30);
}

TEST(Fields, HoldDefaultsThatTheyTake) {
  RunConfig config;
  for (const KeyValue& entry : effective_keys(config)) {
    if (entry.value != "\"\"") {
      EXPECT_EQ(error_of(entry.key + "=" + entry.value), "accepted");
    }
  }
}

TEST(Fields, SayWhichEndIsOpen) {
  EXPECT_THAT(error_of("lora.dropout=1.0"),
              HasSubstr("lora.dropout = 1.0: must be at least 0 and below 1"));
  EXPECT_THAT(error_of("contrast.plausibility_floor=0"),
              HasSubstr("contrast.plausibility_floor = 0: must be above 0 and at most 1"));
  EXPECT_THAT(error_of("records.units_per_shard=0"),
              HasSubstr("records.units_per_shard = 0: must be between 1 and 1000000"));
  EXPECT_THAT(error_of("finetune.checkpoints_kept=1"), HasSubstr("must be between 2 and 1000"));
}

TEST(Fields, RefuseWhatBecomesAnOpenEndWhenItIsKept) {
  EXPECT_THAT(error_of("contrast.plausibility_floor=1e-60"), HasSubstr("must be above 0"));
}

TEST(Fields, TakeEveryWordOfTheirChoiceAndWriteItAgain) {
  RunConfig defaults;
  int num_choices = 0;
  for (const Field& field : fields_of(defaults)) {
    const auto* choice = std::get_if<Choice>(&field.target);
    if (choice == nullptr) {
      continue;
    }
    ++num_choices;
    std::set<std::string> written;
    for (const std::string& word : choice->words) {
      const RunConfig config = parse_run_config(minimal_run, "/conf/a.toml",
                                                std::vector<std::string>{field.key + "=" + word});
      for (const KeyValue& entry : effective_keys(config)) {
        if (entry.key == field.key) written.insert(entry.value);
      }
      EXPECT_THAT(describe_keys(), HasSubstr("\"" + word + "\""));
    }
    EXPECT_EQ(written.size(), choice->words.size()) << field.key;
    EXPECT_THAT(error_of(field.key + "=other"), HasSubstr("must be one of \"" + choice->words[0]));
    EXPECT_THAT(error_of(field.key + "=1"), HasSubstr("must be one of"));
  }
  EXPECT_EQ(num_choices, 12);
}

TEST(Fields, RefuseAnEmptyName) {
  EXPECT_THAT(error_of("evaluation.name="), HasSubstr("evaluation.name = \"\": must not be empty"));
  for (const char* empty : {"[]", "\"\"", "[\"a\", \"\"]"}) {
    EXPECT_THAT(error_of(fmt::format("problems.question_field={}", empty)),
                HasSubstr("must be one text or more, none of them empty"));
    EXPECT_THAT(error_of(fmt::format("evaluation.question_field={}", empty)),
                HasSubstr("must be one text or more, none of them empty"));
  }
}

/// Every key of a run file, in file order.
std::vector<std::string> known_keys() {
  RunConfig defaults;
  std::vector<std::string> keys;
  for (const Field& field : fields_of(defaults)) {
    keys.push_back(field.key);
  }
  return keys;
}

TEST(Fields, AreKnownByTheirNames) {
  const std::vector<std::string> keys = known_keys();
  EXPECT_EQ(std::set(keys.begin(), keys.end()).size(), keys.size());
  EXPECT_EQ(keys.front(), "run.directory");
  EXPECT_EQ(keys.size(), effective_keys(RunConfig{}).size() + 1);  // prompt.preset
}

/// tools/house takes the keys from the text of the table.
TEST(Fields, StandWholeInTheTablesText) {
  std::set<std::string> written;
  for (const char* name : {"fields.cpp", "method.cpp"}) {
    const std::string text =
        support::read_file(std::string(LIGHTREASONER_SOURCE_DIR "/src/config/") + name);
    const std::regex key(R"re("([a-z]+\.[a-z0-9_]+)")re");
    for (std::sregex_iterator found(text.begin(), text.end(), key), end; found != end; ++found) {
      written.insert((*found)[1]);
    }
  }
  const std::vector<std::string> keys = known_keys();
  EXPECT_EQ(written, std::set(keys.begin(), keys.end()));
}

}  // namespace
}  // namespace lightreasoner::config
