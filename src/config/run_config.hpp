// SPDX-License-Identifier: Apache-2.0
/// A run file as the modules' own structs.
#pragma once

#include "contrast/select_steps.hpp"
#include "evaluation/config.hpp"
#include "finetune/config.hpp"
#include "lora/config.hpp"
#include "placement/take_device.hpp"
#include "problems/problem.hpp"
#include "records/config.hpp"
#include "sampling/config.hpp"
#include "text/prompt.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

namespace lightreasoner::config {

struct RunSection {
  std::filesystem::path directory;  ///< relative to the working directory
  std::uint64_t seed = 0;
  int threads_per_rank = 1;  ///< changes bits: part of every stage's key
  double memory_gib = 0;     ///< what a rank may hold beside the weights, 0: not limited
  placement::Config placement;
};

/// What weights are held and computed in; automatic is bfloat16 for a model stored so, else
/// float32.
enum class ComputeType { automatic, float32, bfloat16 };

struct ModelsSection {
  std::filesystem::path expert;   ///< Hugging Face folder
  std::filesystem::path amateur;  ///< Hugging Face folder
  ComputeType dtype = ComputeType::automatic;
};

struct PromptSection {
  text::PromptFormat format;
  std::filesystem::path preset;  ///< file of the values in `format`; empty: none
};

/// The paper's equations, or what the released Python does; each departure is a switch of its own
/// in the module that makes it.
enum class Mode { paper, reference };

struct MethodSection {
  Mode mode = Mode::paper;
};

struct SamplesSection {
  std::filesystem::path file;  ///< finished samples to tune on; empty: sample
};

/// What supervision is made of: problems to records, or samples that are finished.
struct SupervisionSections {
  problems::Config problems;  ///< to sample and tune on
  SamplesSection samples;
  sampling::Config sampling;
  contrast::Config contrast;
  records::Config records;
};

struct TuningSections {
  lora::Config lora;
  finetune::Config finetune;
};

struct EvaluationSection {
  /// [evaluation] file, question_field, answer_field
  problems::Config problems{.section = "evaluation"};
  evaluation::Config settings;
};

/// Keys that were given, each with its place ("file:line" or the override).
using GivenKeys = std::map<std::string, std::string>;

/// The whole run file, grouped by purpose; the table of src/config/fields.cpp names its keys. Paths
/// are relative to the file.
struct RunConfig {
  RunSection run;
  ModelsSection models;
  MethodSection method;
  PromptSection prompt;
  SupervisionSections supervision;
  TuningSections tuning;
  EvaluationSection evaluation;
  GivenKeys given;  ///< of run file and overrides: what is not in it has its default or a preset's
};

/// A size that is "auto" in the run file, until a number is chosen for it.
inline constexpr std::uint64_t automatic = 0;
/// Whether `size`, of a key that takes "auto", is still to be chosen.
[[nodiscard]] constexpr bool is_automatic(auto size) { return size == automatic; }

}  // namespace lightreasoner::config
