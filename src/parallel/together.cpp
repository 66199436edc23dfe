// SPDX-License-Identifier: Apache-2.0
#include "parallel/together.hpp"

#include "device/out_of_memory.hpp"
#include "support/errors.hpp"
#include "support/files.hpp"
#include "support/path_errors.hpp"

#include <algorithm>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <fmt/format.h>
#include <new>
#include <vector>

namespace lightreasoner::parallel {
namespace {

enum class Kind : std::uint64_t { success, user_error, out_of_memory, failure };

struct Outcome {
  Kind kind = Kind::success;
  std::string message;
};

Outcome outcome_of(const Communicator& comm, const std::function<void()>& work) {
  try {
    work();
    return {};
  } catch (const support::UserError& error) {
    return {Kind::user_error, error.what()};
  } catch (const std::filesystem::filesystem_error& error) {
    // A folder that may not be looked into: the person's to mend, like a file that is missing.
    return {Kind::user_error,
            fmt::format("{}: {}{}", error.path1().string(), error.code().message(),
                        support::way_out(error.path1(), error.code().value()))};
  } catch (const FailureOfRank& error) {
    return {Kind::failure, error.what()};
  } catch (const std::exception& error) {
    return {device::is_out_of_memory(error) ? Kind::out_of_memory : Kind::failure,
            fmt::format("rank {} of {}: {}", comm.rank(), comm.num_ranks(), error.what())};
  }
}

/// The text of rank `speaker` on every rank.
std::string hear(const Communicator& comm, int speaker, std::string text) {
  std::uint64_t size = text.size();
  check_mpi(MPI_Bcast(&size, 1, MPI_UINT64_T, speaker, comm.handle()));
  text.resize(size);
  check_mpi(MPI_Bcast(text.data(), static_cast<int>(size), MPI_BYTE, speaker, comm.handle()));
  return text;
}

}  // namespace

void run_together(const Communicator& comm, const std::function<void()>& work) {
  Outcome mine = outcome_of(comm, work);
  const std::vector<std::uint64_t> kinds = all_gather(comm, static_cast<std::uint64_t>(mine.kind));
  const auto first_bad = std::find_if(kinds.begin(), kinds.end(), [](std::uint64_t kind) {
    return static_cast<Kind>(kind) != Kind::success;
  });
  if (first_bad == kinds.end()) {
    return;
  }
  const std::string message =
      hear(comm, static_cast<int>(first_bad - kinds.begin()), std::move(mine.message));
  switch (static_cast<Kind>(*first_bad)) {
    case Kind::user_error:
      throw support::agreed_error(message);
    case Kind::out_of_memory:
      throw std::bad_alloc();
    default:
      throw FailureOfRank(message);
  }
}

void run_on_root(const Communicator& comm, const std::function<void()>& work) {
  run_together(comm, [&] {
    if (comm.is_root()) {
      work();
    }
  });
}

std::string read_file_once(const Communicator& comm, const std::string& path) {
  return from_root(comm, [&] { return support::read_file(path); });
}

}  // namespace lightreasoner::parallel
