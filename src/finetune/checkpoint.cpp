// SPDX-License-Identifier: Apache-2.0
#include "finetune/checkpoint.hpp"

#include "logging/log.hpp"
#include "support/errors.hpp"
#include "support/files.hpp"
#include "support/hashing.hpp"
#include "support/json.hpp"
#include "weights/safetensors.hpp"

#include <ATen/ATen.h>
#include <algorithm>
#include <charconv>
#include <cstring>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace lightreasoner::finetune {
namespace {

namespace fs = std::filesystem;

constexpr const char* state_file = "state.json";
constexpr const char* tensors_file = "tensors.safetensors";
constexpr const char* sums_file = "SHA256SUMS";
constexpr std::string_view name_prefix = "iteration-";
// A name of its own for what is being made or thrown away: never taken for a checkpoint.
constexpr const char* part_suffix = ".part";

struct Found {
  std::uint64_t iteration = 0;
  fs::path path;
};

/// Checkpoint folders by name, newest first; whether they are good is not looked at.
std::vector<Found> list_checkpoints(const fs::path& folder) {
  std::vector<Found> found;
  if (!fs::exists(folder)) {
    return found;
  }
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(name_prefix)) {
      continue;
    }
    Found item{0, entry.path()};
    const char* end = name.data() + name.size();
    const auto parsed = std::from_chars(name.data() + name_prefix.size(), end, item.iteration);
    if (parsed.ec == std::errc{} && parsed.ptr == end) {
      found.push_back(item);
    }
  }
  if (error) {
    throw support::UserError(folder.string() + ": cannot be listed: " + error.message());
  }
  std::sort(found.begin(), found.end(),
            [](const Found& a, const Found& b) { return a.iteration > b.iteration; });
  return found;
}

/// The sums file's text.
std::string sums_of(std::string_view state_bytes, std::string_view tensors_bytes) {
  return support::sums_text({{state_file, support::to_hex(support::sha256(state_bytes))},
                             {tensors_file, support::to_hex(support::sha256(tensors_bytes))}});
}

/// Why the checkpoint cannot be used, empty when its checksums hold.
std::string damage_of(const fs::path& checkpoint) {
  try {
    const std::string sums = sums_of(support::read_file(checkpoint / state_file),
                                     support::read_file(checkpoint / tensors_file));
    if (support::read_file(checkpoint / sums_file) != sums) {
      return checkpoint.string() + ": checksums do not match " + sums_file;
    }
  } catch (const support::UserError& error) {
    return error.what();
  }
  return "";
}

std::vector<float> take_floats(const weights::TensorMap& tensors, const std::string& name) {
  const at::Tensor& tensor = tensors.at(name);
  std::vector<float> values(static_cast<std::size_t>(tensor.numel()));
  std::memcpy(values.data(), tensor.const_data_ptr(), values.size() * sizeof(float));
  return values;
}

/// A tensor that views `values`, which must outlive it.
at::Tensor view_of(const std::vector<float>& values) {
  // from_blob has no const form.
  return at::from_blob(const_cast<float*>(values.data()),
                       {static_cast<std::int64_t>(values.size())}, at::kFloat);
}

TuningState parse(const fs::path& checkpoint, const std::string& stage_key) {
  const std::string text = support::read_file(checkpoint / state_file);
  const support::JsonDocument document = support::parse_json(
      text, {.file_name = (checkpoint / state_file).string(),
             .remedy = "choose another run.directory or delete the checkpoints"});
  const support::JsonSection fields = document.root();
  if (const auto found = fields.get<std::string>("stage_key"); found != stage_key) {
    fields.fail("stage_key",
                fmt::format("is {}, this run's is {}: the checkpoint belongs to another "
                            "configuration",
                            found, stage_key));
  }
  const weights::TensorMap tensors = weights::read_safetensors(checkpoint / tensors_file);
  TuningState state;
  state.iteration = fields.get<std::uint64_t>("iteration");
  state.parameters = take_floats(tensors, "parameters");
  state.first_moment = take_floats(tensors, "first_moment");
  state.second_moment = take_floats(tensors, "second_moment");
  state.optimizer_updates = fields.get<std::uint64_t>("optimizer_updates");
  state.losses = fields.list<double>("losses");
  return state;
}

/// Makes all files of a checkpoint durable in `part`, the sums last.
void write_files(const fs::path& part, const TuningState& state, const std::string& stage_key) {
  const nlohmann::ordered_json json = {{"iteration", state.iteration},
                                       {"stage_key", stage_key},
                                       {"optimizer_updates", state.optimizer_updates},
                                       {"losses", state.losses}};
  const std::string state_bytes = json.dump(1) + "\n";
  const std::string tensors_bytes =
      weights::serialize_safetensors({{"parameters", view_of(state.parameters)},
                                      {"first_moment", view_of(state.first_moment)},
                                      {"second_moment", view_of(state.second_moment)}},
                                     {});
  support::make_directories(part);
  support::write_file_atomically(part / state_file, state_bytes);
  support::write_file_atomically(part / tensors_file, tensors_bytes);
  support::write_file_atomically(part / sums_file, sums_of(state_bytes, tensors_bytes));
}

/// Leftovers of a killed attempt and of what was replaced.
void remove_quietly(const fs::path& path) {
  std::error_code error;
  fs::remove_all(path, error);
  if (error) {
    logging::warn("{}: cannot be removed: {}", path.string(), error.message());
  }
}

}  // namespace

void write_checkpoint(const fs::path& folder, const TuningState& state,
                      const std::string& stage_key, std::uint64_t kept) {
  const fs::path path = folder / fmt::format("{}{:06}", name_prefix, state.iteration);
  const fs::path part = path.string() + part_suffix;
  remove_quietly(part);
  write_files(part, state, stage_key);
  support::replace_folder(part, path);  // a damaged one: a good one would have been resumed from
  std::uint64_t good = 0;
  for (const Found& found : list_checkpoints(folder)) {
    if (good < kept && damage_of(found.path).empty()) {
      ++good;
    } else {
      remove_quietly(found.path);
    }
  }
}

std::optional<TuningState> read_newest_checkpoint(const fs::path& folder,
                                                  const std::string& stage_key) {
  std::vector<std::string> damages;
  for (const Found& found : list_checkpoints(folder)) {
    const std::string damage = damage_of(found.path);
    if (damage.empty()) {
      for (const std::string& newer : damages) {
        logging::warn("damaged checkpoint passed over: {}", newer);
      }
      return parse(found.path, stage_key);
    }
    damages.push_back(damage);
  }
  if (damages.empty()) {
    return std::nullopt;
  }
  std::string message = fmt::format("{}: every checkpoint is damaged:", folder.string());
  for (const std::string& damage : damages) {
    message += "\n  " + damage;
  }
  throw support::UserError(message + "\ndelete that folder to tune from the start");
}

}  // namespace lightreasoner::finetune
