// SPDX-License-Identifier: Apache-2.0
/// Tuning state on disk: adapter, optimizer and cursor, whole or not at all.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace lightreasoner::finetune {

struct TuningState {
  std::uint64_t iteration = 0;  ///< updates done; also the cursor into examples::SampleOrder
  std::uint64_t optimizer_updates = 0;
  std::vector<float> parameters;     ///< [num_parameters], lora::parameters order
  std::vector<float> first_moment;   ///< [num_parameters]
  std::vector<float> second_moment;  ///< [num_parameters]
  std::vector<double> losses;        ///< mean loss of each update so far

  static constexpr std::tuple shared{&TuningState::iteration,     &TuningState::optimizer_updates,
                                     &TuningState::parameters,    &TuningState::first_moment,
                                     &TuningState::second_moment, &TuningState::losses};
};

/// Bytes of a state for so many parameters, losses aside, in memory as in a checkpoint.
[[nodiscard]] inline std::uint64_t state_bytes(std::uint64_t num_parameters) {
  return num_parameters * 3 * sizeof(decltype(TuningState::parameters)::value_type);
}

/// Writes `folder`/iteration-000150 and deletes all but the newest `kept` good ones. The files
/// (state.json, tensors.safetensors, and SHA256SUMS over both, as `sha256sum -c` reads it) are made
/// in a folder of another name and renamed into place once they are durable, so a kill at any
/// instant leaves the older checkpoints whole. Call on one rank.
void write_checkpoint(const std::filesystem::path& folder, const TuningState& state,
                      const std::string& stage_key, std::uint64_t kept);

/// The newest checkpoint whose checksums hold, warning of each newer one that is damaged. Nothing
/// when the folder holds none. Throws UserError listing them when all are damaged, or when the
/// newest good one belongs to another stage key. Call on one rank.
[[nodiscard]] std::optional<TuningState> read_newest_checkpoint(const std::filesystem::path& folder,
                                                                const std::string& stage_key);

}  // namespace lightreasoner::finetune
