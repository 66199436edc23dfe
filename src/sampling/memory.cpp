// SPDX-License-Identifier: Apache-2.0
#include "sampling/memory.hpp"

#include "contrast/contrast_steps.hpp"
#include "model/score.hpp"
#include "records/columns.hpp"
#include "sampling/amateur_scoring.hpp"
#include "sampling/contrast_chunk.hpp"
#include "sampling/sample_unit.hpp"

#include <algorithm>

namespace lightreasoner::sampling {
namespace {

using planning::Memory;

/// What contrasting one row's steps takes beside the logits.
std::uint64_t contrast_bytes(const StageSettings& settings, const PairSize& pair,
                             std::int64_t steps) {
  const std::int64_t copies = copied_logits_of_step(
      settings.sampling.method, {.expert = pair.expert.config.shape.vocabulary,
                                 .amateur = pair.amateur.config.shape.vocabulary,
                                 .num_shared = pair.num_shared,
                                 .shared_are_leading = pair.shared_are_leading});
  return contrast::scratch_bytes(steps, settings.plausibility_floor) +
         model::num_elements(steps, copies) * sizeof(float);
}

/// The records of so many problems.
records::PlannedBatch records_of(const StageSettings& settings, const PairSize& pair,
                                 std::uint64_t num_problems) {
  return {num_problems, static_cast<std::uint64_t>(pair.expert_prompt),
          static_cast<std::uint64_t>(settings.sampling.max_new_tokens),
          settings.plausibility_floor};
}

/// A shard as the rank that seals it reads it back.
std::uint64_t shard_bytes(const StageSettings& settings, const PairSize& pair) {
  return records::unpacking_bytes(
      records_of(settings, pair,
                 std::min(static_cast<std::uint64_t>(pair.num_problems),
                          settings.sampling.problems_per_unit * settings.records.units_per_shard)));
}

}  // namespace

planning::MemoryLines plan_memory(const StageSettings& settings, const PairSize& pair) {
  const Config& config = settings.sampling;
  const std::int64_t rows =
      std::min(static_cast<std::int64_t>(config.problems_per_unit), pair.num_problems);
  const std::int64_t steps = std::min(config.steps_per_chunk, config.max_new_tokens);
  const model::BatchSize reading{rows, pair.expert_prompt, config.max_new_tokens};
  const bool reads_texts = config.method.prefix == text::PrefixForm::text;
  // Ids are read with the first chunk's prompts; texts are whole prefixes, some at a time.
  const model::BatchSize scoring =
      reads_texts
          ? model::BatchSize{static_cast<std::int64_t>(prefixes_per_pass),
                             pair.amateur_prompt + config.max_new_tokens, 0}
          : model::BatchSize{rows, pair.amateur_prompt + steps, config.max_new_tokens - steps};
  const std::uint64_t passes =
      std::max(model::pass_bytes(pair.expert, reading), model::pass_bytes(pair.amateur, scoring));
  const std::uint64_t scored = reads_texts
                                   ? model::next_logit_bytes(pair.amateur, scoring.rows, false)
                                   : model::scoring_bytes(pair.amateur, rows * steps);
  const char* const unit = "sampling.problems_per_unit";
  const char* const chunk = "sampling.steps_per_chunk";
  return {
      {"expert KV cache", model::kv_cache_bytes(pair.expert, reading), unit},
      {"amateur KV cache",
       reads_texts ? std::uint64_t{0} : model::kv_cache_bytes(pair.amateur, scoring), unit},
      {"expert logits chunk", model::logit_bytes(pair.expert, rows * steps, pair.is_penalised),
       chunk},
      {"amateur logits chunk", model::logit_bytes(pair.amateur, rows * steps, false), chunk},
      {"logits being computed",
       std::max(model::next_logit_bytes(pair.expert, rows, pair.is_penalised), scored), unit},
      {"activations", passes, unit},
      {"contrast work space", contrast_bytes(settings, pair, steps), chunk},
      {"records of a unit",
       held_records *
           records::batch_bytes(records_of(settings, pair, static_cast<std::uint64_t>(rows))),
       unit, Memory::host},
      {"shard being written", shard_bytes(settings, pair), "records.units_per_shard", Memory::host},
      model::blas_line(pair.expert.computes_on),
  };
}

}  // namespace lightreasoner::sampling
