// SPDX-License-Identifier: Apache-2.0
/// Models from the file system to all ranks, in two steps: small files and headers, then weights,
/// which are read once per job and held once per node.
#pragma once

#include "model/decoder.hpp"
#include "parallel/communicator.hpp"
#include "support/hashing.hpp"
#include "weights/weight_layout.hpp"
#include "weights/weight_writer.hpp"

#include <c10/core/ScalarType.h>
#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace lightreasoner::loading {

/// Where the time of a start goes, in seconds.
struct LoadTimes {
  double read = 0;   ///< rank 0's reading of the weight files
  double send = 0;   ///< broadcast, hashes, conversion
  double build = 0;  ///< the decoder over the memory
};

/// A model as its small files and the headers of its weight files describe it.
struct SurveyedModel {
  weights::WeightLayout layout;
  model::Decoder shapes;  ///< the decoder with tensors that have shapes and types and no values
  /// SHA-256 of each small file, and of each weight file's head (length and header), by file name.
  /// A head says how long its file is.
  std::map<std::string, std::string> hashes;

  /// The digest of all that a survey reads.
  [[nodiscard]] std::string description() const { return support::digest_of(hashes); }
};

/// A model with its weights.
struct LoadedModel {
  model::Decoder decoder;
  std::map<std::string, std::string> hashes;  ///< SHA-256 of each weight file, whole, by file name
  LoadTimes times;

  /// The digest of all weight files.
  [[nodiscard]] std::string weights() const { return support::digest_of(hashes); }
};

/// Surveys the Hugging Face folder at `path`: rank 0 reads its small files and headers, no weight,
/// and sends them to all. `dtype` as weights::lay_out_weights takes it. Throws UserError, agreed,
/// for every mistake that these files tell. Takes as long for any model. Collective over world.
[[nodiscard]] SurveyedModel survey_model(const parallel::Communicator& world,
                                         const std::filesystem::path& path,
                                         std::optional<at::ScalarType> dtype);

/// Loads the weights of a surveyed model from its layout: rank 0 reads every weight file once, and
/// no other file, and sends its bytes in pieces of `piece` to one rank of each node, which puts
/// them into memory that the node's ranks share. All of them hash what they receive and must agree.
/// `node` holds the ranks of this node (parallel::split_by_node). Throws UserError, agreed, where a
/// file is not as it was surveyed. Collective over world.
[[nodiscard]] LoadedModel load_model(const parallel::Communicator& world,
                                     const parallel::Communicator& node,
                                     const weights::WeightLayout& layout,
                                     std::size_t piece = weights::weight_piece_bytes);

}  // namespace lightreasoner::loading
