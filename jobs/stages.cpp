// SPDX-License-Identifier: Apache-2.0
/// Which inputs each stage's result depends on.
#include "inputs.hpp"
#include "model/engine.hpp"
#include "model/weights.hpp"

#include <algorithm>
#include <string_view>

namespace lightreasoner::jobs {
namespace {

/// Raised by hand whenever a change of ours alters the bits of a result.
constexpr const char* engine_variant = "1";

class IdentityBuilder {
 public:
  explicit IdentityBuilder(const Inputs& inputs)
      : inputs_(inputs), keys_(config::effective_keys(inputs.config)) {
    identity_.inputs.emplace("engine", engine_variant);
    identity_.inputs.emplace("numerics", model::describe_numerics());
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

/// Keys that name files: their content is what counts, by its hash.
const std::vector<std::string_view> paths{"evaluation.file"};

}  // namespace

std::map<std::string, run::StageIdentity> identify_stages(const Inputs& inputs) {
  std::map<std::string, run::StageIdentity> stages;
  const auto build = [&] { return IdentityBuilder(inputs); };

  stages["evaluate-before"] = build()
                                  .keys("prompt.")
                                  .keys("evaluation.", paths)
                                  .weights("models.expert", inputs.expert)
                                  .hash("evaluation.file")
                                  .done();
  stages["sample"] = build()
                         .keys("method.")
                         .keys("prompt.")
                         .keys("sampling.")
                         .keys("contrast.plausibility_floor")
                         .keys("records.units_per_shard")
                         .weights("models.expert", inputs.expert)
                         .weights("models.amateur", inputs.amateur)
                         .hash("problems.file")
                         .done();
  stages["finetune"] =
      build()
          .keys("run.seed")
          .keys("method.")
          .keys("contrast.")
          .keys("lora.")
          .keys("finetune.", {"finetune.checkpoint_interval", "finetune.checkpoints_kept"})
          .after("sample", stages["sample"])
          .done();
  stages["evaluate-after"] = build()
                                 .keys("prompt.")
                                 .keys("evaluation.", paths)
                                 .hash("evaluation.file")
                                 .after("finetune", stages["finetune"])
                                 .done();
  stages["merge"] = build().after("finetune", stages["finetune"]).done();
  return stages;
}

}  // namespace lightreasoner::jobs
