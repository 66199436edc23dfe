// SPDX-License-Identifier: Apache-2.0
/// Standard error as log lines and the progress bar share it.
#pragma once

#include <string>

namespace lightreasoner::logging {

/// Whether this process prints at all; false until set.
void set_console_prints(bool prints);
[[nodiscard]] bool console_prints();

/// Shows `line` in place of the line redrawn last, without ending it (carriage return only: no
/// escape sequences, so the output stays readable in a file).
void redraw_line(const std::string& line);
/// Blanks the line redrawn last, so that other output does not run into it.
void clear_redrawn_line();
/// Prints `line` and its line ending, in place of the line redrawn last if there is one.
void print_line(const std::string& line);

}  // namespace lightreasoner::logging
