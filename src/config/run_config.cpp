// SPDX-License-Identifier: Apache-2.0
#include "config/run_config.hpp"

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

/// Paths are relative to the folder of what names them; run.directory stays as it is written, and
/// an empty path is none.
void resolve_path(const Field& field, const std::filesystem::path& folder) {
  if (auto* const* path = std::get_if<std::filesystem::path*>(&field.target);
      path != nullptr && !(**path).empty() && field.key != "run.directory") {
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
         std::holds_alternative<std::filesystem::path*>(field.target);
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

void read_layers(const std::vector<Field>& fields, std::string_view toml,
                 const std::filesystem::path& file, std::span<const std::string> overrides,
                 GivenKeys& given) {
  read_sections(fields, parse_toml(toml, file), file, given);
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
    return !field.key.starts_with("prompt.") || field.names_preset;
  });
  GivenKeys given;
  read_sections(fields, root, file, given);
  return preset.prompt.format;
}

std::string read_preset_file(const std::filesystem::path& file, const std::string& place,
                             const ReadFile& read) {
  try {
    return read(file);
  } catch (const support::UserError& error) {
    throw support::UserError(fmt::format("{}: {}: {}", place, preset_key, error.what()));
  }
}

bool is_automatic_field(const Field& field) {
  return field.takes_auto &&
         std::visit(
             [](const auto* target) {
               using Value = std::remove_cvref_t<decltype(*target)>;
               if constexpr (std::is_integral_v<Value> && !std::is_same_v<Value, bool>) {
                 return is_automatic(*target);
               }
               return false;
             },
             field.target);
}

/// Rules between keys, which each module knows of its own settings.
void validate(RunConfig config, const std::filesystem::path& file) {
  // Any size will do in place of those to be chosen.
  for (const Field& field : fields_of(config)) {
    if (is_automatic_field(field)) {
      assign(field, toml::value<std::int64_t>(1), field.key);
    }
  }
  try {
    sampling::validate(config.supervision.sampling);
    contrast::validate(config.supervision.contrast);
    records::validate(config.supervision.records);
    lora::validate(config.tuning.lora);
    finetune::validate(config.tuning.finetune);
    evaluation::validate(config.evaluation.settings);
  } catch (const support::UserError& error) {
    throw support::UserError(file.string() + ": " + error.what());
  }
}

}  // namespace

RunConfig parse_run_config(std::string_view toml, const std::filesystem::path& file,
                           std::span<const std::string> overrides, const ReadFile& read) {
  RunConfig config;
  const std::vector<Field> fields = fields_of(config);
  GivenKeys given;
  const auto read_all = [&] { read_layers(fields, toml, file, overrides, given); };
  read_all();
  // What a key stands for comes first, then once more what is given: that wins.
  if (config.method.mode == "reference") {
    config = RunConfig();
    set_reference_method(config);
    read_all();
  }
  if (const auto named = given.find(preset_key); named != given.end()) {
    config.prompt.format = read_preset(read_preset_file(config.prompt.preset, named->second, read),
                                       config.prompt.preset);
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

std::vector<std::string> automatic_keys(const RunConfig& config) {
  RunConfig copy = config;
  std::vector<std::string> keys;
  for (const Field& field : fields_of(copy)) {
    if (is_automatic_field(field)) {
      keys.push_back(field.key);
    }
  }
  return keys;
}

std::vector<KeyValue> effective_keys(const RunConfig& config) {
  RunConfig copy = config;
  std::vector<KeyValue> keys;
  for (const Field& field : fields_of(copy)) {
    if (field.names_preset) continue;
    keys.push_back({field.key, format_value(field)});
  }
  return keys;
}

std::string to_toml(const RunConfig& config) {
  std::string text;
  std::string section;
  for (const KeyValue& entry : effective_keys(config)) {
    const std::size_t dot = entry.key.find('.');
    if (entry.key.substr(0, dot) != section) {
      text += fmt::format("{}[{}]\n", section.empty() ? "" : "\n", entry.key.substr(0, dot));
      section = entry.key.substr(0, dot);
    }
    text += fmt::format("{} = {}\n", entry.key.substr(dot + 1), entry.value);
  }
  return text;
}

std::string describe_keys() {
  RunConfig defaults;
  std::string text;
  for (const Field& field : fields_of(defaults)) {
    text += fmt::format("  {:<32} {}{}\n", field.key, field.meaning,
                        field.required ? " (required)"
                        : takes_text(field) && field.choices.empty()
                            ? ""
                            : " [" + format_value(field) + "]");
  }
  return text;
}

}  // namespace lightreasoner::config
