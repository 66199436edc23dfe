// SPDX-License-Identifier: Apache-2.0
/// The one table of a run file's keys: parsing, printing and help all read it.
#pragma once

#include "config/field.hpp"
#include "config/run_config.hpp"

#include <vector>

namespace lightreasoner::config {

/// Every key, in file order, bound to the members of `config`, which must outlive them.
/// tools/check_house takes the keys from the table's text, so they stand there whole.
[[nodiscard]] std::vector<Field> fields_of(RunConfig& config);

}  // namespace lightreasoner::config
