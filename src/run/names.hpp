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

enum class Job {
  run,
  preflight,
  sample,
  finetune,
  evaluate,
  merge,
  report,
  inspect,
  export_samples,
};

/// As it is given on the command line.
constexpr const char* word_of(Job job) {
  switch (job) {
    case Job::run:
      return "run";
    case Job::preflight:
      return "preflight";
    case Job::sample:
      return stage_name::sample;
    case Job::finetune:
      return stage_name::finetune;
    case Job::evaluate:
      return "evaluate";
    case Job::merge:
      return stage_name::merge;
    case Job::report:
      return "report";
    case Job::inspect:
      return "inspect";
    case Job::export_samples:
      return "export";
  }
  return "";
}

/// On which side of tuning the expert is scored.
enum class TuningSide { before, after };

/// As it stands in paths, events and messages.
constexpr const char* word_of(TuningSide side) {
  return side == TuningSide::after ? "after" : "before";
}

}  // namespace lightreasoner::run
