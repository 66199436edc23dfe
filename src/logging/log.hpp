// SPDX-License-Identifier: Apache-2.0
/// Messages for a person (standard error, rank 0) and events for a program (events.jsonl).
#pragma once

#include "support/files.hpp"

#include <filesystem>
#include <fmt/format.h>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>

namespace lightreasoner::logging {

/// Chooses whether this process prints: rank 0 does, the others stay silent.
void set_up_logging(bool prints);

void log_info(const std::string& message);
void log_warning(const std::string& message);

template <typename... Args>
void info(fmt::format_string<Args...> format, Args&&... args) {
  log_info(fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void warn(fmt::format_string<Args...> format, Args&&... args) {
  log_warning(fmt::format(format, std::forward<Args>(args)...));
}

/// Appends one JSON object a line to `path`, with a UTC "time" added. A default-constructed log
/// drops everything (ranks other than 0).
class EventLog {
 public:
  EventLog() = default;
  explicit EventLog(const std::filesystem::path& path);
  void write(const std::string& event, const nlohmann::ordered_json& fields);

 private:
  std::shared_ptr<support::AppendOnlyFile> file_;
};

}  // namespace lightreasoner::logging
