// SPDX-License-Identifier: Apache-2.0
#include "tuning_inputs.hpp"

#include "adapters.hpp"
#include "finetune/imported_samples.hpp"
#include "finetune/order.hpp"
#include "support/hashing.hpp"

#include <utility>

namespace lightreasoner::jobs {

void read_order(const parallel::Communicator& world, Inputs& inputs) {
  const std::filesystem::path& file = inputs.config.finetune.order_file;
  std::string text;
  if (!file.empty()) {
    text = parallel::read_file_once(world, file);
    parallel::agree(world, [&] { inputs.sample_order = finetune::parse_order(text, file); });
  }
  inputs.hashes["finetune.order_file"] = support::to_hex(support::sha256(text));
}

void read_samples(const parallel::Communicator& world, Inputs& inputs) {
  const std::filesystem::path& file = inputs.config.samples.file;
  if (file.empty()) {
    return;
  }
  const std::string lines = parallel::read_file_once(world, file);
  std::map<std::string, std::string> questions;
  for (const problems::Problem& problem : inputs.problems) {
    questions.emplace(problem.text_id, problem.question);
  }
  parallel::agree(world, [&] {
    inputs.samples = finetune::parse_samples(
        lines, {example_rules(inputs), questions, inputs.expert.config.vocabulary, file});
  });
  inputs.hashes["samples.file"] = support::to_hex(support::sha256(lines));
}

void read_start_adapter(const parallel::Communicator& world, Inputs& inputs) {
  const std::filesystem::path& start = inputs.config.lora.start_from;
  inputs.hashes["lora.start_from"] = "none";
  if (start.empty()) {
    return;
  }
  LoadedAdapter loaded = load_adapter(world, start, inputs.expert);
  inputs.hashes["lora.start_from"] = loaded.weights_sha256;
  lora::Config& shape = loaded.adapter.config;
  shape.start_from = start;
  shape.dropout = inputs.config.lora.dropout;
  inputs.config.lora = shape;
  inputs.start_adapter = std::move(loaded.adapter);
}

}  // namespace lightreasoner::jobs
