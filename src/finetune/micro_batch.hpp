// SPDX-License-Identifier: Apache-2.0
/// The samples of a micro-batch as tensors, made in the host's memory. Private to the module.
#pragma once

#include "examples/example.hpp"
#include "model/decoder.hpp"

#include <ATen/core/Tensor.h>
#include <cstdint>
#include <span>

namespace lightreasoner::finetune {

/// The prefixes right-padded to the longest: a causal model's true last position never sees a pad.
/// `examples` are indices into `set`.
[[nodiscard]] model::TokenBatch prefix_batch(const examples::ExampleSet& set,
                                             std::span<const std::uint64_t> examples,
                                             std::int32_t pad_id);

/// The labels' entries as three parallel lists, and sum_i sum_v w log w.
struct LabelEntries {
  at::Tensor rows;     // [entries] int64
  at::Tensor ids;      // [entries] int64
  at::Tensor weights;  // [entries] fp32
  double negative_entropy = 0;
};

[[nodiscard]] LabelEntries label_entries(const examples::ExampleSet& set,
                                         std::span<const std::uint64_t> examples);
[[nodiscard]] LabelEntries to_device(const LabelEntries& entries, at::Device device);

}  // namespace lightreasoner::finetune
