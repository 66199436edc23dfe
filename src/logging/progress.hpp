// SPDX-License-Identifier: Apache-2.0
/// How far a stage is: a bar, or one line an interval, with rate and time to go.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace lightreasoner::logging {

enum class ProgressStyle { bar, lines, off };

/// For all Progress of this process; off until called. `line_interval` is for ProgressStyle::lines.
void set_progress_style(ProgressStyle style, std::chrono::duration<double> line_interval);

/// One moment of a stage.
struct ProgressState {
  std::string stage;
  std::string counted;  ///< plural noun
  std::string note;
  std::uint64_t total = 0;
  std::uint64_t done = 0;         ///< done_before included
  std::uint64_t done_before = 0;  ///< by an earlier run: left out of the rate
  double seconds = 0;             ///< since the start
};

/// "sampling   60 %  240/400 problems  52.1/s  0:03 left  NOTE"; when `finished`, the whole time in
/// place of the time to go ("stopped after 0:05" when not all is done). Below 100 % until all is
/// done.
[[nodiscard]] std::string format_progress(const ProgressState& state, bool finished);
/// format_progress with a bar behind the percentage, cut to 79 characters while it is
/// redrawn, because a wrapped line could not be.
[[nodiscard]] std::string format_progress_bar(const ProgressState& state, bool finished);

/// Shows one stage's progress on standard error of the process that prints (see set_up_logging).
class Progress {
 public:
  /// `counted` is the plural noun counted, e.g. "problems".
  Progress(std::string stage, std::string counted, std::uint64_t total,
           std::uint64_t done_before = 0);
  /// Ends the display with the total time, also when not all was done.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// `note` is shown after the time to go, e.g. the current loss. Cheap: most calls print nothing.
  void update(std::uint64_t done, const std::string& note = {});

 private:
  void show(bool last);

  ProgressState state_;
  std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point shown_;
};

/// "1:02:03" or "4:05", rounded to seconds; "?" for what is negative or not finite.
[[nodiscard]] std::string format_duration(double seconds);

}  // namespace lightreasoner::logging
