// SPDX-License-Identifier: Apache-2.0
#include "lora/peft_targets.hpp"

#include "support/errors.hpp"
#include "unicode/regex.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace lightreasoner::lora {
namespace {

/// Whether a module of this path is meant.
using ModuleRule = std::function<bool(const std::string& path)>;

/// The pattern as what a whole path must be. Python lets one say at its start that white space and
/// comments are none of it; then the line ends before ours goes on.
std::string as_whole(const std::string& pattern) {
  const std::size_t end = pattern.find(')');
  const bool has_flags = pattern.starts_with("(?") && end != std::string::npos;
  const bool is_verbose =
      has_flags && pattern.substr(2, end - 2).find_first_not_of("aiLmsux") == std::string::npos &&
      pattern.substr(2, end - 2).find('x') != std::string::npos;
  return fmt::format("\\A(?:{}{})\\z", pattern, is_verbose ? "\n" : "");
}

/// As peft's check_target_module_exists reads `key`: a pattern that is the whole path, or names
/// that are the path or its end. Of "all-linear", which peft takes but for the head, every
/// projection.
ModuleRule module_rule(const support::JsonSection& file, const char* key) {
  if (const auto* const pattern = file.value(key).get_ptr<const std::string*>()) {
    if (*pattern == "all-linear") {
      return [](const std::string&) { return true; };
    }
    const auto fail = [&file, key](const support::UserError& error) {
      file.fail(key, fmt::format("is {}: {}", support::quote(file.value(key)), error.what()));
    };
    try {
      return [fail, regex = unicode::Regex::parse(as_whole(*pattern))](const std::string& path) {
        try {
          return !regex.find_all(path).empty();
        } catch (const support::UserError& error) {  // backtracks without end
          fail(error);
          throw;
        }
      };
    } catch (const support::UserError& error) {
      fail(error);
    }
  }
  return [names = file.list<std::string>(key)](const std::string& path) {
    return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
      return path == name || path.ends_with("." + name);
    });
  };
}

/// Throws UserError where layers_to_transform, a layer or a list of them, leaves one out.
void require_all_layers(const support::JsonSection& file, std::int64_t num_layers) {
  constexpr const char* key = "layers_to_transform";
  const nlohmann::json* const value = file.find(key);
  if (value == nullptr || support::asks_for_nothing(*value)) return;
  const auto named = value->is_array() ? file.list<std::int64_t>(key)
                                       : std::vector<std::int64_t>{file.get<std::int64_t>(key)};
  for (std::int64_t layer = 0; layer < num_layers; ++layer) {
    if (std::find(named.begin(), named.end(), layer) == named.end()) {
      file.fail(key, fmt::format("is {}, without layer {} of {}; adapters of all layers alike are "
                                 "supported",
                                 support::quote(*value), layer, num_layers));
    }
  }
}

}  // namespace

TargetModules parse_target_modules(const support::JsonSection& file, std::int64_t num_layers) {
  require_all_layers(file, num_layers);
  const ModuleRule is_target = module_rule(file, "target_modules");
  ModuleRule is_excluded = [](const std::string&) { return false; };
  if (file.has("exclude_modules")) {
    is_excluded = module_rule(file, "exclude_modules");
  }
  TargetModules modules;
  for (const weights::Projection projection : weights::projections) {
    std::int64_t meant = 0;
    for (std::int64_t layer = 0; layer < num_layers; ++layer) {
      const std::string path = weights::projection_path(layer, projection);
      meant += is_target(path) && !is_excluded(path) ? 1 : 0;
    }
    if (meant == num_layers) {
      modules.push_back(projection);
    } else if (meant > 0) {
      file.fail("target_modules",
                fmt::format("means {} in {} of {} layers; adapters of all layers alike are "
                            "supported",
                            weights::name_of(projection), meant, num_layers));
    }
  }
  if (modules.empty()) {
    file.fail("target_modules", fmt::format("is {}, which means none of this model's projections",
                                            support::quote(file.value("target_modules"))));
  }
  return modules;
}

}  // namespace lightreasoner::lora
