// SPDX-License-Identifier: Apache-2.0
/// What results depend on beside configuration keys.
#pragma once

#include <map>
#include <string>

namespace lightreasoner::inputs {

/// Name to value, e.g. "problems.file" to the hash of its problems. What belongs together begins
/// alike: "models.expert" is the digest of a model's small files, "models.expert.dtype" the type it
/// is computed in, "models.expert.weights" the digest of its weights or run::unread.
using Facts = std::map<std::string, std::string>;

}  // namespace lightreasoner::inputs
