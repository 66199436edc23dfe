// SPDX-License-Identifier: Apache-2.0
#include "support/hashing.hpp"

#include "support/errors.hpp"

#include <fmt/format.h>
#include <fstream>
#include <openssl/evp.h>
#include <vector>

namespace lightreasoner::support {

struct Sha256Stream::Context {
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> handle{EVP_MD_CTX_new(),
                                                                 &EVP_MD_CTX_free};
};

Sha256Stream::Sha256Stream() : context_(std::make_unique<Context>()) {
  require(EVP_DigestInit_ex(context_->handle.get(), EVP_sha256(), nullptr) == 1,
          "OpenSSL has no SHA-256");
}

Sha256Stream::~Sha256Stream() = default;

void Sha256Stream::update(std::span<const std::byte> bytes) {
  require(EVP_DigestUpdate(context_->handle.get(), bytes.data(), bytes.size()) == 1,
          "SHA-256 update");
}

Sha256 Sha256Stream::finish() {
  Sha256 digest{};
  require(EVP_DigestFinal_ex(context_->handle.get(), digest.data(), nullptr) == 1,
          "SHA-256 finish");
  return digest;
}

Sha256 sha256(std::span<const std::byte> bytes) {
  Sha256Stream stream;
  stream.update(bytes);
  return stream.finish();
}

Sha256 sha256(std::string_view text) { return sha256(std::as_bytes(std::span(text))); }

Sha256 sha256_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    throw UserError(path.string() + ": cannot be opened for reading");
  }
  Sha256Stream stream;
  std::vector<char> buffer(std::size_t{1} << 20);
  while (file) {
    file.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    stream.update(std::as_bytes(std::span(buffer.data(), static_cast<std::size_t>(file.gcount()))));
  }
  if (file.bad()) {
    throw UserError(path.string() + ": read error");
  }
  return stream.finish();
}

std::string to_hex(const Sha256& digest) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string hex;
  for (const std::uint8_t byte : digest) {
    hex += digits[byte >> 4];
    hex += digits[byte & 15];
  }
  return hex;
}

std::string sums_text(const std::map<std::string, std::string>& sha256_by_name) {
  std::string lines;
  for (const auto& [name, hash] : sha256_by_name) {
    lines += fmt::format("{}  {}\n", hash, name);
  }
  return lines;
}

std::string digest_of(const std::map<std::string, std::string>& sha256_by_name) {
  return to_hex(sha256(sums_text(sha256_by_name)));
}

}  // namespace lightreasoner::support
