// SPDX-License-Identifier: Apache-2.0
#include "finetune/loss.hpp"

#include "support/errors.hpp"

#include <ATen/ATen.h>
#include <algorithm>
#include <c10/core/GradMode.h>
#include <cmath>
#include <cstring>

namespace lightreasoner::finetune {
namespace {

/// The prefixes right-padded to the longest: a causal model's true last position never sees a pad.
model::TokenBatch prefix_batch(const ExampleSet& set, std::span<const std::uint64_t> examples,
                               std::int32_t pad_id) {
  std::int64_t columns = 0;
  for (const std::uint64_t index : examples) {
    columns = std::max(columns, std::int64_t{set.examples[index].prefix_length});
  }
  const auto rows = static_cast<std::int64_t>(examples.size());
  model::TokenBatch batch;
  batch.ids = at::full({rows, columns}, pad_id, at::kLong);
  batch.positions = at::arange(columns, at::kLong).expand({rows, columns});
  batch.is_token = at::zeros({rows, columns}, at::kBool);
  auto ids = batch.ids.accessor<std::int64_t, 2>();
  for (std::int64_t row = 0; row < rows; ++row) {
    const auto& example = set.examples[examples[static_cast<std::size_t>(row)]];
    const auto& trajectory = set.trajectories[example.trajectory];
    for (std::int64_t column = 0; column < example.prefix_length; ++column) {
      ids[row][column] = trajectory[static_cast<std::size_t>(column)];
    }
    batch.is_token[row].narrow(0, 0, example.prefix_length).fill_(true);
  }
  return batch;
}

/// The labels' entries as three parallel lists, and sum_i sum_v w log w.
struct LabelEntries {
  at::Tensor rows;     // [entries] int64
  at::Tensor ids;      // [entries] int64
  at::Tensor weights;  // [entries] fp32
  double negative_entropy = 0;
};

LabelEntries label_entries(const ExampleSet& set, std::span<const std::uint64_t> examples) {
  std::vector<std::int64_t> rows;
  std::vector<std::int64_t> ids;
  std::vector<float> weights;
  LabelEntries entries;
  for (std::size_t row = 0; row < examples.size(); ++row) {
    const std::uint64_t last = set.label_offsets[examples[row] + 1];
    for (std::uint64_t entry = set.label_offsets[examples[row]]; entry < last; ++entry) {
      const double weight = set.label_weights[entry];
      rows.push_back(static_cast<std::int64_t>(row));
      ids.push_back(set.label_ids[entry]);
      weights.push_back(set.label_weights[entry]);
      entries.negative_entropy += weight > 0 ? weight * std::log(weight) : 0.0;
    }
  }
  entries.rows = at::tensor(rows, at::kLong);
  entries.ids = at::tensor(ids, at::kLong);
  entries.weights = at::tensor(weights, at::kFloat);
  return entries;
}

std::vector<float> take_gradient(const lora::LoraAdapter& adapter) {
  std::vector<float> gradient(static_cast<std::size_t>(lora::num_parameters(adapter)), 0.0F);
  std::size_t first = 0;
  for (const at::Tensor& parameter : lora::parameters(adapter)) {
    const auto count = static_cast<std::size_t>(parameter.numel());
    if (parameter.grad().defined()) {
      const at::Tensor values = parameter.grad().contiguous();
      std::memcpy(gradient.data() + first, values.const_data_ptr(), count * sizeof(float));
    }
    parameter.mutable_grad() = at::Tensor();
    first += count;
  }
  return gradient;
}

}  // namespace

UnitResult unit_gradient(const model::Decoder& decoder, const lora::LoraAdapter& adapter,
                         const ExampleSet& set, std::span<const std::uint64_t> examples,
                         const LossRules& rules) {
  support::require(!examples.empty(), "a gradient unit needs a sample");
  const c10::AutoGradMode with_gradient(true);
  for (at::Tensor& parameter : lora::parameters(adapter)) {
    parameter.set_requires_grad(true);
    parameter.mutable_grad() = at::Tensor();
  }
  const model::TokenBatch batch = prefix_batch(set, examples, rules.pad_id);
  const at::Tensor hidden = model::hidden_states(decoder, batch, nullptr);
  const at::Tensor rows = at::arange(batch.ids.size(0), at::kLong);
  const at::Tensor last = rules.at_padded_column ? at::full_like(rows, batch.ids.size(1) - 1)
                                                 : batch.is_token.sum(1) - 1;  // [samples]
  at::Tensor logits = model::logits(decoder, hidden.index({rows, last}));      // [samples, vocab]
  if (rules.label_width > 0) {
    logits = logits.narrow(1, 0, rules.label_width);
  }
  const LabelEntries labels = label_entries(set, examples);
  const at::Tensor log_pi = at::log_softmax(logits, -1).index({labels.rows, labels.ids});
  const at::Tensor cross_entropy = -(labels.weights * log_pi).sum();
  cross_entropy.backward();
  UnitResult result;
  // The value in double: the gradient does not depend on how it is summed.
  result.loss =
      labels.negative_entropy -
      (labels.weights.to(at::kDouble) * log_pi.detach().to(at::kDouble)).sum().item<double>();
  result.gradient = take_gradient(adapter);
  return result;
}

}  // namespace lightreasoner::finetune
