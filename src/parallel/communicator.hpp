// SPDX-License-Identifier: Apache-2.0
/// A communicator and the few collectives this program needs, checked and free of MPI types.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mpi.h>
#include <source_location>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace lightreasoner::parallel {

/// Owns one MPI communicator with MPI_ERRORS_RETURN set.
class Communicator {
 public:
  /// Duplicates `parent`. Collective over parent.
  explicit Communicator(MPI_Comm parent);
  ~Communicator();
  Communicator(Communicator&& other) noexcept;
  Communicator(const Communicator&) = delete;
  Communicator& operator=(const Communicator&) = delete;
  Communicator& operator=(Communicator&&) = delete;

  [[nodiscard]] int rank() const { return rank_; }
  [[nodiscard]] int num_ranks() const { return num_ranks_; }
  [[nodiscard]] bool is_root() const { return rank_ == 0; }
  /// For HDF5, which takes the communicator of a parallel file.
  [[nodiscard]] MPI_Comm handle() const { return handle_; }

 private:
  MPI_Comm handle_ = MPI_COMM_NULL;
  int rank_ = 0;
  int num_ranks_ = 1;
};

/// Throws std::runtime_error with MPI's own text and the caller's place.
void check_mpi(int code, std::source_location where = std::source_location::current());

/// Ranks with equal `color` form a new communicator, in rank order. Collective over comm.
[[nodiscard]] Communicator split(const Communicator& comm, int color);
/// The ranks of this node. Collective over comm.
[[nodiscard]] Communicator split_by_node(const Communicator& comm);

/// Returns once every rank has called it. Collective over comm.
void barrier(const Communicator& comm);
/// The root's bytes into those of the other ranks, of equal size, sent in pieces of at most `piece`
/// bytes. Collective over comm.
void broadcast_bytes(const Communicator& comm, std::span<std::byte> bytes,
                     std::size_t piece = std::size_t{1} << 30);
/// The root's text on every rank; no overload of broadcast needs sizes to be known before.
/// Collective over comm.
[[nodiscard]] std::string broadcast(const Communicator& comm, std::string text);
[[nodiscard]] std::vector<std::string> broadcast(const Communicator& comm,
                                                 std::vector<std::string> texts);

template <typename T>
requires(std::is_trivially_copyable_v<T> && !std::is_pointer_v<T>) [[nodiscard]] T
    broadcast(const Communicator& comm, T value) {
  broadcast_bytes(comm, std::as_writable_bytes(std::span(&value, 1)));
  return value;
}

template <typename T>
requires std::is_trivially_copyable_v<T>
[[nodiscard]] std::vector<T> broadcast(const Communicator& comm, std::vector<T> values) {
  values.resize(broadcast(comm, values.size()));
  broadcast_bytes(comm, std::as_writable_bytes(std::span(values)));
  return values;
}

template <typename T, std::size_t size>
[[nodiscard]] std::array<T, size> broadcast(const Communicator& comm, std::array<T, size> values) {
  for (T& value : values) {
    value = broadcast(comm, std::move(value));
  }
  return values;
}

template <typename T>
[[nodiscard]] std::map<std::string, T> broadcast(const Communicator& comm,
                                                 std::map<std::string, T> by_name) {
  std::vector<std::string> names;
  std::vector<T> values;
  for (auto& [name, value] : by_name) {
    names.push_back(name);
    values.push_back(std::move(value));
  }
  names = broadcast(comm, std::move(names));
  values = broadcast(comm, std::move(values));
  by_name.clear();
  for (std::size_t i = 0; i < names.size(); ++i) {
    by_name[names[i]] = std::move(values[i]);
  }
  return by_name;
}

/// A struct that lists, as T::shared, the members that travel: the others stay the caller's own.
template <typename T>
requires requires { T::shared; }
[[nodiscard]] T broadcast(const Communicator& comm, T value) {
  const auto send = [&](auto member) { value.*member = broadcast(comm, std::move(value.*member)); };
  std::apply([&](auto... members) { (send(members), ...); }, T::shared);
  return value;
}

/// Every rank's bytes on rank 0, in rank order (empty elsewhere). Collective over comm.
[[nodiscard]] std::vector<std::string> gather(const Communicator& comm, const std::string& bytes);
/// Every rank's value on every rank, in rank order. Collective over comm.
[[nodiscard]] std::vector<std::uint64_t> all_gather(const Communicator& comm, std::uint64_t value);
/// The greatest value of any rank. Collective over comm.
[[nodiscard]] float all_reduce_max(const Communicator& comm, float value);
/// The sum over ranks. Collective over comm.
[[nodiscard]] std::uint64_t all_reduce_sum(const Communicator& comm, std::uint64_t value);
/// Element-wise sum in place. Integers add without rounding, so no order of ranks can matter.
/// Collective over comm.
void all_reduce_sum(const Communicator& comm, std::span<std::int64_t> values);

}  // namespace lightreasoner::parallel
