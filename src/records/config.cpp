// SPDX-License-Identifier: Apache-2.0
#include "records/config.hpp"

#include "support/errors.hpp"

#include <string>

namespace lightreasoner::records {
namespace {

/// Far beyond any use, and small enough that products of these numbers and a problem count fit.
constexpr std::uint64_t largest = 1000000;

void require_in_range(const char* key, std::uint64_t value) {
  if (value < 1 || value > largest) {
    throw support::UserError(std::string("records.") + key + " = " + std::to_string(value) +
                             ": must be 1 to " + std::to_string(largest));
  }
}

}  // namespace

void validate(const Config& config) {
  require_in_range("units_per_shard", config.units_per_shard);
  require_in_range("shards_per_commit", config.shards_per_commit);
}

}  // namespace lightreasoner::records
