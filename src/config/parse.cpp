// SPDX-License-Identifier: Apache-2.0
#include "config/parse.hpp"

#include "config/bind.hpp"
#include "config/fields.hpp"
#include "config/method.hpp"
#include "support/errors.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <numeric>
#include <utility>

namespace lightreasoner::config {
namespace {

/// Levenshtein distance: insertions, deletions and substitutions of characters.
std::size_t edit_distance(const std::string& from, const std::string& to) {
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= from.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= to.size(); ++j) {
      const std::size_t substituted = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row.back();
}

const Field& find_field(const std::vector<Field>& fields, const std::string& key,
                        const std::string& place) {
  const auto distance = [&](const Field& field) { return edit_distance(key, field.key); };
  const auto nearest = std::min_element(
      fields.begin(), fields.end(),
      [&](const Field& left, const Field& right) { return distance(left) < distance(right); });
  if (nearest->key != key) {
    throw support::UserError(
        fmt::format("{}: {}: unknown key; did you mean {}? `lightreasoner run --help` lists all",
                    place, key, nearest->key));
  }
  return *nearest;
}

/// Paths are relative to the folder of what names them, or stay as they are written; an empty one
/// is none.
void resolve_path(const Field& field, const std::filesystem::path& folder) {
  if (auto* const* path = std::get_if<std::filesystem::path*>(&field.target);
      path != nullptr && !(**path).empty() && field.path != PathUse::output) {
    **path = std::filesystem::absolute(folder / **path).lexically_normal();
  }
}

void read_section(const std::vector<Field>& fields, const std::string& section,
                  const toml::table& table, const std::filesystem::path& file, GivenKeys& given) {
  for (const auto& [name, value] : table) {
    const std::string key = section + "." + std::string(name.str());
    const std::string place = fmt::format("{}:{}", file.string(), name.source().begin.line);
    const Field& field = find_field(fields, key, place);
    assign(field, value, place);
    resolve_path(field, file.parent_path());
    given.insert_or_assign(key, place);
  }
}

bool has_section(const std::vector<Field>& fields, std::string_view section) {
  return std::any_of(fields.begin(), fields.end(), [&](const Field& field) {
    return field.key.starts_with(std::string(section) + ".");
  });
}

toml::table parse_toml(std::string_view toml, const std::filesystem::path& file) {
  try {
    return toml::parse(toml, file.string());
  } catch (const toml::parse_error& error) {
    throw support::UserError(
        fmt::format("{}:{}: {}", file.string(), error.source().begin.line, error.description()));
  }
}

void read_sections(const std::vector<Field>& fields, const toml::table& root,
                   const std::filesystem::path& file, GivenKeys& given) {
  for (const auto& [section, value] : root) {
    if (!value.is_table()) {
      throw support::UserError(fmt::format("{}:{}: {}: keys belong into a section such as [run]",
                                           file.string(), section.source().begin.line,
                                           section.str()));
    }
    if (value.as_table()->empty() && !has_section(fields, section.str())) {
      throw support::UserError(fmt::format("{}:{}: [{}]: unknown section", file.string(),
                                           section.source().begin.line, section.str()));
    }
    read_section(fields, std::string(section.str()), *value.as_table(), file, given);
  }
}

bool takes_text(const Field& field) {
  return std::holds_alternative<std::string*>(field.target) ||
         std::holds_alternative<std::filesystem::path*>(field.target) ||
         std::holds_alternative<Choice>(field.target);
}

/// Reads "section.key=value". A value that is not TOML is a bare word, as is anything given to a
/// key that takes text, so that shells need no second pair of quotes.
void read_override(const std::vector<Field>& fields, const std::string& text, GivenKeys& given) {
  const std::string place = "override '" + text + "'";
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos) {
    throw support::UserError(place + ": must be section.key=value");
  }
  const std::string key = text.substr(0, equals);
  const std::string raw = text.substr(equals + 1);
  const Field& field = find_field(fields, key, place);
  toml::table parsed;
  try {
    parsed = toml::parse("value = " + raw);
  } catch (const toml::parse_error&) {
    parsed.clear();
  }
  if (parsed.size() != 1 || (takes_text(field) && !parsed["value"].is_string())) {
    parsed.insert_or_assign("value", raw);
  }
  assign(field, *parsed.get("value"), place);
  resolve_path(field, std::filesystem::current_path());
  given.insert_or_assign(key, place);
}

void read_layers(const std::vector<Field>& fields, const toml::table& root,
                 const std::filesystem::path& file, std::span<const std::string> overrides,
                 GivenKeys& given) {
  read_sections(fields, root, file, given);
  for (const std::string& text : overrides) {
    read_override(fields, text, given);
  }
}

/// The prompt of a preset's text, which has the keys of a run file's [prompt].
text::PromptFormat read_preset(std::string_view toml, const std::filesystem::path& file) {
  const toml::table root = parse_toml(toml, file);
  for (const auto& [section, value] : root) {
    if (section.str() != "prompt") {
      throw support::UserError(fmt::format("{}:{}: {}: a prompt preset has one section, [prompt]",
                                           file.string(), section.source().begin.line,
                                           section.str()));
    }
  }
  RunConfig preset;
  std::vector<Field> fields = fields_of(preset);
  std::erase_if(fields, [](const Field& field) {
    return !field.key.starts_with("prompt.") || field.path == PathUse::preset;
  });
  GivenKeys given;
  read_sections(fields, root, file, given);
  return preset.prompt.format;
}

/// Puts the values of the preset that is named, if one is, into `config`.
bool take_preset(RunConfig& config, const std::vector<Field>& fields, const GivenKeys& given,
                 const ReadFile& read) {
  const auto field = std::find_if(fields.begin(), fields.end(), [](const Field& candidate) {
    return candidate.path == PathUse::preset;
  });
  const auto named = given.find(field->key);
  if (named == given.end()) {
    return false;
  }
  std::string toml;
  try {
    toml = read(config.prompt.preset);
  } catch (const support::UserError& error) {
    throw support::UserError(fmt::format("{}: {}: {}", named->second, field->key, error.what()));
  }
  config.prompt.format = read_preset(toml, config.prompt.preset);
  return true;
}

/// Rules between keys, which the modules know of their own settings; what one key may be stands in
/// its field.
void validate(const RunConfig& config, const std::filesystem::path& file) {
  try {
    contrast::validate(config.supervision.contrast);
  } catch (const support::UserError& error) {
    throw support::UserError(file.string() + ": " + error.what());
  }
}

/// Names of keys of earlier versions, which run directories made by them still hold; no section has
/// another key of such a name.
constexpr const char* retired_names[] = {"batching"};  // of tuning, until 0.1: had one value

RunConfig parse_tables(const toml::table& root, const std::filesystem::path& file,
                       std::span<const std::string> overrides, const ReadFile& read) {
  RunConfig config;
  const std::vector<Field> fields = fields_of(config);
  GivenKeys given;
  const auto read_all = [&] { read_layers(fields, root, file, overrides, given); };
  read_all();
  // What a key stands for comes first, then once more what is given: that wins.
  if (config.method.mode == Mode::reference) {
    config = RunConfig();
    set_reference_method(config);
    read_all();
  }
  if (take_preset(config, fields, given, read)) {
    read_all();
  }
  config.tuning.finetune.method.prefix =
      config.supervision.sampling.method.prefix;  // one key, read by both stages
  for (const Field& field : fields) {
    if (field.required && !given.contains(field.key)) {
      throw support::UserError(
          fmt::format("{}: {} is missing ({})", file.string(), field.key, field.meaning));
    }
  }
  validate(config, file);
  config.given = std::move(given);
  return config;
}

}  // namespace

RunConfig parse_run_config(std::string_view toml, const std::filesystem::path& file,
                           std::span<const std::string> overrides, const ReadFile& read) {
  return parse_tables(parse_toml(toml, file), file, overrides, read);
}

RunConfig parse_stored_config(std::string_view toml, const std::filesystem::path& file) {
  toml::table root = parse_toml(toml, file);
  for (auto&& [section, keys] : root) {
    for (const char* name : retired_names) {
      if (keys.is_table()) {
        keys.as_table()->erase(name);
      }
    }
  }
  return parse_tables(root, file, {}, support::read_file);
}

}  // namespace lightreasoner::config
