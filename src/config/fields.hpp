// SPDX-License-Identifier: Apache-2.0
/// The one table of a run file's keys: parsing, printing and help all read it.
#pragma once

#include "config/run_config.hpp"

#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <variant>
#include <vector>

namespace lightreasoner::config {

/// Where a key's value goes. A path is resolved against the file that names it, but for
/// run.directory, which is a plain string here.
using Target = std::variant<std::string*, std::filesystem::path*, bool*, int*, std::int64_t*,
                            std::uint64_t*, float*, double*, std::vector<std::string>*>;

struct Field {
  std::string key;  ///< "section.name"
  Target target;
  std::string meaning;  ///< one line for --help
  double least = -std::numeric_limits<double>::infinity();
  double greatest = std::numeric_limits<double>::infinity();
  std::vector<std::string> choices{};  ///< allowed words; empty: any
  bool required = false;
  bool takes_auto = false;    ///< "auto", held as `automatic`, besides a whole number
  bool names_preset = false;  ///< a file of other keys' values: what is effective is they, not it
};

/// The key that names a prompt preset.
inline constexpr const char* preset_key = "prompt.preset";

/// Every key, in file order, bound to the members of `config`.
[[nodiscard]] std::vector<Field> fields_of(RunConfig& config);

}  // namespace lightreasoner::config
