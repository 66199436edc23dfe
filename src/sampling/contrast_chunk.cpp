// SPDX-License-Identifier: Apache-2.0
#include "sampling/contrast_chunk.hpp"

#include "contrast/contrast_distributions.hpp"
#include "contrast/contrast_steps.hpp"
#include "device/transfer.hpp"
#include "support/errors.hpp"

#include <ATen/ATen.h>
#include <algorithm>
#include <cmath>
#include <span>
#include <type_traits>
#include <vector>

namespace lightreasoner::sampling {
namespace {

using Ids = std::vector<text::TokenId>;

contrast::LogitRows as_rows(const at::Tensor& values) {
  const at::ScalarType type = values.scalar_type();
  support::require(values.stride(1) == 1 && (type == at::kFloat || type == at::kBFloat16),
                   "rows are fp32 or bf16 with neighbouring logits side by side");
  return {values.const_data_ptr(), values.size(0), values.size(1), values.stride(0),
          type == at::kFloat ? kernels::LogitType::float32 : kernels::LogitType::bfloat16};
}

/// The logits of the given ids: a view where they are the first ones.
at::Tensor logits_of(const at::Tensor& rows, const Ids& ids, bool is_leading) {
  return is_leading ? rows.narrow(1, 0, std::ssize(ids))
                    : rows.index_select(1, device::ids_to_device(ids, rows.device()));
}

/// The logits of all other ids of a head.
at::Tensor logits_outside(const at::Tensor& rows, const Ids& ids, bool is_leading) {
  if (is_leading) {
    return rows.narrow(1, std::ssize(ids), rows.size(1) - std::ssize(ids));
  }
  const at::Tensor is_outside = at::ones({rows.size(1)}, at::kBool);
  is_outside.index_fill_(0, at::tensor(ids, at::kLong), false);
  return rows.index_select(1, device::to_device(is_outside.nonzero().squeeze(1), rows.device()));
}

/// Sets the share of a head's probability that lies outside the shared tokens, from the greatest
/// shared logit and its share of the shared tokens: only the logits outside are read.
void set_lost_mass(contrast::ModelStatistics<contrast::Vector>& model, const at::Tensor& outside,
                   const at::Tensor& shared) {
  if (outside.size(1) == 0) {
    return;
  }
  const at::Tensor log_outside =
      device::to_host(at::logsumexp(outside.to(at::kFloat), {1})).contiguous();
  const auto* const log_sums = log_outside.const_data_ptr<float>();
  const at::Tensor top_ids = device::ids_to_device(model.top_id, shared.device()).unsqueeze(1);
  const at::Tensor tops = device::to_host(shared.gather(1, top_ids).to(at::kFloat)).contiguous();
  for (std::size_t row = 0; row < model.lost_mass.size(); ++row) {
    const double top = tops.const_data_ptr<float>()[row];
    const double log_shared = top - std::log(static_cast<double>(model.top_probability[row]));
    model.lost_mass[row] = static_cast<float>(1.0 / (1.0 + std::exp(log_shared - log_sums[row])));
  }
}

/// Places among the shared tokens to the expert's ids.
void to_expert_ids(const Ids& expert_ids, std::vector<std::int32_t>& places) {
  for (std::int32_t& place : places) {
    place = expert_ids[static_cast<std::size_t>(place)];
  }
}

/// The same in every column of token ids.
void name_by_expert_ids(const Ids& expert_ids, contrast::StepContrasts& contrasts) {
  const auto visit = [&](const auto& column) {
    auto& values = column.member(contrasts);
    if constexpr (std::is_same_v<decltype(values), std::vector<std::int32_t>&>) {
      if (column.rule == contrast::ColumnRule::token_id) {
        to_expert_ids(expert_ids, values);
      }
    }
  };
  contrast::for_each_column(contrast::statistic_columns, visit);
  contrast::for_each_column(contrast::floor_columns, visit);
}

/// A model's distributions over the first `width` ids, computed in the given dtype as torch
/// does it: without an epsilon log_softmax, with one the logarithm of the sum.
struct DistributionTensors {
  at::Tensor probabilities, logarithms;  // [rows, width] fp32

  DistributionTensors(const at::Tensor& logits, std::int64_t width, double epsilon,
                      at::ScalarType type) {
    const at::Tensor typed = logits.to(type);
    const at::Tensor shares = at::softmax(typed, -1);
    const at::Tensor logs = epsilon == 0 ? at::log_softmax(typed, -1) : at::log(shares + epsilon);
    // What a cut takes off after the softmax is lost.
    probabilities = shares.narrow(1, 0, width).to(at::kFloat);
    logarithms = logs.narrow(1, 0, width).to(at::kFloat);
  }
  [[nodiscard]] contrast::Distributions rows() const {
    return {as_rows(probabilities), as_rows(logarithms)};
  }
};

/// The released Python's way, with its departures from the paper.
contrast::StepContrasts contrast_as_reference(const at::Tensor& expert, const at::Tensor& amateur,
                                              const ContrastRules& rules) {
  const std::int64_t width = std::ssize(rules.shared.expert_ids);
  const double epsilon = rules.method.log_epsilon;
  const DistributionTensors p(expert, width, epsilon, at::kFloat);
  const DistributionTensors q(
      amateur, width, epsilon,
      rules.method.amateur_softmax == AmateurSoftmax::model ? rules.amateur_type : at::kFloat);
  return contrast::contrast_distributions(p.rows(), q.rows(), rules.plausibility_floor, epsilon,
                                          expert.device());
}

/// Whether the kernel's contrast is what the method asks for, over tokens that are shared.
bool is_of_paper(const SamplingMethod& method) {
  return method.log_epsilon == 0 && method.amateur_softmax == AmateurSoftmax::float32;
}

}  // namespace

contrast::StepContrasts contrast_logits(const at::Tensor& expert, const at::Tensor& amateur,
                                        const ContrastRules& rules) {
  const SamplingMethod& method = rules.method;
  const text::SharedVocabulary& shared = rules.shared;
  if (method.vocabulary == Vocabulary::cut) {
    return contrast_as_reference(expert, amateur, rules);
  }
  const at::Tensor x = logits_of(expert, shared.expert_ids, shared.is_leading);
  const at::Tensor y = logits_of(amateur, shared.amateur_ids, shared.is_leading);
  contrast::StepContrasts contrasts =
      is_of_paper(method)
          ? contrast::contrast_steps(as_rows(x), as_rows(y), rules.plausibility_floor, x.device())
          : contrast_as_reference(x, y, rules);
  set_lost_mass(contrasts.expert, logits_outside(expert, shared.expert_ids, shared.is_leading), x);
  set_lost_mass(contrasts.amateur, logits_outside(amateur, shared.amateur_ids, shared.is_leading),
                y);
  if (!shared.is_leading) {
    name_by_expert_ids(shared.expert_ids, contrasts);
  }
  return contrasts;
}

std::int64_t copied_logits_of_step(const SamplingMethod& method, const HeadWidths& heads) {
  // Of logits that are no fp32, those outside.
  std::int64_t copies = std::max(heads.expert, heads.amateur) - heads.num_shared;
  if (!heads.shared_are_leading) {
    // Both heads' shared ones, and those outside of the one that is looked at.
    copies += heads.num_shared + std::max(heads.expert, heads.amateur);
  }
  if (method.vocabulary == Vocabulary::cut || !is_of_paper(method)) {
    copies += 4 * (heads.expert + heads.amateur);  // DistributionTensors, in either type
  }
  return copies;
}

}  // namespace lightreasoner::sampling
