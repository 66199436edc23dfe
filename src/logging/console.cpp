// SPDX-License-Identifier: Apache-2.0
#include "logging/console.hpp"

#include <algorithm>
#include <cstdio>

namespace lightreasoner::logging {
namespace {

struct Console {
  bool prints = false;
  std::size_t open_width = 0;  // of the line redrawn last, 0: none
};

Console& console() {
  static Console instance;
  return instance;
}

void write(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

/// `line` with blanks over what is left of a longer one before it.
std::string over_open_line(const std::string& line) {
  const std::size_t open = console().open_width;
  std::string text = open > 0 ? "\r" + line : line;
  text.append(open - std::min(open, line.size()), ' ');
  return text;
}

}  // namespace

void set_console_prints(bool prints) { console().prints = prints; }

bool console_prints() { return console().prints; }

void redraw_line(const std::string& line) {
  if (console().prints) {
    write(over_open_line(line));
    console().open_width = line.size();
  }
}

void clear_redrawn_line() {
  if (console().prints && console().open_width > 0) {
    write(over_open_line("") + "\r");
    console().open_width = 0;
  }
}

void print_line(const std::string& line) {
  if (console().prints) {
    write(over_open_line(line) + "\n");
    console().open_width = 0;
  }
}

}  // namespace lightreasoner::logging
