// SPDX-License-Identifier: Apache-2.0
#include "lora/config.hpp"

#include "support/errors.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <iterator>
#include <optional>

namespace lightreasoner::lora {
namespace {

std::string known_names() {
  return fmt::format(
      "{}", fmt::join(names_of({weights::projections.begin(), weights::projections.end()}), ", "));
}

}  // namespace

TargetModules parse_target_modules(const std::vector<std::string>& names) {
  if (names.empty()) {
    throw support::UserError("is empty; choose some of " + known_names());
  }
  TargetModules modules;
  for (const std::string& name : names) {
    const std::optional<weights::Projection> module = weights::find_projection(name);
    if (!module) {
      throw support::UserError(
          fmt::format("holds \"{}\", which is none of {}", name, known_names()));
    }
    if (std::find(modules.begin(), modules.end(), *module) != modules.end()) {
      throw support::UserError(fmt::format("holds \"{}\" twice", name));
    }
    modules.push_back(*module);
  }
  return modules;
}

std::vector<std::string> names_of(const TargetModules& modules) {
  std::vector<std::string> names;
  std::transform(modules.begin(), modules.end(), std::back_inserter(names), weights::name_of);
  return names;
}

}  // namespace lightreasoner::lora
