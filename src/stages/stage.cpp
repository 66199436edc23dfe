// SPDX-License-Identifier: Apache-2.0
#include "stages/stage.hpp"

#include "support/errors.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <string_view>
#include <utility>

namespace lightreasoner::stages {
namespace {

/// Whether one of `rules` names `key`: "prompt." names "prompt.system", a whole key itself.
bool name_setting(const std::vector<std::string>& rules, std::string_view key) {
  return std::any_of(rules.begin(), rules.end(), [&](const std::string& rule) {
    return rule.ends_with('.') ? key.starts_with(rule) : key == rule;
  });
}

/// "models.expert" names itself and "models.expert.dtype".
bool names_fact(const std::string& rule, std::string_view fact) {
  return fact == rule || fact.starts_with(rule + ".");
}

void add_settings(run::StageIdentity& identity, const KeyRule& rule,
                  const std::vector<config::KeyValue>& settings) {
  for (const config::KeyValue& setting : settings) {
    if (name_setting(rule.settings, setting.key) &&
        !name_setting(rule.without_effect, setting.key)) {
      identity.inputs[setting.key] = setting.value;
    }
  }
}

void add_facts(run::StageIdentity& identity, const KeyRule& rule, const inputs::Facts& facts) {
  for (const std::string& named : rule.facts) {
    bool found = false;
    for (const auto& [name, value] : facts) {
      if (names_fact(named, name)) {
        identity.inputs[name] = value;
        found = true;
      }
    }
    support::require(found, "a stage's key is made of a fact that nobody has told: " + named);
  }
}

/// The rule with what every stage's bits depend on.
KeyRule whole_rule(KeyRule rule) {
  rule.settings.emplace_back("run.threads_per_rank");
  rule.facts.emplace_back("numerics");
  return rule;
}

}  // namespace

Identities identify(const std::vector<Stage>& stages, const std::vector<config::KeyValue>& settings,
                    const inputs::Facts& facts, const run::StageBook& book) {
  Identities identities;
  for (const Stage& stage : stages) {
    const KeyRule rule = whole_rule(stage.key);
    run::StageIdentity identity;
    identity.inputs[fmt::format("{}.engine_version", run::word_of(stage.job))] =
        std::to_string(rule.engine_version);
    add_settings(identity, rule, settings);
    add_facts(identity, rule, facts);
    for (const std::string& before : rule.follows) {
      const run::StageIdentity& upstream = identities.at(before);
      identity.inputs["stage." + before] = upstream.is_known() ? upstream.key() : run::unread;
    }
    run::adopt_unread(identity, book, stage.name);
    identities.emplace(stage.name, std::move(identity));
  }
  return identities;
}

std::uint64_t largest_fitting(std::uint64_t most, const std::function<bool(std::uint64_t)>& fits) {
  std::uint64_t size = 1;
  while (2 * size <= most) {
    size *= 2;
  }
  while (size > 1 && !fits(size)) {
    size /= 2;
  }
  return size;
}

}  // namespace lightreasoner::stages
