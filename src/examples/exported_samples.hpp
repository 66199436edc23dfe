// SPDX-License-Identifier: Apache-2.0
/// Samples for others: records as the JSON Lines that the released Python writes
/// (LightR_sampling.py) and examples/imported_samples.hpp reads.
#pragma once

#include "contrast/select_steps.hpp"
#include "records/record_batch.hpp"
#include "text/tokenizer.hpp"

#include <string>

namespace lightreasoner::examples {

/// The selected steps of a batch, one line each, with the released data's fields in their order and
/// numbers as Python's json.dump writes them, so that files can be compared byte by byte. Floats
/// are the stored fp32 values, as torch's tolist() gives them. `tokenizer` is the expert's.
[[nodiscard]] std::string format_samples(const records::RecordBatch& batch,
                                         const contrast::Config& config,
                                         const text::Tokenizer& tokenizer);

}  // namespace lightreasoner::examples
