// SPDX-License-Identifier: Apache-2.0
/// The tiny model, examples and expected values that tools/make_finetune_goldens wrote.
#pragma once

#include "device/determinism.hpp"
#include "examples/golden.hpp"
#include "finetune/config.hpp"
#include "lora/adapter.hpp"
#include "lora/peft_files.hpp"
#include "model/build_decoder.hpp"
#include "model/decoder.hpp"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <vector>

namespace lightreasoner::finetune {

inline Config read_config(const nlohmann::json& json) {
  Config config;
  json.at("iterations").get_to(config.iterations);
  json.at("learning_rate").get_to(config.optimizer.learning_rate);
  json.at("micro_batch").get_to(config.micro_batch);
  json.at("gradient_accumulation").get_to(config.gradient_accumulation);
  json.at("max_gradient_norm").get_to(config.optimizer.max_gradient_norm);
  json.at("weight_decay").get_to(config.optimizer.weight_decay);
  json.at("adam_beta1").get_to(config.optimizer.adam_beta1);
  json.at("adam_beta2").get_to(config.optimizer.adam_beta2);
  json.at("adam_epsilon").get_to(config.optimizer.adam_epsilon);
  return config;
}

struct Golden {
  Golden()
      : expected(examples::read_expected()),
        decoder(model::load_decoder(examples::golden_folder() / "model")),
        adapter(lora::read_peft(examples::golden_folder() / "adapter", decoder)),
        set(examples::read_examples(expected)),
        config(read_config(expected.at("config"))),
        seed(expected.at("seed")) {}

  nlohmann::json expected;
  model::Decoder decoder;
  lora::LoraAdapter adapter;
  examples::ExampleSet set;
  Config config;
  std::uint64_t seed = 0;
  lora::AttachedAdapter tuned{decoder, adapter};
};

inline Golden load_golden() {
  device::set_up_torch(1);
  return {};
}

}  // namespace lightreasoner::finetune
