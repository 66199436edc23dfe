// SPDX-License-Identifier: Apache-2.0
#include "lora/dropout.hpp"

#include "support/errors.hpp"
#include "support/philox.hpp"

#include <ATen/ops/empty.h>
#include <algorithm>
#include <array>
#include <cmath>

namespace lightreasoner::lora {
namespace {

constexpr std::uint32_t token_bits = 20;
constexpr std::uint32_t module_bits = 12;
constexpr std::uint32_t feature_bits = 24;
constexpr std::int64_t words = 4;   // of one draw
constexpr std::int64_t lanes = 16;  // draws made side by side, so that the compiler uses vectors

using Words = std::array<std::array<std::uint32_t, lanes>, words>;

/// Draws `first` .. `first + lanes` of one row's features; word k of draw l is result[k][l].
Words draw(support::PhiloxCounter counter, std::uint32_t first, support::PhiloxKey key) {
  Words result;
  for (std::uint32_t lane = 0; lane < lanes; ++lane) {
    const auto drawn =
        support::philox({counter[0], counter[1], counter[2], counter[3] + first + lane}, key);
    for (std::size_t word = 0; word < words; ++word) {
      result[word][lane] = drawn[word];
    }
  }
  return result;
}

}  // namespace

at::Tensor dropout_mask(const DropoutContext& context, std::uint32_t module, at::IntArrayRef shape,
                        double probability) {
  support::require(shape.size() == 3, "a mask covers [batch, tokens, features]");
  const std::int64_t rows = shape[0];
  const std::int64_t tokens = shape[1];
  const std::int64_t features = shape[2];
  support::require(rows == std::ssize(context.sample_ids), "one sample id a row");
  support::require(tokens <= std::int64_t{1} << token_bits && module < 1U << module_bits &&
                       features <= words * (std::int64_t{1} << feature_bits),
                   "an index too large for the dropout counter");
  const auto key = support::philox_key(context.seed);
  const auto threshold = static_cast<std::uint32_t>(std::ldexp(probability, 32));
  const auto kept = static_cast<float>(1.0 / (1.0 - probability));
  const auto stream = static_cast<std::uint32_t>(support::RandomStream::dropout) << feature_bits;

  at::Tensor mask = at::empty(shape, at::kFloat);
  auto* out = mask.mutable_data_ptr<float>();
  for (std::int64_t row = 0; row < rows; ++row) {
    const auto sample =
        static_cast<std::uint32_t>(context.sample_ids[static_cast<std::size_t>(row)]);
    for (std::int64_t token = 0; token < tokens; ++token, out += features) {
      const support::PhiloxCounter counter{sample, static_cast<std::uint32_t>(context.iteration),
                                           module << token_bits | static_cast<std::uint32_t>(token),
                                           stream};
      for (std::int64_t begin = 0; begin < features; begin += words * lanes) {
        const Words drawn = draw(counter, static_cast<std::uint32_t>(begin / words), key);
        const std::int64_t count = std::min(words * lanes, features - begin);
        for (std::int64_t i = 0; i < count; ++i) {
          const auto lane = static_cast<std::size_t>(i / words);
          const auto word = static_cast<std::size_t>(i % words);
          out[begin + i] = drawn[word][lane] < threshold ? 0.0F : kept;
        }
      }
    }
  }
  return mask;
}

}  // namespace lightreasoner::lora
