// SPDX-License-Identifier: Apache-2.0
#include "kernels/dropout.hpp"

#include "kernels/execution.hpp"

namespace lightreasoner::kernels {
namespace {

constexpr int num_words = 4;              // of one draw
constexpr int lanes = on_host ? 16 : 1;   // draws made side by side, so that compilers use SIMD
constexpr int group = num_words * lanes;  // features

/// Draws `first` .. `first + lanes` of one token's features; word k of draw l is words[k][l].
KOKKOS_INLINE_FUNCTION void draw(const support::PhiloxCounter& counter,
                                 const support::PhiloxKey& key, std::uint32_t first,
                                 std::uint32_t (&words)[num_words][lanes]) {
  for (int lane = 0; lane < lanes; ++lane) {
    const auto drawn = support::philox(
        {counter[0], counter[1], counter[2], counter[3] + first + static_cast<std::uint32_t>(lane)},
        key);
    for (int word = 0; word < num_words; ++word) {
      words[word][lane] = drawn[static_cast<std::size_t>(word)];
    }
  }
}

}  // namespace

void write_dropout_mask(const DropoutDraws& draws, const MaskShape& shape, float* mask) {
  const device::LaunchScope scope;
  const std::int64_t groups = (shape.num_features + group - 1) / group;  // of a token
  using Range = Kokkos::RangePolicy<Space, Kokkos::IndexType<std::int64_t>>;
  Kokkos::parallel_for(
      "lightreasoner::write_dropout_mask",
      Range(instance_of(scope), 0, shape.num_rows * shape.num_tokens * groups),
      KOKKOS_LAMBDA(std::int64_t index) {
        const std::int64_t place = index / groups;  // of a token in the mask
        const std::int64_t first = index % groups * group;
        const support::PhiloxCounter counter{
            draws.sample_ids[place / shape.num_tokens], draws.iteration,
            draws.module_bits | static_cast<std::uint32_t>(place % shape.num_tokens),
            draws.stream_bits};
        std::uint32_t words[num_words][lanes];
        draw(counter, draws.key, static_cast<std::uint32_t>(first / num_words), words);
        const std::int64_t left = shape.num_features - first;
        float* const out = mask + place * shape.num_features + first;
        for (int i = 0; i < (left < group ? static_cast<int>(left) : group); ++i) {
          out[i] = words[i % num_words][i / num_words] < draws.threshold ? 0.0F : draws.kept;
        }
      });
}

}  // namespace lightreasoner::kernels
