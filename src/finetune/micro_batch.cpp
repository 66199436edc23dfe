// SPDX-License-Identifier: Apache-2.0
#include "finetune/micro_batch.hpp"

#include "device/transfer.hpp"

#include <ATen/ATen.h>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace lightreasoner::finetune {

model::TokenBatch prefix_batch(const examples::ExampleSet& set,
                               std::span<const std::uint64_t> examples, std::int32_t pad_id) {
  std::int64_t length = 0;
  for (const std::uint64_t index : examples) {
    length = std::max(length, std::int64_t{set.examples[index].prefix_length});
  }
  const auto rows = static_cast<std::int64_t>(examples.size());
  model::TokenBatch batch;
  batch.ids = at::full({rows, length}, pad_id, at::kLong);
  batch.positions = at::arange(length, at::kLong).expand({rows, length});
  batch.is_token = at::zeros({rows, length}, at::kBool);
  auto ids = batch.ids.accessor<std::int64_t, 2>();
  for (std::int64_t row = 0; row < rows; ++row) {
    const auto& example = set.examples[examples[static_cast<std::size_t>(row)]];
    const auto& trajectory = set.trajectories[example.trajectory];
    for (std::int64_t place = 0; place < example.prefix_length; ++place) {
      ids[row][place] = trajectory[static_cast<std::size_t>(place)];
    }
    batch.is_token[row].narrow(0, 0, example.prefix_length).fill_(true);
  }
  return batch;
}

LabelEntries label_entries(const examples::ExampleSet& set,
                           std::span<const std::uint64_t> examples) {
  std::vector<std::int64_t> rows;
  std::vector<std::int64_t> ids;
  std::vector<float> weights;
  LabelEntries entries;
  for (std::size_t row = 0; row < examples.size(); ++row) {
    const std::uint64_t last = set.label_offsets[examples[row] + 1];
    for (std::uint64_t entry = set.label_offsets[examples[row]]; entry < last; ++entry) {
      const double weight = set.label_weights[entry];
      rows.push_back(static_cast<std::int64_t>(row));
      ids.push_back(set.label_ids[entry]);
      weights.push_back(set.label_weights[entry]);
      entries.negative_entropy += weight > 0 ? weight * std::log(weight) : 0.0;
    }
  }
  entries.rows = at::tensor(rows, at::kLong);
  entries.ids = at::tensor(ids, at::kLong);
  entries.weights = at::tensor(weights, at::kFloat);
  return entries;
}

LabelEntries to_device(const LabelEntries& entries, at::Device device) {
  LabelEntries moved = entries;
  for (at::Tensor* tensor : {&moved.rows, &moved.ids, &moved.weights}) {
    *tensor = device::to_device(*tensor, device);
  }
  return moved;
}

}  // namespace lightreasoner::finetune
