// SPDX-License-Identifier: Apache-2.0
/// tuning.json: what tuning did, for those who read it later.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace lightreasoner::finetune {

struct TuningSummary {
  std::uint64_t selected_steps = 0;
  std::uint64_t tuned_steps = 0;  ///< distinct ones among those that updates took
  std::vector<double> losses;     ///< mean loss of each update
};

/// The file's text.
[[nodiscard]] std::string to_text(const TuningSummary& summary);
/// Reads the file. Throws UserError naming it when it is damaged. One rank reads.
[[nodiscard]] TuningSummary read_summary(const std::filesystem::path& file);

}  // namespace lightreasoner::finetune
