// SPDX-License-Identifier: Apache-2.0
/// Records to the JSON Lines of the released Python (LightR_sampling.py), one sample a line.
#include "config/run_config.hpp"
#include "contrast/select_steps.hpp"
#include "jobs.hpp"
#include "records/reader.hpp"
#include "run/run_directory.hpp"
#include "support/files.hpp"
#include "support/log.hpp"
#include "text/tokenizer.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>

namespace lightreasoner::jobs {
namespace {

/// The fields in the released data's order. Floats are the stored fp32 values, as torch's tolist()
/// gives them.
nlohmann::ordered_json sample_of(const records::RecordBatch& batch, std::size_t problem,
                                 std::uint64_t step, const text::Tokenizer& tokenizer) {
  const std::uint64_t first = batch.step_offsets[problem];
  const auto before = std::span(batch.token_ids).subspan(first, step - first);
  return {{"prompt_id", batch.text_ids[problem]},
          {"step", step - first},
          {"prefix", tokenizer.decode(before, false)},
          {"tokens", nlohmann::json::array()},
          {"token_ids", nlohmann::json::array()},
          {"weights", nlohmann::json::array()},
          {"kl_divergence", static_cast<double>(batch.contrasts.kl[step])}};
}

std::string samples_of(const records::RecordBatch& batch, const contrast::Config& config,
                       const text::Tokenizer& tokenizer) {
  const contrast::SoftLabels labels =
      contrast::select_steps(batch.contrasts, config, batch.step_offsets);
  std::string lines;
  std::size_t problem = 0;
  for (std::size_t label = 0; label < labels.steps.size(); ++label) {
    while (labels.steps[label] >= batch.step_offsets[problem + 1]) {
      ++problem;
    }
    nlohmann::ordered_json sample = sample_of(batch, problem, labels.steps[label], tokenizer);
    for (std::uint64_t i = labels.offsets[label]; i < labels.offsets[label + 1]; ++i) {
      sample["tokens"].push_back(tokenizer.decode(std::span(&labels.ids[i], 1), false));
      sample["token_ids"].push_back(labels.ids[i]);
      sample["weights"].push_back(static_cast<double>(labels.weights[i]));
    }
    lines += sample.dump(-1, ' ', /*ensure_ascii=*/true) + "\n";
  }
  return lines;
}

}  // namespace

void export_samples(const Arguments& arguments) {
  const run::RunDirectory directory{arguments.target};
  const records::Manifest manifest = records::require_complete_manifest(directory.records());
  const config::RunConfig config = config::parse_run_config(
      support::read_file(directory.config()), directory.config(), std::span<const std::string>{});
  const std::filesystem::path tokenizer_file = config.models.expert / "tokenizer.json";
  const text::Tokenizer tokenizer =
      text::Tokenizer::parse(support::read_file(tokenizer_file), tokenizer_file.string());
  std::string lines;
  for (const records::ShardEntry& entry : manifest.shards) {
    lines +=
        samples_of(records::read_shard(directory.records(), entry), config.contrast, tokenizer);
  }
  support::write_file_atomically(arguments.output, lines);
  support::info("export: {} samples to {}", std::count(lines.begin(), lines.end(), '\n'),
                arguments.output);
}

}  // namespace lightreasoner::jobs
