// SPDX-License-Identifier: Apache-2.0
/// Records whose every value is a formula of the problem's place in its set.
#pragma once

#include "records/columns.hpp"
#include "records/manifest.hpp"
#include "records/record_batch.hpp"

#include <cstdint>
#include <string>

namespace lightreasoner::records::testing {

/// Problem ids have gaps, as blank lines leave them.
inline std::uint64_t id_of(std::uint64_t index) { return 3 * index + index % 2; }

/// Steps of a problem: every fifth has none; `huge` has far more than all others together.
inline std::uint64_t num_steps_of(std::uint64_t index, std::uint64_t huge) {
  return index == huge ? 20000 : index % 5;
}

inline void append_made_up_step(contrast::StepContrasts& steps, std::uint64_t seed) {
  const auto value = static_cast<float>(seed % 1000) / 64.0F;
  steps.kl.push_back(value);
  steps.expert.entropy.push_back(value + 0.25F);
  steps.amateur.entropy.push_back(value + 0.5F);
  steps.expert.top_id.push_back(static_cast<std::int32_t>(seed % 400));
  steps.amateur.top_id.push_back(static_cast<std::int32_t>(seed % 300));
  steps.expert.top_probability.push_back(1.0F / static_cast<float>(1 + seed % 7));
  steps.amateur.top_probability.push_back(1.0F / static_cast<float>(1 + seed % 9));
  steps.expert.lost_mass.push_back(0.5F / static_cast<float>(1 + seed % 11));
  steps.amateur.lost_mass.push_back(0.5F / static_cast<float>(1 + seed % 13));
  for (std::uint64_t entry = 0; entry < seed % 4; ++entry) {  // every fourth floor set is empty
    steps.floor.ids.push_back(static_cast<std::int32_t>(seed % 100 + 10 * entry));
    steps.floor.expert_log_probability.push_back(-value - static_cast<float>(entry));
    steps.floor.amateur_log_probability.push_back(-2 * value - static_cast<float>(entry));
  }
  steps.floor.offsets.push_back(steps.floor.ids.size());
}

inline void append_made_up_problem(RecordBatch& batch, std::uint64_t index, std::uint64_t huge) {
  batch.problems.ids.push_back(id_of(index));
  batch.problems.text_ids.push_back(index % 7 == 0 ? "" : "set/" + std::to_string(index));
  batch.problems.questions.push_back(std::string(index % 50, 'q') + " \xC3\xBC?");
  batch.problems.line_sha256.push_back(support::sha256(batch.problems.questions.back()));
  batch.problems.finish_reasons.push_back(index % 3 == 0 ? FinishReason::length
                                                         : FinishReason::stop);
  for (std::uint64_t token = 0; token < index % 11; ++token) {
    batch.prompts.token_ids.push_back(static_cast<std::int32_t>((index + token) % 400));
  }
  batch.prompts.offsets.push_back(batch.prompts.token_ids.size());
  for (std::uint64_t step = 0; step < num_steps_of(index, huge); ++step) {
    batch.steps.token_ids.push_back(static_cast<std::int32_t>((17 * index + step) % 400));
    append_made_up_step(batch.steps.contrasts, 31 * index + step);
  }
  batch.steps.offsets.push_back(batch.steps.token_ids.size());
}

inline constexpr std::uint64_t none_huge = ~std::uint64_t{0};

inline RecordBatch made_up_problems(std::uint64_t first, std::uint64_t last,
                                    std::uint64_t huge = none_huge) {
  RecordBatch batch;
  for (std::uint64_t index = first; index < last; ++index) {
    append_made_up_problem(batch, index, huge);
  }
  return batch;
}

/// All there is of a batch, to compare.
inline std::string bytes_of(const RecordBatch& batch) { return serialize(to_columns(batch)); }

inline RecordBatch made_up_unit(const Layout& layout, std::uint64_t unit,
                                std::uint64_t huge = none_huge) {
  const IndexRange problems = layout.problems_of_unit(unit);
  return made_up_problems(problems.first, problems.last, huge);
}

}  // namespace lightreasoner::records::testing
