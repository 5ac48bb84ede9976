// limbus train --dry-run: the plan of a training.
#include <catch2/matchers/catch_matchers_floating_point.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <csignal>
#include <nlohmann/json.hpp>

#include "command_line.h"
#include "native/system/interrupt.h"
#include "native/train/dry_run.h"
#include "native_catch.h"
#include "own_images.h"
#include "result_text.h"
#include "small_runs.h"

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::WithinRel;
using namespace limbus;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

// Of a checkpoint all but its numbers: names, the recipe, the history.
constexpr std::int64_t kWordsBytes = 64000;

}  // namespace

TEST_CASE("dry run: the plan is what the run then does, and nothing is written") {
  const OwnImages own(10);
  const std::string parts = (own.scratch / "parts.json").string();
  const std::vector<std::string> options = {
      "--set", "epochs=3",
      "--set", "emaDecay=0.9",
      "--set", R"(data.split={"folds":5,"file":")" + parts + R"("})",
      "--set", R"(schedule={"name":"poly","lr":0.01})"};
  std::vector<std::string> dry = options;
  dry.insert(dry.end(), {"--dry-run", "--json"});
  const Said said = own.train(dry);
  INFO(said.err);
  REQUIRE(said.exitCode == 0);
  const json plan = json::parse(said.out);
  CHECK_FALSE(fs::exists(own.run));
  CHECK_FALSE(fs::exists(parts));
  CHECK(plan.at("trainingImages") == 8);
  CHECK(plan.at("validationImages") == 2);
  CHECK(plan.at("stepsPerEpoch") == 4);
  CHECK(plan.at("steps") == 12);
  CHECK(plan.at("validationBatches") == 1);
  CHECK(plan.at("mayBegin") == true);
  CHECK(plan.at("measuredSteps").get<int>() >= 1);
  CHECK(plan.at("secondsPerStep").get<double>() > 0);
  CHECK(plan.at("secondsPerValidationBatch").get<double>() > 0);
  CHECK_THAT(plan.at("secondsInAll").get<double>(),
             WithinRel(12 * plan.at("secondsPerStep").get<double>() +
                           3 * plan.at("secondsPerValidationBatch").get<double>(),
                       1e-9));
  CHECK(plan.at("peakBytes").get<double>() > 1e7);                    // LibTorch alone
  CHECK(plan.at("activationBytes").get<double>() > 4 * 2 * 64 * 64);  // one map of the first layer
  CHECK(plan.at("lr").front().at("lr") == 0.01);
  CHECK(plan.at("lr").back().at("step") == 11);
  CHECK(plan.at("lr").back().at("lr").get<double>() < 0.01);

  REQUIRE(own.train(options).exitCode == 0);
  for (const auto& [key, file] : {std::pair("bestBytes", "best"), std::pair("lastBytes", "last")}) {
    INFO(file);
    const auto bytes = static_cast<std::int64_t>(
        fs::file_size(fs::path(own.run) / (std::string(file) + ".safetensors")));
    const auto planned = plan.at(key).get<std::int64_t>();
    CHECK(planned < bytes);
    CHECK(bytes < planned + kWordsBytes);
  }
  const auto log = fs::last_write_time(fs::path(own.run) / "train.log");
  const std::vector<std::string> again = {"--dry-run"};
  const Said refused = own.train(again);
  CHECK(refused.exitCode == 0);
  CHECK_THAT(refused.out, ContainsSubstring("nothing was written; the run would be refused"));
  CHECK_THAT(refused.out, ContainsSubstring("64 x 64, 1 channel\n"));
  CHECK_THAT(refused.out, ContainsSubstring("4 per epoch, 1 epochs: 4 of 2 images"));
  CHECK(fs::last_write_time(fs::path(own.run) / "train.log") == log);
  const Said nowhere = limbusSays({"train", own.recipe, "--data", own.data, "--dry-run"});
  CHECK_THAT(nowhere.out, ContainsSubstring("RUN/: recipe.json"));
  const Said lacking = limbusSays({"train", own.recipe, "--data", own.data});
  CHECK(lacking.exitCode == 2);
  CHECK_THAT(lacking.err, ContainsSubstring("--out is required"));
  for (const char* other : {"--resume", "--folds"}) {
    INFO(other);
    CHECK(own.train({"--dry-run", other}).exitCode == 2);
  }
}

TEST_CASE("dry run: classes that no training mask holds are told, and in training too") {
  const OwnImages own(6);
  std::string classes = "classes=[";
  for (const char* name : {"background", "sclera", "iris", "pupil", "lens"}) {
    classes += (classes.back() == '[' ? "" : ",") + (R"({"name":")" + std::string(name) + R"("})");
  }
  const std::vector<std::string> set = {"--set", classes + "]"};
  const std::string told = "no training mask holds lens: the model will not know it";
  std::vector<std::string> dry = set;
  dry.emplace_back("--dry-run");
  CHECK_THAT(own.train(dry).out, ContainsSubstring(told));
  CHECK_THAT(own.train(set).out, ContainsSubstring(told));
  CHECK_THAT(own.train({"--force", "--set", "epochs=1"}).out,
             !ContainsSubstring("no training mask"));
}

TEST_CASE(
    "dry run: an epoch of one batch is enough to measure, also after a run that was stopped") {
  {
    const InterruptGuard before;
    std::raise(SIGUSR1);
  }
  const ScratchFolder scratch;
  const Result<DryRun> plan = dryRun(requestFor(scratch / "run", {"batch=4", "data.count=4"}));
  REQUIRE(plan);
  CHECK(plan->stepsPerEpoch == 1);
  CHECK(plan->measuredSteps >= 1);
  CHECK(plan->secondsPerStep > 0);
  CHECK(fs::is_empty(scratch.path()));

  std::optional<DryRun> before;
  REQUIRE(dryRun(requestFor(scratch / "run", {"batch=4", "data.count=4"}),
                 [&](const DryRun& known) { before = known; }));
  REQUIRE(before);
  CHECK(before->activationBytes == plan->activationBytes);
  CHECK(before->rates.size() == plan->rates.size());
  CHECK(before->measuredSteps == 0);
}
