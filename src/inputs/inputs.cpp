// SPDX-License-Identifier: Apache-2.0
#include "inputs/inputs.hpp"

#include "config/parse.hpp"
#include "logging/log.hpp"
#include "model/build_decoder.hpp"
#include "parallel/together.hpp"
#include "run/run_directory.hpp"
#include "run/stage_keys.hpp"
#include "support/files.hpp"
#include "weights/model_folder.hpp"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fmt/ranges.h>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace lightreasoner::inputs {
namespace {

/// The type models are computed in; nothing where each checkpoint decides.
std::optional<at::ScalarType> dtype_of(config::ComputeType type) {
  switch (type) {
    case config::ComputeType::float32:
      return at::kFloat;
    case config::ComputeType::bfloat16:
      return at::kBFloat16;
    case config::ComputeType::automatic:
      break;
  }
  return std::nullopt;
}

/// Shapes and types of a model, and the facts that its small files and heads tell. Collective.
loading::SurveyedModel survey(const parallel::Communicator& world, config::ComputeType dtype,
                              const std::filesystem::path& folder, const std::string& fact,
                              Facts& facts) {
  loading::SurveyedModel surveyed = loading::survey_model(world, folder, dtype_of(dtype));
  facts[fact] = surveyed.description();
  facts[fact + ".dtype"] = model::dtype_word(surveyed.shapes);
  facts[fact + ".weights"] = run::unread;
  return surveyed;
}

void tell_too_long(const ProblemSets& problems) {
  if (problems.num_skipped > 0) {
    logging::warn("{} problems are too long for the models and left out (problems.too_long)",
                  problems.num_skipped);
  }
  if (problems.num_unanswered > 0) {
    logging::warn(
        "{} of {} held-out problems are too long for the expert and count as wrong "
        "(evaluation.too_long)",
        problems.num_unanswered, problems.test.size());
  }
}

/// Right for a model that was trained with them so, and a sign of another family's form if not.
void tell_cut_tags(const text::PromptFormat& format, const text::Tokenizer& tokenizer) {
  const auto tags = text::marks_in_pieces(tokenizer, format, text::Mark::tag);
  if (!tags.empty()) {
    logging::warn(
        "[prompt] has {}, for which the expert's tokenizer has no token: plain text to it",
        fmt::join(tags, ", "));
  }
}

void report_load(const Models& models, NeededWeights needed, const TimesByModel& times) {
  loading::LoadTimes sum;
  for (const auto& [name, of_model] : times) {
    sum.read += of_model.read;
    sum.send += of_model.send;
    sum.build += of_model.build;
  }
  std::string read = needed.expert ? "expert " + model::dtype_word(models.expert) : "";
  if (needed.amateur) {
    read += (read.empty() ? "amateur " : ", amateur ") + model::dtype_word(models.amateur);
  }
  logging::info(
      "models: {}; start-up: read {:.2f} s, broadcast and convert {:.2f} s, build {:.2f} s", read,
      sum.read, sum.send, sum.build);
}

}  // namespace

config::RunConfig read_config(const parallel::Communicator& world, const Request& request) {
  const auto parse = [&](const std::string& toml, const config::ReadFile& read_preset) {
    return config::parse_run_config(toml, request.target, request.overrides, read_preset);
  };
  // The run file names its preset: rank 0 parses it to find out, then all get both texts.
  const std::vector<std::string> texts = parallel::from_root(world, [&] {
    std::vector<std::string> read{support::read_file(request.target), ""};
    static_cast<void>(parse(read[0], [&](const std::filesystem::path& preset) {
      return read[1] = support::read_file(preset);
    }));
    return read;
  });
  config::RunConfig config;
  parallel::run_together(world, [&] {
    config = parse(texts[0], [&](const std::filesystem::path& /*preset*/) { return texts[1]; });
  });
  return config;
}

Inputs read_inputs(const parallel::Communicator& world, config::RunConfig& config) {
  Inputs inputs;
  // 1. Problems and the order of samples.
  inputs.problems = read_problem_sets(world, config, inputs.facts);
  inputs.tuning.order = read_order(world, config.tuning.finetune.order_file, inputs.facts);
  // 2. Shapes of both models, their tokenizers, and whether they fit each other.
  Models& models = inputs.models;
  loading::SurveyedModel expert =
      survey(world, config.models.dtype, config.models.expert, "models.expert", inputs.facts);
  loading::SurveyedModel amateur =
      survey(world, config.models.dtype, config.models.amateur, "models.amateur", inputs.facts);
  models = {std::move(expert.shapes), std::move(amateur.shapes), std::move(expert.layout),
            std::move(amateur.layout)};
  inputs.texts = read_texts(world, config, inputs.facts);
  // What merge, the last stage, is going to carry over can be read.
  parallel::run_on_root(world, [&] {
    std::size_t longest = 0;
    for (const std::filesystem::path& file : weights::carried_over(config.models.expert)) {
      longest = std::max(longest, file.string().size());
    }
    run::require_possible_length(config.run.directory, longest);
  });
  parallel::run_together(world, [&] {
    share_heads(inputs.texts, config, models.expert, models.amateur);
    inputs.prompt_lengths = measure_prompts(
        config, inputs.texts, inputs.problems,
        {models.expert.config.shape.max_positions, models.amateur.config.shape.max_positions});
  });
  tell_too_long(inputs.problems);
  tell_cut_tags(config.prompt.format, inputs.texts.tokenizer);
  // 3. What stands in for records and for a new adapter.
  inputs.tuning.samples = read_samples(
      world, config, {inputs.texts, inputs.problems.supervision, models.expert.config.shape},
      inputs.facts);
  if (inputs.tuning.samples) {
    parallel::run_together(world, [&] {
      examples::require_samples(inputs.tuning.order, inputs.tuning.samples->size());
    });
  }
  survey_start_adapter(world, models.expert, config, inputs.facts);
  return inputs;
}

TimesByModel load_weights(const parallel::Communicator& world, const lora::Config& lora,
                          NeededWeights needed, device::Device device, Inputs& inputs) {
  Models& models = inputs.models;
  Facts& facts = inputs.facts;
  if (needed.start_adapter) {
    inputs.tuning.start_adapter = load_start_adapter(world, models.expert, lora, facts);
  }
  TimesByModel times;
  if (!needed.expert && !needed.amateur) {
    return times;
  }
  const parallel::Communicator node = parallel::split_by_node(world);
  const auto load = [&](const weights::WeightLayout& layout, const std::string& name,
                        model::Decoder& decoder) {
    loading::LoadedModel loaded = loading::load_model(world, node, layout);
    facts["models." + name + ".weights"] = loaded.weights();
    decoder = model::to_device(loaded.decoder, device);
    times[name] = loaded.times;
  };
  if (needed.expert) {
    load(models.expert_layout, "expert", models.expert);
  }
  if (needed.amateur) {
    load(models.amateur_layout, "amateur", models.amateur);
  }
  report_load(models, needed, times);
  return times;
}

}  // namespace lightreasoner::inputs
