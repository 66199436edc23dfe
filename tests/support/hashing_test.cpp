// SPDX-License-Identifier: Apache-2.0
#include "support/hashing.hpp"

#include "support/files.hpp"
#include "support/refusal.hpp"
#include "support/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lightreasoner::support {
namespace {

using testing_support::refusal_of;

// FIPS 180-2, appendix B, and the empty message.
constexpr const char* empty_hash =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr const char* abc_hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr const char* two_block_hash =
    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1";
constexpr const char* two_blocks = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
constexpr const char* million_a_hash =
    "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

TEST(Sha256, HasThePublishedValues) {
  EXPECT_EQ(to_hex(sha256("")), empty_hash);
  EXPECT_EQ(to_hex(sha256("abc")), abc_hash);
  EXPECT_EQ(to_hex(sha256(two_blocks)), two_block_hash);
  EXPECT_EQ(to_hex(sha256(std::string(1'000'000, 'a'))), million_a_hash);
}

TEST(Sha256Stream, DoesNotDependOnHowTheBytesAreCut) {
  const std::string text = two_blocks;
  const auto bytes = std::as_bytes(std::span(text));
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    Sha256Stream stream;
    stream.update(bytes.first(cut));
    stream.update(bytes.subspan(cut));
    EXPECT_EQ(to_hex(stream.finish()), two_block_hash) << cut;
  }
}

TEST(Sha256File, ReadsFilesLongerThanItsBuffer) {
  const testing_support::TemporaryFolder folder;
  const std::string content(3'000'001, 'x');
  write_file_atomically(folder.path() / "long", content);
  write_file_atomically(folder.path() / "empty", "");
  EXPECT_EQ(sha256_file(folder.path() / "long"), sha256(content));
  EXPECT_EQ(to_hex(sha256_file(folder.path() / "empty")), empty_hash);
}

TEST(Sha256File, NamesAFileThatIsNotThere) {
  EXPECT_THAT(refusal_of([&] { return sha256_file("/nowhere/weights"); }),
              ::testing::HasSubstr("/nowhere/weights"));
}

TEST(DigestOf, IsTheHashOfWhatSha256sumPrints) {
  const std::string lines = std::string(abc_hash) + "  a\n" + empty_hash + "  b\n";
  EXPECT_EQ(digest_of({{"b", empty_hash}, {"a", abc_hash}}), to_hex(sha256(lines)));
}

}  // namespace
}  // namespace lightreasoner::support
