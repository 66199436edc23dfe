// SPDX-License-Identifier: Apache-2.0
#include "weights/safetensors_header.hpp"

#include "support/errors.hpp"
#include "support/json.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <tuple>

namespace lightreasoner::weights {
namespace {

using support::UserError;

static_assert(std::endian::native == std::endian::little, "safetensors data are little-endian");

constexpr std::size_t length_bytes = safetensors_length_bytes;

constexpr std::array<std::pair<std::string_view, at::ScalarType>, 15> dtypes{{
    {"BOOL", at::ScalarType::Bool},
    {"U8", at::ScalarType::Byte},
    {"I8", at::ScalarType::Char},
    {"F8_E4M3", at::ScalarType::Float8_e4m3fn},
    {"F8_E5M2", at::ScalarType::Float8_e5m2},
    {"U16", at::ScalarType::UInt16},
    {"I16", at::ScalarType::Short},
    {"F16", at::ScalarType::Half},
    {"BF16", at::ScalarType::BFloat16},
    {"U32", at::ScalarType::UInt32},
    {"I32", at::ScalarType::Int},
    {"F32", at::ScalarType::Float},
    {"U64", at::ScalarType::UInt64},
    {"I64", at::ScalarType::Long},
    {"F64", at::ScalarType::Double},
}};

[[noreturn]] void fail(const std::string& file_name, const std::string& what) {
  throw UserError(fmt::format(
      "{}: not a valid safetensors file: {}; copy or download the file again", file_name, what));
}

/// Receives the header's JSON token by token. The grammar allowed is so small that anything else
/// ends the parse where it stands: no tree is built, whatever the header's depth.
class HeaderReader {
 public:
  explicit HeaderReader(std::string file_name) : file_name_(std::move(file_name)) {}

  [[nodiscard]] std::vector<TensorEntry> take_entries() { return std::move(entries_); }

  // The names and signatures are those of nlohmann::json_sax.
  bool null() { unexpected("null"); }
  bool boolean(bool /*value*/) { unexpected("a boolean"); }
  bool number_integer(std::int64_t value) { unexpected(fmt::format("negative number {}", value)); }
  bool number_float(double /*value*/, const std::string& text) {
    unexpected(fmt::format("number {}, which is no 64-bit whole number", text));
  }
  bool binary(std::vector<std::uint8_t>& /*value*/) { unexpected("binary data"); }

  bool number_unsigned(std::uint64_t value) {
    if (place_ == Place::offsets) {
      offsets_.push_back(value);
    } else if (place_ == Place::shape) {
      if (value > std::uint64_t{std::numeric_limits<std::int64_t>::max()}) {
        unexpected(fmt::format("dimension {}, larger than any tensor", value));
      }
      entries_.back().shape.push_back(static_cast<std::int64_t>(value));
    } else {
      unexpected(fmt::format("number {}", value));
    }
    return true;
  }

  bool string(std::string& value) {
    if (place_ == Place::tensor && field_ == "dtype") {
      const auto known = std::find_if(dtypes.begin(), dtypes.end(),
                                      [&](const auto& row) { return row.first == value; });
      if (known == dtypes.end()) {
        fail(file_name_, fmt::format("tensor \"{}\" has unknown dtype \"{}\"", name_, value));
      }
      entries_.back().dtype = known->second;
    } else if (place_ != Place::metadata) {
      unexpected(fmt::format("text \"{}\"", value));
    }
    return true;
  }

  bool start_object(std::size_t /*size*/) {
    if (place_ == Place::outside) {
      place_ = Place::top;
    } else if (place_ == Place::top && name_ == "__metadata__") {
      place_ = Place::metadata;
    } else if (place_ == Place::top) {
      place_ = Place::tensor;
      entries_.push_back({.name = name_, .shape = {}});
    } else {
      unexpected("an object");
    }
    keys_.open_object();
    num_fields_ = 0;
    return true;
  }

  bool key(std::string& value) {
    if (!keys_.insert(value)) {
      fail(file_name_, fmt::format("{} holds key \"{}\" twice",
                                   place_ == Place::top ? "the header" : '"' + name_ + '"', value));
    }
    if (place_ == Place::top) {
      name_ = value;
      field_.clear();
      return true;
    }
    field_ = value;
    ++num_fields_;
    if (place_ == Place::tensor && value != "dtype" && value != "shape" &&
        value != "data_offsets") {
      fail(file_name_, fmt::format("tensor \"{}\" has unknown key \"{}\"", name_, value));
    }
    return true;
  }

  bool end_object() {
    if (place_ == Place::tensor) {
      if (num_fields_ != 3) {
        fail(file_name_,
             fmt::format("tensor \"{}\" lacks one of dtype, shape, data_offsets", name_));
      }
      if (offsets_.size() != 2) {
        fail(file_name_,
             fmt::format("tensor \"{}\" has {} data_offsets, expected 2", name_, offsets_.size()));
      }
      entries_.back().begin = offsets_[0];
      entries_.back().end = offsets_[1];
      offsets_.clear();
    }
    keys_.close_object();
    place_ = place_ == Place::top ? Place::outside : Place::top;
    return true;
  }

  bool start_array(std::size_t /*size*/) {
    if (place_ == Place::tensor && field_ == "shape") {
      place_ = Place::shape;
    } else if (place_ == Place::tensor && field_ == "data_offsets") {
      place_ = Place::offsets;
    } else {
      unexpected("a list");
    }
    return true;
  }

  bool end_array() {
    place_ = Place::tensor;
    return true;
  }

  bool parse_error(std::size_t position, const std::string& /*last_token*/,
                   const std::exception& error) {
    fail(file_name_, fmt::format("the header is not JSON at byte {} ({})", position, error.what()));
  }

 private:
  enum class Place { outside, top, metadata, tensor, shape, offsets };

  [[noreturn]] void unexpected(const std::string& what) const {
    fail(file_name_, fmt::format("unexpected {} in the header at \"{}\"{}", what, name_,
                                 field_.empty() ? "" : ", key \"" + field_ + "\""));
  }

  std::string file_name_;
  Place place_ = Place::outside;
  std::string name_, field_;  // keys of the first and the second level being read
  support::OpenKeys keys_;
  int num_fields_ = 0;  // of the tensor being read
  std::vector<std::uint64_t> offsets_;
  std::vector<TensorEntry> entries_;
};

/// Bytes of a tensor, nothing when shape x dtype does not fit an int64. Zero dimensions count as
/// one for the limit, because strides are products of the others.
std::optional<std::uint64_t> num_bytes(const TensorEntry& entry) {
  auto limit = static_cast<std::int64_t>(c10::elementSize(entry.dtype));
  bool is_empty = false;
  for (const std::int64_t size : entry.shape) {
    is_empty = is_empty || size == 0;
    if (__builtin_mul_overflow(limit, std::max<std::int64_t>(size, 1), &limit)) {
      return std::nullopt;
    }
  }
  return is_empty ? 0 : static_cast<std::uint64_t>(limit);
}

/// Contiguous from 0 to `data_bytes`, in any order of the header, each span as long as its tensor.
void check_layout(std::vector<TensorEntry>& entries, std::uint64_t data_bytes,
                  const std::string& file_name) {
  std::sort(entries.begin(), entries.end(), [](const TensorEntry& a, const TensorEntry& b) {
    return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
  });
  std::uint64_t filled = 0;
  for (const TensorEntry& entry : entries) {
    const auto place =
        fmt::format("tensor \"{}\" at bytes [{}, {})", entry.name, entry.begin, entry.end);
    if (entry.begin > entry.end) {
      fail(file_name, place + " ends before it begins");
    }
    if (entry.end > data_bytes) {
      fail(file_name, fmt::format("{} reaches past the file's {} bytes of data (truncated?)", place,
                                  data_bytes));
    }
    if (entry.begin != filled) {
      fail(file_name, fmt::format("{} {} the bytes before {}", place,
                                  entry.begin < filled ? "overlaps" : "leaves a hole in", filled));
    }
    const auto expected = num_bytes(entry);
    if (!expected) {
      fail(file_name,
           fmt::format("{} has shape [{}], which overflows", place, fmt::join(entry.shape, ", ")));
    }
    if (*expected != entry.end - entry.begin) {
      fail(file_name,
           fmt::format("{} has shape [{}] of {}, which takes {} bytes", place,
                       fmt::join(entry.shape, ", "), dtype_name(entry.dtype), *expected));
    }
    filled = entry.end;
  }
  if (filled != data_bytes) {
    fail(file_name,
         fmt::format("its tensors end at byte {} of {} bytes of data", filled, data_bytes));
  }
}

}  // namespace

std::string_view dtype_name(at::ScalarType dtype) {
  const auto known = std::find_if(dtypes.begin(), dtypes.end(),
                                  [&](const auto& row) { return row.second == dtype; });
  support::require(known != dtypes.end(), "a tensor type that safetensors cannot hold");
  return known->first;
}

std::uint64_t safetensors_head_bytes(std::span<const std::byte> first, std::uint64_t file_bytes,
                                     const std::string& file_name) {
  if (first.size() < length_bytes) {
    fail(file_name, fmt::format("its {} bytes are too few for a header", file_bytes));
  }
  std::uint64_t header_bytes = 0;
  std::memcpy(&header_bytes, first.data(), length_bytes);
  if (header_bytes > max_header_bytes) {
    fail(file_name, fmt::format("its header claims {} bytes, more than the limit of {}",
                                header_bytes, max_header_bytes));
  }
  if (header_bytes > file_bytes - length_bytes) {
    fail(file_name, fmt::format("its header claims {} bytes but the file has {} (truncated?)",
                                header_bytes, file_bytes));
  }
  return length_bytes + header_bytes;
}

SafetensorsHeader parse_safetensors_header(std::span<const std::byte> head,
                                           std::uint64_t file_bytes, const std::string& file_name) {
  const std::uint64_t head_bytes = safetensors_head_bytes(head, file_bytes, file_name);
  support::require(head.size() >= head_bytes, "the head of a file must be whole");
  const std::string_view text(reinterpret_cast<const char*>(head.data()) + length_bytes,
                              head_bytes - length_bytes);
  if (!text.starts_with('{')) {
    fail(file_name, "its header does not start with \"{\"");
  }
  HeaderReader reader(file_name);
  nlohmann::json::sax_parse(text, &reader);
  SafetensorsHeader header{head_bytes, reader.take_entries()};
  check_layout(header.entries, file_bytes - header.data_offset, file_name);
  return header;
}

}  // namespace lightreasoner::weights
