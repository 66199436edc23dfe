// SPDX-License-Identifier: Apache-2.0
/// What a user's mistake is answered with.
#pragma once

#include "support/errors.hpp"

#include <gtest/gtest.h>
#include <string>

namespace lightreasoner::testing_support {

/// The message of the UserError that `act` throws, "accepted" when it throws none.
template <typename Act>
std::string refusal_of(const Act& act) {
  try {
    act();
  } catch (const support::UserError& error) {
    return error.what();
  }
  return "accepted";
}

/// The same of an error that every rank throws alike.
template <typename Act>
std::string agreed_refusal_of(const Act& act) {
  return refusal_of([&] {
    try {
      act();
    } catch (const support::UserError& error) {
      EXPECT_TRUE(error.agreed) << error.what();
      throw;
    }
  });
}

}  // namespace lightreasoner::testing_support
