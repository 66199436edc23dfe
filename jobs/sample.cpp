// SPDX-License-Identifier: Apache-2.0
/// Stage 2: problems to records.
#include "contrast/contrast_steps.hpp"
#include "jobs.hpp"
#include "records/store.hpp"
#include "sampling/sample_problems.hpp"
#include "support/errors.hpp"

#include <nlohmann/json.hpp>

namespace lightreasoner::jobs {

void sample(pipeline::Context& context) {
  const pipeline::Inputs& inputs = context.inputs;
  const config::RunConfig& config = inputs.config;
  if (inputs.samples) {
    support::UserError error("samples.file is given, so there is nothing to sample; leave it out");
    error.agreed = true;  // every rank has the same configuration
    throw error;
  }
  pipeline::run_stage(context, "sample", {context.directory.records() / "manifest.json"}, [&] {
    // 1. How the problem set is cut: a function of the set and the configuration alone.
    records::Manifest manifest;
    manifest.stage_key = context.stage_key("sample");
    manifest.plausibility_floor = config.supervision.contrast.plausibility_floor;
    manifest.layout = {.num_problems = inputs.problems.size(),
                       .problems_per_unit = config.supervision.sampling.problems_per_unit,
                       .units_per_shard = config.supervision.records.units_per_shard};
    // 2. What earlier attempts have left.
    records::Store store(context.world, context.directory.records(), std::move(manifest));
    // 3. The rest, over all ranks.
    const contrast::Runtime kokkos;
    const sampling::Pair pair{.expert = inputs.expert,
                              .amateur = inputs.amateur,
                              .tokenizer = inputs.tokenizer,
                              .amateur_tokenizer = inputs.amateur_tokenizer,
                              .shared = inputs.shared,
                              .prompt = inputs.sampling_prompt,
                              .repetition_penalty = inputs.repetition_penalty,
                              .pad_id = inputs.pad_id};
    sampling::sample_problems(context.world, pair, inputs.problems,
                              {config.supervision.sampling, config.supervision.records,
                               config.supervision.contrast.plausibility_floor},
                              store);
    context.events.write("records", {{"digest", store.manifest().digest()}});
  });
}

}  // namespace lightreasoner::jobs
