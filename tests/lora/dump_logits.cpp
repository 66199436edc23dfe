// SPDX-License-Identifier: Apache-2.0
/// What this program computes, for comparison with the Python libraries (tools/peers):
///   dump_logits MODEL_FOLDER OUTPUT.safetensors DTYPE TOKENS [ADAPTER_FOLDER] < prompts
/// reads a JSON list of token ids a line and writes, for line i, logits.i [tokens, vocabulary] of
/// the prompt run in one pass, greedy.i, its greedy tokens (TOKENS of them) decoded with all others
/// in a batch, and alone.i, the same decoded alone. DTYPE as models.dtype.
#include "device/determinism.hpp"
#include "lora/peft_files.hpp"
#include "model/generate.hpp"
#include "model/golden.hpp"
#include "support/files.hpp"
#include "weights/safetensors.hpp"

#include <ATen/core/grad_mode.h>
#include <cstdio>
#include <exception>
#include <fmt/format.h>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace lightreasoner {
namespace {

const std::map<std::string, std::optional<at::ScalarType>> dtypes{
    {"auto", std::nullopt}, {"float32", at::kFloat}, {"bfloat16", at::kBFloat16}};

void dump(const std::vector<std::string>& arguments) {
  device::set_up_torch(/*threads_per_rank=*/1);
  const at::NoGradGuard no_gradients;
  model::Decoder decoder = model::load_decoder(arguments.at(0), dtypes.at(arguments.at(2)));
  lora::LoraAdapter adapter;  // none: nothing is added
  if (arguments.size() > 4) {
    adapter = lora::read_peft(arguments[4], decoder);
  }
  const lora::AttachedAdapter adapted(decoder, adapter);
  std::vector<std::vector<std::int32_t>> prompts;
  for (std::string line; std::getline(std::cin, line);) {
    prompts.push_back(nlohmann::json::parse(line).get<std::vector<std::int32_t>>());
  }
  const model::GreedyOptions options{.max_new_tokens = std::stoll(arguments.at(3))};
  const auto together = model::generate_greedy(decoder, prompts, options);
  weights::TensorMap result;
  for (std::size_t i = 0; i < prompts.size(); ++i) {
    const std::string suffix = fmt::format(".{}", i);
    const auto batch = model::testing::single_batch(prompts[i]);
    result["logits" + suffix] =
        model::logits(decoder, model::hidden_states(decoder, batch, nullptr))[0].to(at::kFloat);
    result["greedy" + suffix] = at::tensor(together[i].ids, at::kLong);
    const auto alone =
        model::generate_greedy(decoder, std::span(prompts).subspan(i, 1), options).front();
    result["alone" + suffix] = at::tensor(alone.ids, at::kLong);
  }
  support::write_file_atomically(arguments.at(1), weights::serialize_safetensors(result, {}));
}

}  // namespace
}  // namespace lightreasoner

int main(int argc, char** argv) {
  try {
    lightreasoner::dump(std::vector<std::string>(argv + 1, argv + argc));
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "dump_logits: %s\n", error.what());
    return 2;
  }
}
