// SPDX-License-Identifier: Apache-2.0
/// Which inputs each stage's result depends on.
#include "device/engine.hpp"
#include "model/build_decoder.hpp"
#include "pipeline/inputs.hpp"

#include <algorithm>
#include <string_view>

namespace lightreasoner::pipeline {
namespace {

/// Raised by hand whenever a change of ours alters the bits of a result.
constexpr const char* engine_variant = "3";

class IdentityBuilder {
 public:
  explicit IdentityBuilder(const Inputs& inputs)
      : inputs_(inputs), keys_(config::effective_keys(inputs.config)) {
    identity_.inputs.emplace("engine", engine_variant);
    identity_.inputs.emplace("numerics", device::describe_numerics());
  }

  /// The values of keys that begin with `prefix`, but for those in `except` (they change no bit).
  IdentityBuilder& keys(std::string_view prefix, std::vector<std::string_view> except = {}) {
    for (const config::KeyValue& entry : keys_) {
      if (entry.key.starts_with(prefix) &&
          std::find(except.begin(), except.end(), entry.key) == except.end()) {
        identity_.inputs[entry.key] = entry.value;
      }
    }
    return *this;
  }
  IdentityBuilder& hash(const std::string& input) {
    identity_.inputs[input] = inputs_.hashes.at(input);
    return *this;
  }
  /// A model's files and the type it is computed in: models.dtype = "auto" says nothing by itself.
  IdentityBuilder& weights(const std::string& input, const model::Decoder& decoder) {
    identity_.inputs[input + ".dtype"] = model::dtype_word(decoder);
    return hash(input);
  }
  /// What [method] takes from the expert's small files.
  IdentityBuilder& method_inputs() {
    if (inputs_.pad_id) {
      identity_.inputs["method.pad_id"] = std::to_string(*inputs_.pad_id);
    }
    return *this;
  }
  IdentityBuilder& after(const std::string& stage, const run::StageIdentity& identity) {
    identity_.inputs["stage." + stage] = identity.key();
    return *this;
  }
  [[nodiscard]] run::StageIdentity done() const { return identity_; }

 private:
  const Inputs& inputs_;
  std::vector<config::KeyValue> keys_;
  run::StageIdentity identity_;
};

/// Keys that name files, whose content is what counts, by its hash, and keys that change no bit.
const std::vector<std::string_view> uncounted{
    "evaluation.file",           "lora.start_from",
    "finetune.order_file",       "finetune.checkpoint_interval",
    "finetune.checkpoints_kept", "finetune.activation_checkpointing"};

}  // namespace

std::map<std::string, run::StageIdentity> identify_stages(const Inputs& inputs) {
  std::map<std::string, run::StageIdentity> stages;
  const auto build = [&] { return IdentityBuilder(inputs); };

  stages["evaluate-before"] = build()
                                  .keys("prompt.")
                                  .keys("evaluation.", uncounted)
                                  .weights("models.expert", inputs.expert)
                                  .hash("evaluation.file")
                                  .done();
  const std::vector<std::string_view> tuning_only{
      "method.mode", "method.skip_first_step", "method.max_prefix_tokens",
      "method.label_vocabulary", "method.loss_position"};
  stages["sample"] = build()
                         .keys("method.", tuning_only)
                         .keys("prompt.")
                         .keys("sampling.")
                         .keys("contrast.plausibility_floor")
                         .keys("records.units_per_shard")
                         .weights("models.expert", inputs.expert)
                         .weights("models.amateur", inputs.amateur)
                         .hash("problems.file")
                         .method_inputs()
                         .done();
  IdentityBuilder finetune = build();
  finetune.method_inputs()
      .keys("run.seed")
      .keys("method.prefix")
      .keys("method.skip_first_step")
      .keys("method.max_prefix_tokens")
      .keys("method.label_vocabulary")
      .keys("method.loss_position")
      .keys("contrast.")
      .keys("lora.", uncounted)
      .keys("finetune.", uncounted)
      .hash("lora.start_from")
      .hash("finetune.order_file");
  if (inputs.samples) {
    stages.erase("sample");
    finetune.keys("prompt.")
        .weights("models.expert", inputs.expert)
        .hash("problems.file")
        .hash("samples.file");
  } else {
    finetune.after("sample", stages["sample"]);
  }
  stages["finetune"] = finetune.done();
  stages["evaluate-after"] = build()
                                 .keys("prompt.")
                                 .keys("evaluation.", uncounted)
                                 .hash("evaluation.file")
                                 .after("finetune", stages["finetune"])
                                 .done();
  stages["merge"] = build().after("finetune", stages["finetune"]).done();
  return stages;
}

}  // namespace lightreasoner::pipeline
