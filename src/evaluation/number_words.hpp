// SPDX-License-Identifier: Apache-2.0
/// The marks and words around the digits of an answer. Private to the module.
#pragma once

#include <array>
#include <string_view>

namespace lightreasoner::evaluation {

inline constexpr std::string_view minus_sign = "\xe2\x88\x92";  // U+2212
inline constexpr std::array<std::string_view, 6> opening{
    "\\(", "\\[", "\\$", "$", "\xe2\x82\xac", "\xc2\xa3"};  // euro, pound
inline constexpr std::array<std::string_view, 11> closing{
    "\\)", "\\]", "\\%", "%", "\\$", "$", "\xe2\x82\xac", "\xc2\xa3", "\\,", "\\", "~"};
/// What stands between thousands: commas, spaces of LaTeX, HTML and Unicode, apostrophes,
/// underscores, periods, the Arabic separator.
inline constexpr auto thousands_separators = std::to_array<std::string_view>(
    {",",      ",\\!",   "{,}",    "{,}\\!",   "{,}\\,",       "\\mathord{,}", "\\!",
     "\\,",    "{\\,}",  "\\;",    "{\\;}",    "\\:",          "{\\:}",        "\\ ",
     "~",      " ",      "&nbsp;", "&thinsp;", "\\thinspace ", "\\thinspace",  "'",
     "_",      "\u00a0", "\u202f", "\u2000",   "\u2001",       "\u2002",       "\u2003",
     "\u2004", "\u2005", "\u2006", "\u2007",   "\u2008",       "\u2009",       "\u200a",
     "\u2019", "\u066c", "."});
/// Words that are units of measure: without them a number is the same. With any other word it may
/// be another one ("4 million", "4 dozen", "4i"), which is not for us to say. Each between spaces.
inline constexpr std::string_view units =
    " mm cm dm m km in inch inches ft foot feet yd yard yards mi mile miles meter meters "
    "metre metres kilometer kilometers centimeter centimeters millimeters mg g kg gram "
    "grams kilogram kilograms lb lbs pound pounds oz ounce ounces ton tons ml mL l L "
    "liter liters litre litres gallon gallons quart quarts pint pints cup cups s sec "
    "second seconds min minute minutes h hr hour hours day days week weeks month months "
    "year years dollar dollars cent cents euro euros degree degrees radians percent mph "
    "unit units square sq cubic per ";
inline constexpr std::array<std::string_view, 3> fraction_commands{"\\frac", "\\dfrac", "\\tfrac"};
inline constexpr std::array<std::string_view, 2> unit_commands{"\\text{", "\\mathrm{"};

}  // namespace lightreasoner::evaluation
