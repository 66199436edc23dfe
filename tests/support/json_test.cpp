// SPDX-License-Identifier: Apache-2.0
#include "support/json.hpp"

#include "support/refusal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <random>

namespace lightreasoner::support {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using testing_support::refusal_of;

std::string error_of(const std::string& text, const JsonLimits& limits = {}) {
  return refusal_of([&] { (void)parse_json(text, {"a.json"}, limits); });
}

TEST(ParseJson, TakesAnObject) {
  EXPECT_EQ(error_of("{}"), "accepted");
  EXPECT_EQ(error_of("\xEF\xBB\xBF{\"a\": [1, {\"a\": null}]}\n"), "accepted");
  // Equal keys of different objects.
  EXPECT_EQ(error_of(R"({"a": {"b": 1}, "b": [{"b": 1}, {"b": 2}]})"), "accepted");
}

TEST(ParseJson, NamesFileLineAndColumn) {
  EXPECT_EQ(error_of("{\n  \"a\": 1,\n  \"b\" 2\n}"),
            "a.json:3: not JSON, in column 7; the file may be damaged or incomplete");
  EXPECT_EQ(error_of("[1]"), "a.json: expected a JSON object, found array");
  EXPECT_THAT(error_of(""), StartsWith("a.json:1: not JSON"));
  EXPECT_THAT(error_of("{\n\"a\": \"\xFF\"}"), StartsWith("a.json:2: not JSON, in column 7"));
  EXPECT_THAT(error_of(std::string("{\n\"a\0\": 1}", 10)),
              StartsWith("a.json:2: NUL byte in column 3"));
  EXPECT_EQ(error_of(std::string("{\"a\": 1}\n\0, \"b\": 2}", 19)),
            "a.json:2: NUL byte in column 1; is this a text file?");
  EXPECT_EQ(error_of("{\"a\":\n 1e999}"),
            "a.json:2: the number 1e999 in column 2 is too large to be read; write it as text, in "
            "quotes, or take it out");
  EXPECT_THAT(error_of(R"({"a": "x \ud83d y"})"), HasSubstr("write the character itself"));
}

TEST(ParseJson, RefusesAKeyThatStandsTwice) {
  EXPECT_EQ(error_of("{\"a\": 1,\n\"b\": 2,\n\"a\": 1}"),
            "a.json:3: key \"a\" stands there twice; remove one");
  EXPECT_THAT(error_of(R"({"x": [{}, {"a": 1, "a": 2}]})"), HasSubstr("\"a\" stands there twice"));
  EXPECT_THAT(error_of("{\"a\": 1, \"\\u0061\": 2}"), HasSubstr("\"a\" stands there twice"));
}

TEST(ParseJson, KeepsToItsLimits) {
  EXPECT_EQ(error_of("{\"a\": 1}", {.bytes = 7}), "a.json: 8 bytes, at most 7 are read");
  EXPECT_EQ(error_of(R"({"a": [[]]})", {.depth = 2}), "a.json:1: nested deeper than 2 levels");
  EXPECT_EQ(error_of(R"({"a": [[]]})", {.depth = 3}), "accepted");
  EXPECT_THAT(error_of("{\"a\": " + std::string(1 << 20, '[')), HasSubstr("deeper than 64"));
  EXPECT_THAT(error_of(R"({"a": [1, 2, 3, 4]})", {.values = 6}), HasSubstr("more than 6 JSON"));
}

TEST(ParseJson, EndsMessagesWithTheSourcesRemedy) {
  const auto error = refusal_of([] { (void)parse_json("{", {"a.jsonl", 7, "make it anew"}); });
  EXPECT_EQ(error,
            "a.jsonl:7: not JSON, in column 2; each line must be one JSON object; make it anew");
}

/// Whatever the bytes, there is an object or an error of ours that names the file.
TEST(ParseJson, RandomChangesNeverCrash) {
  const std::string valid =
      R"({"name": "a\u00e9\n", "list": [1, -2.5e3, true, null, {"x": {}}],)"
      "\n\"deep\": {\"er\": {\"\xc3\xa9\": [[], [{}]]}}, \"size\": 18446744073709551615}";
  std::mt19937 random(5);
  for (int round = 0; round < 20000; ++round) {
    std::string text = valid;
    for (std::size_t i = 0; i <= random() % 3; ++i) {
      text[random() % text.size()] = static_cast<char>(random() % 256);
    }
    if (round % 8 == 0) text.resize(random() % text.size());
    EXPECT_THAT(error_of(text), ::testing::AnyOf("accepted", StartsWith("a.json:")));
  }
}

constexpr const char* text = R"({
  "size": 8,
  "half": 8.5,
  "yes": true,
  "word": "w",
  "none": null,
  "big": 18446744073709551615,
  "huge": 1e300,
  "list": [1,
    2,
    "x"],
  "inner": {
    "less": -3,
    "parts": [{"a": 1},
      {"a": false}, 4]
  }
})";

class JsonSectionTest : public ::testing::Test {
 protected:
  JsonDocument document_ = parse_json(text, {"a.json"});
  JsonSection root_ = document_.root();
};

TEST_F(JsonSectionTest, ReadsValuesOfTheTypeThatStandsThere) {
  EXPECT_EQ(root_.get<int>("size"), 8);
  EXPECT_EQ(root_.get<double>("size"), 8.0);
  EXPECT_EQ(root_.get<double>("half"), 8.5);
  EXPECT_TRUE(root_.get<bool>("yes"));
  EXPECT_EQ(root_.get<std::string>("word"), "w");
  EXPECT_EQ(root_.get<std::uint64_t>("big"), UINT64_MAX);
  EXPECT_EQ(root_.size("size"), 8);
  EXPECT_EQ(root_.positive("half"), 8.5);
  EXPECT_EQ(root_.child("inner").get<std::int8_t>("less"), -3);
  EXPECT_EQ(root_.child("inner").object.size(), 2U);
}

TEST_F(JsonSectionTest, NullAndAbsentAreTheSame) {
  for (const char* key : {"none", "absent"}) {
    EXPECT_FALSE(root_.has(key));
    EXPECT_EQ(root_.get_or(key, 5), 5);
    EXPECT_EQ(root_.size_or(key, 6), 6);
    EXPECT_EQ(root_.positive_or(key, 0.5), 0.5);
    EXPECT_NO_THROW(root_.only(key, 1, "this is"));
    EXPECT_THAT(refusal_of([&] { (void)root_.get<int>(key); }), HasSubstr("\": is missing"));
  }
  EXPECT_EQ(refusal_of([&] { (void)root_.child("absent"); }), "a.json: key \"absent\": is missing");
}

TEST_F(JsonSectionTest, RefusesAnotherTypeWithFileLineKeyAndValue) {
  const auto expect = [](const char* message, const auto& read) {
    EXPECT_EQ(refusal_of(read), message);
  };
  expect("a.json:3: key \"half\": is 8.5, expected a whole number",
         [&] { (void)root_.get<int>("half"); });
  expect("a.json:4: key \"yes\": is true, expected a whole number",
         [&] { (void)root_.get<int>("yes"); });
  expect("a.json:4: key \"yes\": is true, expected a number",
         [&] { (void)root_.get<double>("yes"); });
  expect("a.json:2: key \"size\": is 8, expected true or false",
         [&] { (void)root_.get<bool>("size"); });
  expect("a.json:2: key \"size\": is 8, expected text",
         [&] { (void)root_.get<std::string>("size"); });
  expect("a.json:7: key \"big\": is 18446744073709551615, expected a whole number",
         [&] { (void)root_.get<std::int64_t>("big"); });
  expect("a.json:8: key \"huge\": is 1e+300, expected a whole number",
         [&] { (void)root_.get<std::uint64_t>("huge"); });
  expect("a.json:13: key \"inner.less\": is -3, expected a whole number",
         [&] { (void)root_.child("inner").get<std::uint32_t>("less"); });
  expect("a.json:13: key \"inner.less\": is -3, expected a number above 0",
         [&] { (void)root_.child("inner").positive("less"); });
  expect("a.json:2: key \"size\": is 8, expected a whole number from 1 to 7",
         [&] { (void)root_.size("size", 7); });
  expect("a.json:5: key \"word\": is \"w\": words are not supported, only \"v\"",
         [&] { root_.only("word", "v", "words are"); });
  expect("a.json:5: key \"word\": is \"w\", expected an object",
         [&] { (void)root_.child("word"); });
}

TEST_F(JsonSectionTest, NamesTheEntryOfAList) {
  EXPECT_EQ(refusal_of([&] { (void)root_.list<int>("list"); }),
            "a.json:11: key \"list.2\": is \"x\", expected a whole number");
  EXPECT_EQ(refusal_of([&] { (void)root_.list<int>("size"); }),
            "a.json:2: key \"size\": is 8, expected a list");
  EXPECT_EQ(refusal_of([&] { (void)root_.child("inner").children("parts"); }),
            "a.json:15: key \"inner.parts.2\": is 4, expected an object");
  EXPECT_EQ(
      refusal_of([&] { (void)root_.map<int>("inner"); }),
      "a.json:14: key \"inner.parts\": is [{\"a\":1},{\"a\":false},4], expected a whole number");
  const std::string good = R"({"a": [1, 2], "b": {"x": "y"}})";
  const JsonDocument document = parse_json(good, {"b.json"});
  EXPECT_THAT(document.root().list<int>("a"), ElementsAre(1, 2));
  EXPECT_THAT(document.root().map<std::string>("b"), ElementsAre(::testing::Pair("x", "y")));
}

TEST(AsksForNothing, ForNullFalseAndEmpty) {
  for (const char* nothing : {"null", "false", "\"\"", "[]", "{}"}) {
    EXPECT_TRUE(asks_for_nothing(json::parse(nothing))) << nothing;
    EXPECT_TRUE(is_off(json::parse(nothing))) << nothing;
  }
  for (const char* something : {"true", "1", "\"x\"", "[0]", R"({"a": null})", "-1", "0.5"}) {
    EXPECT_FALSE(asks_for_nothing(json::parse(something))) << something;
    EXPECT_FALSE(is_off(json::parse(something))) << something;
  }
  EXPECT_FALSE(asks_for_nothing(0));  // a layer's index, a token's id
  EXPECT_TRUE(is_off(0));
  EXPECT_TRUE(is_off(0.0));
}

TEST(Quote, CutsLongValuesToWholeCharacters) {
  EXPECT_EQ(quote("a\"b"), R"("a\"b")");
  const std::string quoted = quote(std::string(198, 'a') + "\u00e9\u00e9");
  EXPECT_THAT(quoted, ::testing::EndsWith("..."));
  EXPECT_LT(quoted.size(), 210U);
}

}  // namespace
}  // namespace lightreasoner::support
