// SPDX-License-Identifier: Apache-2.0
/// Records to the JSON Lines of the released Python (LightR_sampling.py), one sample a line.
#include "contrast/select_steps.hpp"
#include "inputs/finished_run.hpp"
#include "jobs.hpp"
#include "logging/log.hpp"
#include "records/shard.hpp"
#include "support/files.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <iterator>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace lightreasoner::jobs {
namespace {

/// As Python's json.dump writes it, so that files can be compared byte by byte.
std::string to_python_json(const nlohmann::json& value) {
  if (value.is_number_float()) {
    // nlohmann-json's digits are short too, but not always the nearest.
    const std::string digits = fmt::format("{}", value.get<double>());
    return digits.find_first_of(".e") == std::string::npos ? digits + ".0" : digits;
  }
  if (!value.is_array()) {
    return value.dump(-1, ' ', /*ensure_ascii=*/true);
  }
  std::vector<std::string> entries;
  std::transform(value.begin(), value.end(), std::back_inserter(entries), to_python_json);
  return fmt::format("[{}]", fmt::join(entries, ", "));
}

/// The selected steps of a shard, a line each with the released data's fields in their order.
/// Floats are the stored fp32 values, as torch's tolist() gives them.
class SampleWriter {
 public:
  SampleWriter(const records::RecordBatch& batch, const text::Tokenizer& tokenizer)
      : batch_(batch), tokenizer_(tokenizer) {}

  [[nodiscard]] std::string line(std::size_t problem, const contrast::SoftLabels& labels,
                                 std::size_t label) const {
    const std::uint64_t step = labels.steps[label];
    const std::uint64_t first = batch_.steps.offsets[problem];
    const auto prefix = std::span(batch_.steps.token_ids).subspan(first, step - first);
    nlohmann::json tokens = nlohmann::json::array();
    nlohmann::json ids = nlohmann::json::array();
    nlohmann::json weights = nlohmann::json::array();
    for (std::uint64_t i = labels.offsets[label]; i < labels.offsets[label + 1]; ++i) {
      tokens.push_back(tokenizer_.decode(std::span(&labels.ids[i], 1), false));
      ids.push_back(labels.ids[i]);
      weights.push_back(static_cast<double>(labels.weights[i]));
    }
    const std::pair<const char*, nlohmann::json> fields[] = {
        {"prompt_id", batch_.problems.text_ids[problem]},
        {"step", step - first},
        {"prefix", tokenizer_.decode(prefix, false)},
        {"tokens", tokens},
        {"token_ids", ids},
        {"weights", weights},
        {"kl_divergence", static_cast<double>(batch_.steps.contrasts.kl[step])}};
    std::vector<std::string> members;
    for (const auto& [name, value] : fields) {
      members.push_back(fmt::format("\"{}\": {}", name, to_python_json(value)));
    }
    return fmt::format("{{{}}}\n", fmt::join(members, ", "));
  }

 private:
  const records::RecordBatch& batch_;
  const text::Tokenizer& tokenizer_;
};

std::string samples_of(const records::RecordBatch& batch, const contrast::Config& config,
                       const text::Tokenizer& tokenizer) {
  const contrast::SoftLabels labels =
      contrast::select_steps(batch.steps.contrasts, config, batch.steps.offsets);
  const SampleWriter writer(batch, tokenizer);
  std::string lines;
  std::size_t problem = 0;
  for (std::size_t label = 0; label < labels.steps.size(); ++label) {
    while (labels.steps[label] >= batch.steps.offsets[problem + 1]) {
      ++problem;
    }
    lines += writer.line(problem, labels, label);
  }
  return lines;
}

}  // namespace

void export_samples(const Arguments& arguments) {
  const inputs::FinishedRun run = inputs::read_finished_run(arguments.request.target);
  std::string lines;
  for (const records::ShardEntry& entry : run.manifest.shards) {
    lines += samples_of(records::read_shard(run.directory.records(), entry),
                        run.config.supervision.contrast, run.tokenizer);
  }
  support::write_file_atomically(arguments.output, lines);
  logging::info("export: {} samples to {}", std::count(lines.begin(), lines.end(), '\n'),
                arguments.output);
}

}  // namespace lightreasoner::jobs
