// SPDX-License-Identifier: Apache-2.0
#include "finetune/summary.hpp"

#include "support/files.hpp"
#include "support/json.hpp"

#include <cstdint>
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
  const std::string text = support::read_file(file);
  const support::JsonDocument document = support::parse_json(
      text, {.file_name = file.string(), .remedy = "remove it to have the stage run again"});
  const support::JsonSection fields = document.root();
  TuningSummary summary;
  summary.selected_steps = fields.get<std::uint64_t>(selected);
  summary.tuned_steps = fields.get<std::uint64_t>(tuned);
  summary.losses = fields.list<double>(losses);
  return summary;
}

}  // namespace lightreasoner::finetune
