// SPDX-License-Identifier: Apache-2.0
#include "examples/order.hpp"

#include "support/errors.hpp"
#include "support/json_lines.hpp"
#include "support/philox.hpp"
#include "support/trim.hpp"
#include "support/utf8.hpp"
#include "support/whole_number.hpp"

#include <cstddef>
#include <fmt/format.h>
#include <numeric>
#include <utility>

namespace lightreasoner::examples {

SampleOrder::SampleOrder(std::vector<std::uint64_t> examples)
    : num_examples_(examples.size()), permutation_(std::move(examples)) {
  support::require(num_examples_ > 0, "an order needs at least one example");
}

SampleOrder::SampleOrder(std::uint64_t num_examples, std::uint64_t seed)
    : num_examples_(num_examples), seed_(seed), permutation_(num_examples) {
  support::require(num_examples > 0, "an order needs at least one example");
  shuffle(0);
}

std::uint64_t SampleOrder::at(std::uint64_t position) {
  const std::uint64_t epoch = position / num_examples_;
  if (seed_ && epoch != epoch_) {
    shuffle(epoch);
  }
  return permutation_[position % num_examples_];
}

void SampleOrder::shuffle(std::uint64_t epoch) {
  epoch_ = epoch;
  std::iota(permutation_.begin(), permutation_.end(), std::uint64_t{0});
  const support::PhiloxKey key = support::philox_key(*seed_);
  for (std::uint64_t i = num_examples_ - 1; i > 0; --i) {
    const support::PhiloxCounter words =
        support::philox({static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(i >> 32),
                         static_cast<std::uint32_t>(epoch),
                         static_cast<std::uint32_t>(support::RandomStream::sample_order)},
                        key);
    // 64 random bits: the remainder's bias is below num_examples / 2^64.
    const std::uint64_t draw = (std::uint64_t{words[1]} << 32) | words[0];
    std::swap(permutation_[i], permutation_[draw % (i + 1)]);
  }
}

GivenOrder parse_order(std::string_view text, const std::filesystem::path& file) {
  GivenOrder order{.file = file};
  text = support::utf8_text(text, file.string());
  for (std::uint64_t line = 1; !text.empty(); ++line) {
    const std::string_view word = support::trim(support::take_line(text));
    if (word.empty()) {
      continue;
    }
    const auto sample = support::whole_number(word);
    if (!sample) {
      throw support::UserError(
          fmt::format("{}:{}: \"{}\" is no sample number; finetune.order_file has one whole number "
                      "a line, counted from 0",
                      file.string(), line, word.substr(0, 40)));
    }
    order.samples.push_back(*sample);
    order.lines.push_back(line);
  }
  if (order.samples.empty()) {
    throw support::UserError(
        fmt::format("{}: no sample numbers; finetune.order_file has one a line", file.string()));
  }
  return order;
}

void require_samples(const GivenOrder& order, std::uint64_t num_samples) {
  for (std::size_t i = 0; i < order.samples.size(); ++i) {
    if (order.samples[i] >= num_samples) {
      throw support::UserError(
          fmt::format("{}:{}: sample {} does not exist: {} steps were selected, numbered from 0",
                      order.file.string(), order.lines[i], order.samples[i], num_samples));
    }
  }
}

}  // namespace lightreasoner::examples
