// SPDX-License-Identifier: Apache-2.0
/// The contrast as the released Python code computes it: from probabilities, with an epsilon inside
/// the logarithms and without renormalising what a cut vocabulary leaves.
#pragma once

#include "contrast/contrast_steps.hpp"
#include "device/buffer.hpp"
#include "kernels/contrast_distributions.hpp"

namespace lightreasoner::contrast {

using kernels::Distributions;

/// One StepContrasts entry per pair of rows, with e = log_epsilon:
///   D_t = sum_v (p(v) + e) (log(p(v) + e) - log(q(v) + e))      (LightR_sampling.py, F.kl_div)
/// The floor set holds the logarithms as given, so that select_steps gives the same code's labels;
/// lost masses are what the rows lack to a sum of 1. With e = 0 and rows that sum to 1 this is
/// contrast_steps. Summed in double. The rows are on `device`. Throws InvalidLogits for the
/// lowest row with NaN, or with q = 0 where p > 0 while e is 0. Needs a kernels::Runtime.
[[nodiscard]] StepContrasts contrast_distributions(const Distributions& expert,
                                                   const Distributions& amateur,
                                                   float plausibility_floor, double log_epsilon,
                                                   device::Device device);

}  // namespace lightreasoner::contrast
