// SPDX-License-Identifier: Apache-2.0
/// What a run is going to need, in words, and whether this node has it.
#pragma once

#include "pipeline/context.hpp"

#include <cstdint>
#include <string>

namespace lightreasoner::pipeline {

/// The node that a plan is held against.
struct Node {
  std::uint64_t num_ranks = 1;
  std::uint64_t bytes = 0;  ///< of memory that it gives us
};

/// The memory plan of the weights and of every stage, the sizes chosen, and the vocabulary that the
/// models share: what a person reads before a run. Not collective.
[[nodiscard]] std::string describe_needs(const Context& context, const Node& node);

/// Throws UserError for the first stage that the node cannot hold, naming the largest line and its
/// key. Not collective.
void require_node_holds(const Context& context, const Node& node);

}  // namespace lightreasoner::pipeline
