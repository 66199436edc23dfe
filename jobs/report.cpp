// SPDX-License-Identifier: Apache-2.0
/// Stage 6: what lies in the run directory, as a table and a page.
#include "contrast/select_steps.hpp"
#include "evaluation/evaluate.hpp"
#include "jobs.hpp"
#include "parallel/together.hpp"
#include "records/shard.hpp"
#include "report/run_summary.hpp"
#include "support/files.hpp"

#include <algorithm>
#include <cstdio>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

namespace lightreasoner::jobs {
namespace {

using Stages = std::set<std::string>;

/// Stages whose results can be shown: complete, with all files as they were written. Collective.
Stages intact_stages(pipeline::Context& context) {
  Stages intact;
  for (const char* stage : {"evaluate-before", "sample", "finetune", "evaluate-after"}) {
    if (context.stages.contains(stage) && run::is_complete(context.book, stage) &&
        pipeline::missing_output(context, stage).empty()) {
      intact.insert(stage);
    }
  }
  return intact;
}

void add_scores(const pipeline::Context& context, const Stages& intact,
                report::RunSummary& summary) {
  std::vector<evaluation::Prediction> before;
  std::vector<evaluation::Prediction> after;
  if (intact.contains("evaluate-before")) {
    before = evaluation::read_predictions(context.directory.evaluation("before"));
    summary.before = evaluation::score(before);
  }
  if (intact.contains("evaluate-after")) {
    after = evaluation::read_predictions(context.directory.evaluation("after"));
    summary.after = evaluation::score(after);
  }
  if (summary.before && summary.after) {
    summary.mcnemar_p = evaluation::compare_paired(before, after);
  }
}

/// Adds a shard's sum to `lost.mean`, which add_records divides once.
void add_lost_mass(report::LostMass& lost, const std::vector<float>& of_steps) {
  for (const float mass : of_steps) {
    lost.mean += mass;
    lost.largest = std::max(lost.largest, static_cast<double>(mass));
  }
}

void add_records(const pipeline::Context& context, const Stages& intact,
                 report::RunSummary& summary) {
  if (summary.samples_given || !intact.contains("sample")) {
    return;  // records of an earlier run may lie there; they are not what was tuned on
  }
  const std::filesystem::path folder = context.directory.records();
  for (const records::ShardEntry& entry : records::require_complete_manifest(folder).shards) {
    const records::RecordBatch batch = records::read_shard(folder, entry);
    summary.num_problems += batch.num_problems();
    summary.num_steps += batch.num_steps();
    summary.num_selected +=
        contrast::select_steps(batch.steps.contrasts, context.inputs.config.supervision.contrast,
                               batch.steps.offsets)
            .steps.size();
    summary.step_kl.insert(summary.step_kl.end(), batch.steps.contrasts.kl.begin(),
                           batch.steps.contrasts.kl.end());
    add_lost_mass(summary.expert_lost_mass, batch.steps.contrasts.expert.lost_mass);
    add_lost_mass(summary.amateur_lost_mass, batch.steps.contrasts.amateur.lost_mass);
  }
  const double num_steps = std::max(1.0, static_cast<double>(summary.num_steps));
  summary.expert_lost_mass.mean /= num_steps;
  summary.amateur_lost_mass.mean /= num_steps;
}

void add_tuning(const pipeline::Context& context, const Stages& intact,
                report::RunSummary& summary) {
  if (intact.contains("finetune")) {
    const auto tuning = nlohmann::json::parse(support::read_file(context.directory.tuning()));
    summary.tokens_tuned = tuning.at("tuned_steps").get<std::uint64_t>();
    summary.losses = tuning.at("losses").get<std::vector<double>>();
  }
}

/// Seconds of the attempt that completed each stage, from the events.
void add_times(const pipeline::Context& context, report::RunSummary& summary) {
  std::istringstream lines(support::read_file(context.directory.events()));
  for (std::string line; std::getline(lines, line);) {
    // A kill can leave a torn line; what it told is told again by the attempt after it.
    const auto event = nlohmann::json::parse(line, nullptr, false);
    if (!event.is_object() || event.value("event", "") != "stage_end") {
      continue;
    }
    const std::string stage = event.at("stage").get<std::string>();
    auto& times = summary.stage_seconds;
    std::erase_if(times, [&](const auto& entry) { return entry.first == stage; });
    times.emplace_back(stage, event.at("seconds").get<double>());
  }
}

report::RunSummary summarise(const pipeline::Context& context, const Stages& intact) {
  const config::RunConfig& config = context.inputs.config;
  report::RunSummary summary;
  summary.title = context.directory.root.filename().string();
  summary.evaluation_name = config.evaluation.settings.name;
  summary.kl_beta = config.supervision.contrast.kl_beta;
  summary.samples_given = context.inputs.samples.has_value();
  add_scores(context, intact, summary);
  add_records(context, intact, summary);
  add_tuning(context, intact, summary);
  add_times(context, summary);
  for (const config::KeyValue& entry : config::effective_keys(config)) {
    summary.settings.emplace_back(entry.key, entry.value);
  }
  return summary;
}

}  // namespace

void report(pipeline::Context& context) {
  const Stages intact = intact_stages(context);
  parallel::run_together(context.world, [&] {
    if (!context.world.is_root()) {
      return;
    }
    const report::RunSummary summary = summarise(context, intact);
    const std::filesystem::path page = context.directory.report();
    support::write_file_atomically(page, report::format_html(summary));
    std::fputs((report::format_table(summary, page.string()) + "\n").c_str(), stdout);
  });
}

}  // namespace lightreasoner::jobs
