// SPDX-License-Identifier: Apache-2.0
#include "report/svg.hpp"

#include "report/text.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace lightreasoner::report {
namespace {

constexpr double width = 640;
// Room for the larger letters of narrow screens.
constexpr double left = 84, right = 36, bottom = 64;
constexpr int about_x_ticks = 7, about_y_ticks = 5;
constexpr std::size_t most_decades = 7;

double step_of_ticks(double span, int about) {
  const double rough = span / about;
  const double power = std::pow(10, std::floor(std::log10(rough)));
  for (const double multiple : {1.0, 2.0, 5.0}) {
    if (multiple * power >= rough * (1 - 1e-9)) {
      return multiple * power;
    }
  }
  return 10 * power;
}

/// Room above for the y axis's title and one line of labels.
double top_of(const Plot& plot) { return plot.named_rows ? 12 : 48; }

double position(const Axis& axis, double value) {
  double lower = axis.lower, upper = axis.upper;
  value = std::clamp(value, lower, upper);
  if (axis.logarithmic) {
    lower = std::log(lower);
    upper = std::log(upper);
    value = std::log(value);
  }
  return upper > lower ? (value - lower) / (upper - lower) : 0.5;
}

std::string straight(double x1, double y1, double x2, double y2, std::string_view css_class) {
  return fmt::format("<path class=\"{}\" d=\"M{:.1f} {:.1f}L{:.1f} {:.1f}\"/>\n", css_class, x1, y1,
                     x2, y2);
}

std::vector<double> ticks(const Axis& axis, int about) {
  return axis.logarithmic ? decade_ticks(axis.lower, axis.upper, most_decades)
                          : nice_ticks(axis.lower, axis.upper, about);
}

}  // namespace

std::vector<double> nice_ticks(double lower, double upper, int about) {
  if (!(upper > lower)) {
    return {lower};
  }
  const double step = step_of_ticks(upper - lower, about);
  const auto first = static_cast<std::int64_t>(std::ceil(lower / step - 1e-9));
  const auto last = static_cast<std::int64_t>(std::floor(upper / step + 1e-9));
  std::vector<double> values;
  for (std::int64_t i = first; i <= last; ++i) {
    values.push_back(static_cast<double>(i) * step);
  }
  return values;
}

std::vector<double> decade_ticks(double lower, double upper, std::size_t most) {
  const int first = static_cast<int>(std::ceil(std::log10(lower) - 1e-9));
  const int last = static_cast<int>(std::floor(std::log10(upper) + 1e-9));
  const int stride = 1 + std::max(0, last - first) / static_cast<int>(most);
  std::vector<double> values;
  for (int exponent = first; exponent <= last; exponent += stride) {
    values.push_back(std::pow(10, exponent));
  }
  return values;
}

double nice_upper(double value) {
  if (!(value > 0)) {
    return 1;
  }
  const double step = step_of_ticks(value, about_y_ticks);
  return step * std::ceil(value / step - 1e-9);
}

double x_of(const Plot& plot, double value) {
  return left + position(plot.x, value) * (width - left - right);
}

double y_of(const Plot& plot, double value) {
  return plot.height - bottom - position(plot.y, value) * (plot.height - top_of(plot) - bottom);
}

std::string axes(const Plot& plot) {
  const double floor = plot.height - bottom;
  std::string text;
  for (const double value : ticks(plot.x, about_x_ticks)) {
    const double x = x_of(plot, value);
    text += straight(x, top_of(plot), x, floor, "grid");
    text += label({x, floor + 20}, "middle", format_number(value));
  }
  if (!plot.named_rows) {
    for (const double value : ticks(plot.y, about_y_ticks)) {
      const double y = y_of(plot, value);
      text += straight(left, y, width - right, y, "grid");
      text += label({left - 8, y + 5}, "end", format_number(value));
    }
    text += label({4, 20}, "start", plot.y.title, "title");
  }
  text += straight(left, floor, width - right, floor, "axis");
  text += label({(left + width - right) / 2, floor + 48}, "middle", plot.x.title, "title");
  return text;
}

std::string line(const Plot& plot, const std::vector<std::pair<double, double>>& points,
                 std::string_view css_class) {
  std::string path;
  bool pen_down = false;
  for (const auto& [x, y] : points) {
    if (!std::isfinite(x) || !std::isfinite(y)) {
      pen_down = false;
      continue;
    }
    // A move to where the pen is: round line ends make a dot of a lone point.
    path += pen_down ? fmt::format("L{:.1f} {:.1f}", x_of(plot, x), y_of(plot, y))
                     : fmt::format("M{:.1f} {:.1f}h0", x_of(plot, x), y_of(plot, y));
    pen_down = true;
  }
  return fmt::format("<path class=\"{}\" d=\"{}\"/>\n", css_class, path);
}

std::string bar(const Plot& plot, double from, double to, double height,
                std::string_view css_class) {
  constexpr double gap = 0.5;
  const double x = x_of(plot, from) + gap, y = y_of(plot, height);
  return fmt::format(
      "<rect class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\"/>\n",
      css_class, x, y, std::max(0.5, x_of(plot, to) - gap - x), plot.height - bottom - y);
}

std::string label(std::pair<double, double> place, std::string_view anchor,
                  std::string_view content, std::string_view css_class) {
  return fmt::format("<text class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n",
                     css_class, place.first, place.second, anchor, escape_html(content));
}

std::string figure(const Plot& plot, std::string_view drawing, std::string_view description,
                   std::string_view caption) {
  return fmt::format(
      "<figure>\n<svg role=\"img\" aria-label=\"{}\" viewBox=\"0 0 {:.0f} {:.0f}\">\n{}</svg>\n"
      "<figcaption>{}</figcaption>\n</figure>\n",
      escape_html(description), width, plot.height, drawing, escape_html(caption));
}

}  // namespace lightreasoner::report
