// SPDX-License-Identifier: Apache-2.0
#include "finetune/loss.hpp"

#include "device/transfer.hpp"
#include "finetune/micro_batch.hpp"
#include "support/errors.hpp"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <functional>

namespace lightreasoner::finetune {
namespace {

/// Moves the gradients out of the adapter's tensors: [num_parameters].
std::vector<float> take_gradient(lora::LoraAdapter& adapter) {
  std::vector<at::Tensor> parts;
  for (const at::Tensor& parameter : lora::parameters(adapter)) {
    const at::Tensor& found = parameter.grad();
    parts.push_back((found.defined() ? found : at::zeros_like(parameter)).flatten());
    parameter.mutable_grad() = at::Tensor();
  }
  return device::floats_to_host(at::cat(parts));
}

/// The loss from final hidden states [samples, length, hidden], backpropagated to what
/// they were computed from.
double backward_from(const at::Tensor& hidden, const model::Decoder& decoder,
                     const model::TokenBatch& batch, const LabelEntries& labels,
                     const LossRules& rules) {
  const at::Tensor rows = at::arange(batch.ids.size(0), batch.ids.options());
  const at::Tensor last = rules.at_padded_place ? at::full_like(rows, batch.ids.size(1) - 1)
                                                : batch.is_token.sum(1) - 1;  // [samples]
  at::Tensor logits =
      model::logits(decoder, hidden.index({rows, last})).to(at::kFloat);  // [samples, vocabulary]
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
  const model::ForwardPass pass = model::start_pass(decoder, batch, nullptr);
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

MicroBatchGradient micro_batch_gradient(lora::AttachedAdapter& tuned,
                                        const examples::ExampleSet& set,
                                        std::span<const std::uint64_t> examples,
                                        const LossRules& rules) {
  support::require(!examples.empty(), "a micro-batch needs a sample");
  const c10::AutoGradMode with_gradient(true);
  for (at::Tensor& parameter : lora::parameters(tuned.adapter())) {
    parameter.set_requires_grad(true);
    parameter.mutable_grad() = at::Tensor();
  }
  const model::Decoder& decoder = tuned.decoder();
  const model::TokenBatch batch =
      model::to_device(prefix_batch(set, examples, rules.pad_id), decoder.device());
  const LabelEntries labels = to_device(label_entries(set, examples), decoder.device());
  const auto head = [&](const at::Tensor& hidden) {
    return backward_from(hidden, decoder, batch, labels, rules);
  };
  MicroBatchGradient result;
  result.loss = rules.recomputes_layers ? recomputing_backward(decoder, batch, head)
                                        : head(model::hidden_states(decoder, batch, nullptr));
  result.gradient = take_gradient(tuned.adapter());
  return result;
}

std::uint64_t loss_bytes(const model::ModelSize& model, std::int64_t rows) {
  const std::uint64_t narrow = model.dtype == at::kFloat ? 0 : model.element_bytes();
  return model::num_elements(rows, model.config.shape.vocabulary) *
         (4 * sizeof(float) + 2 * narrow);
}

std::uint64_t recomputing_bytes_of_token(const model::ModelSize& model) {
  const weights::DecoderShape& shape = model.config.shape;
  return model::num_elements(shape.hidden_size, shape.num_layers + 1) * model.element_bytes();
}

}  // namespace lightreasoner::finetune
