// SPDX-License-Identifier: Apache-2.0
#include "loading/adapters.hpp"

#include "lora/peft_files.hpp"
#include "support/hashing.hpp"

#include <utility>

namespace lightreasoner::loading {

LoadedAdapter load_adapter(const parallel::Communicator& world, const std::filesystem::path& folder,
                           const model::Decoder& decoder) {
  lora::PeftFiles files;
  parallel::run_together(world, [&] {
    if (world.is_root()) {
      files = lora::read_peft_files(folder);
    }
  });
  for (const char* name : {lora::adapter_config_file, lora::adapter_weights_file}) {
    files[name] = parallel::broadcast(world, std::move(files[name]));
  }
  LoadedAdapter loaded;
  parallel::run_together(world, [&] { loaded.adapter = lora::parse_peft(files, folder, decoder); });
  loaded.weights_sha256 = support::to_hex(support::sha256(files[lora::adapter_weights_file]));
  return loaded;
}

}  // namespace lightreasoner::loading
