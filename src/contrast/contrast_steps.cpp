// SPDX-License-Identifier: Apache-2.0
#include "contrast/contrast_steps.hpp"

#include "contrast/contrast_kernel.hpp"
#include "contrast/plausibility.hpp"
#include "support/errors.hpp"

#include <cmath>
#include <string>
#include <vector>

namespace lightreasoner::contrast {
namespace {

using kernel::Chunk;
using kernel::FloorSets;
using kernel::StepStatistics;

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
                   "logit rows overlap or have no or too many columns");
  support::require(plausibility_floor > 0 && plausibility_floor <= 1,
                   "plausibility_floor outside (0, 1]");
}

/// What is wrong with a step's logits, empty when nothing is. NaN anywhere, and an amateur logit of
/// -inf beside a finite one of the expert, leave no finite sum behind.
std::string fault_of(const StepStatistics& step) {
  const auto row_fault = [](float top, double mass) -> std::string {
    if (top == kernel::infinity || std::isnan(mass)) {
      return "logits hold NaN or +inf";
    }
    return top == -kernel::infinity ? "logits hold no finite value" : "";
  };
  if (const auto fault = row_fault(step.tops.expert, step.expert_mass); !fault.empty()) {
    return "the expert's " + fault;
  }
  if (const auto fault = row_fault(step.tops.amateur, step.amateur_mass); !fault.empty()) {
    return "the amateur's " + fault;
  }
  return std::isfinite(step.kl) ? ""
                                : "the amateur gives probability zero to a token that the expert "
                                  "gives more (its logit is -inf)";
}

void append_statistics(StepContrasts& contrasts, const StepStatistics& step) {
  // Rounding may leave a divergence or entropy of zero a hair below it.
  const auto non_negative = [](double value) { return static_cast<float>(std::fmax(value, 0.0)); };
  contrasts.kl.push_back(non_negative(step.kl));
  contrasts.expert_entropy.push_back(non_negative(step.expert_entropy));
  contrasts.amateur_entropy.push_back(non_negative(step.amateur_entropy));
  contrasts.expert_top_id.push_back(step.tops.expert_id);
  contrasts.amateur_top_id.push_back(step.tops.amateur_id);
  contrasts.expert_top_probability.push_back(static_cast<float>(1.0 / step.expert_mass));
  contrasts.amateur_top_probability.push_back(static_cast<float>(1.0 / step.amateur_mass));
  contrasts.expert_lost_mass.push_back(0.0F);
  contrasts.amateur_lost_mass.push_back(0.0F);
  contrasts.floor_offsets.push_back(contrasts.floor_offsets.back() +
                                    static_cast<std::uint64_t>(step.floor_size));
}

}  // namespace

Runtime::Runtime() { Kokkos::initialize(); }
Runtime::~Runtime() { Kokkos::finalize(); }

std::string library_version() {
  return std::to_string(KOKKOS_VERSION / 10000) + "." + std::to_string(KOKKOS_VERSION / 100 % 100) +
         "." + std::to_string(KOKKOS_VERSION % 100);
}

const char* execution_space_name() { return kernel::Space::name(); }

StepContrasts contrast_steps(const LogitRows& expert, const LogitRows& amateur,
                             float plausibility_floor) {
  require_fit(expert, amateur, plausibility_floor);
  const auto num_steps = static_cast<std::size_t>(expert.num_rows);
  StepContrasts contrasts;
  if (num_steps == 0) {
    return contrasts;
  }
  const Chunk chunk{
      view_of(expert), view_of(amateur),
      uninitialised<kernel::CandidateView>("lightreasoner::contrast::candidates", num_steps,
                                           kernel::max_candidates),
      uninitialised<kernel::StatisticsView>("lightreasoner::contrast::statistics", num_steps),
      log_threshold(plausibility_floor)};
  kernel::compute_statistics(chunk);
  std::vector<StepStatistics> statistics;
  copy_to_host(chunk.statistics, statistics);
  for (std::size_t step = 0; step < num_steps; ++step) {
    if (const std::string fault = fault_of(statistics[step]); !fault.empty()) {
      throw InvalidLogits(static_cast<std::int64_t>(step), fault);
    }
    append_statistics(contrasts, statistics[step]);
  }
  const auto num_entries = static_cast<std::size_t>(contrasts.floor_offsets.back());
  const FloorSets sets{
      uninitialised<kernel::OffsetView>("lightreasoner::contrast::floor_offsets", num_steps + 1),
      uninitialised<kernel::IdView>("lightreasoner::contrast::floor_ids", num_entries),
      uninitialised<kernel::LogProbabilityView>(
          "lightreasoner::contrast::floor_expert_log_probability", num_entries),
      uninitialised<kernel::LogProbabilityView>(
          "lightreasoner::contrast::floor_amateur_log_probability", num_entries)};
  Kokkos::deep_copy(sets.offsets, host_view(contrasts.floor_offsets));
  kernel::write_floor_sets(chunk, sets);
  copy_to_host(sets.ids, contrasts.floor_ids);
  copy_to_host(sets.expert_log_probability, contrasts.floor_expert_log_probability);
  copy_to_host(sets.amateur_log_probability, contrasts.floor_amateur_log_probability);
  return contrasts;
}

}  // namespace lightreasoner::contrast
