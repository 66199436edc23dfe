// SPDX-License-Identifier: Apache-2.0
#include "loading/models.hpp"

#include "model/build_decoder.hpp"
#include "parallel/node_memory.hpp"
#include "parallel/streaming.hpp"
#include "parallel/together.hpp"
#include "support/files.hpp"
#include "support/process.hpp"
#include "weights/model_folder.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace lightreasoner::loading {
namespace {

using Clock = std::chrono::steady_clock;

/// Fills `memory` on all ranks of `owners`, adding rank 0's reading to `read_seconds`; SHA-256 of
/// each file of the layout, in order. Collective over owners.
std::vector<std::string> fill(const parallel::Communicator& owners,
                              const weights::WeightLayout& layout, std::span<std::byte> memory,
                              std::size_t piece, double& read_seconds) {
  std::vector<std::string> hashes;
  for (std::size_t i = 0; i < layout.files.size(); ++i) {
    const std::filesystem::path path = layout.folder / layout.files[i].name;
    std::optional<support::InputFile> file;  // opened where an error is agreed
    const parallel::Source source{layout.files[i].num_bytes,
                                  [&](std::uint64_t begin, std::span<std::byte> bytes) {
                                    const Clock::time_point start = Clock::now();
                                    if (!file) {
                                      file.emplace(path);
                                    }
                                    file->read_at(begin, bytes);
                                    read_seconds += support::seconds_since(start);
                                  }};
    support::Sha256Stream hash;
    weights::WeightWriter writer(layout, i, memory);
    parallel::stream_pieces(owners, source, piece, [&](std::span<const std::byte> bytes) {
      hash.update(bytes);
      writer.write(bytes);
    });
    hashes.push_back(support::to_hex(hash.finish()));
    parallel::require_same(owners, hashes.back(), path.string());
  }
  return hashes;
}

std::map<std::string, std::string> hashes_of(const weights::ModelFolder& folder) {
  std::map<std::string, std::string> hashes;
  for (const auto& [name, text] : folder.texts) {
    hashes[name] = support::to_hex(support::sha256(text));
  }
  return hashes;
}

}  // namespace

SurveyedModel survey_model(const parallel::Communicator& world, const std::filesystem::path& path,
                           std::optional<at::ScalarType> dtype) {
  auto folder = parallel::from_root(world, [&] { return weights::read_model_folder(path); });
  folder.path = path;
  SurveyedModel surveyed;
  parallel::run_together(world, [&] { surveyed.layout = weights::lay_out_weights(folder, dtype); });
  surveyed.shapes = model::shapes_of(surveyed.layout);
  surveyed.hashes = hashes_of(folder);
  return surveyed;
}

LoadedModel load_model(const parallel::Communicator& world, const parallel::Communicator& node,
                       const weights::WeightLayout& layout, std::size_t piece) {
  LoadedModel loaded;
  // 1. The weights, once over the file system, once over the network, once into each node.
  Clock::time_point start = Clock::now();
  const auto memory = std::make_shared<parallel::NodeMemory>(node, layout.num_bytes);
  const parallel::Communicator owners = parallel::split(world, memory->is_owner() ? 0 : 1);
  std::vector<std::string> hashes;
  // The owners agree among themselves at each piece; here the others learn how it ended.
  parallel::run_together(world, [&] {
    if (memory->is_owner()) {
      hashes = fill(owners, layout, memory->writable(), piece, loaded.times.read);
    }
  });
  memory->freeze(node);
  hashes = parallel::broadcast(world, std::move(hashes));
  loaded.times.send = support::seconds_since(start) - loaded.times.read;
  // 2. The model over that memory.
  start = Clock::now();
  loaded.decoder = model::build_decoder(layout, memory->bytes(), memory);
  loaded.times.build = support::seconds_since(start);
  for (std::size_t i = 0; i < layout.files.size(); ++i) {
    loaded.hashes[layout.files[i].name] = hashes[i];
  }
  return loaded;
}

}  // namespace lightreasoner::loading
