// SPDX-License-Identifier: Apache-2.0
/// The contrast kernel: two rows of raw logits in, one step's statistics and floor set out.
#pragma once

#include "contrast/step_contrasts.hpp"

#include <cstdint>
#include <stdexcept>
#include <string>

namespace lightreasoner::contrast {

/// Rows of raw fp32 logits in the memory of the default execution space, not owned.
struct LogitRows {
  const float* values = nullptr;  ///< [num_rows, vocabulary]
  std::int64_t num_rows = 0;
  std::int64_t vocabulary = 0;
  std::int64_t row_stride = 0;  ///< in elements
};

/// A row that cannot be contrasted: NaN, +inf, no finite logit, or an amateur logit of -inf where
/// the expert's is finite, however small. The caller knows which problem and step the row is.
struct InvalidLogits : std::runtime_error {
  InvalidLogits(std::int64_t bad_row, const std::string& reason)
      : std::runtime_error(reason), row(bad_row) {}
  std::int64_t row;
};

/// Kokkos is up while one of these lives; one a process.
class Runtime {
 public:
  Runtime();
  ~Runtime();
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;
};

/// Kokkos' version, e.g. "3.4.1".
[[nodiscard]] std::string library_version();

/// Bytes that contrast_steps allocates for so many steps beside its result, with planned_entries a
/// step.
[[nodiscard]] std::uint64_t scratch_bytes(std::int64_t num_steps, float plausibility_floor);

/// One StepContrasts entry per pair of rows (LightReasoner, arXiv 2510.07962, section 3.1, equation
/// of D_t). Each logit row is read from memory once (rows with more candidates for the floor set
/// than the kernel's list holds three times), no temporary is as large as the vocabulary; sums are
/// accumulated in double relative to the running maximum. The floor test is is_plausible on fp32
/// log pi_E. An expert logit of -inf is a probability of zero and adds nothing. The rows are all
/// there is, so the lost masses are 0. A row's result depends on that row alone. Throws
/// InvalidLogits for the lowest bad row. Not collective.
[[nodiscard]] StepContrasts contrast_steps(const LogitRows& expert, const LogitRows& amateur,
                                           float plausibility_floor);

}  // namespace lightreasoner::contrast
