// SPDX-License-Identifier: Apache-2.0
#include "contrast/contrast_steps.hpp"

#include "contrast/contrast_kernel.hpp"
#include "contrast/plausibility.hpp"
#include "device/launch_scope.hpp"
#include "support/errors.hpp"

#include <cmath>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace lightreasoner::contrast {
namespace {

using kernel::Chunk;
using kernel::FloorViews;
using kernel::StepSums;

template <typename View, typename... Extents>
View uninitialised(const char* label, Extents... extents) {
  return View(Kokkos::view_alloc(Kokkos::WithoutInitializing, std::string(label)), extents...);
}

template <typename Value>
auto host_view(std::vector<Value>& values) {
  return Kokkos::View<Value*, Kokkos::HostSpace, Kokkos::MemoryTraits<Kokkos::Unmanaged>>(
      values.data(), values.size());
}

template <typename Value>
void copy_to_host(const Kokkos::View<Value*, kernel::Space>& from, std::vector<Value>& to) {
  to.resize(from.extent(0));
  Kokkos::deep_copy(host_view(to), from);
}

kernel::LogitView view_of(const LogitRows& rows) {
  const auto extent = [](std::int64_t n) { return static_cast<std::size_t>(n); };
  const Kokkos::LayoutStride layout(extent(rows.num_rows), extent(rows.row_stride),
                                    extent(rows.vocabulary), 1);
  return kernel::LogitView(rows.values, layout);
}

void require_fit(const LogitRows& expert, const LogitRows& amateur, float plausibility_floor) {
  support::require(expert.num_rows == amateur.num_rows && expert.vocabulary == amateur.vocabulary,
                   "expert and amateur logits differ in shape");
  support::require(expert.vocabulary > 0 && expert.vocabulary <= (1 << 30) &&
                       expert.row_stride >= expert.vocabulary &&
                       amateur.row_stride >= amateur.vocabulary,
                   "logit rows overlap or have no or too many logits");
  support::require(plausibility_floor > 0 && plausibility_floor <= 1,
                   "plausibility_floor outside (0, 1]");
}

/// What is wrong with a step's logits, empty when nothing is. NaN anywhere, and an amateur logit of
/// -inf beside a finite one of the expert, leave no finite sum behind.
std::string fault_of(const StepSums& step) {
  const auto row_fault = [](float top, double mass) -> std::string {
    if (top == kernel::infinity || std::isnan(mass)) {
      return "logits hold NaN or +inf";
    }
    return top == -kernel::infinity ? "logits hold no finite value" : "";
  };
  if (const auto fault = row_fault(step.tops.expert, step.expert.mass); !fault.empty()) {
    return "the expert's " + fault;
  }
  if (const auto fault = row_fault(step.tops.amateur, step.amateur.mass); !fault.empty()) {
    return "the amateur's " + fault;
  }
  return std::isfinite(step.kl) ? ""
                                : "the amateur gives probability zero to a token that the expert "
                                  "gives more (its logit is -inf)";
}

ModelStatistics<Scalar> statistics_of(const kernel::ModelSums& sums, std::int32_t top_id) {
  // Rounding may leave an entropy of zero a hair below it.
  return {.entropy = static_cast<float>(std::fmax(sums.entropy, 0.0)),
          .top_id = top_id,
          .top_probability = static_cast<float>(1.0 / sums.mass)};
}

StepContrast statistics_of(const StepSums& step) {
  return {.kl = static_cast<float>(std::fmax(step.kl, 0.0)),  // the same of the divergence
          .expert = statistics_of(step.expert, step.tops.expert_id),
          .amateur = statistics_of(step.amateur, step.tops.amateur_id)};
}

/// What is allocated for the chunk; scratch_bytes counts it.
Chunk allocate_chunk(const LogitRows& expert, const LogitRows& amateur, float log_floor) {
  const auto num_steps = static_cast<std::size_t>(expert.num_rows);
  return {view_of(expert), view_of(amateur),
          uninitialised<kernel::CandidateView>("lightreasoner::contrast::candidates", num_steps,
                                               kernel::max_candidates),
          uninitialised<kernel::StepSumsView>("lightreasoner::contrast::sums", num_steps),
          log_floor};
}

/// Throws InvalidLogits for the lowest bad row.
void append_sums(StepContrasts& contrasts, const std::vector<StepSums>& sums) {
  for (std::size_t step = 0; step < sums.size(); ++step) {
    if (const std::string fault = fault_of(sums[step]); !fault.empty()) {
      throw InvalidLogits(static_cast<std::int64_t>(step), fault);
    }
    append_step(contrasts, statistics_of(sums[step]));
    contrasts.floor.offsets.push_back(contrasts.floor.offsets.back() +
                                      static_cast<std::uint64_t>(sums[step].floor_size));
  }
}

/// What a chunk's columns come from on the device: of the statistics, the sums; of the floor sets,
/// each its own view.
struct DeviceSteps {
  FloorViews floor;
};

/// What allocate_floor_sets takes for a step with so many entries.
std::uint64_t bytes_of_step(std::uint64_t num_entries) {
  std::uint64_t bytes = 0;
  for_each_column(floor_columns, [&](const auto& column) {
    using View = std::remove_cvref_t<decltype(column.member(std::declval<DeviceSteps&>()))>;
    bytes +=
        sizeof(typename View::value_type) * (column.rule == ColumnRule::offsets ? 1 : num_entries);
  });
  return bytes;
}

DeviceSteps allocate_floor_sets(std::size_t num_steps, std::size_t num_entries) {
  DeviceSteps steps;
  for_each_column(floor_columns, [&](const auto& column) {
    auto& view = column.member(steps);
    view = uninitialised<std::remove_cvref_t<decltype(view)>>(
        column.path, column.rule == ColumnRule::offsets ? num_steps + 1 : num_entries);
  });
  return steps;
}

}  // namespace

Runtime::Runtime() { Kokkos::initialize(); }
Runtime::~Runtime() { Kokkos::finalize(); }

std::string library_version() {
  return std::to_string(KOKKOS_VERSION / 10000) + "." + std::to_string(KOKKOS_VERSION / 100 % 100) +
         "." + std::to_string(KOKKOS_VERSION % 100);
}

std::uint64_t scratch_bytes(std::int64_t num_steps, float plausibility_floor) {
  constexpr std::uint64_t of_step = kernel::max_candidates * sizeof(kernel::Candidate) +
                                    sizeof(StepSums) * 2;  // on the device and on the host
  return static_cast<std::uint64_t>(num_steps) *
         (of_step + bytes_of_step(planned_entries(plausibility_floor)));
}

StepContrasts contrast_steps(const LogitRows& expert, const LogitRows& amateur,
                             float plausibility_floor) {
  require_fit(expert, amateur, plausibility_floor);
  StepContrasts contrasts;
  if (expert.num_rows == 0) {
    return contrasts;
  }
  const Chunk chunk = allocate_chunk(expert, amateur, log_threshold(plausibility_floor));
  {
    const device::LaunchScope scope;
    kernel::sum_steps(chunk);
  }
  std::vector<StepSums> sums;
  copy_to_host(chunk.sums, sums);
  append_sums(contrasts, sums);
  DeviceSteps steps =
      allocate_floor_sets(sums.size(), static_cast<std::size_t>(contrasts.floor.offsets.back()));
  Kokkos::deep_copy(steps.floor.offsets, host_view(contrasts.floor.offsets));
  {
    const device::LaunchScope scope;
    kernel::write_floor_sets(chunk, steps.floor);
  }
  for_each_column(floor_columns, [&](const auto& column) {
    copy_to_host(column.member(steps), column.member(contrasts));
  });
  return contrasts;
}

}  // namespace lightreasoner::contrast
