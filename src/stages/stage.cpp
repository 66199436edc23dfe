// SPDX-License-Identifier: Apache-2.0
#include "stages/stage.hpp"

#include "device/determinism.hpp"
#include "support/errors.hpp"

#include <algorithm>
#include <string_view>

namespace lightreasoner::stages {
namespace {

/// "prompt." names "prompt.system"; a whole key names itself.
bool names_setting(const std::string& rule, std::string_view key) {
  return rule.ends_with('.') ? key.starts_with(rule) : key == rule;
}

/// "models.expert" names itself and "models.expert.dtype".
bool names_fact(const std::string& rule, std::string_view fact) {
  return fact == rule || fact.starts_with(rule + ".");
}

/// Keys that name files, whose content is what counts, as a fact; and keys that change no bit.
bool is_without_effect(std::string_view key) {
  constexpr std::string_view keys[] = {
      "evaluation.file",           "lora.start_from",
      "finetune.order_file",       "finetune.checkpoint_interval",
      "finetune.checkpoints_kept", "finetune.activation_checkpointing"};
  return std::find(std::begin(keys), std::end(keys), key) != std::end(keys);
}

void add_settings(run::StageIdentity& identity, const Stage& stage,
                  const std::vector<config::KeyValue>& settings) {
  for (const config::KeyValue& setting : settings) {
    const bool named =
        std::any_of(stage.key.settings.begin(), stage.key.settings.end(),
                    [&](const std::string& rule) { return names_setting(rule, setting.key); });
    if (named && !is_without_effect(setting.key)) {
      identity.inputs[setting.key] = setting.value;
    }
  }
}

void add_facts(run::StageIdentity& identity, const Stage& stage, const inputs::Facts& facts) {
  for (const std::string& rule : stage.key.facts) {
    bool found = false;
    for (const auto& [name, value] : facts) {
      if (names_fact(rule, name)) {
        identity.inputs[name] = value;
        found = true;
      }
    }
    support::require(found, "a stage's key is made of a fact that nobody has told: " + rule);
  }
}

}  // namespace

Identities identify(const std::vector<Stage>& stages, const std::vector<config::KeyValue>& settings,
                    const inputs::Facts& facts, const run::StageBook& book) {
  Identities identities;
  for (const Stage& stage : stages) {
    run::StageIdentity identity;
    identity.inputs[stage.job + ".engine_version"] = std::to_string(stage.key.engine_version);
    identity.inputs["numerics"] = device::describe_numerics();
    add_settings(identity, stage, settings);
    add_facts(identity, stage, facts);
    for (const std::string& before : stage.follows) {
      const run::StageIdentity& upstream = identities.at(before);
      identity.inputs["stage." + before] = upstream.is_known() ? upstream.key() : run::unread;
    }
    run::adopt_unread(identity, book, stage.name);
    identities.emplace(stage.name, std::move(identity));
  }
  return identities;
}

}  // namespace lightreasoner::stages
