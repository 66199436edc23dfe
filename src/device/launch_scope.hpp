// SPDX-License-Identifier: Apache-2.0
/// What every kernel outside LibTorch runs in.
#pragma once

namespace lightreasoner::device {

/// Before a kernel is launched on memory that LibTorch has allocated, and after it. A back-end's:
/// begin_launch returns the stream that LibTorch computes on now, nullptr where there are none.
void* begin_launch();
void end_launch();

/// A kernel may be launched, on `stream`, while one of these lives. Not to be nested.
class LaunchScope {
 public:
  LaunchScope() : stream_(begin_launch()) {}
  ~LaunchScope() { end_launch(); }
  LaunchScope(const LaunchScope&) = delete;
  LaunchScope& operator=(const LaunchScope&) = delete;

  [[nodiscard]] void* stream() const { return stream_; }

 private:
  void* stream_;
};

}  // namespace lightreasoner::device
