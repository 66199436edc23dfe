// SPDX-License-Identifier: Apache-2.0
#include "model/memory.hpp"

#include "model/made_up_model.hpp"

#include <c10/core/GradMode.h>
#include <gtest/gtest.h>

namespace lightreasoner::model {
namespace {

using testing_support::made_up_decoder;
using testing_support::small_shape;

TEST(Memory, OfTheCacheIsWhatItGrowsTo) {
  const c10::AutoGradMode without_gradients(false);
  const Decoder decoder = made_up_decoder(small_shape(50), at::kFloat);
  for (const std::int64_t more : {0, 3, 60, 100}) {
    const std::int64_t columns = 70;
    KvCache cache;
    at::Tensor is_token = at::ones({2, columns}, at::kBool);
    const at::Tensor prompt = at::arange(columns).expand({2, columns}) % 50;
    static_cast<void>(hidden_states(decoder, {prompt, prompt, is_token}, &cache));
    for (std::int64_t step = 0; step < more; ++step) {
      is_token = at::ones({2, columns + step + 1}, at::kBool);
      const at::Tensor next = at::full({2, 1}, 3, at::kLong);
      static_cast<void>(hidden_states(decoder, {next, next, is_token}, &cache));
    }
    const std::uint64_t tensor = cache.keys[0].nbytes();
    // Keys and values of four layers, and one of them a second time while it grows.
    EXPECT_EQ(kv_cache_bytes(size_of(decoder), {2, columns, more}), 9 * tensor) << more;
  }
}

TEST(Memory, OfWeightsCountsATiedHeadOnce) {
  weights::DecoderConfig config = small_shape(50);
  const Decoder untied = made_up_decoder(config, at::kBFloat16);
  config.tied_head = true;
  const Decoder tied = made_up_decoder(config, at::kBFloat16);
  EXPECT_EQ(weight_bytes(untied) - weight_bytes(tied), 50U * 128U * 2U);
}

TEST(Memory, OfLogitsIsRowsTimesVocabulary) {
  const ModelSize wide{small_shape(1000), at::kFloat};
  const ModelSize narrow{small_shape(1000), at::kBFloat16};
  EXPECT_EQ(logit_bytes(wide, 3, false), 12000U);
  EXPECT_EQ(logit_bytes(narrow, 3, false), 6000U);
  EXPECT_EQ(logit_bytes(narrow, 3, true), 12000U);
  EXPECT_EQ(next_logit_bytes(wide, 3, false), 12000U);
  EXPECT_EQ(next_logit_bytes(narrow, 3, false), 6000U + 12000U);
  EXPECT_GT(next_logit_bytes(wide, 3, true), 4 * 12000U);
}

}  // namespace
}  // namespace lightreasoner::model
