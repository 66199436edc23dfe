// SPDX-License-Identifier: Apache-2.0
/// A plan against what was measured.
#pragma once

#include "planning/memory_plan.hpp"

#include <cstdint>
#include <gtest/gtest.h>
#include <string>

namespace lightreasoner::testing_support {

/// A plan's total over what was measured is at least 1 and, without `apart`, which machines take
/// more or less of, at most `greatest_surplus`.
inline void expect_honest(const planning::MemoryLines& plan, std::uint64_t measured,
                          std::uint64_t apart, double greatest_surplus) {
  const std::uint64_t planned = planning::total_bytes(plan);
  std::string lines;
  for (const planning::MemoryLine& line : plan) {
    lines += line.what + ": " + planning::format_bytes(line.bytes) + "\n";
  }
  EXPECT_GE(planned, measured) << lines;
  EXPECT_LE(static_cast<double>(planned - apart), greatest_surplus * static_cast<double>(measured))
      << lines << "measured: " << planning::format_bytes(measured);
}

}  // namespace lightreasoner::testing_support
