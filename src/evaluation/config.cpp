// SPDX-License-Identifier: Apache-2.0
#include "evaluation/config.hpp"

#include "support/errors.hpp"

#include <fmt/format.h>

namespace lightreasoner::evaluation {

void validate(const Config& config) {
  if (config.name.empty()) {
    throw support::UserError("evaluation.name = \"\": give the set a name, e.g. \"test\"");
  }
  if (config.max_new_tokens < 1) {
    throw support::UserError(
        fmt::format("evaluation.max_new_tokens = {}: must be at least 1", config.max_new_tokens));
  }
  if (config.problems_per_unit < 1) {
    throw support::UserError("evaluation.problems_per_unit = 0: must be at least 1");
  }
}

}  // namespace lightreasoner::evaluation
