// SPDX-License-Identifier: Apache-2.0
#include "weights/weight_writer.hpp"

#include "support/errors.hpp"
#include "support/files.hpp"

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <algorithm>
#include <array>
#include <cstring>
#include <fmt/format.h>

namespace lightreasoner::weights {
namespace {

/// Elements converted at a time, through a buffer that is aligned for them.
constexpr std::size_t block_bytes = 1 << 16;

/// Whole elements of `stored`, at any address, to `target` in `dtype`.
void convert(std::span<const std::byte> source, at::ScalarType stored, std::byte* target,
             at::ScalarType dtype) {
  alignas(64) std::array<std::byte, block_bytes> block;
  while (!source.empty()) {
    const std::size_t count = std::min(source.size(), block.size());
    std::memcpy(block.data(), source.data(), count);
    const auto elements = static_cast<std::int64_t>(count / c10::elementSize(stored));
    at::from_blob(target, {elements}, at::TensorOptions(dtype))
        .copy_(at::from_blob(block.data(), {elements}, at::TensorOptions(stored)));
    target += static_cast<std::size_t>(elements) * c10::elementSize(dtype);
    source = source.subspan(count);
  }
}

}  // namespace

WeightWriter::WeightWriter(const WeightLayout& layout, std::size_t file,
                           std::span<std::byte> memory)
    : layout_(layout), file_(layout.files.at(file)), memory_(memory) {
  support::require(memory.size() >= layout.num_bytes, "memory smaller than the layout");
}

void WeightWriter::write(std::span<const std::byte> piece) {
  check_head(piece);
  const std::uint64_t begin = position_;
  const std::uint64_t end = begin + piece.size();
  for (; route_ < file_.routes.size(); ++route_) {
    const TensorRoute& route = file_.routes[route_];
    const std::uint64_t first = std::max(route.begin, begin);
    const std::uint64_t last = std::min(route.end, end);
    if (first < last) {
      write_tensor(route, first - route.begin, piece.subspan(first - begin, last - first));
    }
    if (route.end > end) {
      break;
    }
  }
  position_ = end;
}

void WeightWriter::check_head(std::span<const std::byte> piece) const {
  if (position_ >= file_.head.size()) {
    return;
  }
  const auto expected = std::as_bytes(std::span(file_.head)).subspan(position_);
  const std::size_t count = std::min(expected.size(), piece.size());
  if (!std::equal(piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(count),
                  expected.begin())) {
    throw support::UserError(
        fmt::format("{}: its header has changed since it was checked; another program is changing "
                    "the file",
                    (layout_.folder / file_.name).string()));
  }
}

void WeightWriter::write_tensor(const TensorRoute& route, std::uint64_t done,
                                std::span<const std::byte> bytes) {
  if (route.stored == layout_.dtype) {
    std::memcpy(memory_.data() + route.offset + done, bytes.data(), bytes.size());
    return;
  }
  const std::size_t stored_size = c10::elementSize(route.stored);
  std::byte* target =
      memory_.data() + route.offset + done / stored_size * c10::elementSize(layout_.dtype);
  if (!unfinished_.empty()) {
    const std::size_t count = std::min(stored_size - unfinished_.size(), bytes.size());
    unfinished_.insert(unfinished_.end(), bytes.begin(),
                       bytes.begin() + static_cast<std::ptrdiff_t>(count));
    bytes = bytes.subspan(count);
    if (unfinished_.size() < stored_size) {
      return;
    }
    convert(unfinished_, route.stored, target, layout_.dtype);
    target += c10::elementSize(layout_.dtype);
    unfinished_.clear();
  }
  const std::size_t whole = bytes.size() / stored_size * stored_size;
  convert(bytes.first(whole), route.stored, target, layout_.dtype);
  unfinished_.assign(bytes.begin() + static_cast<std::ptrdiff_t>(whole), bytes.end());
}

at::Tensor read_weights(const WeightLayout& layout, std::size_t piece) {
  at::Tensor bytes = at::empty({static_cast<std::int64_t>(layout.num_bytes)}, at::kByte);
  const std::span<std::byte> memory{static_cast<std::byte*>(bytes.mutable_data_ptr()),
                                    layout.num_bytes};
  std::vector<std::byte> buffer;
  for (std::size_t i = 0; i < layout.files.size(); ++i) {
    const support::InputFile file(layout.folder / layout.files[i].name);
    WeightWriter writer(layout, i, memory);
    for (std::uint64_t begin = 0; begin < layout.files[i].num_bytes; begin += buffer.size()) {
      buffer.resize(std::min<std::uint64_t>(piece, layout.files[i].num_bytes - begin));
      file.read_at(begin, buffer);
      writer.write(buffer);
    }
  }
  return bytes;
}

TensorMap tensors_in(const WeightLayout& layout, std::span<const std::byte> memory,
                     const std::shared_ptr<const void>& owner) {
  support::require(memory.size() >= layout.num_bytes, "memory smaller than the layout");
  TensorMap tensors;
  for (const WeightFile& file : layout.files) {
    for (const TensorRoute& route : file.routes) {
      // from_blob asks for a mutable pointer; nothing writes through it.
      auto* const data = const_cast<std::byte*>(memory.data() + route.offset);
      tensors.emplace(route.name,
                      at::from_blob(
                          data, route.shape, [owner](void*) {}, at::TensorOptions(layout.dtype)));
    }
  }
  return tensors;
}

}  // namespace lightreasoner::weights
