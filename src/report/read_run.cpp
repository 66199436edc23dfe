// SPDX-License-Identifier: Apache-2.0
#include "report/read_run.hpp"

#include "evaluation/predictions.hpp"
#include "finetune/summary.hpp"
#include "records/shard.hpp"
#include "run/names.hpp"
#include "support/files.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

namespace lightreasoner::report {
namespace {

/// Adds a shard's sum to `lost.mean`, which add_records divides once.
void add_lost_mass(LostMass& lost, const std::vector<float>& of_steps) {
  for (const float mass : of_steps) {
    lost.mean += mass;
    lost.largest = std::max(lost.largest, static_cast<double>(mass));
  }
}

/// Seconds of the attempt that completed each stage, from the events.
std::vector<std::pair<std::string, double>> read_times(const run::RunDirectory& directory) {
  std::vector<std::pair<std::string, double>> times;
  std::istringstream lines(support::read_file(directory.events()));
  for (std::string line; std::getline(lines, line);) {
    // A kill can leave a torn line; what it told is told again by the attempt after it.
    const auto event = nlohmann::json::parse(line, nullptr, false);
    if (!event.is_object() || event.value("event", "") != "stage_end") {
      continue;
    }
    const std::string stage = event.at("stage").get<std::string>();
    std::erase_if(times, [&](const auto& entry) { return entry.first == stage; });
    times.emplace_back(stage, event.at("seconds").get<double>());
  }
  return times;
}

}  // namespace

RunSummary begin_summary(const run::RunDirectory& directory) {
  RunSummary summary;
  summary.title = directory.root.filename().string();
  summary.stage_seconds = read_times(directory);
  return summary;
}

void add_evaluation(RunSummary& summary, const run::RunDirectory& directory, run::TuningSide side) {
  Accuracy& accuracy = summary.accuracy;
  const auto predictions = evaluation::read_predictions(directory.evaluation(side));
  (side == run::TuningSide::before ? accuracy.before : accuracy.after) =
      evaluation::score(predictions);
  if (side == run::TuningSide::after && accuracy.before) {
    accuracy.mcnemar_p = evaluation::compare_paired(
        evaluation::read_predictions(directory.evaluation(run::TuningSide::before)), predictions);
  }
}

void add_records(RunSummary& summary, const run::RunDirectory& directory,
                 const contrast::Config& selection) {
  StepSummary& steps = summary.steps;
  steps.kl_beta = selection.kl_beta;
  const std::filesystem::path folder = directory.records();
  const records::Manifest manifest = records::require_complete_manifest(folder);
  steps.num_skipped = manifest.num_skipped;
  for (const records::ShardEntry& entry : manifest.shards) {
    const records::RecordBatch batch = records::read_shard(folder, entry);
    const contrast::StepContrasts& contrasts = batch.steps.contrasts;
    steps.num_problems += batch.num_problems();
    steps.num_steps += batch.num_steps();
    steps.num_selected +=
        contrast::select_steps(contrasts, selection, batch.steps.offsets).steps.size();
    steps.step_kl.insert(steps.step_kl.end(), contrasts.kl.begin(), contrasts.kl.end());
    add_lost_mass(steps.expert_lost_mass, contrasts.expert.lost_mass);
    add_lost_mass(steps.amateur_lost_mass, contrasts.amateur.lost_mass);
  }
  const double num_steps = std::max(1.0, static_cast<double>(steps.num_steps));
  steps.expert_lost_mass.mean /= num_steps;
  steps.amateur_lost_mass.mean /= num_steps;
}

void add_tuning(RunSummary& summary, const run::RunDirectory& directory) {
  finetune::TuningSummary read = finetune::read_summary(directory.tuning());
  summary.tuning.num_steps = read.tuned_steps;
  summary.tuning.losses = std::move(read.losses);
}

}  // namespace lightreasoner::report
