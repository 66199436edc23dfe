// SPDX-License-Identifier: Apache-2.0
/// The run directory: where each result lies, and the lock that keeps two jobs apart.
#pragma once

#include "run/names.hpp"

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>

namespace lightreasoner::run {

/// Paths inside one run directory.
struct RunDirectory {
  std::filesystem::path root;

  [[nodiscard]] std::filesystem::path records() const { return root / "records"; }
  [[nodiscard]] std::filesystem::path checkpoints() const { return root / "checkpoints"; }
  [[nodiscard]] std::filesystem::path adapter() const { return root / "adapter"; }
  [[nodiscard]] std::filesystem::path merged() const { return root / "merged"; }
  [[nodiscard]] std::filesystem::path evaluation(TuningSide side) const {
    return root / "evaluation" / word_of(side);
  }
  [[nodiscard]] std::filesystem::path tuning() const { return root / "tuning.json"; }
  [[nodiscard]] std::filesystem::path config() const { return root / "config.toml"; }
  [[nodiscard]] std::filesystem::path events() const { return root / "events.jsonl"; }
  [[nodiscard]] std::filesystem::path provenance() const { return root / "provenance.json"; }
  [[nodiscard]] std::filesystem::path report() const { return root / "report.html"; }
};

/// Throws UserError where a name in `root`, or a path below it, would be longer than file systems
/// take. `longest_copied`: characters of the longest path that is going to be copied into it.
void require_possible_length(const std::filesystem::path& root, std::size_t longest_copied = 0);

/// Throws UserError unless `root` is a folder that this user may write to, or can be made.
void require_usable(const std::filesystem::path& root);

/// Throws UserError where `root` is the folder of a model, whose files results would lie among.
void require_own_folder(const std::filesystem::path& root, const std::filesystem::path& model);

/// Seconds after which a silent owner on another host counts as dead.
inline constexpr double lock_expiry_seconds = 60;

/// Throws UserError naming the owner where a living job holds `root`. Writes nothing; the lock may
/// be taken right after. One rank only.
void require_free(const std::filesystem::path& root);

/// Holds `root`/run.lock: owner (host, process, its start time) and a heartbeat every few seconds
/// from a thread of its own. A dead owner's lock is taken over: at once on the same host, where the
/// process can be looked up, after lock_expiry_seconds elsewhere.
class RunLock {
 public:
  /// Throws as require_free, after a moment's patience. Creates `root`. One rank only.
  explicit RunLock(const std::filesystem::path& root);
  ~RunLock();
  RunLock(const RunLock&) = delete;
  RunLock& operator=(const RunLock&) = delete;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace lightreasoner::run
