// SPDX-License-Identifier: Apache-2.0
#include "weights/safetensors.hpp"

#include "support/errors.hpp"
#include "support/files.hpp"
#include "weights/safetensors_header.hpp"

#include <ATen/ATen.h>
#include <cstring>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string_view>
#include <utility>

namespace lightreasoner::weights {
namespace {

constexpr std::size_t header_alignment = 8;

/// A file's bytes in memory, and what keeps them there.
struct FileBytes {
  std::span<const std::byte> bytes;
  std::shared_ptr<const void> owner;
};

/// A view of the file's bytes that keeps them alive. Bytes at an address that is not a multiple of
/// the element's size (the format allows it) are copied.
at::Tensor view_or_copy(const FileBytes& file, const TensorEntry& entry,
                        std::uint64_t data_offset) {
  const std::byte* data = file.bytes.data() + data_offset + entry.begin;
  const auto options = at::TensorOptions(entry.dtype);
  if (reinterpret_cast<std::uintptr_t>(data) % c10::elementSize(entry.dtype) != 0) {
    at::Tensor copy = at::empty(entry.shape, options);
    std::memcpy(copy.mutable_data_ptr(), data, entry.end - entry.begin);
    return copy;
  }
  // from_blob asks for a mutable pointer; nothing writes through it.
  return at::from_blob(
      const_cast<std::byte*>(data), entry.shape, [owner = file.owner](void*) {}, options);
}

TensorMap tensors_of(const FileBytes& file, const std::string& name) {
  const auto header = parse_safetensors_header(file.bytes, file.bytes.size(), name);
  TensorMap tensors;
  for (const TensorEntry& entry : header.entries) {
    tensors.emplace(entry.name, view_or_copy(file, entry, header.data_offset));
  }
  return tensors;
}

/// Hands out a file's bytes, a tensor at a time.
void produce(const TensorMap& tensors, const std::map<std::string, std::string>& metadata,
             const std::function<void(std::string_view)>& write) {
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!metadata.empty()) {
    header["__metadata__"] = metadata;
  }
  std::size_t end = 0;
  for (const auto& [name, tensor] : tensors) {
    const std::size_t begin = end;
    end += tensor.nbytes();
    header[name] = {{"dtype", dtype_name(tensor.scalar_type())},
                    {"shape", std::vector<std::int64_t>(tensor.sizes().vec())},
                    {"data_offsets", {begin, end}}};
  }
  std::string text = header.dump();
  text.resize((text.size() + header_alignment - 1) / header_alignment * header_alignment, ' ');
  const std::uint64_t header_bytes = text.size();
  write({reinterpret_cast<const char*>(&header_bytes), sizeof header_bytes});
  write(text);
  for (const auto& [name, tensor] : tensors) {
    const at::Tensor dense = tensor.detach().cpu().contiguous();
    write({static_cast<const char*>(dense.const_data_ptr()), dense.nbytes()});
  }
}

}  // namespace

std::string read_safetensors_head(const support::InputFile& file) {
  const auto bytes_of = [](std::string& text) { return std::as_writable_bytes(std::span(text)); };
  std::string head(std::min<std::uint64_t>(file.size(), safetensors_length_bytes), '\0');
  file.read_at(0, bytes_of(head));
  head.resize(safetensors_head_bytes(bytes_of(head), file.size(), file.path().string()));
  file.read_at(0, bytes_of(head));
  return head;
}

TensorMap read_safetensors(const std::filesystem::path& path) {
  const auto file = std::make_shared<support::MappedFile>(path);
  return tensors_of({file->bytes(), file}, path.string());
}

TensorMap parse_safetensors(std::string bytes, const std::string& name) {
  const auto owner = std::make_shared<const std::string>(std::move(bytes));
  return tensors_of({std::as_bytes(std::span(*owner)), owner}, name);
}

std::string serialize_safetensors(const TensorMap& tensors,
                                  const std::map<std::string, std::string>& metadata) {
  std::string bytes;
  produce(tensors, metadata, [&](std::string_view part) { bytes += part; });
  return bytes;
}

void write_safetensors(const std::filesystem::path& path, const TensorMap& tensors,
                       const std::map<std::string, std::string>& metadata) {
  support::write_file_atomically(path,
                                 [&](const auto& write) { produce(tensors, metadata, write); });
}

}  // namespace lightreasoner::weights
