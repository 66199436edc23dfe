// SPDX-License-Identifier: Apache-2.0
#include "run/stage_keys.hpp"

#include "support/errors.hpp"
#include "support/files.hpp"
#include "support/hashing.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <set>

namespace lightreasoner::run {
namespace {

std::filesystem::path book_path(const std::filesystem::path& run_directory) {
  return run_directory / "stages.json";
}

std::string value_or_none(const std::map<std::string, std::string>& inputs,
                          const std::string& name) {
  const auto found = inputs.find(name);
  return found == inputs.end() ? "nothing" : found->second;
}

}  // namespace

std::string StageIdentity::key() const {
  std::string lines;
  for (const auto& [name, value] : inputs) {
    lines += name + "=" + value + "\n";
  }
  return support::to_hex(support::sha256(lines));
}

std::string read_stage_text(const std::filesystem::path& run_directory) {
  const std::filesystem::path path = book_path(run_directory);
  return std::filesystem::exists(path) ? support::read_file(path) : "";
}

StageBook parse_stage_book(const std::string& text, const std::filesystem::path& run_directory) {
  const std::filesystem::path path = book_path(run_directory);
  StageBook book;
  if (text.empty()) {
    return book;
  }
  try {
    const auto json = nlohmann::json::parse(text);
    for (const auto& [stage, fields] : json.items()) {
      StageRecord record;
      record.identity.inputs = fields.at("inputs").get<std::map<std::string, std::string>>();
      record.complete = fields.at("complete").get<bool>();
      if (fields.at("key").get<std::string>() != record.identity.key()) {
        throw support::UserError(
            fmt::format("{}: the key of stage '{}' is not that of its inputs: the file was altered",
                        path.string(), stage));
      }
      book.emplace(stage, std::move(record));
    }
  } catch (const nlohmann::json::exception& error) {
    throw support::UserError(
        fmt::format("{}: not a list of stages ({}); choose another run.directory", path.string(),
                    error.what()));
  }
  return book;
}

void write_stage_book(const std::filesystem::path& run_directory, const StageBook& book) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  for (const auto& [stage, record] : book) {
    json[stage] = {{"key", record.identity.key()},
                   {"complete", record.complete},
                   {"inputs", record.identity.inputs}};
  }
  support::write_file_atomically(book_path(run_directory), json.dump(2) + "\n");
}

std::vector<std::string> differences(const StageBook& book,
                                     const std::map<std::string, StageIdentity>& wanted) {
  std::set<std::string> lines;
  for (const auto& [stage, identity] : wanted) {
    const auto found = book.find(stage);
    if (found == book.end() || found->second.identity.key() == identity.key()) {
      continue;
    }
    std::set<std::string> names;
    for (const auto* inputs : {&found->second.identity.inputs, &identity.inputs}) {
      for (const auto& [name, value] : *inputs) {
        names.insert(name);
      }
    }
    for (const std::string& name : names) {
      const std::string there = value_or_none(found->second.identity.inputs, name);
      const std::string here = value_or_none(identity.inputs, name);
      // An upstream stage's key differs because of an input that has a line of its own.
      if (there != here && !name.starts_with("stage.")) {
        lines.insert(fmt::format("{}: {} there, {} here", name, there, here));
      }
    }
  }
  return {lines.begin(), lines.end()};
}

}  // namespace lightreasoner::run
