// SPDX-License-Identifier: Apache-2.0
/// How far a stage is: a bar, or one line an interval, with rate and time to go.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace lightreasoner::support {

enum class ProgressStyle { bar, lines, off };

/// Throws UserError on any other word.
[[nodiscard]] ProgressStyle parse_progress_style(const std::string& word);
void set_progress_style(ProgressStyle style, std::chrono::duration<double> line_interval);

/// Shows one stage's progress on standard error of the process that prints (see set_up_logging).
class Progress {
 public:
  /// `unit` is the plural noun counted, e.g. "problems".
  Progress(std::string stage, std::string unit, std::uint64_t total, std::uint64_t done_before = 0);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// `note` is shown after the ETA, e.g. the current loss.
  void update(std::uint64_t done, const std::string& note = {});

 private:
  void show(const std::string& note, bool last);

  std::string stage_;
  std::string unit_;
  std::uint64_t total_;
  std::uint64_t done_before_;
  std::uint64_t done_;
  std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point shown_;
};

/// "1:02:03" or "4:05", rounded to seconds.
[[nodiscard]] std::string format_duration(double seconds);

}  // namespace lightreasoner::support
