// Several processes that train together, beside one that trains alone.
#include <unistd.h>

#include <catch2/matchers/catch_matchers_floating_point.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <cmath>
#include <tuple>

#include "command_line.h"
#include "native_catch.h"
#include "ranks_training.h"
#include "small_runs.h"

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::WithinAbs;
using namespace limbus;
namespace fs = std::filesystem;

namespace {

// Not Adam: a bias before a batch norm has a gradient of rounding errors alone, of which Adam makes
// whole steps. The training loss does not see them, the running statistics lag behind: a validation
// loss differs by thousandths then, also between one thread and two; with these by 2e-4 at most on
// the processors seen.
const std::vector<std::string> kPlainSteps = {
    "--set", "optimizer=sgd", "--set", "schedule.lr=0.05", "--set", "data.validationCount=5"};

void requireSameCurves(const fs::path& alone, const fs::path& together) {
  const std::vector<Json> one = records(alone), two = records(together);
  REQUIRE(one.size() == two.size());
  for (std::size_t i = 0; i < one.size(); ++i) {
    INFO("epoch " << i + 1);
    CHECK_THAT(two[i].at("trainLoss").get<double>(),
               WithinAbs(one[i].at("trainLoss").get<double>(), 1e-5));
    CHECK_THAT(two[i].at("validation").at("loss").get<double>(),
               WithinAbs(one[i].at("validation").at("loss").get<double>(), 5e-4));
    CHECK(two[i].at("step") == one[i].at("step"));
  }
}

}  // namespace

TEST_CASE("ranks: two train as one does with the same batch") {
  if (!canTrainTogether()) SKIP("this LibTorch has no Gloo");
  const RanksTraining training;
  std::vector<std::string> alone = kPlainSteps;
  alone.insert(alone.end(), {"--set", "epochs=4"});
  std::vector<std::string> together = alone;
  together.insert(together.end(), {"--ranks", "2"});
  REQUIRE(training.train("alone", alone).exitCode == 0);
  const Said said = training.train("both", together);
  INFO(said.err);
  REQUIRE(said.exitCode == 0);
  CHECK_THAT(said.out, ContainsSubstring("2 ranks of "));
  requireSameCurves(training.scratch / "alone", training.scratch / "both");
  const Weights one = training.last("alone").weights, two = training.last("both").weights;
  for (const auto& [name, tensor] : one) {  // running statistics among them
    INFO(name);
    for (std::size_t i = 0; i < tensor.values.size(); ++i) {
      REQUIRE_THAT(two.at(name).values[i],
                   WithinAbs(tensor.values[i], 1e-4 * (1 + std::abs(tensor.values[i]))));
    }
  }
}

TEST_CASE("ranks: the mean of weights has norms measured over the batches of both") {
  if (!canTrainTogether()) SKIP("this LibTorch has no Gloo");
  const RanksTraining training;
  std::vector<std::string> alone = kPlainSteps;
  alone.insert(alone.end(), {"--set", "epochs=3", "--set", R"(swa={"from": 0.3})"});
  std::vector<std::string> together = alone;
  together.insert(together.end(), {"--ranks", "2"});
  REQUIRE(training.train("alone", alone).exitCode == 0);
  const Said said = training.train("both", together);
  INFO(said.err);
  REQUIRE(said.exitCode == 0);
  const Weights one = training.last("alone").weights, two = training.last("both").weights;
  REQUIRE(!one.empty());
  for (const auto& [name, tensor] : one) {
    INFO(name);
    for (std::size_t i = 0; i < tensor.values.size(); ++i) {
      REQUIRE_THAT(two.at(name).values[i],
                   WithinAbs(tensor.values[i], 1e-4 * (1 + std::abs(tensor.values[i]))));
    }
  }
}

TEST_CASE("ranks: two validate as one does, also where a loss is of the batch as a whole") {
  if (!canTrainTogether()) SKIP("this LibTorch has no Gloo");
  const RanksTraining training;
  std::vector<std::string> alone = kPlainSteps;
  alone.insert(alone.end(), {"--steps", "1", "--set", "loss=ce+dice", "--set", "schedule.lr=1e-9"});
  std::vector<std::string> together = alone;
  together.insert(together.end(), {"--ranks", "2"});
  REQUIRE(training.train("alone", alone).exitCode == 0);
  REQUIRE(training.train("both", together).exitCode == 0);
  const Json one = records(training.scratch / "alone").at(0).at("validation");
  const Json two = records(training.scratch / "both").at(0).at("validation");
  CHECK_THAT(two.at("loss").get<double>(), WithinAbs(one.at("loss").get<double>(), 1e-5));
  CHECK_THAT(two.at("mIoU").get<double>(), WithinAbs(one.at("mIoU").get<double>(), 1e-4));
}

TEST_CASE("ranks: what is wrong with one rank's LibTorch none computes so") {
  if (!canTrainTogether()) SKIP("this LibTorch has no Gloo");
  const RanksTraining training;
  const auto cacheOf = [&](const char* rank) {
    return (training.scratch / ("cache" + std::string(rank))).string();
  };
  const auto start = [&](const char* rank, const char* run, int port) {
    const std::string cache = cacheOf(rank);
    const Environment memory(
        std::vector<std::pair<const char*, const char*>>{{"XDG_CACHE_HOME", cache.c_str()}});
    return training.startRank(rank, somePort(port), run, {"--steps", "1"});
  };
  const auto both = [&](const char* run, int port) {
    const pid_t first = start("0", run, port), second = start("1", run, port);
    CHECK(exitCodeOf(second) == 0);
    CHECK(exitCodeOf(first) == 0);
    return textOf(training.scratch / run / "train.log");
  };
  CHECK_THAT(both("right", 1), !ContainsSubstring("self-check"));
  // The second one's remembers its convolutions as wrong.
  int wrong = 0;
  for (const auto& entry : fs::recursive_directory_iterator(cacheOf("1"))) {
    if (!entry.is_regular_file()) continue;
    Json all = Json::parse(readBytes(entry.path()).value());
    for (Json& engine : all.at("engines")) {
      for (auto finding = engine.begin(); finding != engine.end(); ++finding) {
        if (finding.key().rfind("conv ", 0) != 0) continue;
        finding.value() = false;
        ++wrong;
      }
    }
    REQUIRE(writeBytes(entry.path(), all.dump()));
  }
  REQUIRE(wrong > 0);
  CHECK_THAT(both("wrong", 2),
             ContainsSubstring("self-check: another rank's LibTorch computes conv '") &&
                 ContainsSubstring("wrongly with oneDNN; without it for these"));
}

namespace {

// Two network namespaces with a cable between them: what two hosts are to a program. `first` is the
// one's name; it believes that to be a loopback address, as Debian's installer has it.
struct TwoHosts {
  std::string a = "limbus-a-" + std::to_string(::getpid());
  std::string b = "limbus-b-" + std::to_string(::getpid());
  bool there = false;
  std::string why;

  TwoHosts() {
    std::string line = "ip netns add " + a + " && ip netns add " + b +
                       " && ip link add eth0 netns " + a + " type veth peer name eth0 netns " + b;
    for (const auto& [host, address, nameOfFirst] :
         {std::tuple(a, "192.168.77.1/24", "127.0.1.1"),
          std::tuple(b, "192.168.77.2/24", "192.168.77.1")}) {
      line += " && ip -n " + host + " addr add " + address + " dev eth0 && ip -n " + host +
              " link set eth0 up && ip -n " + host + " link set lo up && mkdir -p /etc/netns/" +
              host + " && echo '" + nameOfFirst + " first' > /etc/netns/" + host + "/hosts";
    }
    const Said said = saidBy("( " + line + " )");
    there = said.exitCode == 0;
    why = said.err;
  }
  ~TwoHosts() {
    saidBy("ip netns del " + a + "; ip netns del " + b + "; rm -r /etc/netns/" + a +
           " /etc/netns/" + b);
  }
};

}  // namespace

TEST_CASE("ranks: on two hosts") {
  if (!canTrainTogether()) SKIP("this LibTorch has no Gloo");
  const TwoHosts hosts;
  if (!hosts.there)
    SKIP("network namespaces cannot be made here (root, and iproute2): " + hosts.why);
  const RanksTraining training;
  std::vector<std::string> plain = kPlainSteps;
  plain.insert(plain.end(), {"--set", "epochs=2"});
  REQUIRE(training.train("alone", plain).exitCode == 0);
  const auto on = [&](const std::string& host, const char* rank) {
    std::string line = "RANK=" + std::string(rank) +
                       " LOCAL_RANK=0 WORLD_SIZE=2 MASTER_ADDR=first OMP_NUM_THREADS=1 "
                       "timeout -k 5 120 ip netns exec " +
                       host + " " + shellQuoted(LIMBUS_EXE);
    for (const std::string& word : training.words("both", plain)) {
      line += " " + shellQuoted(word);
    }
    return line;
  };
  const Said said = saidBy(on(hosts.b, "1") + " & other=$!; " + on(hosts.a, "0") +
                           " || { kill $other; exit 1; }; wait $other");
  INFO(said.err);
  REQUIRE(said.exitCode == 0);
  requireSameCurves(training.scratch / "alone", training.scratch / "both");
}
