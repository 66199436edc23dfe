// SPDX-License-Identifier: Apache-2.0
#include "evaluation/evaluate.hpp"

#include "evaluation/answer.hpp"
#include "logging/progress.hpp"
#include "model/generate.hpp"
#include "parallel/dealing.hpp"
#include "support/errors.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <numeric>
#include <string>
#include <utility>

namespace lightreasoner::evaluation {
namespace {

Prediction judge(const problems::Problem& problem, std::vector<std::int32_t> token_ids,
                 const text::Tokenizer& tokenizer) {
  Prediction prediction;
  prediction.id = problem.text_id;
  prediction.token_ids = std::move(token_ids);
  prediction.text = tokenizer.decode(prediction.token_ids, true);
  Verdict verdict = grade(prediction.text, problem.answer);
  prediction.extracted = std::move(verdict.extracted);
  prediction.reference = std::move(verdict.reference);
  prediction.correct = verdict.correct;
  prediction.judged = verdict.judged;
  return prediction;
}

/// Of a problem that the model cannot read.
Prediction unasked(const problems::Problem& problem) {
  Prediction prediction;
  prediction.id = problem.text_id;
  prediction.reference = reference_answer(problem.answer);
  prediction.too_long = true;
  return prediction;
}

std::vector<Prediction> predict_unit(const Solver& solver,
                                     std::span<const problems::Problem> problems,
                                     std::int64_t max_new_tokens) {
  const std::int64_t room =
      model::room_for_prompt(solver.decoder.config.shape.max_positions, max_new_tokens);
  std::vector<Prediction> predictions;
  std::vector<std::size_t> asked;  // by prompt: which problem it is
  std::vector<std::vector<std::int32_t>> prompts;
  for (const problems::Problem& problem : problems) {
    auto prompt = text::encode_prompt(solver.tokenizer, solver.prompt, problem.question);
    if (std::ssize(prompt) <= room) {
      asked.push_back(predictions.size());
      prompts.push_back(std::move(prompt));
      predictions.emplace_back();
    } else {
      predictions.push_back(unasked(problem));
    }
  }
  if (asked.empty()) {
    return predictions;
  }
  model::GreedyOptions options;
  options.max_new_tokens = max_new_tokens;
  options.stop_ids = solver.decoder.config.stop_ids;
  auto continuations = model::generate_greedy(solver.decoder, prompts, options);
  for (std::size_t i = 0; i < asked.size(); ++i) {
    predictions[asked[i]] =
        judge(problems[asked[i]], std::move(continuations[i].ids), solver.tokenizer);
  }
  return predictions;
}

std::span<const problems::Problem> unit_of(std::span<const problems::Problem> problems,
                                           std::uint64_t unit, std::uint64_t problems_per_unit) {
  const std::uint64_t first = unit * problems_per_unit;
  return problems.subspan(first, std::min(problems_per_unit, problems.size() - first));
}

/// What one rank has answered: predictions, and of which problem each is.
struct Answers {
  std::vector<std::uint64_t> problems;  ///< indices into the set
  std::vector<Prediction> predictions;
};

/// The answers of this rank's units.
Answers answer_units(const parallel::Communicator& comm, const Solver& solver,
                     std::span<const problems::Problem> problems, const Config& config) {
  std::vector<std::uint64_t> units((problems.size() + config.problems_per_unit - 1) /
                                   config.problems_per_unit);
  std::iota(units.begin(), units.end(), std::uint64_t{0});
  Answers answers;
  logging::Progress progress("evaluation", "problems", problems.size());
  parallel::for_each_unit(comm, units, {progress, 0, problems.size()}, [&](std::uint64_t unit) {
    std::uint64_t problem = unit * config.problems_per_unit;
    for (Prediction& prediction : predict_unit(
             solver, unit_of(problems, unit, config.problems_per_unit), config.max_new_tokens)) {
      answers.problems.push_back(problem++);
      answers.predictions.push_back(std::move(prediction));
    }
  });
  return answers;
}

/// All ranks' predictions in problem order on rank 0, nothing elsewhere. Collective.
std::vector<Prediction> gather_in_order(const parallel::Communicator& comm, Answers answers,
                                        std::size_t num_problems) {
  const std::string places(reinterpret_cast<const char*>(answers.problems.data()),
                           answers.problems.size() * sizeof(std::uint64_t));
  const std::vector<std::string> places_by_rank = parallel::gather(comm, places);
  const std::vector<std::string> lines_by_rank =
      parallel::gather(comm, to_json_lines(answers.predictions));
  std::vector<Prediction> ordered(comm.is_root() ? num_problems : 0);
  for (std::size_t rank = 0; rank < lines_by_rank.size(); ++rank) {
    const char* place = places_by_rank[rank].data();
    for (Prediction& prediction : parse_json_lines(lines_by_rank[rank], "gathered predictions")) {
      std::uint64_t problem = 0;
      std::memcpy(&problem, place, sizeof problem);
      place += sizeof problem;
      ordered.at(problem) = std::move(prediction);
    }
  }
  return ordered;
}

}  // namespace

std::vector<Prediction> predict(const parallel::Communicator& comm, const Solver& solver,
                                std::span<const problems::Problem> problems, const Config& config) {
  support::require(config.max_new_tokens >= 1 && config.problems_per_unit >= 1,
                   "sizes of an evaluation are above 0");
  // An error here ends all ranks at once instead of waiting for the others' units.
  return gather_in_order(comm, answer_units(comm, solver, problems, config), problems.size());
}

}  // namespace lightreasoner::evaluation
