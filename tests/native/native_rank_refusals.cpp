// What ranks do not begin with: a stranger, different things to train with, what cannot be shared.
#include <catch2/matchers/catch_matchers_string.hpp>
#include <csignal>
#include <future>

#include "child_process.h"
#include "command_line.h"
#include "native/train/ranks/ranks.h"
#include "native_catch.h"
#include "ranks_training.h"

using Catch::Matchers::ContainsSubstring;
using namespace limbus;
namespace fs = std::filesystem;

TEST_CASE("ranks: a second training at the same port is told, and the first goes on") {
  if (!canTrainTogether()) SKIP("this LibTorch has no Gloo");
  const auto port = static_cast<std::uint16_t>(std::stoi(somePort(1)));
  const auto joined = [&](int rank) {
    return std::async(std::launch::async,
                      [=] { return Ranks::join({.rank = rank, .size = 2, .port = port}); });
  };
  auto first = joined(0), second = joined(1);
  const auto one = first.get(), two = second.get();
  REQUIRE(one);
  REQUIRE(two);
  struct sigaction broken {};
  ::sigaction(SIGPIPE, nullptr, &broken);
  CHECK(broken.sa_handler == SIG_IGN);  // or what is written to a lost rank would end this one
  const auto stranger = joined(1).get();
  REQUIRE(!stranger);
  CHECK_THAT(stranger.error().message, ContainsSubstring("another training meets at 127.0.0.1"));
  auto done = std::async(std::launch::async, [&] { (*two)->finish(); });
  (*one)->finish();
  done.get();
}

TEST_CASE("ranks: all have the same to train with, or are told") {
  if (!canTrainTogether()) SKIP("this LibTorch has no Gloo");
  const RanksTraining training;
  REQUIRE(training.train("before", {"--steps", "1"}).exitCode == 0);
  const auto onDisk = [&](const char* count, const char* seed = "1") {
    const std::string folder = (training.scratch / (std::string(count) + "-" + seed)).string();
    REQUIRE(
        limbusSays({"synth", "--out", folder, "--count", count, "--seed", seed, "--size", "64x64"})
            .exitCode == 0);
    return std::vector<std::string>{"--data", folder, "--set",
                                    R"(data={"dataset": "openeds2019"})"};
  };
  struct Case {
    std::vector<std::string> first, second;
    std::string says;
  };
  int which = 0;
  for (const Case& odd :
       {Case{{}, {"--set", "schedule.lr=0.01"}, "another recipe: 'schedule.lr' differs"},
        Case{{"--steps", "2"}, {"--steps", "3"}, "other --steps: 3, not 2"},
        Case{onDisk("20"), onDisk("30"), "other training images: 24 of hash "},
        Case{onDisk("40"), onDisk("40", "2"), "other sizes of image and mask files: "},
        Case{{}, {"--init", (training.scratch / "before").string()}, "other weights"}}) {
    INFO(odd.says);
    const std::string port = somePort(++which % 4);
    const pid_t first = training.startRank("0", port, "run", odd.first);
    const pid_t second = training.startRank("1", port, "run", odd.second);
    CHECK(exitCodeOf(second) == 2);
    CHECK(exitCodeOf(first) == 2);
    for (const char* rank : {"0", "1"}) {
      CHECK_THAT(textOf(training.scratch / rank),
                 ContainsSubstring("rank 1 has " + odd.says) && ContainsSubstring("as rank 0 has"));
    }
    CHECK(!fs::exists(training.scratch / "run" / "log.jsonl"));
  }
}

TEST_CASE("ranks: what cannot be shared is said") {
  if (!canTrainTogether()) SKIP("this LibTorch has no Gloo");
  const RanksTraining training;
  const Said odd = training.train("run", {"--ranks", "3"});
  CHECK(odd.exitCode == 2);
  CHECK_THAT(odd.err, ContainsSubstring("batch 4 cannot be shared by 3 ranks"));
  CHECK(odd.errLines() == 1);
  CHECK(!fs::exists(training.scratch / "run"));
  const Said ui = training.train("run", {"--ranks", "2", "--ui"});
  CHECK(ui.exitCode == 2);
  CHECK_THAT(ui.err, ContainsSubstring("--ui needs the terminal"));
}
