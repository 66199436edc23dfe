// SPDX-License-Identifier: Apache-2.0
#include "contrast/step_contrasts.hpp"

#include "support/errors.hpp"

namespace lightreasoner::contrast {
namespace {

template <typename Value>
void append_range(std::vector<Value>& target, const std::vector<Value>& source, std::size_t first,
                  std::size_t last) {
  target.insert(target.end(), source.begin() + static_cast<std::ptrdiff_t>(first),
                source.begin() + static_cast<std::ptrdiff_t>(last));
}

}  // namespace

void append_steps(StepContrasts& target, const StepContrasts& source, std::size_t first,
                  std::size_t last) {
  support::require(first <= last && last <= source.num_steps(), "no such steps");
  append_range(target.kl, source.kl, first, last);
  append_range(target.expert_entropy, source.expert_entropy, first, last);
  append_range(target.amateur_entropy, source.amateur_entropy, first, last);
  append_range(target.expert_top_id, source.expert_top_id, first, last);
  append_range(target.amateur_top_id, source.amateur_top_id, first, last);
  append_range(target.expert_top_probability, source.expert_top_probability, first, last);
  append_range(target.amateur_top_probability, source.amateur_top_probability, first, last);
  append_range(target.expert_lost_mass, source.expert_lost_mass, first, last);
  append_range(target.amateur_lost_mass, source.amateur_lost_mass, first, last);
  const std::uint64_t first_entry = source.floor_offsets[first];
  const std::uint64_t last_entry = source.floor_offsets[last];
  const std::uint64_t base = target.floor_offsets.back();
  for (std::size_t step = first; step < last; ++step) {
    target.floor_offsets.push_back(base + source.floor_offsets[step + 1] - first_entry);
  }
  append_range(target.floor_ids, source.floor_ids, first_entry, last_entry);
  append_range(target.floor_expert_log_probability, source.floor_expert_log_probability,
               first_entry, last_entry);
  append_range(target.floor_amateur_log_probability, source.floor_amateur_log_probability,
               first_entry, last_entry);
}

}  // namespace lightreasoner::contrast
