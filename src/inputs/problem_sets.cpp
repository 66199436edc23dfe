// SPDX-License-Identifier: Apache-2.0
#include "inputs/problem_sets.hpp"

#include "evaluation/answer.hpp"
#include "parallel/together.hpp"
#include "support/errors.hpp"
#include "support/hashing.hpp"

#include <cstdint>
#include <fmt/format.h>
#include <span>
#include <string>

namespace lightreasoner::inputs {
namespace {

using Problems = std::vector<problems::Problem>;

/// Throws UserError naming the line of an answer that says where it stands and is not there.
void require_answers(const Problems& problems, const problems::Config& set) {
  for (const problems::Problem& problem : problems) {
    if (evaluation::marks_no_answer(problem.answer)) {
      throw support::UserError(fmt::format(
          "{}:{}: key \"{}\": marks an answer by \\boxed{{}} or #### and has none there; "
          "give the right answer or remove the line",
          set.file.string(), problem.id + 1, set.answer_field));
    }
  }
}

/// The first `max_problems` of a set, all where that is 0.
Problems read_set(const parallel::Communicator& world, const problems::Config& set,
                  bool needs_answer, std::uint64_t max_problems) {
  const std::string bytes = parallel::read_file_once(world, set.file);
  Problems problems;
  parallel::run_together(world, [&] {
    problems = problems::parse_problems(bytes, set, needs_answer);
    if (needs_answer) require_answers(problems, set);
  });
  if (max_problems > 0 && problems.size() > max_problems) {
    problems.resize(max_problems);
  }
  return problems;
}

std::string hash_problems(const Problems& problems) {
  support::Sha256Stream stream;
  for (const problems::Problem& problem : problems) {
    stream.update(std::as_bytes(std::span(problem.line_sha256)));
  }
  return support::to_hex(stream.finish());
}

}  // namespace

ProblemSets read_problem_sets(const parallel::Communicator& world, const config::RunConfig& config,
                              Facts& facts) {
  ProblemSets sets;
  sets.supervision =
      read_set(world, config.supervision.problems, false, config.supervision.sampling.max_problems);
  sets.test =
      read_set(world, config.evaluation.problems, true, config.evaluation.settings.max_problems);
  facts["problems.file"] = hash_problems(sets.supervision);
  facts["evaluation.file"] = hash_problems(sets.test);
  return sets;
}

}  // namespace lightreasoner::inputs
