// SPDX-License-Identifier: Apache-2.0
/// Stage keys: skipping, resuming and refusing all go by them and by nothing else.
#pragma once

#include "run/stage_outputs.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace lightreasoner::run {

/// In place of an input's value that this job has not read, such as a digest of weights.
inline constexpr const char* unread = "not read";

/// Everything one stage's result is a function of: configuration keys, hashes of inputs, the keys
/// of the stages before it, and the numerics. Paths, times, hosts and rank counts are not in it.
struct StageIdentity {
  std::map<std::string, std::string> inputs;

  /// SHA-256 of the lines "name=value\n" in name order.
  [[nodiscard]] std::string key() const;
  /// Whether every input has been read: else there is no key yet.
  [[nodiscard]] bool is_known() const;
};

/// What stages.json says of one stage.
struct StageRecord {
  StageIdentity identity;
  bool complete = false;
  OutputFiles outputs{};  ///< of a complete stage
};

/// Stages by name.
using StageBook = std::map<std::string, StageRecord>;

/// Whether the book says that `stage` is done. Whether its files are still there is another
/// question: find_missing_output.
[[nodiscard]] bool is_complete(const StageBook& book, const std::string& stage);

/// The text of stages.json, empty when the run directory has none. One rank reads.
[[nodiscard]] std::string read_stage_text(const std::filesystem::path& run_directory);
/// Parses that text; no stages where it is empty. Throws UserError when it is damaged, or of
/// another format: format 1 did not say what the outputs were, so they could be neither trusted nor
/// made again over what lies there.
[[nodiscard]] StageBook parse_stage_book(const std::string& text,
                                         const std::filesystem::path& run_directory);
/// Not collective: one rank writes.
void write_stage_book(const std::filesystem::path& run_directory, const StageBook& book);

/// Takes what `wanted` has not read from what the book says of `stage`, where it is there.
void adopt_unread(StageIdentity& wanted, const StageBook& book, const std::string& stage);

/// One line for each input that differs between the stages `book` and `wanted` have in common, e.g.
/// "contrast.kl_beta: 0.4 there, 0.5 here". Inputs that were not read
/// are not compared. Empty when all keys agree.
[[nodiscard]] std::vector<std::string> differences(
    const StageBook& book, const std::map<std::string, StageIdentity>& wanted);

}  // namespace lightreasoner::run
