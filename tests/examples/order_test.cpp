// SPDX-License-Identifier: Apache-2.0
#include "examples/order.hpp"

#include "examples/golden.hpp"
#include "support/refusal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lightreasoner::examples {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing_support::refusal_of;

TEST(SampleOrder, RepeatsAGivenOne) {
  SampleOrder order({4, 0, 2});
  std::vector<std::uint64_t> taken;
  for (std::uint64_t position = 0; position < 7; ++position) {
    taken.push_back(order.at(position));
  }
  EXPECT_THAT(taken, ElementsAre(4, 0, 2, 4, 0, 2, 4));
}

std::string order_error(const std::string& text) {
  return refusal_of([&] { return parse_order(text, "order.txt"); });
}

TEST(OrderFile, HasOneNumberALine) {
  EXPECT_THAT(parse_order("3\n0\n12", "order.txt").samples, ElementsAre(3, 0, 12));
  EXPECT_THAT(parse_order("3\n", "order.txt").samples, ElementsAre(3));
  EXPECT_THAT(order_error("3\n4 5\n"), HasSubstr("order.txt:2: \"4 5\""));
  EXPECT_THAT(order_error("-1\n"), HasSubstr("order.txt:1"));
  EXPECT_THAT(order_error("99999999999999999999\n"), HasSubstr("order.txt:1"));
  EXPECT_THAT(order_error(""), HasSubstr("no sample numbers"));
  EXPECT_THAT(order_error("\n \n"), HasSubstr("no sample numbers"));
}

TEST(OrderFile, MayHaveBlankLinesAndAnyLineEnd) {
  const GivenOrder order = parse_order("3\r\n\r\n0\n\n12\r\n\n", "order.txt");
  EXPECT_THAT(order.samples, ElementsAre(3, 0, 12));
  EXPECT_THAT(order.lines, ElementsAre(1, 3, 5));
  EXPECT_EQ(refusal_of([&] { require_samples(order, 13); }), "accepted");
  EXPECT_EQ(refusal_of([&] { require_samples(order, 12); }),
            "order.txt:5: sample 12 does not exist: 12 steps were selected, numbered from 0");
}

TEST(OrderFile, MayHaveAByteOrderMarkAndBlanksAroundNumbers) {
  EXPECT_THAT(parse_order("\xEF\xBB\xBF"
                          "3 \n\t0\t\r\n  12",
                          "order.txt")
                  .samples,
              ElementsAre(3, 0, 12));
  EXPECT_THAT(order_error({"\xFF\xFE"
                           "3\0\n\0",
                           6}),
              HasSubstr("order.txt: is UTF-16; convert it"));
}

TEST(SampleOrder, IsTheOneMadeInPython) {
  const nlohmann::json expected = read_expected();
  SampleOrder order(expected.at("examples").size(), expected.at("seed"));
  const auto positions = expected.at("order").get<std::vector<std::uint64_t>>();
  for (std::size_t position = 0; position < positions.size(); ++position) {
    ASSERT_EQ(order.at(position), positions[position]) << "position " << position;
  }
}

TEST(SampleOrder, DoesNotDependOnWhatWasAskedBefore) {
  SampleOrder forward(10, 5);
  std::vector<std::uint64_t> expected;
  for (std::uint64_t position = 0; position < 50; ++position) {
    expected.push_back(forward.at(position));
  }
  SampleOrder backward(10, 5);
  for (std::uint64_t position = 50; position-- > 0;) {
    EXPECT_EQ(backward.at(position), expected[position]);
  }
}

TEST(SampleOrder, VisitsEachExampleOnceAnEpoch) {
  for (const std::uint64_t size : {1U, 2U, 17U}) {
    SampleOrder order(size, 1);
    for (std::uint64_t epoch = 0; epoch < 3; ++epoch) {
      std::vector<int> visits(size, 0);
      for (std::uint64_t i = 0; i < size; ++i) {
        ++visits[order.at(epoch * size + i)];
      }
      EXPECT_THAT(visits, ::testing::Each(1));
    }
  }
}

TEST(SampleOrder, DiffersBySeedAndEpoch) {
  const auto take = [](std::uint64_t seed, std::uint64_t epoch) {
    SampleOrder order(100, seed);
    std::vector<std::uint64_t> taken;
    for (std::uint64_t i = 0; i < 100; ++i) {
      taken.push_back(order.at(epoch * 100 + i));
    }
    return taken;
  };
  EXPECT_NE(take(1, 0), take(2, 0));
  EXPECT_NE(take(1, 0), take(std::uint64_t{1} << 32 | 1, 0));
  EXPECT_NE(take(1, 0), take(1, 1));
}

}  // namespace
}  // namespace lightreasoner::examples
