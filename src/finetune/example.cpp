// SPDX-License-Identifier: Apache-2.0
#include "finetune/example.hpp"

#include "support/errors.hpp"
#include "support/philox.hpp"

#include <limits>
#include <numeric>
#include <utility>

namespace lightreasoner::finetune {
namespace {

std::vector<std::int32_t> trajectory_of(const records::RecordBatch& batch, std::size_t problem) {
  const auto prompt =
      std::span(batch.prompt_ids)
          .subspan(batch.prompt_offsets[problem],
                   batch.prompt_offsets[problem + 1] - batch.prompt_offsets[problem]);
  const auto generated = std::span(batch.token_ids)
                             .subspan(batch.step_offsets[problem], batch.step_offsets[problem + 1] -
                                                                       batch.step_offsets[problem]);
  std::vector<std::int32_t> ids(prompt.begin(), prompt.end());
  ids.insert(ids.end(), generated.begin(), generated.end());
  return ids;
}

}  // namespace

void append_examples(ExampleSet& set, const records::RecordBatch& batch,
                     const contrast::Config& config) {
  const contrast::SoftLabels labels = contrast::select_steps(batch.contrasts, config);
  constexpr std::size_t none = std::numeric_limits<std::size_t>::max();
  std::size_t problem = 0;
  std::size_t stored = none;  // the problem whose trajectory is the last one in the set
  for (const std::uint64_t step : labels.steps) {
    while (step >= batch.step_offsets[problem + 1]) {
      ++problem;
    }
    if (stored != problem) {
      set.trajectories.push_back(trajectory_of(batch, problem));
      stored = problem;
    }
    const std::uint64_t prompt_length =
        batch.prompt_offsets[problem + 1] - batch.prompt_offsets[problem];
    const std::uint64_t prefix_length = prompt_length + (step - batch.step_offsets[problem]);
    support::require(prefix_length > 0, "a selected step has no token before it");
    set.examples.push_back({static_cast<std::uint32_t>(set.trajectories.size() - 1),
                            static_cast<std::uint32_t>(prefix_length)});
  }
  const std::uint64_t base = set.label_ids.size();
  for (std::size_t label = 1; label < labels.offsets.size(); ++label) {
    set.label_offsets.push_back(base + labels.offsets[label]);
  }
  set.label_ids.insert(set.label_ids.end(), labels.ids.begin(), labels.ids.end());
  set.label_weights.insert(set.label_weights.end(), labels.weights.begin(), labels.weights.end());
}

SampleOrder::SampleOrder(std::uint64_t num_examples, std::uint64_t seed)
    : num_examples_(num_examples), seed_(seed), permutation_(num_examples) {
  support::require(num_examples > 0, "an order needs at least one example");
  shuffle(0);
}

std::uint64_t SampleOrder::at(std::uint64_t position) {
  const std::uint64_t epoch = position / num_examples_;
  if (epoch != epoch_) {
    shuffle(epoch);
  }
  return permutation_[position % num_examples_];
}

void SampleOrder::shuffle(std::uint64_t epoch) {
  epoch_ = epoch;
  std::iota(permutation_.begin(), permutation_.end(), std::uint64_t{0});
  const support::PhiloxKey key = support::philox_key(seed_);
  for (std::uint64_t i = num_examples_ - 1; i > 0; --i) {
    const support::PhiloxCounter words =
        support::philox({static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(i >> 32),
                         static_cast<std::uint32_t>(epoch),
                         static_cast<std::uint32_t>(support::RandomStream::sample_order)},
                        key);
    // 64 random bits: the remainder's bias is below num_examples / 2^64.
    const std::uint64_t draw = (std::uint64_t{words[1]} << 32) | words[0];
    std::swap(permutation_[i], permutation_[draw % (i + 1)]);
  }
}

}  // namespace lightreasoner::finetune
