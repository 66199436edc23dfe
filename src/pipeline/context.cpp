// SPDX-License-Identifier: Apache-2.0
#include "pipeline/context.hpp"

#include "config/keys.hpp"
#include "config/parse.hpp"
#include "device/back_end.hpp"
#include "parallel/together.hpp"
#include "pipeline/sizes.hpp"
#include "stages/table.hpp"
#include "support/errors.hpp"
#include "support/files.hpp"

#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <optional>
#include <string>

namespace lightreasoner::pipeline {
namespace {

/// What the run in this directory was begun with; nothing where none was. Collective.
std::optional<config::RunConfig> read_begun(const parallel::Communicator& world,
                                            const run::RunDirectory& directory) {
  const std::filesystem::path file = directory.config();
  const std::string text = parallel::from_root(world, [&]() -> std::string {
    return std::filesystem::exists(file) ? support::read_file(file) : "";
  });
  std::optional<config::RunConfig> begun;
  parallel::run_together(world, [&] {
    if (!text.empty()) begun = config::parse_stored_config(text, file);
  });
  return begun;
}

}  // namespace

Context begin_context(const parallel::Communicator& world, const inputs::Request& request,
                      const config::RunConfig& config) {
  Context context{.world = world, .config = config, .inputs = {}, .stages = {}};
  context.hold.directory.root = config.run.directory;
  context.inputs = std::make_unique<inputs::Inputs>(inputs::read_inputs(world, context.config));
  context.inputs->facts["numerics"] = request.libraries.at("numerics");
  context.stages = stages::stages_of(context.config, *context.inputs);
  parallel::run_on_root(world, [&] { run::require_usable(config.run.directory); });
  parallel::run_together(world, [&] {
    run::require_own_folder(config.run.directory, config.models.expert);
    run::require_own_folder(config.run.directory, config.models.amateur);
  });
  context.budget = make_budget(context.stages, context.inputs->models, request.place.device_bytes);
  const auto begun = config::automatic_keys(config).empty()
                         ? std::nullopt
                         : read_begun(world, context.hold.directory);
  parallel::run_together(world, [&] {
    context.config =
        choose_sizes(context.stages, context.config, context.budget, begun ? &*begun : nullptr);
  });
  return context;
}

Context begin_fitting(const parallel::Communicator& world, const inputs::Request& request,
                      const config::RunConfig& config) {
  parallel::run_on_root(world, [&] { run::require_free(config.run.directory); });
  Context context = begin_context(world, request, config);
  parallel::run_together(world, [&] {
    require_within_budget(context.stages, context.config, context.budget);
    if (request.place.index) {
      require_free_memory(context.stages, context.config, context.budget,
                          device::memory_figures(request.place.device).free);
    }
  });
  return context;
}

void compare_keys(Context& context) {
  const run::StageBook& book = context.hold.book;
  context.identities = stages::identify(context.stages, config::effective_keys(context.config),
                                        context.inputs->facts, book);
  const std::vector<std::string> lines = run::differences(book, context.identities);
  if (!lines.empty()) {
    throw support::UserError(
        fmt::format("{}: holds results of another configuration:\n  {}\n"
                    "Results there are untouched. Set these back, or choose another run.directory",
                    context.hold.directory.root.string(), fmt::join(lines, "\n  ")));
  }
}

/// Ranks that looked for themselves could see different files and part ways: rank 0 reads.
void read_matching_book(Context& context) {
  const std::filesystem::path& root = context.hold.directory.root;
  const std::string text =
      parallel::from_root(context.world, [&] { return run::read_stage_text(root); });
  parallel::run_together(context.world, [&] {
    context.hold.book = run::parse_stage_book(text, root);
    compare_keys(context);
  });
}

StageResult look_at_result(Context& context, const std::string& stage, run::Look look) {
  DirectoryHold& hold = context.hold;
  StageResult result{.complete = run::is_complete(hold.book, stage)};
  if (!result.complete || hold.verified.contains(stage)) {
    return result;
  }
  result.lost_file = run::find_missing_output(context.world, hold.directory.root, stage,
                                              hold.book.at(stage).outputs, look);
  if (result.is_intact() && look == run::Look::whole) {
    hold.verified.insert(stage);
  }
  return result;
}

}  // namespace lightreasoner::pipeline
