// SPDX-License-Identifier: Apache-2.0
/// The one place where stages and jobs have their names: in commands, paths, stages.json, events,
/// messages.
#pragma once

namespace lightreasoner::run {

namespace stage_name {
inline constexpr const char* evaluate_before = "evaluate-before";
inline constexpr const char* sample = "sample";
inline constexpr const char* finetune = "finetune";
inline constexpr const char* evaluate_after = "evaluate-after";
inline constexpr const char* merge = "merge";
}  // namespace stage_name

namespace job_name {
inline constexpr const char* run = "run";
inline constexpr const char* preflight = "preflight";
inline constexpr const char* sample = stage_name::sample;
inline constexpr const char* finetune = stage_name::finetune;
inline constexpr const char* evaluate = "evaluate";
inline constexpr const char* merge = stage_name::merge;
inline constexpr const char* report = "report";
inline constexpr const char* inspect = "inspect";
inline constexpr const char* export_samples = "export";
}  // namespace job_name

/// On which side of tuning the expert is scored.
enum class TuningSide { before, after };

/// As it stands in paths, events and messages.
constexpr const char* word_of(TuningSide side) {
  return side == TuningSide::after ? "after" : "before";
}

}  // namespace lightreasoner::run
