// The mean of weights, by hand.
#include "command_line.h"
#include "native/train/average.h"
#include "native/train/files/checkpoint.h"
#include "result_text.h"
#include "same_weights.h"
#include "small_runs.h"

using namespace limbus;

TEST_CASE("average: each weight moves by the share") {
  Weights weights = {{"a", {{2}, {1, 2}}}, {"b", {{1}, {10}}}};
  REQUIRE(averageIn({{"a", {{2}, {3, -2}}}, {"b", {{1}, {20}}}}, 0.25, "other", weights));
  CHECK(weights.at("a").values == std::vector<float>{1.5F, 1});
  CHECK(weights.at("b").values == std::vector<float>{12.5F});
}

TEST_CASE("average: another network is refused and changes nothing") {
  Weights weights = {{"a", {{2}, {1, 2}}}};
  const Weights before = weights;
  for (const Weights& other :
       {Weights{{"c", {{2}, {1, 2}}}}, Weights{{"a", {{1}, {1}}}}, Weights{}}) {
    const Result<void> averaged = averageIn(other, 0.5, "runs/other", weights);
    REQUIRE_FALSE(averaged);
    CHECK(averaged.error().message.find("runs/other") == 0);
    CHECK(weights.at("a").values == before.at("a").values);
  }
}

TEST_CASE("average: an exported mean takes each run's share of what the runs before it made") {
  const ScratchFolder scratch;
  const auto run = [&](const std::string& seed) {
    trained(requestFor(scratch / seed, {"epochs=1", "data.count=2", "seed=" + seed}));
    return readCheckpoint(scratch / seed)->weights;
  };
  const Weights first = run("1"), second = run("2"), third = run("3");
  const std::string file = (scratch / "mean.safetensors").string();
  const Said said = limbusSays({"export", (scratch / "1").string(), "--average",
                                (scratch / "2").string() + "=0.25", "--average",
                                (scratch / "3").string() + "=0.125", "--out", file});
  INFO(said.err);
  REQUIRE(said.exitCode == 0);
  Weights wanted = first;
  for (auto& [name, tensor] : wanted) {
    for (std::size_t i = 0; i < tensor.values.size(); ++i) {
      const auto both =
          static_cast<float>(0.75 * tensor.values[i] + 0.25 * second.at(name).values[i]);
      tensor.values[i] = static_cast<float>(0.875 * both + 0.125 * third.at(name).values[i]);
    }
  }
  requireSame(wanted, readSavedRun(file)->weights);
}
