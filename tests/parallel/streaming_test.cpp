// SPDX-License-Identifier: Apache-2.0
#include "parallel/streaming.hpp"

#include "support/errors.hpp"
#include "support/mpi_world.hpp"
#include "support/refusal.hpp"

#include <cstring>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lightreasoner::parallel {
namespace {

using testing_support::agreed_refusal_of;
using testing_support::world;

const std::string content = "forty-two bytes, in pieces of any length.\n";

Source source_of(const std::string& text) {
  return {text.size(), [&text](std::uint64_t begin, std::span<std::byte> bytes) {
            if (!world().is_root()) {
              throw std::logic_error("only rank 0 reads");
            }
            std::memcpy(bytes.data(), text.data() + begin, bytes.size());
          }};
}

TEST(StreamPieces, GivesEveryRankAllBytesInOrder) {
  for (const std::size_t piece : {1U, 7U, 41U, 42U, 43U, 1000U}) {
    std::string got;
    std::size_t longest = 0;
    stream_pieces(world(), source_of(content), piece, [&](std::span<const std::byte> bytes) {
      got.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
      longest = std::max(longest, bytes.size());
    });
    EXPECT_EQ(got, content);
    EXPECT_LE(longest, piece);
  }
  stream_pieces(world(), {0, nullptr}, 7,
                [](std::span<const std::byte>) { FAIL() << "a piece of nothing"; });
}

TEST(StreamPieces, FailsAlikeWhereverItFails) {
  const Source broken{100, [](std::uint64_t begin, std::span<std::byte>) {
                        if (begin >= 50) {
                          throw support::UserError("file x: ends at byte 50");
                        }
                      }};
  std::size_t received = 0;
  const auto count = [&](std::span<const std::byte> bytes) { received += bytes.size(); };
  EXPECT_EQ(agreed_refusal_of([&] { stream_pieces(world(), broken, 10, count); }),
            "file x: ends at byte 50");
  EXPECT_EQ(received, 50U);
  const int last = world().num_ranks() - 1;
  EXPECT_THROW(stream_pieces(world(), source_of(content), 10,
                             [&](std::span<const std::byte>) {
                               if (world().rank() == last) {
                                 throw support::UserError("no room");
                               }
                             }),
               support::UserError);
}

TEST(RequireSame, NamesHostAndFileOfOtherBytes) {
  EXPECT_NO_THROW(require_same(world(), "abc", "file x"));
  const int last = world().num_ranks() - 1;
  if (last == 0) {
    return;
  }
  char host[MPI_MAX_PROCESSOR_NAME] = {};
  int length = 0;
  check_mpi(MPI_Get_processor_name(host, &length));
  try {
    require_same(world(), world().rank() == last ? "abd" : "abc", "file x");
    FAIL() << "no error";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("rank " + std::to_string(last)));
    EXPECT_THAT(error.what(), ::testing::HasSubstr("file x: host " + std::string(host)));
  }
}

TEST(Broadcast, SendsTextsWhoseNumberIsNotKnown) {
  const std::vector<std::string> texts{"a", "", std::string("\0b", 2)};
  EXPECT_EQ(broadcast(world(), world().is_root() ? texts : std::vector<std::string>{}), texts);
}

}  // namespace
}  // namespace lightreasoner::parallel
