// SPDX-License-Identifier: Apache-2.0
/// What an adapter and its merge take.
#pragma once

#include "lora/config.hpp"
#include "model/memory.hpp"
#include "planning/memory_plan.hpp"

#include <cstdint>

namespace lightreasoner::lora {

/// How many parameters an adapter of this configuration has, without making it.
[[nodiscard]] std::int64_t count_parameters(const model::Decoder& decoder, const Config& config);

/// Bytes of so many parameters, and of a gradient of theirs; defined in adapter.cpp.
[[nodiscard]] std::uint64_t parameter_bytes(std::int64_t num_parameters);

/// The line of an adapter that is held and not tuned.
[[nodiscard]] planning::MemoryLine adapter_line(const model::Decoder& decoder,
                                                const Config& config);

/// What one token leaves of a layer's adapters for the backward pass; defined in adapter.cpp.
[[nodiscard]] std::uint64_t kept_bytes_of_token(const model::ModelSize& model,
                                                const Config& config);

/// The peak of the one rank that merges: what merge, logit_gap on one prompt of `longest_prompt`
/// tokens and write_model_folder hold at once beside `decoder`, whose size `model` is. The other
/// ranks hold nothing.
[[nodiscard]] planning::MemoryLines plan_merge(const model::Decoder& decoder,
                                               const model::ModelSize& model, const Config& config,
                                               std::int64_t longest_prompt);

}  // namespace lightreasoner::lora
