// SPDX-License-Identifier: Apache-2.0
/// GoogleTest under MPI: every rank runs every test in the same order; a failure on any rank fails
/// the test on rank 0, which prints what each rank said. A watchdog ends a test that hangs.
#include "parallel/session.hpp"
#include "support/mpi_world.hpp"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <gtest/gtest.h>
#include <memory>
#include <unistd.h>

namespace lightreasoner::testing_support {
namespace {

constexpr unsigned seconds_a_test = 60;

struct State {
  std::unique_ptr<parallel::Session> session;
  std::filesystem::path folder;  ///< shared by the ranks of the test that runs, if it asked for one
  char test[256] = "start-up";   ///< the one that runs
};

State& state() {
  static State one;
  return one;
}

/// Async-signal-safe: names the test that hangs, then leaves; mpirun ends the other ranks.
void on_alarm(int /*signal*/) {
  const State& now = state();
  [[maybe_unused]] ssize_t ignored = ::write(STDERR_FILENO, now.test, std::strlen(now.test));
  static constexpr char text[] = ": still running at the watchdog's deadline\n";
  ignored = ::write(STDERR_FILENO, text, sizeof(text) - 1);
  ::_exit(124);
}

/// Replaces GoogleTest's printer on all ranks: rank 0 prints for everybody, in OnTestEnd, which
/// every rank reaches (also after a fatal failure), so the gather there cannot hang.
class GatheringListener : public ::testing::EmptyTestEventListener {
  void OnTestStart(const ::testing::TestInfo& info) override {
    std::snprintf(state().test, sizeof State::test, "%s.%s", info.test_suite_name(), info.name());
    ::alarm(seconds_a_test);
  }

  void OnTestEnd(const ::testing::TestInfo& info) override {
    std::string failures;
    for (int i = 0; i < info.result()->total_part_count(); ++i) {
      const auto& part = info.result()->GetTestPartResult(i);
      if (part.failed()) {
        failures += std::string(part.file_name() == nullptr ? "" : part.file_name()) + ":" +
                    std::to_string(part.line_number()) + ": " + part.message() + "\n";
      }
    }
    const auto all = parallel::gather(world(), failures);
    bool others_failed = false;
    for (std::size_t rank = 0; rank < all.size(); ++rank) {
      if (!all[rank].empty()) {
        others_failed = others_failed || rank != 0;
        std::printf("rank %zu: %s\n", rank, all[rank].c_str());
      }
    }
    if (world().is_root()) {
      const bool failed = others_failed || info.result()->Failed();
      const char* word = info.result()->Skipped() ? "  SKIPPED " : "       OK ";
      std::printf("[%s] %s.%s\n", failed ? "  FAILED  " : word, info.test_suite_name(),
                  info.name());
      std::fflush(stdout);
      any_failed_ = any_failed_ || failed;
    }
    ::alarm(0);
    if (std::filesystem::path& folder = state().folder; !folder.empty()) {
      parallel::barrier(world());
      if (world().is_root()) {
        std::filesystem::remove_all(folder);
      }
      folder.clear();
    }
  }

  bool any_failed_ = false;

 public:
  [[nodiscard]] bool any_failed() const { return any_failed_; }
};

int run(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  std::signal(SIGALRM, on_alarm);
  auto& listeners = ::testing::UnitTest::GetInstance()->listeners();
  delete listeners.Release(listeners.default_result_printer());
  auto* listener = new GatheringListener;  // GoogleTest takes ownership
  listeners.Append(listener);
  const int result = RUN_ALL_TESTS();
  const bool failed =
      parallel::all_reduce_sum(world(), std::uint64_t{result != 0 || listener->any_failed()}) > 0;
  return failed ? 1 : 0;
}

}  // namespace

const parallel::Communicator& world() { return state().session->world(); }

std::filesystem::path shared_folder() {
  std::string name;
  if (world().is_root()) {
    name = (std::filesystem::temp_directory_path() / "lightreasoner-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) {
      throw std::runtime_error("mkdtemp failed for " + name);
    }
  }
  state().folder = parallel::broadcast(world(), name);
  return state().folder;
}

}  // namespace lightreasoner::testing_support

int main(int argc, char** argv) {
  using namespace lightreasoner;
  auto& session = testing_support::state().session;
  session = std::make_unique<parallel::Session>(argc, argv);
  const int code = parallel::run_guarded(testing_support::world(),
                                         [&] { return testing_support::run(argc, argv); });
  session.reset();
  return code;
}
