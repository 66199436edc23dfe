// SPDX-License-Identifier: Apache-2.0
#include "sampling/config.hpp"

#include "support/errors.hpp"

namespace lightreasoner::sampling {

void validate(const Config& config) {
  if (config.max_new_tokens < 1) {
    throw support::UserError("sampling.max_new_tokens must be at least 1");
  }
  if (config.problems_per_unit < 1) {
    throw support::UserError("sampling.problems_per_unit must be at least 1");
  }
  if (config.steps_per_chunk < 1) {
    throw support::UserError("sampling.steps_per_chunk must be at least 1");
  }
}

}  // namespace lightreasoner::sampling
