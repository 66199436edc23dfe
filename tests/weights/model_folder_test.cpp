// SPDX-License-Identifier: Apache-2.0
#include "weights/model_folder.hpp"

#include "support/as_nobody.hpp"
#include "support/files.hpp"
#include "support/refusal.hpp"
#include "support/temporary_folder.hpp"

#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lightreasoner::weights {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

/// A model's folder, and another folder beside it.
class CarriedOver : public ::testing::Test {
 protected:
  CarriedOver() { write("model/config.json"); }

  void write(const char* name) const {
    support::make_directories(at(name).parent_path());
    support::write_file_atomically(at(name), "{}");
  }
  [[nodiscard]] fs::path at(const char* name) const { return folder_.path() / name; }
  [[nodiscard]] fs::path model() const { return at("model"); }
  [[nodiscard]] std::string refusal() const {
    return testing_support::refusal_of([&] { return carried_over(model()); });
  }

 private:
  testing_support::TemporaryFolder folder_;
};

TEST_F(CarriedOver, FilesOfFoldersThatAreLinked) {
  write("elsewhere/templates/rag.jinja");
  fs::create_directory_symlink(at("elsewhere"), at("model/additional"));
  fs::create_symlink(at("elsewhere/templates/rag.jinja"), at("model/chat_template.jinja"));
  // Links that lead back, to where the walk is and to above it.
  fs::create_directory_symlink(model(), at("model/again"));
  fs::create_directory_symlink(at("elsewhere"), at("elsewhere/templates/up"));
  EXPECT_THAT(carried_over(model()), UnorderedElementsAre("config.json", "chat_template.jinja",
                                                          "additional/templates/rag.jinja"));
}

TEST_F(CarriedOver, NothingOfWhatStandsAlone) {
  for (const char* other :
       {"model/checkpoint-500/trainer_state.json", "model/checkpoint-500/tokenizer.json",
        "model/adapters/mine/adapter_config.json", "model/adapters/mine/README.md",
        "model/older/config.json", "model/older/tokenizer.json", "model/runs/one/provenance.json",
        "model/runs/one/tuning.json", "model/.cache/note.txt", "model/.notes.txt"}) {
    write(other);
  }
  write("model/adapters/README.md");
  EXPECT_THAT(carried_over(model()), UnorderedElementsAre("config.json", "adapters/README.md"));
}

TEST_F(CarriedOver, AllThatHoldsNoWeights) {
  for (const char* file : {"model/LICENCE", "model/COPYING", "model/modeling_mine.py",
                           "model/vocab.bpe", "model/assets/logo.svg", "model/config.yaml"}) {
    write(file);
  }
  for (const char* weights :
       {"model/model.safetensors", "model/pytorch_model.bin", "model/optimizer.pt",
        "model/model.gguf", "model/model.safetensors.index.json", "model/runs/events.tfevents.1"}) {
    write(weights);
  }
  EXPECT_THAT(carried_over(model()),
              UnorderedElementsAre("config.json", "LICENCE", "COPYING", "modeling_mine.py",
                                   "vocab.bpe", "assets/logo.svg", "config.yaml"));
}

TEST_F(CarriedOver, ALinkToNothingIsNamed) {
  fs::create_symlink("/scratch/gone.jinja", at("model/chat_template.jinja"));
  EXPECT_THAT(refusal(), HasSubstr("chat_template.jinja is a link to /scratch/gone.jinja, which"));
  fs::remove(at("model/chat_template.jinja"));
  fs::create_symlink("/scratch/gone", at("model/additional_chat_templates"));
  EXPECT_THAT(refusal(), HasSubstr("additional_chat_templates is a link to /scratch/gone, which"));
  fs::remove(at("model/additional_chat_templates"));
  fs::create_symlink("someone@host.1234", at("model/.#config.json"));  // an editor's lock
  EXPECT_EQ(refusal(), "accepted");
}

TEST_F(CarriedOver, AFolderThatIsClosedIsNamed) {
  fs::permissions(model().parent_path(), fs::perms::all);
  write("model/templates/rag.jinja");
  fs::permissions(at("model/templates"), fs::perms::none);
  const std::string message = testing_support::as_nobody([&] { return refusal(); });
  EXPECT_THAT(message, HasSubstr(at("model/templates").string() + ": cannot be"));
  EXPECT_THAT(message, HasSubstr("Permission denied; this user may not enter"));
}

TEST_F(CarriedOver, NamesThatCannotBeCopiedAreRefused) {
  write("model/caf\xe9.txt");
  EXPECT_THAT(refusal(), HasSubstr("caf\ufffd.txt: its name is not UTF-8; rename it"));
  fs::remove(at("model/caf\xe9.txt"));
  // What writes a file whole needs a longer name than this for a moment.
  const std::ofstream file(model() / std::string(251, 'k'));
  EXPECT_THAT(refusal(), HasSubstr("a name of 251 characters, at most 250 can be copied"));
}

TEST_F(CarriedOver, AnAdapterInAModelsFolderIsRefused) {
  write("model/adapter_config.json");
  write("model/model.safetensors");
  EXPECT_THAT(testing_support::refusal_of([&] { return read_model_folder(model()); }),
              HasSubstr("adapter_config.json: an adapter lies in the model's folder"));
}

TEST_F(CarriedOver, AMissingModelIsNamed) {
  fs::remove_all(model());
  EXPECT_THAT(refusal(), HasSubstr(model().string() + ": cannot be listed: No such file"));
}

}  // namespace
}  // namespace lightreasoner::weights
