// SPDX-License-Identifier: Apache-2.0
#include "evaluation/evaluate.hpp"

#include "evaluation/answer.hpp"
#include "logging/progress.hpp"
#include "model/generate.hpp"
#include "parallel/dealing.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string>

namespace lightreasoner::evaluation {
namespace {

Prediction judge(const problems::Problem& problem, std::vector<std::int32_t> token_ids,
                 const text::Tokenizer& tokenizer) {
  Prediction prediction;
  prediction.id = problem.text_id;
  prediction.token_ids = std::move(token_ids);
  prediction.text = tokenizer.decode(prediction.token_ids, true);
  prediction.extracted = extract_answer(prediction.text);
  prediction.reference = extract_answer(problem.answer).value_or(problem.answer);
  prediction.correct =
      prediction.extracted && same_answer(*prediction.extracted, prediction.reference);
  return prediction;
}

std::vector<Prediction> predict_unit(const Solver& solver,
                                     std::span<const problems::Problem> problems,
                                     std::int64_t max_new_tokens) {
  std::vector<std::vector<std::int32_t>> prompts;
  for (const problems::Problem& problem : problems) {
    prompts.push_back(text::encode_prompt(solver.tokenizer, solver.prompt, problem.question));
  }
  model::GreedyOptions options;
  options.max_new_tokens = max_new_tokens;
  options.stop_ids = solver.decoder.config.stop_ids;
  auto continuations = model::generate_greedy(solver.decoder, prompts, options);
  std::vector<Prediction> predictions;
  for (std::size_t i = 0; i < problems.size(); ++i) {
    predictions.push_back(judge(problems[i], std::move(continuations[i].ids), solver.tokenizer));
  }
  return predictions;
}

std::span<const problems::Problem> unit_of(std::span<const problems::Problem> problems,
                                           std::uint64_t unit, std::uint64_t problems_per_unit) {
  const std::uint64_t first = unit * problems_per_unit;
  return problems.subspan(first, std::min(problems_per_unit, problems.size() - first));
}

/// This rank's units as one JSON array of [unit, its lines].
std::string predict_units(const parallel::Communicator& comm, const Solver& solver,
                          std::span<const problems::Problem> problems, const Config& config) {
  std::vector<std::uint64_t> units((problems.size() + config.problems_per_unit - 1) /
                                   config.problems_per_unit);
  std::iota(units.begin(), units.end(), std::uint64_t{0});
  nlohmann::json results = nlohmann::json::array();
  logging::Progress progress("evaluation", "problems", problems.size());
  parallel::for_each_unit(comm, units, {progress, 0, problems.size()}, [&](std::uint64_t unit) {
    const auto predictions = predict_unit(solver, unit_of(problems, unit, config.problems_per_unit),
                                          config.max_new_tokens);
    results.push_back({unit, to_json_lines(predictions)});
  });
  return results.dump();
}

/// The lines of all units in unit order, whichever rank made them.
std::string in_unit_order(const std::vector<std::string>& results_by_rank) {
  std::map<std::uint64_t, std::string> lines_by_unit;
  for (const std::string& results : results_by_rank) {
    for (auto& result : nlohmann::json::parse(results)) {
      lines_by_unit[result[0]] = std::move(result[1].get_ref<std::string&>());
    }
  }
  std::string lines;
  for (const auto& entry : lines_by_unit) {
    lines += entry.second;
  }
  return lines;
}

}  // namespace

std::vector<Prediction> predict(const parallel::Communicator& comm, const Solver& solver,
                                std::span<const problems::Problem> problems, const Config& config) {
  validate(config);
  if (config.max_problems > 0 && config.max_problems < problems.size()) {
    problems = problems.first(config.max_problems);
  }
  // An error here ends all ranks at once instead of waiting for the others' units.
  const std::string results = predict_units(comm, solver, problems, config);
  return parse_json_lines(in_unit_order(parallel::gather(comm, results)), "gathered predictions");
}

}  // namespace lightreasoner::evaluation
