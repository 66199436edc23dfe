// SPDX-License-Identifier: Apache-2.0
#include "attention/new_tokens.hpp"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lightreasoner::attention {
namespace {

using ::testing::ElementsAre;

at::Tensor flags(std::vector<std::vector<int>> rows) {
  at::Tensor is_token = at::zeros({std::ssize(rows), std::ssize(rows[0])}, at::kBool);
  for (std::size_t row = 0; row < rows.size(); ++row) {
    for (std::size_t place = 0; place < rows[row].size(); ++place) {
      is_token[static_cast<std::int64_t>(row)][static_cast<std::int64_t>(place)] =
          rows[row][place] == 1;
    }
  }
  return is_token;
}

TEST(NewTokens, NeedNoPackingWithoutPadding) {
  const NewTokens tokens = count_tokens(flags({{1, 1}, {1, 1}}), at::kCPU);
  EXPECT_THAT(tokens.lengths, ElementsAre(2, 2));
  EXPECT_FALSE(tokens.places.defined());
  const at::Tensor places = at::arange(12).view({2, 2, 3});
  EXPECT_TRUE(at::equal(pack(tokens, places), places.view({4, 3})));
  EXPECT_TRUE(at::equal(unpack(tokens, pack(tokens, places), 2), places));
}

TEST(NewTokens, ArePackedFromEitherSideAndPutBack) {
  const at::Tensor is_token = flags({{0, 0, 1, 1}, {1, 1, 1, 0}, {0, 0, 0, 0}, {1, 1, 1, 1}});
  const NewTokens tokens = count_tokens(is_token, at::kCPU);
  EXPECT_THAT(tokens.lengths, ElementsAre(2, 3, 0, 4));
  const at::Tensor places = at::arange(16).view({4, 4, 1});
  const at::Tensor packed = pack(tokens, places);
  EXPECT_TRUE(at::equal(packed.flatten(), at::tensor({2, 3, 4, 5, 6, 12, 13, 14, 15}, at::kLong)));
  const at::Tensor back = unpack(tokens, packed, 4);
  EXPECT_TRUE(at::equal(back.squeeze(2).masked_select(is_token), packed.flatten()));
}

TEST(NewTokens, AreNotCountedWhereTheyAreNotSideBySide) {
  EXPECT_TRUE(count_tokens(flags({{1, 1, 1}, {1, 0, 1}}), at::kCPU).lengths.empty());
}

}  // namespace
}  // namespace lightreasoner::attention
