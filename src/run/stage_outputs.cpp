// SPDX-License-Identifier: Apache-2.0
#include "run/stage_outputs.hpp"

#include "parallel/together.hpp"
#include "support/errors.hpp"
#include "support/hashing.hpp"

#include <fmt/format.h>

namespace lightreasoner::run {
namespace {

namespace fs = std::filesystem;

OutputFile describe(const fs::path& file) {
  return {fs::file_size(file), support::to_hex(support::sha256_file(file))};
}

[[noreturn]] void refuse(const fs::path& file, const std::string& stage, const std::string& why) {
  throw support::UserError(fmt::format(
      "{}: is not what stage '{}' wrote: {}; put back what was there, remove it to have the stage "
      "run again, or choose another run.directory",
      file.string(), stage, why));
}

/// By sizes.
std::string find_missing(const fs::path& run_directory, const std::string& stage,
                         const OutputFiles& files) {
  std::string missing;
  for (const auto& [name, written] : files) {
    const fs::path file = run_directory / name;
    if (!fs::exists(file)) {
      missing = missing.empty() ? name : missing;
    } else if (!fs::is_regular_file(file)) {
      refuse(file, stage, "it was a file");
    } else if (const std::uint64_t bytes = fs::file_size(file); bytes != written.bytes) {
      refuse(file, stage, fmt::format("it has {} bytes, {} were written", bytes, written.bytes));
    }
  }
  return missing;
}

void compare_bytes(const fs::path& run_directory, const std::string& stage,
                   const OutputFiles& files, Look look) {
  for (const auto& [name, written] : files) {
    const fs::path file = run_directory / name;
    if (is_read(file, look) && fs::exists(file) && describe(file).sha256 != written.sha256) {
      refuse(file, stage, "it has another SHA-256");
    }
  }
}

}  // namespace

bool is_read(const fs::path& file, Look look) {
  return look == Look::whole || file.extension() != ".safetensors";
}

OutputFiles record_outputs(const fs::path& run_directory, const std::vector<fs::path>& outputs) {
  OutputFiles files;
  const auto add = [&](const fs::path& file) {
    files.emplace(file.lexically_relative(run_directory).generic_string(), describe(file));
  };
  for (const fs::path& output : outputs) {
    if (!fs::is_directory(output)) {
      add(output);
      continue;
    }
    for (const auto& entry : fs::recursive_directory_iterator(output)) {
      if (entry.is_regular_file()) {
        add(entry.path());
      }
    }
  }
  return files;
}

std::string find_missing_output(const parallel::Communicator& comm, const fs::path& run_directory,
                                const std::string& stage, const OutputFiles& files, Look look) {
  return parallel::from_root(comm, [&] {
    std::string missing = find_missing(run_directory, stage, files);
    // Also where one is missing: the stage that makes it again would write over the others.
    compare_bytes(run_directory, stage, files, look);
    return missing;
  });
}

}  // namespace lightreasoner::run
