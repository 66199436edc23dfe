// SPDX-License-Identifier: Apache-2.0
#include "logging/progress.hpp"

#include "logging/console.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <utility>

namespace lightreasoner::logging {
namespace {

constexpr std::chrono::milliseconds bar_interval{200};
constexpr std::uint64_t bar_cells = 12;
constexpr std::size_t bar_width = 79;

struct Settings {
  ProgressStyle style = ProgressStyle::off;
  std::chrono::duration<double> line_interval{10};
};

Settings& settings() {
  static Settings instance;
  return instance;
}

double fraction_done(const ProgressState& state) {
  if (state.done >= state.total) {
    return 1;
  }
  return static_cast<double>(state.done) / static_cast<double>(state.total);
}

/// Units a second of this run's own work; 0 when nothing can be said yet.
double rate_of(const ProgressState& state) {
  if (state.done <= state.done_before || !(state.seconds > 0)) {
    return 0;
  }
  return static_cast<double>(state.done - state.done_before) / state.seconds;
}

std::string format_rate(double rate) {
  if (rate < 0.1) {
    return fmt::format("{:.2f}/min", rate * 60);
  }
  return fmt::format("{:.{}f}/s", rate, rate < 10 ? 2 : rate < 100 ? 1 : 0);
}

std::string format_with(const ProgressState& state, bool finished, const std::string& bar) {
  // Rounded down, so that 100 % means all.
  const auto percent = static_cast<int>(100 * fraction_done(state));
  std::string line = fmt::format("{}  {:3d} %  {}{}/{} {}", state.stage, percent, bar, state.done,
                                 state.total, state.counted);
  const double rate = rate_of(state);
  if (rate > 0) {
    line += "  " + format_rate(rate);
  }
  if (finished) {
    const bool all = state.done >= state.total;
    const std::string time = format_duration(state.seconds);
    line += all ? fmt::format("  {} in total", time) : fmt::format("  stopped after {}", time);
  } else if (rate > 0 && state.done < state.total) {
    const double left = static_cast<double>(state.total - state.done) / rate;
    line += fmt::format("  {} left", format_duration(left));
  }
  if (!state.note.empty()) {
    line += "  " + state.note;
  }
  return line;
}

}  // namespace

void set_progress_style(ProgressStyle style, std::chrono::duration<double> line_interval) {
  settings() = {style, line_interval};
}

std::string format_progress(const ProgressState& state, bool finished) {
  return format_with(state, finished, "");
}

std::string format_progress_bar(const ProgressState& state, bool finished) {
  const auto full = static_cast<std::size_t>(fraction_done(state) * double{bar_cells});
  const std::string bar =
      fmt::format("[{}{}] ", std::string(full, '#'), std::string(bar_cells - full, '-'));
  const std::string line = format_with(state, finished, bar);
  return finished ? line : line.substr(0, bar_width);
}

Progress::Progress(std::string stage, std::string counted, std::uint64_t total,
                   std::uint64_t done_before)
    : start_(std::chrono::steady_clock::now()), shown_(start_) {
  state_.stage = std::move(stage);
  state_.counted = std::move(counted);
  state_.total = total;
  state_.done = done_before;
  state_.done_before = done_before;
  if (settings().style == ProgressStyle::bar) {
    show(false);
  }
}

Progress::~Progress() { show(true); }

void Progress::update(std::uint64_t done, const std::string& note) {
  state_.done = done;
  state_.note = note;
  const auto since_shown = std::chrono::steady_clock::now() - shown_;
  const bool due = settings().style == ProgressStyle::bar ? since_shown >= bar_interval
                                                          : since_shown >= settings().line_interval;
  if (due) {
    show(false);
  }
}

void Progress::show(bool last) {
  if (settings().style == ProgressStyle::off || !console_prints()) {
    return;
  }
  shown_ = std::chrono::steady_clock::now();
  state_.seconds = std::chrono::duration<double>(shown_ - start_).count();
  const bool bar = settings().style == ProgressStyle::bar;
  const std::string line = bar ? format_progress_bar(state_, last) : format_progress(state_, last);
  if (bar && !last) {
    redraw_line(line);
  } else {
    print_line(line);
  }
}

std::string format_duration(double seconds) {
  if (!(seconds >= 0) || !std::isfinite(seconds)) {
    return "?";
  }
  constexpr double longest = 1e15;
  const auto whole = static_cast<std::uint64_t>(std::llround(std::min(seconds, longest)));
  const std::uint64_t hours = whole / 3600, minutes = whole / 60 % 60, rest = whole % 60;
  return hours > 0 ? fmt::format("{}:{:02}:{:02}", hours, minutes, rest)
                   : fmt::format("{}:{:02}", minutes, rest);
}

}  // namespace lightreasoner::logging
