// SPDX-License-Identifier: Apache-2.0
#include "lora/dropout.hpp"

#include "device/buffer.hpp"
#include "kernels/dropout.hpp"
#include "support/errors.hpp"
#include "support/philox.hpp"

#include <ATen/ops/empty.h>
#include <algorithm>
#include <cmath>
#include <iterator>

namespace lightreasoner::lora {
namespace {

constexpr std::uint32_t token_bits = 20;
constexpr std::uint32_t module_bits = 12;
constexpr std::uint32_t feature_bits = 24;
constexpr std::int64_t words = 4;  // of one draw

}  // namespace

at::Tensor dropout_mask(const DropoutContext& context, std::uint32_t module, at::IntArrayRef shape,
                        double probability, at::Device device) {
  support::require(shape.size() == 3, "a mask covers [batch, tokens, features]");
  const kernels::MaskShape extents{shape[0], shape[1], shape[2]};
  support::require(extents.num_rows == std::ssize(context.sample_ids), "one sample id a row");
  support::require(extents.num_tokens <= std::int64_t{1} << token_bits &&
                       module < 1U << module_bits &&
                       extents.num_features <= words * (std::int64_t{1} << feature_bits),
                   "an index too large for the dropout counter");
  std::vector<std::uint32_t> low_words;
  std::transform(context.sample_ids.begin(), context.sample_ids.end(),
                 std::back_inserter(low_words),
                 [](std::uint64_t id) { return static_cast<std::uint32_t>(id); });
  device::Buffer<std::uint32_t> sample_ids(low_words.size(), device);
  sample_ids.from_host(std::span<const std::uint32_t>(low_words));
  at::Tensor mask = at::empty(shape, at::TensorOptions(at::kFloat).device(device));
  kernels::write_dropout_mask(
      {.key = support::philox_key(context.seed),
       .sample_ids = sample_ids.data(),
       .iteration = static_cast<std::uint32_t>(context.iteration),
       .module_bits = module << token_bits,
       .stream_bits = static_cast<std::uint32_t>(support::RandomStream::dropout) << feature_bits,
       .threshold = static_cast<std::uint32_t>(std::ldexp(probability, 32)),
       .kept = static_cast<float>(1.0 / (1.0 - probability))},
      extents, static_cast<float*>(mask.mutable_data_ptr()));
  return mask;
}

}  // namespace lightreasoner::lora
