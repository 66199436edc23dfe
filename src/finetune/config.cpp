// SPDX-License-Identifier: Apache-2.0
#include "finetune/config.hpp"

#include "support/errors.hpp"

#include <cmath>
#include <fmt/format.h>

namespace lightreasoner::finetune {
namespace {

/// `fits` is false for NaN too.
void check(bool fits, const char* key, double value, const char* rule) {
  if (!fits) {
    throw support::UserError(fmt::format("finetune.{} = {}: must be {}", key, value, rule));
  }
}

void check_count(const char* key, std::uint64_t value, std::uint64_t least) {
  if (value < least) {
    throw support::UserError(
        fmt::format("finetune.{} = {}: must be at least {}", key, value, least));
  }
}

void check_positive(const char* key, double value) {
  check(value > 0 && std::isfinite(value), key, value, "a finite number above 0");
}

void check_decay(const char* key, double value) {
  check(value >= 0 && value < 1, key, value, "in [0, 1)");
}

}  // namespace

void validate(const Config& config) {
  check_count("iterations", config.iterations, 1);
  check_positive("learning_rate", config.optimizer.learning_rate);
  check_count("micro_batch", config.micro_batch, 1);
  check_count("gradient_accumulation", config.gradient_accumulation, 1);
  check_positive("max_gradient_norm", config.optimizer.max_gradient_norm);
  check(config.optimizer.weight_decay >= 0 && std::isfinite(config.optimizer.weight_decay),
        "weight_decay", config.optimizer.weight_decay, "a finite number, 0 or above");
  check_decay("adam_beta1", config.optimizer.adam_beta1);
  check_decay("adam_beta2", config.optimizer.adam_beta2);
  check_positive("adam_epsilon", config.optimizer.adam_epsilon);
  check_count("checkpoint_interval", config.checkpoints.interval, 1);
  // A damaged newest checkpoint needs an older one to fall back to.
  check_count("checkpoints_kept", config.checkpoints.kept, 2);
}

}  // namespace lightreasoner::finetune
