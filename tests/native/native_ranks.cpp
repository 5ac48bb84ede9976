// Several processes that train together, beside one that trains alone.
#include <unistd.h>

#include <catch2/matchers/catch_matchers_floating_point.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <cmath>
#include <csignal>
#include <future>
#include <map>
#include <sstream>

#include "child_process.h"
#include "command_line.h"
#include "native/system/files.h"
#include "native/train/checkpoint.h"
#include "native/train/parameter_groups.h"
#include "native/train/ranks/ranks.h"
#include "native/train/ranks/shared_gradients.h"
#include "native/train/ranks/shared_norm.h"
#include "native/train/step.h"
#include "same_weights.h"
#include "shared/graph/builder.h"
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

struct RanksTraining {
  ScratchFolder scratch;
  std::string recipe = (scratch / "small.json").string();

  RanksTraining() { REQUIRE(writeBytes(recipe, kSmallRecipe, false)); }

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

  // One of two, by hand; what it says lies in the file `rank`.
  pid_t startRank(const char* rank, const std::string& port, const std::string& run,
                  const std::vector<std::string>& more) const {
    const Environment place({{"RANK", rank},
                             {"WORLD_SIZE", "2"},
                             {"MASTER_ADDR", "127.0.0.1"},
                             {"MASTER_PORT", port.c_str()},
                             {"OMP_NUM_THREADS", "1"}});
    return startLimbus(words(run, more), scratch / rank);
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
    const Environment torchrun({{"RANK", "2"},
                                {"LOCAL_RANK", "1"},
                                {"WORLD_SIZE", "4"},
                                {"LOCAL_WORLD_SIZE", "2"},
                                {"MASTER_ADDR", "10.0.0.7"},
                                {"MASTER_PORT", "1234"}});
    const RankPlace place = rankPlace().value();
    CHECK(place.rank == 2);
    CHECK(place.local == 1);
    CHECK(place.localSize == 2);
    CHECK(place.size == 4);
    CHECK(place.host == "10.0.0.7");
    CHECK(place.port == 1234);
  }
  {
    const Environment slurm({{"SLURM_PROCID", "1"},
                             {"SLURM_LOCALID", "1"},
                             {"SLURM_JOB_ID", "30007"},
                             {"SLURM_STEP_ID", "2"},
                             {"SLURM_STEP_NUM_TASKS", "2"},
                             {"SLURM_STEP_NODELIST", "gpu[07-09,12].cluster,other"}});
    CHECK(rankPlace()->host == "gpu07.cluster");
    CHECK(rankPlace()->port == 15009);
    CHECK(rankPlace()->local == 1);
  }
  {
    const Environment slurm({{"SLURM_PROCID", "1"},
                             {"SLURM_STEP_NUM_TASKS", "2"},
                             {"SLURM_STEP_NODELIST", "one,two[1-2]"}});
    CHECK(rankPlace()->host == "one");
    CHECK(rankPlace()->localSize == 1);
  }
  {
    const Environment mpi({{"OMPI_COMM_WORLD_RANK", "1"},
                           {"OMPI_COMM_WORLD_LOCAL_RANK", "1"},
                           {"OMPI_COMM_WORLD_SIZE", "2"},
                           {"OMPI_COMM_WORLD_LOCAL_SIZE", "2"}});
    CHECK(rankPlace()->host == "127.0.0.1");
    CHECK(rankPlace()->local == 1);
    CHECK(rankPlace()->localSize == 2);
  }
  {
    const Environment mpirunInSlurm({{"OMPI_COMM_WORLD_RANK", "1"},
                                     {"OMPI_COMM_WORLD_LOCAL_RANK", "1"},
                                     {"OMPI_COMM_WORLD_SIZE", "2"},
                                     {"OMPI_COMM_WORLD_LOCAL_SIZE", "2"},
                                     {"SLURM_JOB_ID", "30007"},
                                     {"SLURM_PROCID", "0"},
                                     {"SLURM_LOCALID", "0"},
                                     {"SLURM_STEP_NUM_TASKS", "1"},
                                     {"SLURM_STEP_NODELIST", "node1"}});
    CHECK(rankPlace()->rank == 1);
    CHECK(rankPlace()->local == 1);
    CHECK(rankPlace()->size == 2);
    CHECK(rankPlace()->host == "127.0.0.1");
    CHECK(rankPlace()->port == 29500);
  }
  {
    const Environment exported({{"RANK", "5"},
                                {"WORLD_SIZE", "8"},
                                {"MASTER_ADDR", "node1"},
                                {"SLURM_PROCID", "5"},
                                {"SLURM_LOCALID", "1"}});
    CHECK(rankPlace()->local == 1);
  }
  {
    const Environment mpi({{"OMPI_COMM_WORLD_RANK", "1"},
                           {"OMPI_COMM_WORLD_SIZE", "2"},
                           {"OMPI_COMM_WORLD_LOCAL_SIZE", "1"}});
    CHECK_THAT(rankPlace().error().message, ContainsSubstring("MASTER_ADDR is missing"));
  }
  {
    const Environment byHand({{"RANK", "1"}, {"WORLD_SIZE", "3"}});
    CHECK(rankPlace()->localSize == 3);
    CHECK(rankPlace()->local == 1);
  }
  {
    const Environment mpich(
        {{"PMI_RANK", "1"}, {"PMI_SIZE", "2"}, {"MPI_LOCALRANKID", "1"}, {"MPI_LOCALNRANKS", "2"}});
    CHECK(rankPlace()->rank == 1);
    CHECK(rankPlace()->localSize == 2);
    CHECK(rankPlace()->host == "127.0.0.1");
  }
  for (const auto& [node, size] : std::map<std::string, int>{{"0", 4}, {"2", 4}, {"3", 2}}) {
    const Environment slurm({{"SLURM_PROCID", "1"},
                             {"SLURM_LOCALID", "1"},
                             {"SLURM_NODEID", node.c_str()},
                             {"SLURM_STEP_NUM_TASKS", "14"},
                             {"SLURM_STEP_NODELIST", "node[1-4]"},
                             {"SLURM_STEP_TASKS_PER_NODE", "4(x3),2"}});
    CHECK(rankPlace().value().localSize == size);
  }
  {
    const Environment torchrun({{"RANK", "0"},
                                {"WORLD_SIZE", "2"},
                                {"MASTER_ADDR", "h"},
                                {"MASTER_PORT", "1234"},
                                {"TORCHELASTIC_USE_AGENT_STORE", "True"}});
    CHECK(rankPlace()->port == 1235);
  }
  for (const char* rank : {"4", "-1", "x", "1x"}) {
    const Environment wrong({{"RANK", rank}, {"WORLD_SIZE", "4"}, {"MASTER_ADDR", "h"}});
    CHECK_THAT(rankPlace().error().message,
               ContainsSubstring("RANK expects a whole number from 0 to 3, got '"));
  }
}

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

TEST_CASE("ranks: a shared batch norm in 16 bits is rounded once") {
  if (!canTrainTogether()) SKIP("this LibTorch has no Gloo");
  const auto port = static_cast<std::uint16_t>(std::stoi(somePort(2)));
  const auto ranks = Ranks::join({.rank = 0, .size = 1, .port = port}).value();
  torch::manual_seed(1);
  const torch::Tensor image = (5 + torch::randn({4, 3, 8, 8})).to(torch::kBFloat16);
  const auto parametersOf = [] {
    return Tensors{torch::full({3}, 0.7), torch::full({3}, 0.1), torch::zeros({3}),
                   torch::ones({3})};
  };
  const Tensors own = parametersOf(), theirs = parametersOf();
  const torch::Tensor shared = sharedBatchNorm(image, own, 0.1, 1e-5, *ranks);
  const torch::Tensor plain = torch::batch_norm(image.to(torch::kFloat32), theirs[0], theirs[1],
                                                theirs[2], theirs[3], true, 0.1, 1e-5, false);
  CHECK(shared.scalar_type() == torch::kBFloat16);
  CHECK(torch::allclose(shared.to(torch::kFloat32), plain, 1.0 / 256, 1e-6));
  CHECK(torch::allclose(own[3], theirs[3], 1e-4, 1e-5));
  // Channels of one value: a variance of 0, whatever the rounding of squares makes of it.
  const torch::Tensor level =
      torch::linspace(16, 40, 300).view({1, 300, 1, 1}).expand({2, 300, 1, 1});
  const Tensors flat = {torch::ones({300}), torch::zeros({300}), torch::zeros({300}),
                        torch::ones({300})};
  CHECK(torch::isfinite(sharedBatchNorm(level, flat, 0.1, 1e-5, *ranks)).all().item<bool>());
  ranks->finish();
}

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
  const std::int64_t before = training.last("run").step;
  CHECK(before > 0);
  CHECK(before < 60);
  std::vector<std::string> resumed = more;
  resumed.push_back("--resume");
  REQUIRE(training.train("run", resumed).exitCode == 0);
  CHECK(training.last("run").step == 60);
  CHECK(records(training.scratch / "run").size() == 30);
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

TEST_CASE("ranks: all have the same to train with, or are told") {
  if (!canTrainTogether()) SKIP("this LibTorch has no Gloo");
  const RanksTraining training;
  REQUIRE(training.train("before", {"--steps", "1"}).exitCode == 0);
  const auto onDisk = [&](const char* count) {
    const std::string folder = (training.scratch / count).string();
    REQUIRE(limbusSays({"synth", "--out", folder, "--count", count, "--size", "64x64"}).exitCode ==
            0);
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

TEST_CASE("ranks: what cannot be shared is said") {
  if (!canTrainTogether()) SKIP("this LibTorch has no Gloo");
  const RanksTraining training;
  const Said odd = training.train("run", {"--ranks", "3"});
  CHECK(odd.exitCode == 2);
  CHECK_THAT(odd.err, ContainsSubstring("batch 4 cannot be shared by 3 ranks"));
  CHECK(!fs::exists(training.scratch / "run"));
  const Said ui = training.train("run", {"--ranks", "2", "--ui"});
  CHECK(ui.exitCode == 2);
  CHECK_THAT(ui.err, ContainsSubstring("--ui needs the terminal"));
}

TEST_CASE("ranks: gradients travel while others are computed, and become the mean") {
  if (!canTrainTogether()) SKIP("this LibTorch has no Gloo");
  // Without batch norms, which are shared by the process: here ranks are threads.
  Builder b("plain", 1);
  ValueId x = b.input();
  for (const char* name : {"a", "b", "c", "d"}) {
    x = b.conv(x, name, {.out = 256, .kernel = 3, .padding = 1, .bias = true});
  }
  const Graph graph = b.finish(b.conv(x, "classifier", {.out = 2, .bias = true}));
  const auto batchOf = [](int rank) {
    const torch::Tensor images = torch::linspace(-1, 1, 64).view({1, 1, 8, 8}) * (rank + 1);
    return DeviceBatch{.images = images, .target = (images[0] > 0.2).to(torch::kInt64)};
  };
  const auto gradientsOf = [&](int rank, const Ranks* ranks) {
    Executor net(graph, 3);
    net.train();
    Optimizer optimizer(chosen(optimizers(), "sgd"), net.learned(), groupsOf(graph, {}));
    Step step(net, {.sum = parseLossTerms("ce").value()}, optimizer);
    step.ranks = ranks;
    Tensors seen;
    step.afterBackward = [&](const Tensors& gradients) {
      for (const torch::Tensor& gradient : gradients) seen.push_back(gradient.clone());
    };
    step(batchOf(rank), {0.1, std::nullopt});
    return seen;
  };
  const auto port = static_cast<std::uint16_t>(std::stoi(somePort(3)));
  struct Seen {
    Tensors gradients;
    int early = 0;
    bool sameByHand = false;
  };
  const auto asRank = [&](int rank) {
    const auto ranks = Ranks::join({.rank = rank, .size = 2, .port = port}).value();
    Seen seen{.gradients = gradientsOf(rank, ranks.get())};
    Executor net(graph, 3);
    SharedGradients shared(*ranks, net.learned());
    shared.begin();
    const DeviceBatch batch = batchOf(rank);
    torch::nn::functional::cross_entropy(net.forward(batch.images)[0], batch.target).backward();
    shared.finish();
    seen.early = shared.early();
    seen.sameByHand = torch::allclose(net.learned()[0].grad(), seen.gradients[0], 1e-5, 1e-8);
    ranks->finish();
    return seen;
  };
  auto other = std::async(std::launch::async, [&] { return asRank(1); });
  const Seen one = asRank(0), two = other.get();
  CHECK(one.early >= 3);
  CHECK(two.early == one.early);
  CHECK(one.sameByHand);
  CHECK(two.sameByHand);
  const Tensors first = gradientsOf(0, nullptr), second = gradientsOf(1, nullptr);
  for (std::size_t i = 0; i < first.size(); ++i) {
    CHECK(torch::equal(one.gradients[i], two.gradients[i]));
    CHECK(torch::allclose(one.gradients[i], (first[i] + second[i]) / 2, 1e-5, 1e-8));
  }
}
