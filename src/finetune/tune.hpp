// SPDX-License-Identifier: Apache-2.0
/// The tuning stage: data-parallel iterations whose result is the same bits for any rank count.
#pragma once

#include "examples/example.hpp"
#include "examples/order.hpp"
#include "finetune/checkpoint.hpp"
#include "finetune/config.hpp"
#include "finetune/loss.hpp"
#include "lora/adapter.hpp"
#include "parallel/communicator.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace lightreasoner::finetune {

/// What one update did, for progress and events.
struct IterationReport {
  std::uint64_t iteration = 0;  ///< updates done
  double loss = 0;              ///< mean KL(w || pi_theta) of the update's samples
  double gradient_norm = 0;     ///< before clipping
  double learning_rate = 0;
};

struct TuneJob {
  Config config;
  LossRules loss = {};
  examples::GivenOrder order = {};  ///< of samples; none: shuffled by the seed
  std::uint64_t seed = 0;
  std::string stage_key;
  std::filesystem::path checkpoint_folder;
  std::function<void(const IterationReport&)> on_iteration;  ///< on every rank, may be empty
};

/// Tunes the adapter of `tuned` in place, from the newest good checkpoint on. Each
/// update takes micro_batch x gradient_accumulation samples in examples::SampleOrder; its
/// micro-batches (samples sorted by length, so padding is small, unless the loss looks at padding)
/// are dealt out to ranks and their gradients added by parallel::exact_sum. Returns the mean loss
/// of every update. Throws UserError when no step was selected or the order names one that was not.
/// Collective over comm.
std::vector<double> tune(const parallel::Communicator& comm, lora::AttachedAdapter& tuned,
                         const examples::ExampleSet& set, const TuneJob& job);

}  // namespace lightreasoner::finetune
