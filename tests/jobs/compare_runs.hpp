// SPDX-License-Identifier: Apache-2.0
/// Results of two kinds of device, which round differently.
#pragma once

#include "device/transfer.hpp"
#include "job_runner.hpp"
#include "support/files.hpp"
#include "weights/safetensors.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

namespace lightreasoner::jobs_test {

// | what                                          | tolerance                              |
// |-----------------------------------------------|----------------------------------------|
// | divergences, labels, losses of an update      | of numbers around 1, absolute: logits  |
// |                                               | up to 30, each rounded to 2^-24 of it  |
// |                                               | over 4 layers:                         |
inline constexpr double across_devices = 1e-5;
// | the adapter                                   | the same, of this part of its elements:|
// |                                               | Adam divides a gradient by its size, so|
// |                                               | one that is all rounding may turn      |
inline constexpr double part_of_elements = 0.999;

/// The samples that `export` writes of a run.
inline std::vector<nlohmann::json> samples_of(const std::filesystem::path& run) {
  const std::string file = run.string() + ".jsonl";
  const Outcome outcome = run_job(1, {"export", run.string(), file});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  std::vector<nlohmann::json> samples;
  std::istringstream lines(support::read_file(file));
  for (std::string line; std::getline(lines, line);) samples.push_back(nlohmann::json::parse(line));
  return samples;
}

inline void expect_near(const nlohmann::json& found, const nlohmann::json& expected) {
  const auto values = found.get<std::vector<double>>();
  const auto wanted = expected.get<std::vector<double>>();
  ASSERT_EQ(values.size(), wanted.size());
  for (std::size_t i = 0; i < values.size(); ++i) EXPECT_NEAR(values[i], wanted[i], across_devices);
}

inline void expect_same_samples(const std::filesystem::path& run,
                                const std::filesystem::path& other) {
  const std::vector<nlohmann::json> found = samples_of(run);
  const std::vector<nlohmann::json> expected = samples_of(other);
  ASSERT_EQ(found.size(), expected.size());
  ASSERT_FALSE(found.empty());
  for (std::size_t i = 0; i < found.size(); ++i) {
    for (const char* field : {"prompt_id", "step", "prefix", "token_ids"}) {
      ASSERT_EQ(found[i].at(field), expected[i].at(field)) << i;
    }
    EXPECT_NEAR(found[i].at("kl_divergence").get<double>(),
                expected[i].at("kl_divergence").get<double>(), across_devices);
    expect_near(found[i].at("weights"), expected[i].at("weights"));
  }
}

inline void expect_same_adapter(const std::filesystem::path& run,
                                const std::filesystem::path& other) {
  const auto adapter_of = [](const std::filesystem::path& folder) {
    return weights::read_safetensors(folder / "adapter/adapter_model.safetensors");
  };
  const weights::TensorMap expected = adapter_of(other);
  std::vector<double> differences;
  for (const auto& [name, tensor] : adapter_of(run)) {
    const std::vector<float> values = device::floats_to_host(tensor);
    const std::vector<float> wanted = device::floats_to_host(expected.at(name));
    ASSERT_EQ(values.size(), wanted.size()) << name;
    for (std::size_t i = 0; i < values.size(); ++i) {
      differences.push_back(std::abs(double{values[i]} - double{wanted[i]}));
    }
  }
  std::sort(differences.begin(), differences.end());
  const auto place =
      static_cast<std::size_t>(part_of_elements * static_cast<double>(differences.size()));
  EXPECT_LE(differences.at(place), across_devices);
  EXPECT_GT(differences.size(), 10'000U);
}

/// Two runs of all stages: the same texts, and numbers that differ by rounding alone.
inline void expect_results_but_for_rounding(const std::filesystem::path& run,
                                            const std::filesystem::path& other) {
  expect_same_samples(run, other);
  expect_same_adapter(run, other);
  const auto losses_of = [](const std::filesystem::path& folder) {
    return nlohmann::json::parse(support::read_file(folder / "tuning.json")).at("losses");
  };
  expect_near(losses_of(run), losses_of(other));
  for (const char* file :
       {"evaluation/before/predictions.jsonl", "evaluation/after/predictions.jsonl"}) {
    EXPECT_EQ(support::read_file(run / file), support::read_file(other / file)) << file;
  }
}

}  // namespace lightreasoner::jobs_test
