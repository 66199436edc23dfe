// SPDX-License-Identifier: Apache-2.0
#include "finetune/tune.hpp"

#include "device/transfer.hpp"
#include "finetune/optimizer.hpp"
#include "logging/log.hpp"
#include "parallel/dealing.hpp"
#include "parallel/exact_sum.hpp"
#include "parallel/together.hpp"
#include "support/errors.hpp"
#include "support/hashing.hpp"

#include <ATen/ATen.h>
#include <algorithm>
#include <c10/core/GradMode.h>
#include <cstring>
#include <fmt/format.h>
#include <numeric>

namespace lightreasoner::finetune {
namespace {

/// What an update reads and changes.
struct Tuning {
  const parallel::Communicator& comm;
  lora::AttachedAdapter& tuned;
  const examples::ExampleSet& set;
  const TuneJob& job;
  examples::SampleOrder order;
  std::uint64_t iteration;     ///< updates done
  std::vector<double> losses;  ///< of each
  OptimizerState optimizer;
};

void check_input(const parallel::Communicator& comm, const examples::ExampleSet& set,
                 const TuneJob& job) {
  parallel::run_together(comm, [&] {
    if (set.size() == 0) {
      throw support::UserError(
          "no step was selected, so there is nothing to tune on: no step's KL divergence reaches "
          "contrast.kl_beta; set it lower (inspect shows the steps' divergences) or sample more "
          "problems");
    }
    examples::require_samples(job.order, set.size());
  });
  const std::uint64_t micro_batches = job.config.gradient_accumulation;
  const auto ranks = static_cast<std::uint64_t>(comm.num_ranks());
  if (ranks > micro_batches) {
    logging::info(
        "tuning keeps {} of {} ranks busy: an update has finetune.gradient_accumulation = {} "
        "micro-batches",
        micro_batches, ranks, micro_batches);
  }
}

/// [num_parameters] in lora::parameters order.
at::Tensor parameters_of(lora::LoraAdapter& adapter) {
  std::vector<at::Tensor> parts;
  for (const at::Tensor& parameter : lora::parameters(adapter)) {
    parts.push_back(parameter.detach().flatten());
  }
  return at::cat(parts);
}

void set_parameters(lora::LoraAdapter& adapter, const at::Tensor& values) {
  support::require(values.numel() == lora::num_parameters(adapter),
                   "as many values as the adapter has parameters");
  const c10::AutoGradMode without_gradient(false);
  std::int64_t first = 0;
  for (const at::Tensor& parameter : lora::parameters(adapter)) {
    parameter.copy_(values.narrow(0, first, parameter.numel()).view_as(parameter));
    first += parameter.numel();
  }
}

/// Rank 0 decides and reads, so that no two ranks can go on from different checkpoints.
TuningState first_state(const parallel::Communicator& comm, lora::LoraAdapter& adapter,
                        const TuneJob& job) {
  return parallel::from_root(comm, [&] {
    if (auto resumed = read_newest_checkpoint(job.checkpoint_folder, job.stage_key)) {
      logging::info("tuning goes on after update {} of {}", resumed->iteration,
                    job.config.iterations);
      return *std::move(resumed);
    }
    TuningState state;
    state.parameters = device::floats_to_host(parameters_of(adapter));
    state.first_moment.assign(state.parameters.size(), 0.0F);
    state.second_moment.assign(state.parameters.size(), 0.0F);
    return state;
  });
}

OptimizerState to_device(const TuningState& state, at::Device device) {
  return {device::floats_to_device(state.parameters, device),
          device::floats_to_device(state.first_moment, device),
          device::floats_to_device(state.second_moment, device), state.optimizer_updates};
}

TuningState to_host(const Tuning& tuning) {
  const OptimizerState& optimizer = tuning.optimizer;
  return {tuning.iteration,
          optimizer.updates,
          device::floats_to_host(optimizer.parameters),
          device::floats_to_host(optimizer.first_moment),
          device::floats_to_host(optimizer.second_moment),
          tuning.losses};
}

/// The samples of the coming update, longest first: cut into micro-batches they need little
/// padding. Where the loss looks at the padding, the order decides what it sees and is kept.
std::vector<std::uint64_t> samples_of_update(Tuning& tuning) {
  const Config& config = tuning.job.config;
  std::vector<std::uint64_t> samples(config.micro_batch * config.gradient_accumulation);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    samples[i] = tuning.order.at(tuning.iteration * samples.size() + i);
  }
  if (tuning.job.loss.at_padded_place) {
    return samples;
  }
  std::stable_sort(samples.begin(), samples.end(), [&](std::uint64_t a, std::uint64_t b) {
    return tuning.set.examples[a].prefix_length > tuning.set.examples[b].prefix_length;
  });
  return samples;
}

/// Of one micro-batch, with dropout where the adapter has it.
MicroBatchGradient gradient_of(Tuning& tuning, std::span<const std::uint64_t> samples) {
  if (tuning.tuned.adapter().config.dropout > 0) {
    tuning.tuned.set_dropout(
        lora::DropoutContext{tuning.job.seed, tuning.iteration, {samples.begin(), samples.end()}});
  }
  MicroBatchGradient result =
      micro_batch_gradient(tuning.tuned, tuning.set, samples, tuning.job.loss);
  tuning.tuned.set_dropout(std::nullopt);  // what is evaluated afterwards is without it
  return result;
}

struct SummedGradient {
  std::vector<double> gradient;  // [num_parameters]
  double loss = 0;
};

/// This rank's micro-batches, then the exact sum over all ranks' ones.
SummedGradient sum_over_samples(Tuning& tuning, std::span<const std::uint64_t> samples) {
  const Config& config = tuning.job.config;
  std::vector<std::uint64_t> micro_batches(config.gradient_accumulation);
  std::iota(micro_batches.begin(), micro_batches.end(), std::uint64_t{0});
  std::vector<std::vector<float>> gradients;
  std::vector<std::vector<float>> losses;
  parallel::for_each_unit(tuning.comm, micro_batches, [&](std::uint64_t index) {
    MicroBatchGradient result =
        gradient_of(tuning, samples.subspan(index * config.micro_batch, config.micro_batch));
    gradients.push_back(std::move(result.gradient));
    losses.push_back({static_cast<float>(result.loss)});
  });
  // Apart from each other: the loss's magnitude must not set the gradient's quantum.
  try {
    const auto loss = parallel::exact_sum(tuning.comm, losses, 1, micro_batches.size());
    const auto length = static_cast<std::size_t>(tuning.optimizer.parameters.numel());
    return {parallel::exact_sum(tuning.comm, gradients, length, micro_batches.size()), loss[0]};
  } catch (const parallel::NonFiniteTerm& error) {
    // exact_sum throws on every rank alike.
    throw support::agreed_error(fmt::format(
        "update {} of {}: loss or gradient is not finite ({}); set "
        "finetune.learning_rate = {} lower",
        tuning.iteration + 1, config.iterations, error.what(), config.optimizer.learning_rate));
  }
}

IterationReport update(Tuning& tuning) {
  const std::vector<std::uint64_t> samples = samples_of_update(tuning);
  SummedGradient summed = sum_over_samples(tuning, samples);
  const auto num_samples = static_cast<double>(samples.size());
  for (double& value : summed.gradient) {
    value /= num_samples;
  }
  OptimizerState& optimizer = tuning.optimizer;
  IterationReport report;
  report.loss = summed.loss / num_samples;
  report.gradient_norm =
      clip_gradient(summed.gradient, tuning.job.config.optimizer.max_gradient_norm);
  report.learning_rate = learning_rate_at(tuning.job.config, tuning.iteration);
  // Every rank does the same arithmetic on the same bits: no broadcast is needed.
  std::vector<float> slopes(summed.gradient.size());
  std::transform(summed.gradient.begin(), summed.gradient.end(), slopes.begin(),
                 [](double value) { return static_cast<float>(value); });
  adamw_update(optimizer, device::floats_to_device(slopes, optimizer.parameters.device()),
               tuning.job.config.optimizer, report.learning_rate);
  set_parameters(tuning.tuned.adapter(), optimizer.parameters);
  tuning.losses.push_back(report.loss);
  report.iteration = ++tuning.iteration;
  return report;
}

/// Ranks on machines that compute differently would drift apart unseen.
void check_ranks_agree(const parallel::Communicator& comm, const TuningState& state) {
  const support::Sha256 digest = support::sha256(std::as_bytes(std::span(state.parameters)));
  std::uint64_t start = 0;
  std::memcpy(&start, digest.data(), sizeof(start));
  const std::vector<std::uint64_t> all = parallel::all_gather(comm, start);
  const auto other =
      std::find_if(all.begin(), all.end(), [&](std::uint64_t value) { return value != all[0]; });
  if (other != all.end()) {
    throw std::runtime_error(fmt::format(
        "after update {} the adapter of rank {} differs from rank 0's: the ranks' machines do not "
        "compute alike",
        state.iteration, other - all.begin()));
  }
}

void checkpoint(const Tuning& tuning) {
  const TuningState state = to_host(tuning);
  check_ranks_agree(tuning.comm, state);
  parallel::run_on_root(tuning.comm, [&] {
    write_checkpoint(tuning.job.checkpoint_folder, state, tuning.job.stage_key,
                     tuning.job.config.checkpoints.kept);
  });
}

}  // namespace

std::vector<double> tune(const parallel::Communicator& comm, lora::AttachedAdapter& tuned,
                         const examples::ExampleSet& set, const TuneJob& job) {
  check_input(comm, set, job);
  const TuningState first = first_state(comm, tuned.adapter(), job);
  Tuning tuning{comm,
                tuned,
                set,
                job,
                job.order.samples.empty() ? examples::SampleOrder(set.size(), job.seed)
                                          : examples::SampleOrder(job.order.samples),
                first.iteration,
                first.losses,
                to_device(first, tuned.decoder().device())};
  set_parameters(tuned.adapter(), tuning.optimizer.parameters);
  const std::uint64_t iterations = job.config.iterations;
  while (tuning.iteration < iterations) {
    const IterationReport report = update(tuning);
    if (job.on_iteration) {
      job.on_iteration(report);
    }
    if (report.iteration % job.config.checkpoints.interval == 0 || report.iteration == iterations) {
      checkpoint(tuning);
    }
  }
  return tuning.losses;
}

}  // namespace lightreasoner::finetune
