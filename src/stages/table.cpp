// SPDX-License-Identifier: Apache-2.0
#include "stages/table.hpp"

#include "stages/evaluate.hpp"
#include "stages/finetune.hpp"
#include "stages/merge.hpp"
#include "stages/sample.hpp"

namespace lightreasoner::stages {

std::vector<Stage> stages_of(const config::RunConfig& config) {
  const bool samples = config.supervision.samples.file.empty();
  std::vector<Stage> stages;
  stages.push_back(
      evaluate_stage(run::Tuning::before));  // 1. the expert as it came, on held-out problems
  if (samples) {
    stages.push_back(sample_stage());  // 2. where expert and amateur diverge
  }
  stages.push_back(finetune_stage(samples));             // 3. the expert learns from those steps
  stages.push_back(evaluate_stage(run::Tuning::after));  // 4. the same problems again
  stages.push_back(merge_stage());                       // 5. a model folder for others to load
  return stages;
}

}  // namespace lightreasoner::stages
