// SPDX-License-Identifier: Apache-2.0
#include "report/figures.hpp"

#include "report/svg.hpp"
#include "report/text.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>

namespace lightreasoner::report {
namespace {

using Points = std::vector<std::pair<double, double>>;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

std::string not_yet(std::string_view sentence) {
  return fmt::format("<p class=\"empty\">{}</p>\n", escape_html(sentence));
}

std::string score_row(const Plot& plot, double row, const std::string& name,
                      const evaluation::Score& score) {
  const double y = y_of(plot, row);
  const double value = 100 * score.accuracy;
  const double x = x_of(plot, value);
  std::string text = label({x_of(plot, 0) - 8, y + 5}, "end", name, "title");
  text += line(plot, {{100 * score.interval.lower, row}, {100 * score.interval.upper, row}},
               "interval");
  text += line(plot, {{value, row}}, "dot");
  text += label({x, y - 12}, "middle", format_percent(score.accuracy), "value");
  return text;
}

std::string in_words(const std::string& name, const evaluation::Score& score) {
  return fmt::format("{} tuning {} of {} right, {} (95 % interval {:.1f} to {:.1f})", name,
                     format_count(score.correct), format_count(score.total),
                     format_percent(score.accuracy), 100 * score.interval.lower,
                     100 * score.interval.upper);
}

/// Mean over a centred window of finite neighbours, cut at the ends; nan where a value is missing.
std::vector<double> smoothed(const std::vector<double>& values, std::size_t window) {
  std::vector<double> means(values.size(), nan);
  const std::size_t half = window / 2;
  for (std::size_t i = 0; i < values.size(); ++i) {
    double sum = 0, count = 0;
    for (std::size_t j = i - std::min(i, half); j <= std::min(i + half, values.size() - 1); ++j) {
      sum += std::isfinite(values[j]) ? values[j] : 0;
      count += std::isfinite(values[j]) ? 1 : 0;
    }
    means[i] = std::isfinite(values[i]) ? sum / count : nan;
  }
  return means;
}

/// (update, value) from 1, thinned for long runs to each stretch's smallest and largest value.
Points as_points(const std::vector<double>& values) {
  constexpr std::size_t most_stretches = 600;
  const std::size_t stretch = 1 + values.size() / most_stretches / 2;
  Points points;
  for (std::size_t first = 0; first < values.size(); first += stretch) {
    const auto begin = values.begin() + static_cast<std::ptrdiff_t>(first);
    const auto end = begin + static_cast<std::ptrdiff_t>(std::min(stretch, values.size() - first));
    const auto x = static_cast<double>(first + 1);
    if (std::any_of(begin, end, [](double value) { return !std::isfinite(value); })) {
      points.emplace_back(x, nan);
      continue;
    }
    const auto [low, high] = std::minmax_element(begin, end);
    points.emplace_back(x, *low);
    if (low != high) {
      points.emplace_back(x, *high);
    }
  }
  return points;
}

struct Histogram {
  std::vector<double> edges;  // counts.size() + 1, rising
  std::vector<std::uint64_t> counts;
  std::uint64_t below = 0;  // of the first bar's, smaller than its left edge
  std::uint64_t not_finite = 0;
};

/// Bars of equal width in log space, one edge at `anchor`.
Histogram log_histogram(const std::vector<float>& values, double anchor) {
  constexpr double smallest = 1e-9;
  constexpr double most_bars = 56;
  Histogram histogram;
  std::vector<double> finite;
  for (const float value : values) {
    if (std::isfinite(value)) {
      finite.push_back(double{value});
    }
  }
  histogram.not_finite = values.size() - finite.size();
  if (finite.empty()) {
    return histogram;
  }
  std::sort(finite.begin(), finite.end());
  // The smallest hundredth may lie decades away; it goes into the first bar.
  const double lowest = std::clamp(finite[finite.size() / 100], smallest, anchor / 10);
  const double highest = std::max(finite.back(), anchor * 2);
  const double decades = std::log10(highest / lowest);
  const double per_decade = std::clamp(std::floor(most_bars / decades), 3.0, 16.0);
  const auto below_anchor = std::ceil(per_decade * std::log10(anchor / lowest));
  const auto above_anchor = std::floor(per_decade * std::log10(highest / anchor)) + 1;
  for (double i = -below_anchor; i <= above_anchor; ++i) {
    // Exactly the anchor at 0, so that the comparison below is the selection's own.
    histogram.edges.push_back(i == 0 ? anchor : anchor * std::pow(10, i / per_decade));
  }
  histogram.counts.assign(histogram.edges.size() - 1, 0);
  for (const double value : finite) {
    const auto edge = std::upper_bound(histogram.edges.begin(), histogram.edges.end(), value);
    const auto bars_before = std::max<std::ptrdiff_t>(edge - histogram.edges.begin(), 1) - 1;
    ++histogram.counts[std::min<std::size_t>(static_cast<std::size_t>(bars_before),
                                             histogram.counts.size() - 1)];
    histogram.below += value < histogram.edges.front() ? 1 : 0;
  }
  return histogram;
}

std::string kl_caption(const RunSummary& summary, const Histogram& histogram, bool has_beta) {
  std::string text =
      fmt::format("Divergence of the two models at each of {} steps, a bar for each range of KL.",
                  format_count(summary.steps.step_kl.size()));
  if (has_beta) {
    text += fmt::format(
        " The steps at or above kl_beta = {}, right of the dashed line, are selected: "
        "{} of {} ({}).",
        format_number(double{summary.steps.kl_beta}), format_count(summary.steps.num_selected),
        format_count(summary.steps.num_steps),
        format_percent(static_cast<double>(summary.steps.num_selected) /
                       static_cast<double>(summary.steps.num_steps)));
  }
  if (histogram.below > 0) {
    text += fmt::format(" The first bar also holds the {} steps with a smaller KL.",
                        format_count(histogram.below));
  }
  if (histogram.not_finite > 0) {
    text += fmt::format(" {} values that are not finite are left out.",
                        format_count(histogram.not_finite));
  }
  return text;
}

}  // namespace

std::string accuracy_figure(const RunSummary& summary) {
  if (!summary.accuracy.before && !summary.accuracy.after) {
    return not_yet("No evaluation has been completed yet.");
  }
  const Plot plot{.x = {.lower = 0, .upper = 100, .title = "problems answered correctly, percent"},
                  .y = {.lower = 0, .upper = 2, .title = ""},
                  .named_rows = true,
                  .height = 185};
  std::string drawing = axes(plot), caption;
  if (summary.accuracy.before) {
    drawing += score_row(plot, 1.4, "before", *summary.accuracy.before);
    caption += in_words("Before", *summary.accuracy.before) + ". ";
  }
  if (summary.accuracy.after) {
    drawing += score_row(plot, 0.5, "after", *summary.accuracy.after);
    caption += in_words("After", *summary.accuracy.after) + ". ";
  }
  caption += "Bars are 95 % Wilson intervals.";
  return figure(plot, drawing, "Accuracy before and after tuning with 95 % intervals", caption);
}

std::string loss_figure(const RunSummary& summary) {
  const auto& losses = summary.tuning.losses;
  double highest = 0;
  for (const double loss : losses) {
    highest = std::isfinite(loss) ? std::max(highest, loss) : highest;
  }
  const auto num_missing = static_cast<std::uint64_t>(std::count_if(
      losses.begin(), losses.end(), [](double loss) { return !std::isfinite(loss); }));
  if (num_missing == losses.size()) {
    return not_yet(losses.empty() ? "Fine-tuning has not been completed yet."
                                  : "No update had a finite loss.");
  }
  const auto num_updates = static_cast<double>(losses.size());
  const Plot plot{
      .x = {.lower = losses.size() > 1 ? 1.0 : 0.0, .upper = num_updates, .title = "update"},
      .y = {.lower = 0, .upper = nice_upper(highest), .title = "mean loss of a step, nats"}};
  const std::size_t window = losses.size() / 20 / 2 * 2 + 1;
  const std::vector<double> means = smoothed(losses, window);
  const auto is_finite = [](double value) { return std::isfinite(value); };
  const double first = *std::find_if(means.begin(), means.end(), is_finite);
  const double last = *std::find_if(means.rbegin(), means.rend(), is_finite);
  std::string drawing = axes(plot);
  std::string caption = "Mean loss of each update";
  if (window > 1) {
    drawing += line(plot, as_points(losses), "raw");
    caption += fmt::format(" (thin) and its mean over {} updates (thick)", format_count(window));
  }
  drawing += line(plot, as_points(means), "smooth");
  caption += fmt::format(": from {} at the first to {} at the last of {} updates.",
                         format_number(first), format_number(last), format_count(losses.size()));
  if (num_missing > 0) {
    caption += fmt::format(" {} of them had no finite loss.", format_count(num_missing));
  }
  return figure(plot, drawing, "Loss over the updates of fine-tuning", caption);
}

std::string kl_figure(const RunSummary& summary) {
  if (summary.steps.step_kl.empty()) {
    return not_yet("Sampling has not been completed yet.");
  }
  const bool has_beta = std::isfinite(summary.steps.kl_beta) && summary.steps.kl_beta > 0;
  const Histogram histogram =
      log_histogram(summary.steps.step_kl, has_beta ? double{summary.steps.kl_beta} : 1.0);
  if (histogram.counts.empty()) {
    return not_yet("No step has a finite divergence.");
  }
  const auto highest = *std::max_element(histogram.counts.begin(), histogram.counts.end());
  const Plot plot{.x = {.lower = histogram.edges.front(),
                        .upper = histogram.edges.back(),
                        .logarithmic = true,
                        .title = "KL of expert from amateur at a step, nats, logarithmic"},
                  .y = {.lower = 0,
                        .upper = nice_upper(static_cast<double>(highest)),
                        .title = "number of steps"}};
  std::string drawing = axes(plot);
  for (std::size_t i = 0; i < histogram.counts.size(); ++i) {
    if (histogram.counts[i] > 0) {
      const bool selected = !has_beta || histogram.edges[i] >= double{summary.steps.kl_beta};
      drawing += bar(plot, histogram.edges[i], histogram.edges[i + 1],
                     static_cast<double>(histogram.counts[i]), selected ? "selected" : "left-out");
    }
  }
  if (has_beta) {
    const auto beta = double{summary.steps.kl_beta};
    drawing += line(plot, {{beta, 0}, {beta, plot.y.upper}}, "threshold");
    drawing += label({x_of(plot, beta), y_of(plot, plot.y.upper) - 10}, "middle",
                     "kl_beta = " + format_number(beta), "value");
  }
  return figure(plot, drawing, "Histogram of the divergence over steps, with kl_beta",
                kl_caption(summary, histogram, has_beta));
}

}  // namespace lightreasoner::report
