// SPDX-License-Identifier: Apache-2.0
/// How examples are made of records: what the released Python does otherwise than the paper.
#pragma once

#include <cstdint>
#include <string>

namespace lightreasoner::examples {

/// Where the released Python departs from the paper while it tunes; the defaults are the paper's.
/// [method] in a run file.
struct Method {
  std::string prefix = "ids";             ///< "text": prefixes are re-tokenised text
  std::uint64_t max_prefix_tokens = 0;    ///< first tokens of prompt and prefix kept, 0: all
  std::string label_vocabulary = "head";  ///< "tokenizer": ids of added tokens are left out
  std::string loss_position = "last";     ///< "padded": the micro-batch's last column
};

}  // namespace lightreasoner::examples
