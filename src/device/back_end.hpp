// SPDX-License-Identifier: Apache-2.0
/// What a kind of device provides: one source file each, of which the build links one. The file for
/// the CPU is there always; launch_scope.hpp has the rest of it.
#pragma once

#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace lightreasoner::device {

using Device = c10::Device;
inline constexpr c10::DeviceType host = c10::kCPU;

/// A device that this process may use.
struct VisibleDevice {
  std::string name{};          ///< as its vendor calls it
  std::string architecture{};  ///< that its code is compiled for
  std::string bus_id{};        ///< its PCI address, "0000:c1:00.0": where it sits in its node
  std::uint64_t bytes = 0;     ///< of memory
};

/// The devices that this process may use, in the vendor's order; none for the CPU's back-end.
/// Throws UserError where the driver is older than what this program was built for.
[[nodiscard]] std::vector<VisibleDevice> visible_devices();

/// Why visible_devices returns none, and what to do about it.
[[nodiscard]] std::string why_none_visible();

/// Makes the device of that index among visible_devices this thread's current one, with what
/// reproducible results ask of it. Must come before any tensor is made there. Throws UserError
/// where this program has no code for its architecture.
[[nodiscard]] Device open_device(std::size_t index);

/// Versions and settings of the vendor's libraries that results depend on, one line; empty for the
/// CPU's back-end.
[[nodiscard]] std::string library_settings();

/// Whether LibTorch can make page-locked tensors of the host, from which copies need no waiting.
[[nodiscard]] bool pins_memory();

/// LibTorch's calls for attention over rows of unequal length.
enum class AttentionCall : std::uint8_t {
  by_mask,    ///< over padded rows, with a mask of every pair of places: every device has it
  flash,      ///< by lengths, at::_flash_attention_forward
  efficient,  ///< by lengths, at::_efficient_attention_forward, which takes fp32 too
};
struct AttentionCalls {
  AttentionCall fastest = AttentionCall::by_mask;
  bool take_key_lengths = false;  ///< by lengths, beside the places where keys start
};
/// Those for heads of that type and width.
[[nodiscard]] AttentionCalls attention_calls(Device device, c10::ScalarType type,
                                             std::int64_t head_dim);

/// Bytes of a device's memory.
struct MemoryFigures {
  std::size_t free = 0;
  std::size_t total = 0;
  std::size_t peak = 0;  ///< the most that LibTorch held at a time
};
/// All zero for the CPU's back-end.
[[nodiscard]] MemoryFigures memory_figures(Device device);

}  // namespace lightreasoner::device
