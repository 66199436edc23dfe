// SPDX-License-Identifier: Apache-2.0
#include "parallel/communicator.hpp"

#include "support/errors.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <limits>
#include <stdexcept>
#include <utility>

namespace lightreasoner::parallel {

void check_mpi(int code, std::source_location where) {
  if (code == MPI_SUCCESS) {
    return;
  }
  char text[MPI_MAX_ERROR_STRING] = {};
  int length = 0;
  MPI_Error_string(code, text, &length);
  throw std::runtime_error(
      fmt::format("MPI: {} ({}:{})", std::string(text, length), where.file_name(), where.line()));
}

Communicator::Communicator(MPI_Comm parent) {
  check_mpi(MPI_Comm_dup(parent, &handle_));
  check_mpi(MPI_Comm_set_errhandler(handle_, MPI_ERRORS_RETURN));
  check_mpi(MPI_Comm_rank(handle_, &rank_));
  check_mpi(MPI_Comm_size(handle_, &num_ranks_));
}

Communicator::~Communicator() {
  if (handle_ != MPI_COMM_NULL) {
    MPI_Comm_free(&handle_);
  }
}

Communicator::Communicator(Communicator&& other) noexcept
    : handle_(std::exchange(other.handle_, MPI_COMM_NULL)),
      rank_(other.rank_),
      num_ranks_(other.num_ranks_) {}

namespace {

/// Wraps a new communicator and frees MPI's own handle to it.
Communicator adopt(MPI_Comm handle) {
  Communicator duplicate(handle);
  check_mpi(MPI_Comm_free(&handle));
  return duplicate;
}

int as_count(std::size_t size) {
  support::require(size <= static_cast<std::size_t>(std::numeric_limits<int>::max()),
                   "MPI-3 counts are int: send in pieces");
  return static_cast<int>(size);
}

}  // namespace

Communicator split(const Communicator& comm, int color) {
  MPI_Comm part = MPI_COMM_NULL;
  check_mpi(MPI_Comm_split(comm.handle(), color, comm.rank(), &part));
  return adopt(part);
}

Communicator split_by_node(const Communicator& comm) {
  MPI_Comm node = MPI_COMM_NULL;
  check_mpi(
      MPI_Comm_split_type(comm.handle(), MPI_COMM_TYPE_SHARED, comm.rank(), MPI_INFO_NULL, &node));
  return adopt(node);
}

void barrier(const Communicator& comm) { check_mpi(MPI_Barrier(comm.handle())); }

void broadcast_bytes(const Communicator& comm, std::span<std::byte> bytes, std::size_t piece) {
  while (!bytes.empty()) {
    const std::span<std::byte> part = bytes.first(std::min(piece, bytes.size()));
    check_mpi(MPI_Bcast(part.data(), as_count(part.size()), MPI_BYTE, 0, comm.handle()));
    bytes = bytes.subspan(part.size());
  }
}

std::string broadcast(const Communicator& comm, std::string text) {
  text.resize(broadcast(comm, text.size()));
  broadcast_bytes(comm, std::as_writable_bytes(std::span(text)));
  return text;
}

std::vector<std::string> broadcast(const Communicator& comm, std::vector<std::string> texts) {
  texts.resize(broadcast(comm, texts.size()));
  for (std::string& text : texts) {
    text = broadcast(comm, std::move(text));
  }
  return texts;
}

std::vector<std::string> gather(const Communicator& comm, const std::string& bytes) {
  const std::vector<std::uint64_t> sizes = all_gather(comm, bytes.size());
  // Point to point, a rank after the other: the sum of all parts may exceed an int count.
  constexpr int tag = 1;
  constexpr std::size_t piece = std::size_t{1} << 30;
  std::vector<std::string> parts;
  if (!comm.is_root()) {
    for (std::size_t first = 0; first < bytes.size(); first += piece) {
      const std::size_t count = std::min(piece, bytes.size() - first);
      check_mpi(MPI_Send(bytes.data() + first, as_count(count), MPI_BYTE, 0, tag, comm.handle()));
    }
    return parts;
  }
  parts.push_back(bytes);
  for (int rank = 1; rank < comm.num_ranks(); ++rank) {
    std::string& part = parts.emplace_back(sizes[static_cast<std::size_t>(rank)], '\0');
    for (std::size_t first = 0; first < part.size(); first += piece) {
      const std::size_t count = std::min(piece, part.size() - first);
      check_mpi(MPI_Recv(part.data() + first, as_count(count), MPI_BYTE, rank, tag, comm.handle(),
                         MPI_STATUS_IGNORE));
    }
  }
  return parts;
}

std::vector<std::uint64_t> all_gather(const Communicator& comm, std::uint64_t value) {
  std::vector<std::uint64_t> values(static_cast<std::size_t>(comm.num_ranks()));
  check_mpi(MPI_Allgather(&value, 1, MPI_UINT64_T, values.data(), 1, MPI_UINT64_T, comm.handle()));
  return values;
}

float all_reduce_max(const Communicator& comm, float value) {
  float result = 0;
  check_mpi(MPI_Allreduce(&value, &result, 1, MPI_FLOAT, MPI_MAX, comm.handle()));
  return result;
}

std::uint64_t all_reduce_sum(const Communicator& comm, std::uint64_t value) {
  std::uint64_t result = 0;
  check_mpi(MPI_Allreduce(&value, &result, 1, MPI_UINT64_T, MPI_SUM, comm.handle()));
  return result;
}

void all_reduce_sum(const Communicator& comm, std::span<std::int64_t> values) {
  constexpr std::size_t piece = std::size_t{1} << 27;
  for (std::size_t first = 0; first < values.size(); first += piece) {
    const std::size_t count = std::min(piece, values.size() - first);
    check_mpi(MPI_Allreduce(MPI_IN_PLACE, values.data() + first, as_count(count), MPI_INT64_T,
                            MPI_SUM, comm.handle()));
  }
}

}  // namespace lightreasoner::parallel
