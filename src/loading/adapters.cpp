// SPDX-License-Identifier: Apache-2.0
#include "loading/adapters.hpp"

#include "lora/peft_files.hpp"
#include "parallel/together.hpp"
#include "support/hashing.hpp"

#include <utility>

namespace lightreasoner::loading {

lora::Config survey_adapter(const parallel::Communicator& world,
                            const std::filesystem::path& folder, const model::Decoder& decoder) {
  lora::PeftHead head;
  parallel::run_on_root(world, [&] { head = lora::read_peft_head(folder); });
  head.config = parallel::broadcast(world, std::move(head.config));
  head.head = parallel::broadcast(world, std::move(head.head));
  head.weight_bytes = parallel::broadcast(world, head.weight_bytes);
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
