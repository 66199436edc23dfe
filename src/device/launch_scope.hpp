// SPDX-License-Identifier: Apache-2.0
/// What every kernel outside LibTorch runs in.
#pragma once

namespace lightreasoner::device {

/// While one of these lives, a kernel may be launched on memory that LibTorch has allocated on the
/// device. What it does is the back-end's: nothing on the CPU. Not to be nested.
class LaunchScope {
 public:
  LaunchScope();
  ~LaunchScope();
  LaunchScope(const LaunchScope&) = delete;
  LaunchScope& operator=(const LaunchScope&) = delete;
};

}  // namespace lightreasoner::device
