// SPDX-License-Identifier: Apache-2.0
/// From weights in memory to a decoder, and the short way that does all in one process.
#pragma once

#include "model/decoder.hpp"
#include "weights/weight_layout.hpp"
#include "weights/weight_writer.hpp"

#include <c10/core/ScalarType.h>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace lightreasoner::model {

/// The model of `layout` with its tensors in `memory`, which `owner` keeps alive as long as any of
/// them lives. Nothing writes to `memory`.
[[nodiscard]] Decoder build_decoder(const weights::WeightLayout& layout,
                                    std::span<const std::byte> memory,
                                    const std::shared_ptr<const void>& owner);

/// The model of `layout` with tensors that have shapes and types and no values.
[[nodiscard]] Decoder shapes_of(const weights::WeightLayout& layout);

/// The model with all its tensors on `device`, without what addends it has.
[[nodiscard]] Decoder to_device(const Decoder& decoder, at::Device device);

/// The model of a Hugging Face folder, read by this process into memory of its own. `dtype` as for
/// weights::lay_out_weights, which throws its UserErrors; `piece` bytes of a file are held at once.
[[nodiscard]] Decoder load_decoder(const std::filesystem::path& folder,
                                   std::optional<at::ScalarType> dtype = std::nullopt,
                                   std::size_t piece = weights::weight_piece_bytes);

/// Whether every tensor has in memory the very values of its file: not when float32 or float16
/// files are held as bfloat16.
[[nodiscard]] bool holds_files_exactly(const Decoder& decoder);
/// "float32" or "bfloat16": what the decoder is computed in.
[[nodiscard]] std::string dtype_word(const Decoder& decoder);

}  // namespace lightreasoner::model
