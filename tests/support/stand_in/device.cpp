// SPDX-License-Identifier: Apache-2.0
#include "support/stand_in/device.hpp"

#include "device/back_end.hpp"
#include "device/launch_scope.hpp"
#include "support/stand_in/kernel.hpp"
#include "support/stand_in/memory.hpp"
#include "support/stand_in/variables.hpp"

#include <ATen/ATen.h>
#include <ATen/EmptyTensor.h>
#include <ATen/detail/PrivateUse1HooksInterface.h>
#include <ATen/native/CPUFallback.h>
#include <ATen/ops/_reshape_alias_native.h>
#include <ATen/ops/view_native.h>
#include <c10/core/Allocator.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <cstdlib>
#include <cstring>
#include <fmt/format.h>
#include <fstream>
#include <stdexcept>
#include <torch/library.h>
#include <utility>

namespace lightreasoner::stand_in {
namespace {

constexpr c10::DeviceType type = c10::DeviceType::PrivateUse1;

struct State {
  State() = default;
  ~State() {
    if (const char* const file = std::getenv(counts_file_variable)) {
      std::ofstream(file, std::ios::app)
          << fmt::format(R"({{"to_device":{},"to_host":{},"launches":{}}})"
                         "\n",
                         counts.bytes_to_device, counts.bytes_to_host, counts.launches);
    }
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  Counts counts;
  std::uint64_t lost_at = number_in(lost_at_variable, 0);
  std::uint64_t full_at = number_in(full_at_variable, UINT64_MAX);
  /// Above 0 within a kernel, where moving an operand to where the CPU's kernel sees it is no copy.
  int kernel_depth = 0;
};

State& state() {
  static State one;
  return one;
}

class Allocator final : public c10::Allocator {
 public:
  c10::DataPtr allocate(std::size_t bytes) override {
    void* const address =
        state().counts.operations < state().full_at ? device_memory().allocate(bytes) : nullptr;
    TORCH_CHECK_WITH(OutOfMemoryError, address != nullptr, "stand-in device: out of memory");
    return {address, address, &give_back, device()};
  }
  [[nodiscard]] c10::DeleterFnPtr raw_deleter() const override { return &give_back; }
  void copy_data(void* to, const void* from, std::size_t bytes) const override {
    std::memcpy(device_memory().kernel_view(to), device_memory().kernel_view(from), bytes);
  }

 private:
  static void give_back(void* address) { device_memory().free(address); }
};

Allocator& allocator() {
  static Allocator one;
  return one;
}

struct Guard final : c10::impl::DeviceGuardImplInterface {
  [[nodiscard]] c10::DeviceType type() const override { return stand_in::type; }
  [[nodiscard]] c10::Device exchangeDevice(c10::Device other) const override { return other; }
  [[nodiscard]] c10::Device getDevice() const override { return device(); }
  void setDevice(c10::Device /*other*/) const override {}
  void uncheckedSetDevice(c10::Device /*other*/) const noexcept override {}
  [[nodiscard]] c10::Stream getStream(c10::Device of) const override {
    return c10::Stream(c10::Stream::DEFAULT, of);
  }
  [[nodiscard]] c10::Stream getStreamFromGlobalPool(c10::Device of,
                                                    bool /*high_priority*/) const override {
    return getStream(of);
  }
  void synchronizeStream(const c10::Stream& /*stream*/) const override {}
  [[nodiscard]] c10::Stream exchangeStream(c10::Stream other) const override { return other; }
  [[nodiscard]] c10::DeviceIndex deviceCount() const noexcept override { return 1; }
};
C10_REGISTER_GUARD_IMPL(PrivateUse1, Guard)

struct Hooks final : at::PrivateUse1HooksInterface {
  [[nodiscard]] bool hasPrimaryContext(c10::DeviceIndex /*index*/) const override { return true; }
  [[nodiscard]] bool isBuilt() const override { return true; }
  [[nodiscard]] bool isAvailable() const override { return true; }
  [[nodiscard]] c10::DeviceIndex deviceCount() const override { return 1; }
};

constexpr c10::DispatchKeySet keys{c10::DispatchKey::PrivateUse1};

at::Tensor copy_from(const at::Tensor& from, const at::Tensor& to, bool /*non_blocking*/) {
  const auto bytes = static_cast<std::uint64_t>(from.numel()) * from.itemsize();
  if (state().kernel_depth == 0 && from.is_cpu()) state().counts.bytes_to_device += bytes;
  if (state().kernel_depth == 0 && to.is_cpu()) state().counts.bytes_to_host += bytes;
  seen_by_kernels(to).copy_(seen_by_kernels(from));
  return to;
}

at::Tensor copy_from_and_resize(const at::Tensor& from, const at::Tensor& to) {
  if (to.sizes() != from.sizes()) to.resize_(from.sizes());  // a view keeps its strides
  return copy_from(from, to, false);
}

at::Scalar value_of(const at::Tensor& tensor) {
  state().counts.bytes_to_host += tensor.itemsize();
  return seen_by_kernels(tensor).item();
}

const at::Tensor& resize(const at::Tensor& tensor, c10::SymIntArrayRef sizes,
                         std::optional<at::MemoryFormat> /*format*/) {
  auto* const implementation = tensor.unsafeGetTensorImpl();
  implementation->set_sizes_contiguous(C10_AS_INTARRAYREF_SLOW(sizes));
  const auto elements = static_cast<std::size_t>(tensor.numel() + tensor.storage_offset());
  const std::size_t bytes = elements * tensor.itemsize();
  c10::Storage storage = tensor.storage();
  if (bytes > storage.nbytes()) {
    c10::DataPtr larger = allocator().allocate(bytes);
    allocator().copy_data(larger.get(), storage.data(), storage.nbytes());
    storage.set_data_ptr_noswap(std::move(larger));
    storage.set_nbytes(bytes);
  }
  return tensor;
}

void require_on_device(const c10::OperatorHandle& operation, const at::Tensor& tensor) {
  // As with CUDA, a number may be the host's.
  TORCH_CHECK(!tensor.defined() || tensor.device().type() == type || tensor.dim() == 0,
              "stand-in device: ", operation.schema().name(), " has an operand on ",
              tensor.device(), " beside others on the device");
}

/// Runs the CPU's kernel.
void run_on_cpu(const c10::OperatorHandle& operation, torch::jit::Stack* stack) {
  const auto arguments = torch::jit::last(*stack, operation.schema().arguments().size());
  for (const c10::IValue& argument : arguments) {
    if (argument.isTensor()) require_on_device(operation, argument.toTensor());
    if (argument.isTensorList()) {
      for (const at::Tensor& tensor : argument.toTensorVector()) {
        require_on_device(operation, tensor);
      }
    }
    if (argument.isOptionalTensorList()) {
      for (const std::optional<at::Tensor>& tensor : argument.toOptionalTensorVector()) {
        if (tensor) require_on_device(operation, *tensor);
      }
    }
  }
  const WithinKernel within;
  at::native::cpu_fallback(operation, stack, /*error_on_views=*/true);
}

}  // namespace

WithinKernel::WithinKernel() {
  if (++state().counts.operations == state().lost_at) {
    throw std::runtime_error("stand-in device: unspecified launch failure: the device is lost");
  }
  ++state().kernel_depth;
}
WithinKernel::~WithinKernel() { --state().kernel_depth; }

at::Tensor seen_by_kernels(const at::Tensor& tensor) {
  if (tensor.is_cpu()) return tensor;
  const c10::Storage& storage = tensor.storage();
  const auto elements = static_cast<std::int64_t>(storage.nbytes() / tensor.itemsize());
  return at::from_blob(device_memory().kernel_view(storage.data()), {elements},
                       tensor.options().device(at::kCPU))
      .as_strided(tensor.sizes(), tensor.strides(), tensor.storage_offset());
}

void set_up() {
  static Hooks hooks;
  static const bool once = [] {
    at::RegisterPrivateUse1HooksInterface(&hooks);
    c10::register_privateuse1_backend("stand_in");
    c10::SetAllocator(type, &allocator());
    return true;
  }();
  static_cast<void>(once);
}

at::Device device() { return {type, 0}; }

Counts counts() { return state().counts; }

}  // namespace lightreasoner::stand_in

namespace lightreasoner::device {

std::vector<VisibleDevice> visible_devices() {
  std::vector<VisibleDevice> devices;
  const std::size_t count = stand_in::number_in(stand_in::num_devices_variable, 1);
  for (std::size_t i = 0; i < count; ++i) {
    devices.push_back({.name = "stand-in device",
                       .architecture = "stand_in",
                       .bus_id = fmt::format("0000:{:02x}:00.0", i),
                       .bytes = stand_in::device_memory().size()});
  }
  return devices;
}

std::string why_none_visible() { return fmt::format("{} is 0", stand_in::num_devices_variable); }

Device open_device(std::size_t /*index*/) {
  stand_in::set_up();
  return stand_in::device();
}

std::string library_settings() { return {}; }
bool pins_memory() { return false; }

MemoryFigures memory_figures(Device /*device*/) {
  const auto [held, peak] = stand_in::device_memory().use();
  const std::size_t size = stand_in::device_memory().size();
  return {.free = size - held, .total = size, .peak = peak};
}

AttentionCalls attention_calls(Device device, c10::ScalarType type, std::int64_t /*head_dim*/) {
  if (device != stand_in::device()) return {};
  return {type == c10::ScalarType::Float ? AttentionCall::efficient : AttentionCall::flash, true};
}

void* begin_launch() {
  ++stand_in::state().counts.launches;
  stand_in::device_memory().set_open(true);
  return nullptr;
}

void end_launch() { stand_in::device_memory().set_open(false); }

}  // namespace lightreasoner::device

TORCH_LIBRARY_IMPL(_, PrivateUse1, library) {
  library.fallback(
      torch::CppFunction::makeFromBoxedFunction<&lightreasoner::stand_in::run_on_cpu>());
}

TORCH_LIBRARY_IMPL(aten, PrivateUse1, library) {
  namespace stand_in = lightreasoner::stand_in;
  library.impl(
      "empty.memory_format",
      [](c10::IntArrayRef sizes, std::optional<at::ScalarType> dtype,
         std::optional<at::Layout> /*layout*/, std::optional<at::Device> /*device*/,
         std::optional<bool> /*pinned*/, std::optional<at::MemoryFormat> format) -> at::Tensor {
        return at::detail::empty_generic(sizes, &stand_in::allocator(), stand_in::keys,
                                         c10::dtype_or_default(dtype), format);
      });
  library.impl(
      "empty_strided",
      [](c10::IntArrayRef sizes, c10::IntArrayRef strides, std::optional<at::ScalarType> dtype,
         std::optional<at::Layout> /*layout*/, std::optional<at::Device> /*device*/,
         std::optional<bool> /*pinned*/) -> at::Tensor {
        return at::detail::empty_strided_generic(sizes, strides, &stand_in::allocator(),
                                                 stand_in::keys, c10::dtype_or_default(dtype));
      });
  library.impl("_copy_from", stand_in::copy_from);
  library.impl("_copy_from_and_resize", stand_in::copy_from_and_resize);
  library.impl("_local_scalar_dense", stand_in::value_of);
  library.impl("resize_", stand_in::resize);
  library.impl("as_strided", [](const at::Tensor& tensor, c10::IntArrayRef sizes,
                                c10::IntArrayRef strides, std::optional<std::int64_t> offset) {
    return at::native::as_strided_tensorimpl(tensor, sizes, strides, offset);
  });
  library.impl("view", [](const at::Tensor& tensor, c10::IntArrayRef sizes) {
    return at::native::view(tensor, sizes);
  });
  library.impl("_reshape_alias",
               [](const at::Tensor& tensor, c10::IntArrayRef sizes, c10::IntArrayRef strides) {
                 return at::native::_reshape_alias(tensor, sizes, strides);
               });
}
