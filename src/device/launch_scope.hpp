// SPDX-License-Identifier: Apache-2.0
/// What every kernel outside LibTorch runs in.
#pragma once

namespace lightreasoner::device {

/// Before a kernel is launched on memory that LibTorch has allocated, and after it. A back-end's:
/// nothing is to be done on the CPU.
void begin_launch();
void end_launch();

/// A kernel may be launched while one of these lives. Not to be nested.
class LaunchScope {
 public:
  LaunchScope() { begin_launch(); }
  ~LaunchScope() { end_launch(); }
  LaunchScope(const LaunchScope&) = delete;
  LaunchScope& operator=(const LaunchScope&) = delete;
};

}  // namespace lightreasoner::device
