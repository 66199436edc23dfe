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

constexpr int format = 2;

std::filesystem::path book_path(const std::filesystem::path& run_directory) {
  return run_directory / "stages.json";
}

std::string value_or_none(const std::map<std::string, std::string>& inputs,
                          const std::string& name) {
  const auto found = inputs.find(name);
  return found == inputs.end() ? "nothing" : found->second;
}

StageRecord record_from_json(const nlohmann::json& fields) {
  StageRecord record;
  record.identity.inputs = fields.at("inputs").get<std::map<std::string, std::string>>();
  record.complete = fields.at("complete").get<bool>();
  for (const auto& [name, file] : fields.at("outputs").items()) {
    record.outputs[name] = {file.at("bytes").get<std::uint64_t>(),
                            file.at("sha256").get<std::string>()};
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
    lines += name + "=" + value + "\n";
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
    if (const int found = json.value("format", 1); found != format) {
      throw support::UserError(fmt::format(
          "{}: written by another version of this program (format {}, this one reads {}); go on "
          "with the version that provenance.json names, or choose another run.directory",
          path.string(), found, format));
    }
    for (const auto& [stage, fields] : json.at("stages").items()) {
      StageRecord record = record_from_json(fields);
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
