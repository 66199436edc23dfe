// SPDX-License-Identifier: Apache-2.0
/// The few pieces a plot is made of, as SVG text. Colours come from the page's style sheet.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lightreasoner::report {

/// A value range laid along one side of a plot.
struct Axis {
  double lower = 0;
  double upper = 1;
  bool logarithmic = false;  ///< needs 0 < lower
  std::string title;         ///< with the unit
};

/// Multiples of 1, 2 or 5 times a power of ten within [lower, upper], at most about `about` of
/// them.
[[nodiscard]] std::vector<double> nice_ticks(double lower, double upper, int about);
/// Powers of ten within [lower, upper], thinned to at most `most`.
[[nodiscard]] std::vector<double> decade_ticks(double lower, double upper, std::size_t most);
/// The first nice tick at or above `value` (1 when it is 0), for an axis that begins at 0.
[[nodiscard]] double nice_upper(double value);

/// A plot area with its axes; all coordinates below are in the axes' units.
struct Plot {
  Axis x, y;
  bool named_rows = false;  ///< the y axis counts rows that are labelled one by one
  double height = 320;      ///< in SVG units, of 640 in width
};

/// SVG coordinates of a point; values outside the axes are moved to their ends.
[[nodiscard]] double x_of(const Plot& plot, double value);
[[nodiscard]] double y_of(const Plot& plot, double value);

/// Grid lines, tick labels and titles.
[[nodiscard]] std::string axes(const Plot& plot);
/// A line through the points; a point that is not finite leaves a gap, a lone one is a dot.
[[nodiscard]] std::string line(const Plot& plot,
                               const std::vector<std::pair<double, double>>& points,
                               std::string_view css_class);
/// A bar on the x axis between two x values, with a hairline of space at its sides.
[[nodiscard]] std::string bar(const Plot& plot, double from, double to, double height,
                              std::string_view css_class);
/// Text at SVG coordinates; `anchor` is "start", "middle" or "end". Escapes `content`.
[[nodiscard]] std::string label(std::pair<double, double> place, std::string_view anchor,
                                std::string_view content, std::string_view css_class = "");

/// A whole <figure>: the drawing, spoken as `description`, over `caption`. Escapes both texts.
[[nodiscard]] std::string figure(const Plot& plot, std::string_view drawing,
                                 std::string_view description, std::string_view caption);

}  // namespace lightreasoner::report
