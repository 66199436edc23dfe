// SPDX-License-Identifier: Apache-2.0
/// What tuning needs beside models and problems: samples, their order, the adapter to start from.
/// All functions throw UserError, agreed, and are collective over world.
#pragma once

#include "parallel/communicator.hpp"
#include "pipeline/inputs.hpp"

namespace lightreasoner::pipeline {

/// finetune.order_file, if one is given. A small file that asks for no model.
void read_order(const parallel::Communicator& world, Inputs& inputs);

/// samples.file, if one is given, which stands in for records. @pre problems and models are read.
void read_samples(const parallel::Communicator& world, Inputs& inputs);

/// lora.start_from, if it is given: its shape becomes the configuration's, so that it stands in
/// stage keys and config.toml. @pre the expert is read.
void read_start_adapter(const parallel::Communicator& world, Inputs& inputs);

}  // namespace lightreasoner::pipeline
