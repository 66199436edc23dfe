// SPDX-License-Identifier: Apache-2.0
/// The back-end whose device is a GPU: LibTorch has one name for those of both vendors.
#include "device/gpu.hpp"

#include "device/launch_scope.hpp"
#include "support/errors.hpp"

#include <ATen/ATen.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <c10/util/Exception.h>
#include <cctype>
#include <fmt/format.h>
#include <sstream>
#include <string_view>

namespace lightreasoner::device {
namespace {

constexpr c10::DeviceType gpu = c10::kCUDA;

/// What the kernels of this program were compiled for, "sm_80 sm_90"; empty: for the host alone.
constexpr std::string_view kernel_architectures = LIGHTREASONER_KERNEL_ARCHITECTURES;

void require_kernels_for(const VisibleDevice& found) {
  if (kernel_architectures.empty()) {
    throw support::UserError(
        "the kernels of this program were compiled for the host, which shows that everything else "
        "compiles and links and cannot compute on a GPU: build with a Kokkos for this device "
        "(docs/devices.md), or set run.device = \"cpu\"");
  }
  std::istringstream compiled{std::string(kernel_architectures)};
  for (std::string one; compiled >> one;) {
    if (vendor::runs_on(one, found.architecture)) return;
  }
  throw support::UserError(fmt::format(
      "{} at {} is of architecture {}, and the kernels of this program were compiled for {}: build "
      "with a Kokkos for {}, or run on a device of that kind",
      found.name, found.bus_id, found.architecture, kernel_architectures, found.architecture));
}

/// LibTorch has kernels for a list of its own.
void require_torch_for(const VisibleDevice& found, Device device) {
  try {
    at::zeros({1}, at::TensorOptions(at::kFloat).device(device)).add_(1).item();
  } catch (const c10::Error& error) {
    if (std::string_view(error.what()).find("no kernel image") == std::string_view::npos) throw;
    throw support::UserError(fmt::format(
        "{} at {} is of architecture {}, and this program's LibTorch has no kernels for it: build "
        "with one that has",
        found.name, found.bus_id, found.architecture));
  }
}

}  // namespace

std::vector<VisibleDevice> visible_devices() {
  std::vector<VisibleDevice> devices = vendor::list_devices();
  for (VisibleDevice& device : devices) {
    // As the kernel writes it in its folders.
    for (char& letter : device.bus_id) letter = static_cast<char>(std::tolower(letter));
  }
  return devices;
}

std::string why_none_visible() {
  return fmt::format(
      "no device is visible to this process ({}): ask the launcher for some (srun "
      "--gpus-per-node), see what CUDA_VISIBLE_DEVICES or ROCR_VISIBLE_DEVICES leave, or set "
      "run.device = \"cpu\"",
      vendor::runtime());
}

Device open_device(std::size_t index) {
  const VisibleDevice found = visible_devices().at(index);
  require_kernels_for(found);
  vendor::set_up_libraries();
  const Device device(gpu, static_cast<c10::DeviceIndex>(index));
  c10::impl::VirtualGuardImpl(gpu).setDevice(device);
  require_torch_for(found, device);
  return device;
}

std::string library_settings() { return vendor::library_settings(); }

MemoryFigures memory_figures(Device device) { return vendor::memory_figures(device); }

bool pins_memory() { return true; }

AttentionCalls attention_calls(Device device, c10::ScalarType type, std::int64_t head_dim) {
  if (device.type() != gpu) return {};
  constexpr std::int64_t widest = 256;
  const bool is_half = type == c10::ScalarType::Half || type == c10::ScalarType::BFloat16;
  const bool takes_flash = is_half && head_dim <= widest && head_dim % 8 == 0;
  return {takes_flash ? AttentionCall::flash : AttentionCall::efficient,
          vendor::attention_takes_key_lengths()};
}

void* begin_launch() { return vendor::current_stream(); }
void end_launch() {}

}  // namespace lightreasoner::device
