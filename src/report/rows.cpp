// SPDX-License-Identifier: Apache-2.0
#include "report/rows.hpp"

#include "logging/progress.hpp"
#include "report/text.hpp"

#include <fmt/format.h>

namespace lightreasoner::report {
namespace {

constexpr const char* missing = "not yet";

Row score_row(const std::string& name, const std::optional<evaluation::Score>& score,
              const std::string& set) {
  if (!score) {
    return {name, missing, ""};
  }
  return {name, format_percent(score->accuracy),
          fmt::format("[{:.1f}, {:.1f}], {} of {}, set {}", 100 * score->interval.lower,
                      100 * score->interval.upper, format_count(score->correct),
                      format_count(score->total), cut_to_width(set, 16))};
}

/// Nothing where every problem was asked.
void add_too_long(std::vector<Row>& rows, const evaluation::Score& score) {
  if (score.too_long > 0) {
    rows.push_back({"too long to be asked", format_count(score.too_long), "counted as wrong"});
  }
}

double share(std::uint64_t part, std::uint64_t whole) {
  return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 0;
}

Row steps_row(const std::string& name, std::uint64_t steps, std::uint64_t seen) {
  if (steps == 0) {
    return {name, seen == 0 ? missing : "0", ""};
  }
  return {name, format_count(steps), format_percent(share(steps, seen)) + " of steps seen"};
}

/// Nothing where the two models share all tokens.
void add_lost_mass(std::vector<Row>& rows, const std::string& model, const LostMass& lost) {
  if (lost.largest > 0) {
    rows.push_back(
        {model + "'s lost mass", format_number(lost.mean),
         fmt::format("mean outside the shared tokens, at most {}", format_number(lost.largest))});
  }
}

void add_step_rows(std::vector<Row>& rows, const RunSummary& summary) {
  if (summary.tuning.samples_given) {
    const bool tuned = !summary.tuning.losses.empty();
    rows.push_back({"samples tuned on", tuned ? format_count(summary.tuning.num_steps) : missing,
                    tuned ? "given by samples.file" : ""});
    return;
  }
  const bool sampled = summary.steps.num_steps > 0;
  rows.push_back(
      {"problems sampled", sampled ? format_count(summary.steps.num_problems) : missing, ""});
  if (summary.steps.num_skipped > 0) {
    rows.push_back({"problems left out", format_count(summary.steps.num_skipped),
                    "too long for the models' positions"});
  }
  rows.push_back({"steps seen", sampled ? format_count(summary.steps.num_steps) : missing, ""});
  add_lost_mass(rows, "expert", summary.steps.expert_lost_mass);
  add_lost_mass(rows, "amateur", summary.steps.amateur_lost_mass);
  rows.push_back(steps_row("steps selected", summary.steps.num_selected, summary.steps.num_steps));
  if (summary.tuning.losses.empty()) {
    rows.push_back({"steps tuned on", missing, ""});
  } else {
    rows.push_back(steps_row("steps tuned on", summary.tuning.num_steps, summary.steps.num_steps));
  }
}

}  // namespace

std::vector<Row> head_rows(const RunSummary& summary) {
  std::vector<Row> rows;
  rows.push_back(score_row("accuracy before", summary.accuracy.before, summary.accuracy.set));
  rows.push_back(score_row("accuracy after", summary.accuracy.after, summary.accuracy.set));
  if (const auto& score =
          summary.accuracy.after ? summary.accuracy.after : summary.accuracy.before) {
    add_too_long(rows, *score);
  }
  if (summary.accuracy.before && summary.accuracy.after) {
    rows.push_back({"change in points", format_change(summary),
                    summary.accuracy.mcnemar_p
                        ? "McNemar's exact test " + format_p_value(*summary.accuracy.mcnemar_p)
                        : ""});
  }
  add_step_rows(rows, summary);
  const double total = total_seconds(summary);
  const bool timed = !summary.stage_seconds.empty();
  rows.push_back(
      {"time", timed ? logging::format_duration(total) : missing, timed ? "all stages" : ""});
  for (const auto& [stage, seconds] : summary.stage_seconds) {
    rows.push_back({"  " + cut_to_width(stage, 20), logging::format_duration(seconds),
                    total > 0 ? format_percent(seconds / total) : ""});
  }
  return rows;
}

std::string format_change(const RunSummary& summary) {
  if (!summary.accuracy.before || !summary.accuracy.after) {
    return "";
  }
  return fmt::format("{:+.1f}",
                     100 * (summary.accuracy.after->accuracy - summary.accuracy.before->accuracy));
}

double total_seconds(const RunSummary& summary) {
  double total = 0;
  for (const auto& entry : summary.stage_seconds) {
    total += entry.second;
  }
  return total;
}

}  // namespace lightreasoner::report
