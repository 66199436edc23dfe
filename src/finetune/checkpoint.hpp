// SPDX-License-Identifier: Apache-2.0
/// Tuning state on disk: adapter, optimizer and cursor, whole or not at all.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "finetune/optimizer.hpp"

namespace lightreasoner::finetune {

struct TuningState {
  std::uint64_t iteration = 0;    ///< updates done; also the cursor into SampleOrder
  std::vector<float> parameters;  ///< [num_parameters], lora::parameters order
  OptimizerState optimizer;
  std::vector<double> losses;     ///< mean loss of each update so far
};

/// Writes `folder`/iteration-000150 (files, checksums, then an atomic rename) and deletes all but
/// the newest `kept` good ones. Call on one rank.
void write_checkpoint(const std::filesystem::path& folder, const TuningState& state,
                      const std::string& stage_key, std::uint64_t kept);

/// The newest checkpoint whose checksums hold, warning of each newer one that is damaged. Nothing
/// when the folder holds none. Throws UserError listing them when all are damaged, or when one
/// belongs to another stage key.
[[nodiscard]] std::optional<TuningState> read_newest_checkpoint(
    const std::filesystem::path& folder, const std::string& stage_key);

}  // namespace lightreasoner::finetune
