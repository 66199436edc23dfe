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

using Predictions = std::vector<evaluation::Prediction>;

Accuracy read_accuracy(const run::RunDirectory& directory, const RunFacts& facts) {
  Accuracy accuracy{.set = facts.set, .before = {}, .after = {}, .mcnemar_p = {}};
  Predictions before, after;
  if (facts.intact.contains(run::stage_name::evaluate_before)) {
    before = evaluation::read_predictions(directory.evaluation(run::Tuning::before));
    accuracy.before = evaluation::score(before);
  }
  if (facts.intact.contains(run::stage_name::evaluate_after)) {
    after = evaluation::read_predictions(directory.evaluation(run::Tuning::after));
    accuracy.after = evaluation::score(after);
  }
  if (accuracy.before && accuracy.after) {
    accuracy.mcnemar_p = evaluation::compare_paired(before, after);
  }
  return accuracy;
}

/// Adds a shard's sum to `lost.mean`, which read_steps divides once.
void add_lost_mass(LostMass& lost, const std::vector<float>& of_steps) {
  for (const float mass : of_steps) {
    lost.mean += mass;
    lost.largest = std::max(lost.largest, static_cast<double>(mass));
  }
}

StepSummary read_steps(const run::RunDirectory& directory, const RunFacts& facts) {
  StepSummary steps;
  steps.kl_beta = facts.contrast.kl_beta;
  if (facts.samples_given || !facts.intact.contains(run::stage_name::sample)) {
    return steps;  // records of an earlier run may lie there; they are not what was tuned on
  }
  const std::filesystem::path folder = directory.records();
  for (const records::ShardEntry& entry : records::require_complete_manifest(folder).shards) {
    const records::RecordBatch batch = records::read_shard(folder, entry);
    steps.num_problems += batch.num_problems();
    steps.num_steps += batch.num_steps();
    steps.num_selected +=
        contrast::select_steps(batch.steps.contrasts, facts.contrast, batch.steps.offsets)
            .steps.size();
    const contrast::StepContrasts& contrasts = batch.steps.contrasts;
    steps.step_kl.insert(steps.step_kl.end(), contrasts.kl.begin(), contrasts.kl.end());
    add_lost_mass(steps.expert_lost_mass, contrasts.expert.lost_mass);
    add_lost_mass(steps.amateur_lost_mass, contrasts.amateur.lost_mass);
  }
  const double num_steps = std::max(1.0, static_cast<double>(steps.num_steps));
  steps.expert_lost_mass.mean /= num_steps;
  steps.amateur_lost_mass.mean /= num_steps;
  return steps;
}

TuningSummary read_tuning(const run::RunDirectory& directory, const RunFacts& facts) {
  TuningSummary tuning{.samples_given = facts.samples_given, .num_steps = 0, .losses = {}};
  if (facts.intact.contains(run::stage_name::finetune)) {
    finetune::TuningSummary read = finetune::read_summary(directory.tuning());
    tuning.num_steps = read.tuned_steps;
    tuning.losses = std::move(read.losses);
  }
  return tuning;
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

RunSummary read_run(const run::RunDirectory& directory, const RunFacts& facts) {
  return {.title = directory.root.filename().string(),
          .accuracy = read_accuracy(directory, facts),
          .steps = read_steps(directory, facts),
          .tuning = read_tuning(directory, facts),
          .stage_seconds = read_times(directory),
          .settings = facts.settings};
}

}  // namespace lightreasoner::report
