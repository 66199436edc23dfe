// SPDX-License-Identifier: Apache-2.0
/// The contrast of a chunk: two rows of raw logits in, one step's statistics and floor set out.
#pragma once

#include "contrast/step_contrasts.hpp"
#include "device/buffer.hpp"
#include "kernels/logit_rows.hpp"

#include <cstdint>
#include <stdexcept>
#include <string>

namespace lightreasoner::contrast {

using kernels::LogitRows;

/// A row that cannot be contrasted: NaN, +inf, no finite logit, or an amateur logit of -inf where
/// the expert's is finite, however small. The caller knows which problem and step the row is.
struct InvalidLogits : std::runtime_error {
  InvalidLogits(std::int64_t bad_row, const std::string& reason)
      : std::runtime_error(reason), row(bad_row) {}
  std::int64_t row;
};

/// Bytes that contrast_steps allocates for so many steps beside its result, with planned_entries a
/// step.
[[nodiscard]] std::uint64_t scratch_bytes(std::int64_t num_steps, float plausibility_floor);

/// One StepContrasts entry per pair of rows (LightReasoner, arXiv 2510.07962, section 3.1, equation
/// of D_t). Each logit row is read from memory once (rows with more candidates for the floor set
/// than the kernel's list holds three times), no temporary is as large as the vocabulary; sums are
/// accumulated in double relative to the running maximum. The floor test is is_plausible on fp32
/// log pi_E. An expert logit of -inf is a probability of zero and adds nothing. The rows are all
/// there is, so the lost masses are 0. A row's result depends on that row alone. The rows are on
/// `device`; statistics and floor sets alone come to the host. Throws InvalidLogits for the lowest
/// bad row. Needs a kernels::Runtime. Not collective.
[[nodiscard]] StepContrasts contrast_steps(const LogitRows& expert, const LogitRows& amateur,
                                           float plausibility_floor, device::Device device);

}  // namespace lightreasoner::contrast
