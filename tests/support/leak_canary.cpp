// SPDX-License-Identifier: Apache-2.0
// Loses 1234 bytes between MPI's start and end: the test passes when the sanitizer says so.
#include "parallel/session.hpp"

#include <cstdlib>

int main(int argc, char** argv) {
  const lightreasoner::parallel::Session session(argc, argv);
  void* volatile lost = std::malloc(1234);
  lost = nullptr;
  return lost == nullptr ? 0 : 1;
}
