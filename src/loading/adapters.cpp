// SPDX-License-Identifier: Apache-2.0
#include "loading/adapters.hpp"

#include "lora/peft_files.hpp"
#include "parallel/together.hpp"
#include "support/hashing.hpp"

namespace lightreasoner::loading {

lora::Config survey_adapter(const parallel::Communicator& world,
                            const std::filesystem::path& folder, const model::Decoder& decoder) {
  const auto head = parallel::from_root(world, [&] { return lora::read_peft_head(folder); });
  lora::Config config;
  parallel::run_together(world, [&] { config = lora::parse_peft_head(head, folder, decoder); });
  return config;
}

LoadedAdapter load_adapter(const parallel::Communicator& world, const std::filesystem::path& folder,
                           const model::Decoder& decoder) {
  const lora::PeftFiles files =
      parallel::from_root(world, [&] { return lora::read_peft_files(folder); });
  LoadedAdapter loaded;
  parallel::run_together(world, [&] { loaded.adapter = lora::parse_peft(files, folder, decoder); });
  loaded.weights_sha256 = support::to_hex(support::sha256(files.at(lora::adapter_weights_file)));
  return loaded;
}

}  // namespace lightreasoner::loading
