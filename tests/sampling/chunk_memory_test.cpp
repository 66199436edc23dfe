// SPDX-License-Identifier: Apache-2.0
/// How much memory one chunk of steps takes with a vocabulary of real size.
#include "model/tensor_places.hpp"
#include "model/weights.hpp"
#include "sampling/sample_unit.hpp"
#include "support/files.hpp"

#include <ATen/ATen.h>
#include <fstream>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace lightreasoner::sampling {
namespace {

constexpr std::int64_t vocabulary = 151'936;  // Qwen2.5's
constexpr std::int64_t num_rows = 4;
constexpr std::int64_t num_steps = 32;
constexpr double mib = 1 << 20;
constexpr double row_mib = num_steps * vocabulary * sizeof(float) / mib;  // a row's logits, 18.5
constexpr double other_mib = 40;  // cache, activations, candidate lists, the allocator's own

/// A line of /proc/self/status in MiB.
double status_mib(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name + ":")) {
      return std::stod(line.substr(name.size() + 1)) / 1024;
    }
  }
  ADD_FAILURE() << "no " << name;
  return 0;
}

/// The demo's expert with a head of real width, sure enough of its tokens that floor sets are
/// small.
model::Decoder wide_decoder(std::uint64_t seed, at::ScalarType type) {
  model::Decoder decoder = model::load_decoder(LIGHTREASONER_SOURCE_DIR "/config/demo/amateur");
  at::manual_seed(seed);
  decoder.config.vocabulary = vocabulary;
  decoder.embedding = at::randn({vocabulary, decoder.config.hidden_size}) * 4;
  model::for_each_tensor(decoder, [&](const std::string&, at::Tensor& weight, const auto&) {
    weight = weight.to(type);
  });
  decoder.head = decoder.embedding;
  return decoder;
}

/// Peak of the resident memory while one unit of one chunk is sampled, above what is there before.
double peak_mib(at::ScalarType type, const Method& method) {
  const model::Decoder expert = wide_decoder(1, type);
  const model::Decoder amateur = wide_decoder(2, type);
  const text::Tokenizer tokenizer = text::Tokenizer::parse(
      support::read_file(LIGHTREASONER_SOURCE_DIR "/config/demo/expert/tokenizer.json"), "demo");
  const text::SharedVocabulary shared = text::cut_vocabulary(vocabulary, vocabulary);
  const text::PromptFormat prompt{"", "", "1+1=", ""};
  const Pair pair{expert, amateur, tokenizer, tokenizer, shared, prompt};
  const std::vector<problems::Problem> problems(num_rows);
  const double before = status_mib("VmRSS");
  std::ofstream("/proc/self/clear_refs") << "5";  // VmHWM begins anew
  const records::RecordBatch batch = sample_unit(
      pair, problems, {.max_new_tokens = num_steps, .steps_per_chunk = num_steps, .method = method},
      0.02F);
  EXPECT_EQ(batch.num_steps(), std::size_t{num_rows * num_steps});
  EXPECT_LT(batch.contrasts.floor_ids.size(), 100 * batch.num_steps());
  return status_mib("VmHWM") - before;
}

TEST(ChunkMemory, IsTwoChunksOfLogitsAndARow) {
  EXPECT_LT(peak_mib(at::kFloat, {}), (2 * num_rows + 1) * row_mib + other_mib);
}

TEST(ChunkMemory, IsTwoChunksOfLogitsInBfloat16Too) {
  EXPECT_LT(peak_mib(at::kBFloat16, {}), (2 * num_rows + 1) * row_mib + other_mib);
}

TEST(ChunkMemory, OfTheReferencesWayCopiesARowAtATime) {
  // Per row: logits in two types, probabilities and logarithms of both models.
  const Method method{.log_epsilon = 1e-12, .vocabulary = "cut"};
  EXPECT_LT(peak_mib(at::kFloat, method), (2 * num_rows + 8) * row_mib + other_mib);
}

}  // namespace
}  // namespace lightreasoner::sampling
