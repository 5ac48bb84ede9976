// Several processes that train together, beside one that trains alone.
#include <unistd.h>

#include <catch2/matchers/catch_matchers_floating_point.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <chrono>
#include <cmath>
#include <csignal>

#include "child_process.h"
#include "command_line.h"
#include "native/train/checkpoint.h"
#include "native/train/ranks.h"
#include "same_weights.h"
#include "small_runs.h"

using namespace limbus;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::WithinAbs;
namespace fs = std::filesystem;

namespace {

struct Environment {
  explicit Environment(const std::vector<std::pair<const char*, const char*>>& values) {
    for (const auto& [name, value] : values) {
      ::setenv(name, value, 1);
      names.push_back(name);
    }
  }
  ~Environment() {
    for (const char* name : names) ::unsetenv(name);
  }
  std::vector<const char*> names;
};

struct Training {
  ScratchFolder scratch;
  std::string recipe = (scratch / "small.json").string();

  Training() { REQUIRE(writeBytes(recipe, kSmallRecipe, false)); }

  // `loss` is a mean over pixels, none of which is void: its mean over ranks is that of the batch.
  std::vector<std::string> words(const std::string& run,
                                 const std::vector<std::string>& more) const {
    std::vector<std::string> line = {"train",    recipe,    "--out", (scratch / run).string(),
                                     "--device", "cpu",     "--set", "loss=ce",
                                     "--set",    "batch=4", "--set", "data.count=8"};
    line.insert(line.end(), more.begin(), more.end());
    return line;
  }

  Said train(const std::string& run, const std::vector<std::string>& more) const {
    return limbusSays(words(run, more));
  }

  SavedRun last(const std::string& run) const {
    return readSavedRun(scratch / run / "last.safetensors").value();
  }
};

// Tests that run at the same time are processes of their own.
std::string somePort(int which) { return std::to_string(20000 + (::getpid() * 4 + which) % 12000); }

bool canTrainTogether() {
  const Result<std::unique_ptr<Ranks>> ranks = Ranks::join(
      {.rank = 0, .size = 1, .port = static_cast<std::uint16_t>(std::stoi(somePort(0)))});
  if (!ranks && ranks.error().code == ErrorCode::unsupported) return false;
  return true;
}

}  // namespace

TEST_CASE("ranks: their places come from the environment") {
  CHECK(rankPlace()->size == 1);
  {
    const Environment torchrun(
        {{"RANK", "2"}, {"WORLD_SIZE", "4"}, {"MASTER_ADDR", "10.0.0.7"}, {"MASTER_PORT", "1234"}});
    const RankPlace place = rankPlace().value();
    CHECK(place.rank == 2);
    CHECK(place.size == 4);
    CHECK(place.host == "10.0.0.7");
    CHECK(place.port == 1234);
  }
  {
    const Environment slurm({{"SLURM_PROCID", "1"},
                             {"SLURM_STEP_NUM_TASKS", "2"},
                             {"SLURM_STEP_NODELIST", "gpu[07-09,12].cluster,other"}});
    CHECK(rankPlace()->host == "gpu07.cluster");
  }
  {
    const Environment slurm({{"SLURM_PROCID", "1"},
                             {"SLURM_STEP_NUM_TASKS", "2"},
                             {"SLURM_STEP_NODELIST", "one,two[1-2]"}});
    CHECK(rankPlace()->host == "one");
  }
  {
    const Environment mpi({{"OMPI_COMM_WORLD_RANK", "1"},
                           {"OMPI_COMM_WORLD_SIZE", "2"},
                           {"OMPI_COMM_WORLD_LOCAL_SIZE", "2"}});
    CHECK(rankPlace()->host == "127.0.0.1");
  }
  {
    const Environment mpi({{"OMPI_COMM_WORLD_RANK", "1"},
                           {"OMPI_COMM_WORLD_SIZE", "2"},
                           {"OMPI_COMM_WORLD_LOCAL_SIZE", "1"}});
    CHECK_THAT(rankPlace().error().message, ContainsSubstring("MASTER_ADDR is missing"));
  }
  for (const char* rank : {"4", "-1", "x", "1x"}) {
    const Environment wrong({{"RANK", rank}, {"WORLD_SIZE", "4"}, {"MASTER_ADDR", "h"}});
    CHECK_THAT(rankPlace().error().message,
               ContainsSubstring("RANK expects a whole number from 0 to 3, got '"));
  }
}

TEST_CASE("ranks: two train as one does with the same batch, also resumed by another number") {
  if (!canTrainTogether()) SKIP("this LibTorch has no Gloo");
  const Training training;
  REQUIRE(training.train("alone", {"--set", "epochs=4"}).exitCode == 0);
  const Said said = training.train("both", {"--set", "epochs=4", "--ranks", "2"});
  INFO(said.err);
  REQUIRE(said.exitCode == 0);
  CHECK_THAT(said.out, ContainsSubstring("2 ranks of "));
  const std::vector<Json> alone = records(training.scratch / "alone");
  const std::vector<Json> both = records(training.scratch / "both");
  REQUIRE(both.size() == 4);
  for (std::size_t i = 0; i < 4; ++i) {
    // Sums in another order; Adam makes more of it from step to step.
    CHECK_THAT(both[i].at("trainLoss").get<double>(),
               WithinAbs(alone[i].at("trainLoss").get<double>(), 2e-3));
    CHECK_THAT(both[i].at("validation").at("loss").get<double>(),
               WithinAbs(alone[i].at("validation").at("loss").get<double>(), 5e-3));
    CHECK(both[i].at("step") == alone[i].at("step"));
  }
  // The first step's loss has seen no update: it differs by rounding alone.
  REQUIRE(training.train("one", {"--steps", "1", "--set", "epochs=4"}).exitCode == 0);
  REQUIRE(training.train("two", {"--steps", "1", "--set", "epochs=4", "--ranks", "2"}).exitCode ==
          0);
  CHECK_THAT(records(training.scratch / "two")[0].at("trainLoss").get<double>(),
             WithinAbs(records(training.scratch / "one")[0].at("trainLoss").get<double>(), 1e-5));
  const Weights one = training.last("one").weights, two = training.last("two").weights;
  for (const auto& [name, tensor] : one) {
    if (name.find("running_") == std::string::npos) continue;
    INFO(name);
    for (std::size_t i = 0; i < tensor.values.size(); ++i) {
      CHECK_THAT(two.at(name).values[i],
                 WithinAbs(tensor.values[i], 1e-4 * (1 + std::abs(tensor.values[i]))));
    }
  }
}

TEST_CASE("ranks: stopped as one, resumed by another number of them") {
  if (!canTrainTogether()) SKIP("this LibTorch has no Gloo");
  const Training training;
  const std::vector<std::string> more = {"--set", "epochs=30", "--save-steps", "1"};
  std::vector<std::string> together = more;
  together.insert(together.end(), {"--ranks", "2"});
  const pid_t parent = startLimbus(training.words("run", together));
  REQUIRE(sees(parent, training.scratch / "run" / "last.safetensors", 3));
  ::kill(parent, SIGTERM);
  CHECK(exitCodeOf(parent) == 3);
  const std::int64_t before = training.last("run").step;
  CHECK(before > 0);
  CHECK(before < 60);
  std::vector<std::string> resumed = more;
  resumed.push_back("--resume");
  REQUIRE(training.train("run", resumed).exitCode == 0);
  CHECK(training.last("run").step == 60);
  CHECK(records(training.scratch / "run").size() == 30);
}

TEST_CASE("ranks: a lost one ends the others, with a line that says so") {
  if (!canTrainTogether()) SKIP("this LibTorch has no Gloo");
  const Training training;
  const std::string port = somePort(1);
  const auto start = [&](const char* rank) {
    const Environment place({{"RANK", rank},
                             {"WORLD_SIZE", "2"},
                             {"MASTER_ADDR", "127.0.0.1"},
                             {"MASTER_PORT", port.c_str()},
                             {"OMP_NUM_THREADS", "1"}});
    return startLimbus(training.words("run", {"--set", "epochs=1000", "--save-steps", "1"}),
                       training.scratch / rank);
  };
  const pid_t first = start("0"), second = start("1");
  REQUIRE(sees(first, training.scratch / "run" / "last.safetensors", 2));
  ::kill(second, SIGKILL);
  const auto killed = std::chrono::steady_clock::now();
  CHECK(exitCodeOf(second) == 128 + SIGKILL);
  CHECK(exitCodeOf(first) == 1);
  CHECK(std::chrono::steady_clock::now() - killed < std::chrono::seconds(20));
  const std::string said = textOf(training.scratch / "0");
  CHECK_THAT(said, ContainsSubstring("rank 0 of 2: another rank is gone"));
  CHECK_THAT(said, ContainsSubstring("--resume"));
}

namespace {

// Two network namespaces with a cable between them: what two hosts are to a program.
struct TwoHosts {
  std::string a = "limbus-a-" + std::to_string(::getpid());
  std::string b = "limbus-b-" + std::to_string(::getpid());
  bool there = false;

  TwoHosts() {
    std::string line = "ip netns add " + a + " && ip netns add " + b +
                       " && ip link add eth0 netns " + a + " type veth peer name eth0 netns " + b;
    for (const auto& [host, address] :
         {std::pair(a, "10.77.0.1/24"), std::pair(b, "10.77.0.2/24")}) {
      line += " && ip -n " + host + " addr add " + address + " dev eth0 && ip -n " + host +
              " link set eth0 up && ip -n " + host + " link set lo up";
    }
    there = saidBy(line).exitCode == 0;
  }
  ~TwoHosts() { saidBy("ip netns del " + a + "; ip netns del " + b); }
};

}  // namespace

TEST_CASE("ranks: on two hosts") {
  if (!canTrainTogether()) SKIP("this LibTorch has no Gloo");
  const TwoHosts hosts;
  if (!hosts.there) SKIP("network namespaces cannot be made here (root, and iproute2)");
  const Training training;
  REQUIRE(training.train("alone", {"--set", "epochs=2"}).exitCode == 0);
  const auto on = [&](const std::string& host, const char* rank) {
    std::string line = "RANK=" + std::string(rank) +
                       " WORLD_SIZE=2 MASTER_ADDR=10.77.0.1 OMP_NUM_THREADS=1 ip netns exec " +
                       host + " " + shellQuoted(LIMBUS_EXE);
    for (const std::string& word : training.words("both", {"--set", "epochs=2"})) {
      line += " " + shellQuoted(word);
    }
    return line;
  };
  const Said said = saidBy(on(hosts.b, "1") + " & " + on(hosts.a, "0") + " && wait $!");
  INFO(said.err);
  REQUIRE(said.exitCode == 0);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK_THAT(
        records(training.scratch / "both").at(i).at("trainLoss").get<double>(),
        WithinAbs(records(training.scratch / "alone").at(i).at("trainLoss").get<double>(), 2e-3));
  }
}

TEST_CASE("ranks: what cannot be shared is said") {
  if (!canTrainTogether()) SKIP("this LibTorch has no Gloo");
  const Training training;
  const Said odd = training.train("run", {"--ranks", "3"});
  CHECK(odd.exitCode == 2);
  CHECK_THAT(odd.err, ContainsSubstring("batch 4 cannot be shared by 3 ranks"));
  CHECK(!fs::exists(training.scratch / "run"));
}
