// How ranks end as one: stopped, told by signals, one of them lost.
#include <catch2/matchers/catch_matchers_string.hpp>
#include <csignal>
#include <sstream>

#include "child_process.h"
#include "command_line.h"
#include "native/system/files.h"
#include "native_catch.h"
#include "ranks_training.h"
#include "small_runs.h"

using Catch::Matchers::ContainsSubstring;
using namespace limbus;

TEST_CASE("ranks: stopped as one, resumed by another number of them") {
  if (!canTrainTogether()) SKIP("this LibTorch has no Gloo");
  const RanksTraining training;
  const std::vector<std::string> more = {"--set", "epochs=30", "--save-steps", "1"};
  std::vector<std::string> together = more;
  together.insert(together.end(), {"--ranks", "2"});
  const pid_t parent = startLimbus(training.words("run", together));
  REQUIRE(sees(parent, training.scratch / "run" / "last.safetensors", 3));
  ::kill(parent, SIGTERM);
  CHECK(exitCodeOf(parent) == 3);
  CHECK_THAT(textOf(training.scratch / "run" / "train.log"),
             ContainsSubstring("stopped by SIGTERM\n"));
  const std::int64_t before = training.last("run").step;
  CHECK(before > 0);
  CHECK(before < 60);
  std::vector<std::string> resumed = more;
  resumed.push_back("--resume");
  REQUIRE(training.train("run", resumed).exitCode == 0);
  CHECK(training.last("run").step == 60);
  CHECK(records(training.scratch / "run").size() == 30);
}

TEST_CASE("ranks: killed within an epoch, they keep what it counted so far") {
  if (!canTrainTogether()) SKIP("this LibTorch has no Gloo");
  const RanksTraining training;
  const std::vector<std::string> more = {"--set", "data.count=200", "--set",        "epochs=1",
                                         "--log", "tensorboard",    "--ranks",      "2",
                                         "--set", "augment=[]",     "--save-steps", "1"};
  const pid_t parent = startLimbus(training.words("run", more));
  REQUIRE(sees(parent, training.scratch / "run" / "last.safetensors", 3));
  ::kill(parent, SIGKILL);
  exitCodeOf(parent);
  const EpochReport before = training.last("run").underWay;
  REQUIRE(before.steps > 0);
  REQUIRE(before.counts);
  CHECK(before.counts->total() == before.steps * 4 * 64 * 64);
}

TEST_CASE("ranks: a signal that all get, and a second one by the first, stops them as one") {
  if (!canTrainTogether()) SKIP("this LibTorch has no Gloo");
  const RanksTraining training;
  const pid_t parent = startLimbus(
      training.words("run", {"--set", "epochs=1000", "--save-steps", "1", "--ranks", "2"}));
  REQUIRE(sees(parent, training.scratch / "run" / "last.safetensors", 3));
  std::istringstream children(
      readBytes("/proc/" + std::to_string(parent) + "/task/" + std::to_string(parent) + "/children")
          .value());
  for (pid_t child = 0; children >> child;) ::kill(child, SIGTERM);
  ::kill(parent, SIGTERM);
  CHECK(exitCodeOf(parent) == 3);
}

TEST_CASE("ranks: a lost one ends the others, with a line that says so") {
  if (!canTrainTogether()) SKIP("this LibTorch has no Gloo");
  const RanksTraining training;
  const auto start = [&](const char* rank) {
    return training.startRank(rank, somePort(1), "run",
                              {"--set", "epochs=1000", "--save-steps", "1"});
  };
  const pid_t first = start("0"), second = start("1");
  REQUIRE(sees(first, training.scratch / "run" / "last.safetensors", 2));
  ::kill(second, SIGKILL);
  CHECK(exitCodeOf(second) == 128 + SIGKILL);
  CHECK(exitCodeOf(first) == 1);
  const std::string said = textOf(training.scratch / "0");
  CHECK_THAT(said, ContainsSubstring("rank 0 of 2: another rank is gone"));
  CHECK_THAT(said, ContainsSubstring("--resume"));
  for (const char* waited : {"imed out", "imeout"}) {  // for kRankWait: it was not told at once
    CHECK_THAT(said, !ContainsSubstring(waited));
  }
}
