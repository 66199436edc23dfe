// SPDX-License-Identifier: Apache-2.0
/// SHA-256 of bytes, files and lists of files (OpenSSL).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace lightreasoner::support {

using Sha256 = std::array<std::uint8_t, 32>;

/// Incremental SHA-256.
class Sha256Stream {
 public:
  Sha256Stream();
  ~Sha256Stream();
  Sha256Stream(const Sha256Stream&) = delete;
  Sha256Stream& operator=(const Sha256Stream&) = delete;

  void update(std::span<const std::byte> bytes);
  /// The digest of all bytes so far; the stream is spent afterwards.
  [[nodiscard]] Sha256 finish();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

[[nodiscard]] Sha256 sha256(std::span<const std::byte> bytes);
[[nodiscard]] Sha256 sha256(std::string_view text);
/// Throws UserError naming `path` when it cannot be read.
[[nodiscard]] Sha256 sha256_file(const std::filesystem::path& path);
[[nodiscard]] std::string to_hex(const Sha256& digest);

/// The lines "sha256  name\n" in name order: what `sha256sum` prints and checks.
[[nodiscard]] std::string sums_text(const std::map<std::string, std::string>& sha256_by_name);
/// Digest over files: SHA-256 of their sums_text.
[[nodiscard]] std::string digest_of(const std::map<std::string, std::string>& sha256_by_name);

}  // namespace lightreasoner::support
