// SPDX-License-Identifier: Apache-2.0
/// [method]: the paper's equations, the released Python's departures from them, and each alone.
#pragma once

#include "config/field.hpp"
#include "config/run_config.hpp"

#include <vector>

namespace lightreasoner::config {

/// Appends the section's keys.
void add_method(std::vector<Field>& fields, RunConfig& config);

/// Gives every switch of [method] the value it has in the released Python (HKUDS/LightReasoner,
/// LightR_sampling.py and LightR_finetuning.py).
void set_reference_method(RunConfig& config);

}  // namespace lightreasoner::config
