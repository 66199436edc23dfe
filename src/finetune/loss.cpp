// SPDX-License-Identifier: Apache-2.0
#include "finetune/loss.hpp"

#include "support/errors.hpp"

#include <ATen/ATen.h>
#include <algorithm>
#include <c10/core/GradMode.h>
#include <cmath>
#include <cstring>
#include <functional>

namespace lightreasoner::finetune {
namespace {

/// The prefixes right-padded to the longest: a causal model's true last position never sees a pad.
model::TokenBatch prefix_batch(const examples::ExampleSet& set,
                               std::span<const std::uint64_t> examples, std::int32_t pad_id) {
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

LabelEntries label_entries(const examples::ExampleSet& set,
                           std::span<const std::uint64_t> examples) {
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

/// Moves the gradients out of the adapter's tensors: [num_parameters].
std::vector<float> take_gradient(lora::LoraAdapter& adapter) {
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

/// The unit's loss from final hidden states [samples, columns, hidden], backpropagated to what
/// they were computed from.
double backward_from(const at::Tensor& hidden, const model::Decoder& decoder,
                     const model::TokenBatch& batch, const LabelEntries& labels,
                     const LossRules& rules) {
  const at::Tensor rows = at::arange(batch.ids.size(0), at::kLong);
  const at::Tensor last = rules.at_padded_column ? at::full_like(rows, batch.ids.size(1) - 1)
                                                 : batch.is_token.sum(1) - 1;  // [samples]
  at::Tensor logits = model::logits(decoder, hidden.index({rows, last}));      // [samples, vocab]
  if (rules.label_width > 0) {
    logits = logits.narrow(1, 0, rules.label_width);
  }
  const at::Tensor log_pi = at::log_softmax(logits, -1).index({labels.rows, labels.ids});
  const at::Tensor cross_entropy = -(labels.weights * log_pi).sum();
  cross_entropy.backward();
  // The value in double: the gradient does not depend on how it is summed.
  return labels.negative_entropy -
         (labels.weights.to(at::kDouble) * log_pi.detach().to(at::kDouble)).sum().item<double>();
}

/// A leaf of a graph of its own. Gradients flow into it where a parameter lies before it.
at::Tensor cut_off(const at::Tensor& hidden, bool needs_gradient) {
  return hidden.detach().requires_grad_(needs_gradient);
}

/// Runs the layers, keeping only what each starts from; `head` backpropagates from the final
/// states; then each layer, from the last to the first, is run again and backpropagated alone. The
/// operations on every number are those of one graph over all layers, in the same order.
double recomputing_backward(const model::Decoder& decoder, const model::TokenBatch& batch,
                            const std::function<double(const at::Tensor&)>& head) {
  const model::ForwardPass pass = model::start_pass(decoder, batch, 0);
  const auto run = [&](std::size_t layer, const at::Tensor& start) {
    return model::run_layer(decoder, layer, start, pass, nullptr);
  };
  std::vector<at::Tensor> starts{model::embed_tokens(decoder, batch)};
  for (std::size_t layer = 0; layer < decoder.layers.size(); ++layer) {
    // With gradients although they are dropped: the same kernels run as in the second pass.
    starts.push_back(run(layer, cut_off(starts.back(), layer > 0)).detach());
  }
  at::Tensor end = cut_off(starts.back(), true);
  const double loss = head(model::apply_final_norm(decoder, end));
  for (std::size_t layer = decoder.layers.size(); layer-- > 0;) {
    starts.pop_back();
    const at::Tensor start = cut_off(starts.back(), layer > 0);
    run(layer, start).backward(end.grad());
    end = start;
  }
  return loss;
}

}  // namespace

UnitResult unit_gradient(lora::AttachedAdapter& tuned, const examples::ExampleSet& set,
                         std::span<const std::uint64_t> examples, const LossRules& rules) {
  support::require(!examples.empty(), "a gradient unit needs a sample");
  const c10::AutoGradMode with_gradient(true);
  for (at::Tensor& parameter : lora::parameters(tuned.adapter())) {
    parameter.set_requires_grad(true);
    parameter.mutable_grad() = at::Tensor();
  }
  const model::Decoder& decoder = tuned.decoder();
  const model::TokenBatch batch = prefix_batch(set, examples, rules.pad_id);
  const LabelEntries labels = label_entries(set, examples);
  const auto head = [&](const at::Tensor& hidden) {
    return backward_from(hidden, decoder, batch, labels, rules);
  };
  UnitResult result;
  result.loss = rules.recomputes_layers ? recomputing_backward(decoder, batch, head)
                                        : head(model::hidden_states(decoder, batch, nullptr));
  result.gradient = take_gradient(tuned.adapter());
  return result;
}

std::uint64_t loss_bytes(const model::ModelSize& model, std::int64_t rows) {
  const std::uint64_t narrow = model.dtype == at::kFloat ? 0 : model.element_bytes();
  return 4 * model::logit_bytes(model, rows) +
         2 * model::num_elements(rows, model.config.shape.vocabulary) * narrow;
}

std::uint64_t recomputing_bytes_of_token(const model::ModelSize& model) {
  const weights::DecoderShape& shape = model.config.shape;
  return model::num_elements(shape.hidden_size, shape.num_layers + 1) * model.element_bytes();
}

}  // namespace lightreasoner::finetune
