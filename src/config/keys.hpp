// SPDX-License-Identifier: Apache-2.0
/// A configuration by its keys: for stage keys, for the run directory's copy and for help.
#pragma once

#include "config/run_config.hpp"

#include <string>
#include <vector>

namespace lightreasoner::config {

/// The keys that are "auto".
[[nodiscard]] std::vector<std::string> automatic_keys(const RunConfig& config);

/// One key's effective value, as written in TOML.
struct KeyValue {
  std::string key;  ///< "contrast.kl_beta"
  std::string value;
};
/// All keys but prompt.preset, in file order.
[[nodiscard]] std::vector<KeyValue> effective_keys(const RunConfig& config);

/// The effective configuration as TOML that parse_run_config reads back to the same values.
[[nodiscard]] std::string to_toml(const RunConfig& config);

/// Every key with its default, the words it takes and one line of meaning, for `--help`.
[[nodiscard]] std::string describe_keys();

}  // namespace lightreasoner::config
