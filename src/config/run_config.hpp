// SPDX-License-Identifier: Apache-2.0
/// A run file as the modules' own structs.
#pragma once

#include "contrast/select_steps.hpp"
#include "evaluation/config.hpp"
#include "finetune/config.hpp"
#include "lora/config.hpp"
#include "problems/problem.hpp"
#include "records/config.hpp"
#include "sampling/config.hpp"
#include "support/files.hpp"
#include "text/prompt.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lightreasoner::config {

struct RunSection {
  std::filesystem::path directory;  ///< relative to the working directory
  std::uint64_t seed = 0;
  int threads_per_rank = 1;  ///< part of numerics: changes bits
  double memory_gib = 0;     ///< what a rank may hold beside the weights, 0: not limited
};

struct ModelsSection {
  std::filesystem::path expert;   ///< Hugging Face folder
  std::filesystem::path amateur;  ///< Hugging Face folder
  std::string dtype = "auto";     ///< "float32" and "bfloat16": computed and held in memory so
};

struct PromptSection {
  text::PromptFormat format;
  std::filesystem::path preset;  ///< file of the values in `format`; empty: none
};

struct MethodSection {
  std::string mode = "paper";
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
  problems::Config problems;  ///< [evaluation] file, question_field, answer_field
  evaluation::Config settings;
};

/// Keys that were given, each with its place ("file:line" or the override).
using GivenKeys = std::map<std::string, std::string>;

/// The whole run file, grouped by purpose; the table of config/fields.cpp names its keys. Paths are
/// relative to the file.
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
/// The keys that are "auto".
[[nodiscard]] std::vector<std::string> automatic_keys(const RunConfig& config);

/// Gives a file's bytes, or throws UserError.
using ReadFile = std::function<std::string(const std::filesystem::path&)>;

/// Parses a run file's text and "section.key=value" overrides (same parser; a bare word is taken as
/// text), fills defaults and validates; of `read` it asks the prompt preset, if one is named.
/// Throws UserError naming file, line and key for unknown keys (with the nearest known one), wrong
/// types and values out of range. `file` resolves relative paths.
[[nodiscard]] RunConfig parse_run_config(std::string_view toml, const std::filesystem::path& file,
                                         std::span<const std::string> overrides,
                                         const ReadFile& read = support::read_file);

/// The effective configuration as TOML that parse_run_config reads back to the same values.
[[nodiscard]] std::string to_toml(const RunConfig& config);

/// One key's effective value, as written in TOML.
struct KeyValue {
  std::string key;  ///< "contrast.kl_beta"
  std::string value;
};
/// All keys but prompt.preset, in file order.
[[nodiscard]] std::vector<KeyValue> effective_keys(const RunConfig& config);

/// Every key with default and one line of meaning, for `--help`.
[[nodiscard]] std::string describe_keys();

}  // namespace lightreasoner::config
