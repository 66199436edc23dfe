// SPDX-License-Identifier: Apache-2.0
#include "logging/log.hpp"

#include "logging/console.hpp"
#include "support/files.hpp"
#include "support/process.hpp"

#include <nlohmann/json.hpp>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

namespace lightreasoner::logging {

void set_up_logging(bool prints) {
  auto logger = spdlog::get("lightreasoner");
  if (logger == nullptr) {
    logger = spdlog::stderr_color_st("lightreasoner", spdlog::color_mode::never);
    spdlog::set_default_logger(logger);
  }
  logger->set_pattern("%v");
  set_console_prints(prints);
  logger->set_level(prints ? spdlog::level::info : spdlog::level::off);
}

void log_info(const std::string& message) {
  clear_redrawn_line();
  spdlog::info("{}", message);
}

void log_warning(const std::string& message) {
  clear_redrawn_line();
  spdlog::warn("warning: {}", message);
}

EventLog::EventLog(const std::filesystem::path& path)
    : file_(std::make_shared<support::AppendOnlyFile>(path)) {}

void EventLog::write(const std::string& event, const nlohmann::ordered_json& fields) {
  if (file_ == nullptr) {
    return;
  }
  nlohmann::ordered_json line;
  line["time"] = support::utc_time();
  line["event"] = event;
  line.update(fields);
  file_->append(line.dump() + "\n");
}

}  // namespace lightreasoner::logging
