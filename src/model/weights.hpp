// SPDX-License-Identifier: Apache-2.0
/// From a plan and memory to a decoder, and the short way that does all in one process.
#pragma once

#include "model/decoder.hpp"
#include "model/weight_plan.hpp"

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace lightreasoner::model {

/// Bytes of a file that are held at once while it is read.
inline constexpr std::size_t weight_piece_bytes = std::size_t{64} << 20;

/// The planned model with its tensors in `memory`, which `owner` keeps alive as long as any of them
/// lives. Nothing writes to `memory`.
[[nodiscard]] Decoder build_decoder(const WeightPlan& plan, std::span<const std::byte> memory,
                                    const std::shared_ptr<const void>& owner);

/// The planned model with tensors that have shapes and types and no values.
[[nodiscard]] Decoder shapes_of(const WeightPlan& plan);

/// The model of a Hugging Face folder, read by this process into memory of its own. `dtype` as for
/// plan_weights, which throws its UserErrors; `piece` bytes of a file are held at once.
[[nodiscard]] Decoder load_decoder(const std::filesystem::path& folder,
                                   std::optional<at::ScalarType> dtype = std::nullopt,
                                   std::size_t piece = weight_piece_bytes);

/// Whether every tensor has in memory the very values of its file: not when float32 or float16
/// files are held as bfloat16.
[[nodiscard]] bool holds_files_exactly(const Decoder& decoder);
/// "float32" or "bfloat16": what the decoder is computed in.
[[nodiscard]] std::string dtype_word(const Decoder& decoder);

}  // namespace lightreasoner::model
