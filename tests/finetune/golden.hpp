// SPDX-License-Identifier: Apache-2.0
/// The tiny model, examples and expected values that tools/make_finetune_goldens wrote.
#pragma once

#include "device/engine.hpp"
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

struct Golden {
  nlohmann::json expected;
  model::Decoder decoder;
  lora::LoraAdapter adapter;  ///< attached to decoder
  examples::ExampleSet set;
  Config config;
  std::uint64_t seed = 0;
};

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

inline Golden load_golden() {
  device::set_up_engine(1);
  Golden golden;
  golden.expected = examples::read_expected();
  golden.decoder = model::load_decoder(examples::golden_folder() / "model");
  golden.adapter = lora::read_peft(examples::golden_folder() / "adapter", golden.decoder);
  lora::attach(golden.decoder, golden.adapter);
  golden.set = examples::read_examples(golden.expected);
  golden.config = read_config(golden.expected.at("config"));
  golden.seed = golden.expected.at("seed");
  return golden;
}

}  // namespace lightreasoner::finetune
