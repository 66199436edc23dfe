// SPDX-License-Identifier: Apache-2.0
#include "finetune/summary.hpp"

#include "support/errors.hpp"
#include "support/files.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace lightreasoner::finetune {
namespace {

constexpr const char* selected = "selected_steps";
constexpr const char* tuned = "tuned_steps";
constexpr const char* losses = "losses";

}  // namespace

std::string to_text(const TuningSummary& summary) {
  const nlohmann::ordered_json json{
      {selected, summary.selected_steps}, {tuned, summary.tuned_steps}, {losses, summary.losses}};
  return json.dump(1) + "\n";
}

TuningSummary read_summary(const std::filesystem::path& file) {
  try {
    const auto json = nlohmann::json::parse(support::read_file(file));
    TuningSummary summary;
    json.at(selected).get_to(summary.selected_steps);
    json.at(tuned).get_to(summary.tuned_steps);
    json.at(losses).get_to(summary.losses);
    return summary;
  } catch (const nlohmann::json::exception& error) {
    throw support::UserError(
        fmt::format("{}: not what tuning writes ({}); remove it to have the stage run again",
                    file.string(), error.what()));
  }
}

}  // namespace lightreasoner::finetune
