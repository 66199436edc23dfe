// SPDX-License-Identifier: Apache-2.0
/// What a complete stage left: looked at again at every start, so that damage is found before work
/// builds on it.
#pragma once

#include "parallel/communicator.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace lightreasoner::run {

struct OutputFile {
  std::uint64_t bytes = 0;
  std::string sha256;
};

/// By path relative to the run directory.
using OutputFiles = std::map<std::string, OutputFile>;

/// Size and SHA-256 of each of `outputs`; of a folder, of every file below it. Throws UserError
/// when one cannot be read. One rank reads.
[[nodiscard]] OutputFiles record_outputs(const std::filesystem::path& run_directory,
                                         const std::vector<std::filesystem::path>& outputs);

/// How closely files are looked at: all their bytes, where work may build on them; or, for a job
/// that reads no weights, the bytes of all but safetensors files, and of those the size.
enum class Look { whole, without_weights };

/// Whether the bytes of `file` are looked at.
[[nodiscard]] bool is_read(const std::filesystem::path& file, Look look);

/// The first of `files` that is missing; empty when there is none. Throws UserError, agreed, naming
/// the file that is not what `stage` wrote. Rank 0 looks, at all sizes first. Collective over comm.
[[nodiscard]] std::string find_missing_output(const parallel::Communicator& comm,
                                              const std::filesystem::path& run_directory,
                                              const std::string& stage, const OutputFiles& files,
                                              Look look);

}  // namespace lightreasoner::run
