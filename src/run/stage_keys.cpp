// SPDX-License-Identifier: Apache-2.0
#include "run/stage_keys.hpp"

#include "support/files.hpp"
#include "support/hashing.hpp"
#include "support/json.hpp"
#include "support/path_errors.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <set>

namespace lightreasoner::run {
namespace {

constexpr int format = 2;

std::filesystem::path book_path(const std::filesystem::path& run_directory) {
  return run_directory / "stages.json";
}

std::string value_or_none(const std::map<std::string, std::string>& inputs,
                          const std::string& name) {
  const auto found = inputs.find(name);
  return found == inputs.end() ? "nothing" : found->second;
}

StageRecord record_from_json(const support::JsonSection& fields) {
  StageRecord record;
  record.identity.inputs = fields.map<std::string>("inputs");
  record.complete = fields.get<bool>("complete");
  const support::JsonSection outputs = fields.child("outputs");
  for (const auto& [name, value] : outputs.object.items()) {
    const support::JsonSection file = outputs.child(name);
    record.outputs[name] = {file.get<std::uint64_t>("bytes"), file.get<std::string>("sha256")};
  }
  return record;
}

nlohmann::ordered_json to_json(const StageRecord& record) {
  nlohmann::ordered_json outputs = nlohmann::ordered_json::object();
  for (const auto& [name, file] : record.outputs) {
    outputs[name] = {{"bytes", file.bytes}, {"sha256", file.sha256}};
  }
  return {{"key", record.identity.key()},
          {"complete", record.complete},
          {"outputs", outputs},
          {"inputs", record.identity.inputs}};
}

}  // namespace

std::string StageIdentity::key() const {
  std::string lines;
  for (const auto& [name, value] : inputs) {
    lines += fmt::format("{}={}\n", name, value);
  }
  return support::to_hex(support::sha256(lines));
}

bool StageIdentity::is_known() const {
  return std::none_of(inputs.begin(), inputs.end(),
                      [](const auto& input) { return input.second == unread; });
}

bool is_complete(const StageBook& book, const std::string& stage) {
  const auto found = book.find(stage);
  return found != book.end() && found->second.complete;
}

std::string read_stage_text(const std::filesystem::path& run_directory) {
  const std::filesystem::path path = book_path(run_directory);
  return support::is_there(path) ? support::read_file(path) : "";
}

StageBook parse_stage_book(const std::string& text, const std::filesystem::path& run_directory) {
  const std::filesystem::path path = book_path(run_directory);
  StageBook book;
  if (text.empty()) {
    return book;
  }
  const support::JsonDocument document = support::parse_json(
      text, {.file_name = path.string(), .remedy = "choose another run.directory"});
  const support::JsonSection root = document.root();
  if (const int found = root.get_or("format", 1); found != format) {
    root.fail("format",
              fmt::format("is {}, not {}: written by another version of this program; go on with "
                          "the one that provenance.json names",
                          found, format));
  }
  const support::JsonSection stages = root.child("stages");
  for (const auto& [stage, value] : stages.object.items()) {
    const support::JsonSection fields = stages.child(stage);
    StageRecord record = record_from_json(fields);
    if (fields.get<std::string>("key") != record.identity.key()) {
      fields.fail("key", "is not that of its inputs: the file was altered");
    }
    book.emplace(stage, std::move(record));
  }
  return book;
}

void write_stage_book(const std::filesystem::path& run_directory, const StageBook& book) {
  nlohmann::ordered_json stages = nlohmann::ordered_json::object();
  for (const auto& [stage, record] : book) {
    stages[stage] = to_json(record);
  }
  const nlohmann::ordered_json json{{"format", format}, {"stages", stages}};
  support::write_file_atomically(book_path(run_directory), json.dump(2) + "\n");
}

void adopt_unread(StageIdentity& wanted, const StageBook& book, const std::string& stage) {
  const auto found = book.find(stage);
  if (found == book.end()) {
    return;
  }
  for (auto& [name, value] : wanted.inputs) {
    if (const auto known = found->second.identity.inputs.find(name);
        value == unread && known != found->second.identity.inputs.end()) {
      value = known->second;
    }
  }
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
      if (there != here && here != unread && !name.starts_with("stage.")) {
        lines.insert(fmt::format("{}: {} there, {} here", name, there, here));
      }
    }
  }
  return {lines.begin(), lines.end()};
}

}  // namespace lightreasoner::run
