// SPDX-License-Identifier: Apache-2.0
/// Models from the file system to all ranks: read once per job, held once per node.
#pragma once

#include "model/build_decoder.hpp"
#include "model/decoder.hpp"
#include "parallel/communicator.hpp"

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>

namespace lightreasoner::loading {

/// Where the time of a start goes, in seconds.
struct LoadTimes {
  double read = 0;   ///< rank 0's reading of the files
  double send = 0;   ///< broadcast, hashes, conversion
  double build = 0;  ///< the decoder over the memory
};

struct LoadedModel {
  model::Decoder decoder;
  std::map<std::string, std::string> file_hashes;  ///< SHA-256 of what was used, by file name
  LoadTimes times;
};

/// Loads the Hugging Face folder at `path`: rank 0 reads every file once and sends its bytes in
/// pieces of `piece` to one rank of each node, which puts them, in the type that `dtype` says
/// (models.dtype), into memory that the node's ranks share. All of them hash what they receive and
/// must agree. `node` holds the ranks of this node (parallel::split_by_node). Throws UserError,
/// agreed, for what is wrong with the folder, before any weight is read where its small files tell.
/// Collective over world.
[[nodiscard]] LoadedModel load_model(const parallel::Communicator& world,
                                     const parallel::Communicator& node,
                                     const std::filesystem::path& path, const std::string& dtype,
                                     std::size_t piece = weights::weight_piece_bytes);

/// The same without reading a weight: the decoder's tensors have shapes and types and no values,
/// its hashes are those of the small files. Takes as long for any model. Collective over world.
[[nodiscard]] LoadedModel survey_model(const parallel::Communicator& world,
                                       const std::filesystem::path& path, const std::string& dtype);

}  // namespace lightreasoner::loading
