// SPDX-License-Identifier: Apache-2.0
#include "evaluation/statistics.hpp"

#include "support/errors.hpp"

#include <algorithm>
#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/normal.hpp>
#include <cmath>

namespace lightreasoner::evaluation {

Interval wilson_interval(std::uint64_t correct, std::uint64_t total) {
  support::require(correct <= total, "more correct answers than answers");
  if (total == 0) {
    return {0, 1};
  }
  const double z = boost::math::quantile(boost::math::normal(), 0.975);
  const auto n = static_cast<double>(total);
  const double share = static_cast<double>(correct) / n;
  const double scale = 1 + z * z / n;
  const double centre = (share + z * z / (2 * n)) / scale;
  const double half_width = z / scale * std::sqrt(share * (1 - share) / n + z * z / (4 * n * n));
  // Exactly 0 and 1 at the ends, where rounding would miss them.
  return {correct == 0 ? 0 : centre - half_width, correct == total ? 1 : centre + half_width};
}

double mcnemar_exact(std::uint64_t only_before, std::uint64_t only_after) {
  if (only_before == 0 && only_after == 0) {
    return 1;
  }
  const auto discordant = static_cast<double>(only_before) + static_cast<double>(only_after);
  const auto fewer = static_cast<double>(std::min(only_before, only_after));
  // Twice the tail counts the middle twice when both are equal.
  return std::min(1.0, 2 * boost::math::cdf(boost::math::binomial(discordant, 0.5), fewer));
}

}  // namespace lightreasoner::evaluation
