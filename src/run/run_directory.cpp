// SPDX-License-Identifier: Apache-2.0
#include "run/run_directory.hpp"

#include "logging/log.hpp"
#include "support/errors.hpp"
#include "support/files.hpp"
#include "support/json.hpp"
#include "support/path_errors.hpp"
#include "support/process.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <climits>
#include <condition_variable>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <fstream>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace lightreasoner::run {
namespace {

using Clock = std::filesystem::file_time_type::clock;
constexpr std::chrono::seconds heartbeat_interval{5};
/// An owner killed just now may take a moment to die.
constexpr std::chrono::seconds patience{2};

/// When the process started, in clock ticks since boot: tells a process from a later one that got
/// the same number. Empty when there is no such process, or when it is dead and not yet reaped (a
/// container's init may take its time).
std::string start_time(long process) {
  std::ifstream stat(fmt::format("/proc/{}/stat", process));
  std::string text((std::istreambuf_iterator<char>(stat)), std::istreambuf_iterator<char>());
  const std::size_t after_name = text.rfind(')');
  if (after_name == std::string::npos) {
    return "";
  }
  // proc(5): after the name come state, field 3, and further on starttime, field 22.
  std::istringstream fields(text.substr(after_name + 1));
  std::string field;
  for (int number = 3; number <= 22 && fields >> field; ++number) {
    if (number == 3 && (field == "Z" || field == "X")) {
      return "";
    }
  }
  return field;
}

struct Owner {
  std::string host;
  long process = 0;
  std::string started;
};

std::string describe(const Owner& owner) {
  return nlohmann::ordered_json{
      {"host", owner.host}, {"process", owner.process}, {"started", owner.started}}
      .dump();
}

/// Nobody's for an empty lock: it was made and not yet written, for good where its owner was killed
/// in between.
Owner parse_owner(const std::string& text, const std::filesystem::path& lock) {
  if (text.empty()) return {};
  const support::JsonDocument document = support::parse_json(
      text, {.file_name = lock.string(), .remedy = "remove it if no job uses its folder"});
  const support::JsonSection owner = document.root();
  return {owner.get<std::string>("host"), owner.get<long>("process"),
          owner.get<std::string>("started")};
}

bool is_dead(const Owner& owner, const std::filesystem::path& lock) {
  if (owner.host == support::host_name()) {
    return start_time(owner.process) != owner.started;
  }
  std::error_code error;
  const auto touched = std::filesystem::last_write_time(lock, error);
  return !error && Clock::now() - touched > std::chrono::duration<double>(lock_expiry_seconds);
}

std::filesystem::path lock_path(const std::filesystem::path& root) { return root / "run.lock"; }

[[noreturn]] void refuse(const std::filesystem::path& root, const Owner& owner) {
  throw support::UserError(
      fmt::format("{}: in use by process {} on {}; wait for it, or choose another run.directory",
                  root.string(), owner.process, owner.host));
}

/// The owner that the lock file names, and its text; nothing where it is gone.
struct SeenLock {
  std::string text;
  Owner owner;
};
std::optional<SeenLock> look_at(const std::filesystem::path& lock) {
  SeenLock seen;
  try {
    seen.text = support::read_file(lock);
  } catch (const support::UserError&) {
    return std::nullopt;
  }
  seen.owner = parse_owner(seen.text, lock);
  return seen;
}

/// True when the lock file was made by this call.
bool create_lock(const std::filesystem::path& lock, const Owner& self) {
  const int descriptor = ::open(lock.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor < 0) {
    if (errno == EEXIST) {
      return false;
    }
    throw support::UserError(
        fmt::format("{}: cannot be created: {}; choose a run.directory you may write to",
                    lock.string(), std::strerror(errno)));
  }
  ::close(descriptor);
  support::write_file_atomically(lock, describe(self));
  return true;
}

/// Moves a dead owner's lock aside. When somebody else took it over in between, what was moved is
/// not what was read: it is put back and false returned.
bool clear_dead_lock(const std::filesystem::path& lock, const std::string& seen, long process) {
  const std::filesystem::path aside =
      lock.string() + fmt::format(".{}.{}", support::host_name(), process);
  std::error_code error;
  std::filesystem::rename(lock, aside, error);
  if (error) {
    return false;
  }
  const bool same = support::read_file(aside) == seen;
  if (same) {
    std::filesystem::remove(aside, error);
  } else {
    std::filesystem::rename(aside, lock, error);
  }
  return same;
}

}  // namespace

struct RunLock::State {
  std::filesystem::path lock;
  std::mutex mutex;
  std::condition_variable stop_signal;
  bool stop = false;
  std::thread heartbeat;

  void beat() {
    std::unique_lock guard(mutex);
    while (!stop_signal.wait_for(guard, heartbeat_interval, [this] { return stop; })) {
      std::error_code ignored;
      std::filesystem::last_write_time(lock, Clock::now(), ignored);
    }
  }
};

void require_possible_length(const std::filesystem::path& root, std::size_t longest_copied) {
  // More than any path inside has characters, and "merged.part/" and ".part" around a copied one.
  const std::size_t below = std::max<std::size_t>(128, longest_copied + 32);
  const std::size_t longest_path = PATH_MAX - std::min<std::size_t>(below, PATH_MAX);
  const std::filesystem::path whole = std::filesystem::absolute(root);
  if (whole.string().size() > longest_path) {
    throw support::UserError(
        fmt::format("run.directory: its path has {} characters, at most {} leave room for what "
                    "lies in it; choose a shorter one: {}",
                    whole.string().size(), longest_path, whole.string()));
  }
  for (const std::filesystem::path& name : whole) {
    if (name.string().size() > NAME_MAX) {
      throw support::UserError(
          fmt::format("run.directory: a name in it has {} characters, at most {} are possible; "
                      "choose a shorter one: {}",
                      name.string().size(), NAME_MAX, name.string()));
    }
  }
}

void require_usable(const std::filesystem::path& root) {
  // 1. The longest beginning of the path that is there.
  std::filesystem::path existing = std::filesystem::absolute(root);
  struct stat status {};
  while (::lstat(existing.c_str(), &status) != 0 && errno == ENOENT &&
         existing.has_relative_path()) {
    existing = existing.parent_path();
  }
  const auto refuse_root = [&](const char* what, int error) {
    throw support::UserError(fmt::format("run.directory: {} cannot be {}: {}{}", root.string(),
                                         what, std::strerror(error),
                                         support::way_out(existing, error)));
  };
  // 2. A folder, into which this user may write.
  if (::stat(existing.c_str(), &status) != 0) refuse_root("made", errno);
  if (!S_ISDIR(status.st_mode)) refuse_root("made", ENOTDIR);
  const int reading = existing == std::filesystem::absolute(root) ? R_OK : 0;
  if (::access(existing.c_str(), W_OK | X_OK | reading) != 0) {
    throw support::UserError(
        fmt::format("run.directory: {} cannot be written: {}: {}; choose a folder you may write to",
                    root.string(), existing.string(), std::strerror(errno)));
  }
}

void require_own_folder(const std::filesystem::path& root, const std::filesystem::path& model) {
  std::error_code ignored;
  if (std::filesystem::equivalent(root, model, ignored)) {
    throw support::UserError(fmt::format(
        "run.directory: {} is the folder of a model; choose one of its own", root.string()));
  }
}

void require_free(const std::filesystem::path& root) {
  const std::filesystem::path lock = lock_path(root);
  const std::optional<SeenLock> seen = look_at(lock);
  if (seen && !is_dead(seen->owner, lock)) {
    refuse(root, seen->owner);
  }
}

RunLock::RunLock(const std::filesystem::path& root) : state_(std::make_unique<State>()) {
  support::make_directories(root);
  state_->lock = lock_path(root);
  const long process = ::getpid();
  const Owner self{support::host_name(), process, start_time(process)};
  const auto give_up = std::chrono::steady_clock::now() + patience;
  while (!create_lock(state_->lock, self)) {
    const std::optional<SeenLock> seen = look_at(state_->lock);
    if (!seen) {
      continue;  // its owner has just finished
    }
    const Owner& owner = seen->owner;
    if (!is_dead(owner, state_->lock) || !clear_dead_lock(state_->lock, seen->text, process)) {
      if (std::chrono::steady_clock::now() < give_up) {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        continue;
      }
      refuse(root, owner);
    }
    logging::info("{}: took over the lock of a job that died (process {} on {})", root.string(),
                  owner.process, owner.host);
  }
  state_->heartbeat = std::thread([state = state_.get()] { state->beat(); });
}

RunLock::~RunLock() {
  {
    const std::lock_guard guard(state_->mutex);
    state_->stop = true;
  }
  state_->stop_signal.notify_all();
  state_->heartbeat.join();
  std::error_code ignored;
  std::filesystem::remove(state_->lock, ignored);
}

}  // namespace lightreasoner::run
