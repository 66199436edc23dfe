// SPDX-License-Identifier: Apache-2.0
#include "weights/safetensors.hpp"

#include "support/damage.hpp"
#include "support/errors.hpp"
#include "support/files.hpp"
#include "support/refusal.hpp"
#include "support/temporary_folder.hpp"
#include "weights/model_folders.hpp"
#include "weights/safetensors_header.hpp"

#include <ATen/ATen.h>
#include <cstring>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <random>

namespace lightreasoner::weights {
namespace {

using ::testing::HasSubstr;
using testing_support::refusal_of;

std::string file_of(std::uint64_t claimed_length, const std::string& header,
                    std::size_t data_bytes) {
  std::string bytes(sizeof claimed_length, '\0');
  std::memcpy(bytes.data(), &claimed_length, sizeof claimed_length);
  return bytes + header + std::string(data_bytes, '\1');
}

std::string file_of(const std::string& header, std::size_t data_bytes) {
  return file_of(header.size(), header, data_bytes);
}

std::string message_of(const std::string& bytes) {
  try {
    (void)parse_safetensors_header(std::as_bytes(std::span(bytes)), bytes.size(), "some/file");
  } catch (const support::UserError& error) {
    EXPECT_THAT(error.what(), HasSubstr("some/file: not a valid safetensors file: "));
    return error.what();
  }
  return "accepted";
}

TEST(SafetensorsHeader, AcceptsWhatTheFormatAllows) {
  for (const std::string& bytes : {
           file_of("{}", 0),
           file_of("{}     ", 0),
           file_of(R"({"__metadata__":{"format":"pt","a":"b"}})", 0),
           file_of(R"({"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}})", 16),
           file_of(R"({"a":{"shape":[],"dtype":"F64","data_offsets":[0,8]}})", 8),
           file_of(R"({"a":{"dtype":"F32","shape":[2,0],"data_offsets":[0,0]}})", 0),
           // The header's order is free; the data's is not.
           file_of(R"({"b":{"dtype":"U8","shape":[3],"data_offsets":[4,7]},)"
                   R"("a":{"dtype":"I32","shape":[1],"data_offsets":[0,4]}})",
                   7),
       }) {
    EXPECT_EQ(message_of(bytes), "accepted") << bytes.substr(8);
  }
}

/// A header with one tensor "a" of these fields.
std::string one(const std::string& fields) { return "{\"a\":{" + fields + "}}"; }

std::string tensor(const std::string& shape, const std::string& offsets) {
  return one(R"("dtype":"F32","shape":[)" + shape + R"(],"data_offsets":[)" + offsets + "]");
}

std::string pair(const std::string& first, const std::string& second) {
  return R"({"a":{"dtype":"U8","shape":[2],"data_offsets":)" + first +
         R"(},"b":{"dtype":"U8","shape":[2],"data_offsets":)" + second + "}}";
}

struct Case {
  std::string bytes;
  const char* message;
};

void expect_refusals(const std::vector<Case>& cases) {
  for (const Case& test : cases) {
    EXPECT_THAT(message_of(test.bytes), HasSubstr(test.message))
        << test.bytes.substr(0, std::min<std::size_t>(test.bytes.size(), 200));
  }
}

TEST(SafetensorsHeader, RefusesWhatIsNoHeader) {
  expect_refusals({
      {"", "too few for a header"},
      {"1234567", "too few for a header"},
      {file_of(3, "{}", 0), "claims 3 bytes but the file has 10 (truncated?)"},
      {file_of(~std::uint64_t{0}, "{}", 0), "more than the limit of 100000000"},
      {file_of(max_header_bytes + 1, "{}", 0), "more than the limit"},
      {file_of(0, "", 0), "does not start with \"{\""},
      {file_of(" {}", 0), "does not start with \"{\""},
      {file_of("[1]", 0), "does not start with \"{\""},
      {file_of("{not json}", 0), "not JSON at byte"},
      {file_of("{}{}", 0), "not JSON at byte"},
      {file_of("{\"\xFF\":1}", 0), "not JSON at byte"},
      {file_of(R"({"a":)" + std::string(100000, '[') + "}", 0), "unexpected a list"},
      {file_of(R"({"a":[]})", 0), "unexpected a list"},
      {file_of(R"({"a":null})", 0), "unexpected null"},
      {file_of(R"({"a":3})", 0), "unexpected number 3"},
      {file_of(R"({"__metadata__":{"a":1}})", 0), "unexpected number 1"},
      {file_of(R"({"__metadata__":{"a":{}}})", 0), "unexpected an object"},
      {file_of(R"({"__metadata__":{"a":"b","a":"c"}})", 0),
       "\"__metadata__\" holds key \"a\" twice"},
      {file_of(R"({"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},)"
               R"("a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}})",
               0),
       "the header holds key \"a\" twice"},
      {file_of(one(R"("dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4])"), 4),
       "holds key \"dtype\" twice"},
      {file_of(one(R"("dtype":"F32","shape":[1])"), 4), "lacks one of"},
      {file_of(one(R"("dtype":"F32","shape":[1],"offsets":[0,4])"), 4), "unknown key \"offsets\""},
      {file_of(one(R"("dtype":"F31","shape":[1],"data_offsets":[0,4])"), 4),
       "unknown dtype \"F31\""},
      {file_of(one(R"("dtype":4,"shape":[1],"data_offsets":[0,4])"), 4), "unexpected number 4"},
      {file_of(one(R"("dtype":"F32","shape":1,"data_offsets":[0,4])"), 4), "unexpected number 1"},
      {file_of(one(R"("dtype":"F32","shape":[[1]],"data_offsets":[0,4])"), 4), "unexpected a list"},
  });
}

TEST(SafetensorsHeader, RefusesTensorsThatDoNotFit) {
  expect_refusals({
      {file_of(tensor("-1", "0,4"), 4), "negative number -1"},
      {file_of(tensor("1", "-4,0"), 4), "negative number -4"},
      {file_of(tensor("1.5", "0,4"), 4), "1.5, which is no 64-bit whole number"},
      {file_of(tensor("99999999999999999999", "0,4"), 4), "which is no 64-bit whole number"},
      {file_of(tensor("9223372036854775808", "0,4"), 4), "larger than any tensor"},
      {file_of(tensor("true", "0,4"), 4), "unexpected a boolean"},
      {file_of(tensor("1", "0"), 4), "has 1 data_offsets, expected 2"},
      {file_of(tensor("1", "0,4,8"), 4), "has 3 data_offsets, expected 2"},
      {file_of(tensor("1", "4,0"), 4), "ends before it begins"},
      {file_of(tensor("1", "0,8"), 4), "reaches past the file's 4 bytes of data"},
      {file_of(tensor("1", "18446744073709551608,18446744073709551612"), 4), "reaches past"},
      {file_of(tensor("2", "0,4"), 4), "has shape [2] of F32, which takes 8 bytes"},
      {file_of(tensor("", "0,8"), 8), "has shape [] of F32, which takes 4 bytes"},
      {file_of(tensor("4611686018427387904,4611686018427387904", "0,4"), 4), "which overflows"},
      {file_of(tensor("0,4611686018427387904,4611686018427387904", "0,0"), 0), "which overflows"},
      {file_of(pair("[0,2]", "[1,3]"), 3), "\"b\" at bytes [1, 3) overlaps the bytes before 2"},
      {file_of(pair("[0,2]", "[0,2]"), 2), "overlaps the bytes before 2"},
      {file_of(pair("[0,2]", "[3,5]"), 5), "leaves a hole in the bytes before 2"},
      {file_of(pair("[1,3]", "[3,5]"), 5), "\"a\" at bytes [1, 3) leaves a hole"},
      {file_of(tensor("1", "0,4"), 5), "its tensors end at byte 4 of 5 bytes of data"},
      {file_of("{}", 1), "its tensors end at byte 0 of 1 bytes of data"},
  });
}

TEST(SafetensorsHeader, SurvivesAnyDamage) {
  const std::string good =
      support::read_file(testing_support::model_folder("tied") / "model.safetensors");
  std::uint64_t header_bytes = 0;
  std::memcpy(&header_bytes, good.data(), sizeof header_bytes);
  const std::size_t fragile = sizeof header_bytes + header_bytes;
  std::mt19937 random(7);  // the same damage in every run
  int refused = 0;
  constexpr int rounds = 3000;
  for (int round = 0; round < rounds; ++round) {
    const std::string bytes = testing_support::damaged(good, fragile, 4, random);
    try {
      const auto header =
          parse_safetensors_header(std::as_bytes(std::span(bytes)), bytes.size(), "damaged");
      for (const TensorEntry& entry : header.entries) {
        ASSERT_LE(header.data_offset + entry.end, bytes.size());
      }
    } catch (const support::UserError&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, rounds / 2);
}

TEST(Safetensors, WhatIsWrittenComesBack) {
  const testing_support::TemporaryFolder folder;
  const auto path = folder.path() / "file.safetensors";
  const TensorMap tensors{
      {"b", at::arange(6, at::kFloat).view({2, 3})},
      {"a", at::arange(5, at::kByte)},
      {"transposed", at::arange(6, at::kLong).view({2, 3}).t()},
      {"empty", at::empty({0, 4}, at::kHalf)},
      {"scalar", at::scalar_tensor(2.5, at::kDouble)},
      {"bool \"quoted\"", at::tensor({1, 0, 1}).to(at::kBool)},
  };
  write_safetensors(path, tensors, {{"format", "pt"}});
  EXPECT_EQ(support::read_file(path), serialize_safetensors(tensors, {{"format", "pt"}}));
  const TensorMap back = read_safetensors(path);
  ASSERT_EQ(back.size(), tensors.size());
  for (const auto& [name, tensor] : tensors) {
    EXPECT_EQ(back.at(name).scalar_type(), tensor.scalar_type()) << name;
    EXPECT_TRUE(at::equal(back.at(name), tensor)) << name;
  }
}

TEST(Safetensors, EqualTensorsGiveTheBytesOfTheReferenceWriter) {
  const auto path = testing_support::model_folder("tied") / "model.safetensors";
  EXPECT_EQ(serialize_safetensors(read_safetensors(path), {{"format", "pt"}}),
            support::read_file(path));
}

TEST(Safetensors, TensorsOutliveTheMap) {
  const testing_support::TemporaryFolder folder;
  const auto path = folder.path() / "file.safetensors";
  support::write_file_atomically(path,
                                 serialize_safetensors({{"x", at::arange(1000, at::kFloat)}}, {}));
  const at::Tensor tensor = read_safetensors(path).at("x");
  std::filesystem::remove(path);
  EXPECT_EQ(tensor.sum().item<float>(), 499500.0F);
}

TEST(Safetensors, AreParsedFromBytesThatTheTensorsKeep) {
  std::string bytes = serialize_safetensors({{"x", at::arange(1000, at::kFloat)}}, {});
  const at::Tensor tensor = parse_safetensors(bytes, "here").at("x");
  EXPECT_EQ(tensor.sum().item<float>(), 499500.0F);
  bytes.pop_back();
  EXPECT_THAT(refusal_of([&] { return parse_safetensors(bytes, "here"); }),
              ::testing::HasSubstr("here: "));
}

TEST(Safetensors, BytesOffTheElementsGridAreCopied) {
  const testing_support::TemporaryFolder folder;
  const auto path = folder.path() / "file.safetensors";
  std::string header = R"({"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})";
  header.resize(header.size() + 3 - header.size() % 2, ' ');  // odd: the data start unaligned
  support::write_file_atomically(path, file_of(header, 8));
  const at::Tensor tensor = read_safetensors(path).at("x");
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(tensor.const_data_ptr()) % sizeof(float), 0U);
  EXPECT_EQ(tensor.view(at::kInt)[1].item<int>(), 0x01010101);
}

}  // namespace
}  // namespace lightreasoner::weights
