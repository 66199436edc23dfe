// SPDX-License-Identifier: Apache-2.0
/// One record in words: problem, generated text, and what the contrast says of each step.
#pragma once

#include "contrast/select_steps.hpp"
#include "records/record_batch.hpp"
#include "text/tokenizer.hpp"

#include <cstdint>
#include <string>

namespace lightreasoner::examples {

/// The record of the problem with this id, which the batch must hold, as lines of text: question,
/// the expert's answer, and a table of its steps with the soft labels of those that `config`
/// selects. `tokenizer` is the expert's.
[[nodiscard]] std::string record_in_words(const records::RecordBatch& batch,
                                          std::uint64_t problem_id, const contrast::Config& config,
                                          const text::Tokenizer& tokenizer);

}  // namespace lightreasoner::examples
