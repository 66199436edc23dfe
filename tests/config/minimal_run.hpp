// SPDX-License-Identifier: Apache-2.0
/// A run file with what is required and nothing else.
#pragma once

#include <string>

namespace lightreasoner::config {

inline const std::string minimal_run = R"([run]
directory = "runs/x"
[models]
expert = "expert"
amateur = "/abs/amateur"
[problems]
file = "train.jsonl"
[evaluation]
file = "../test.jsonl"
)";

}  // namespace lightreasoner::config
