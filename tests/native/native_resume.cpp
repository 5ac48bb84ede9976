// Runs that are killed, told to stop, or out of disk, and go on.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/matchers/catch_matchers_string.hpp>
#include <chrono>
#include <map>
#include <random>
#include <thread>

#include "child_process.h"
#include "command_line.h"
#include "event_text.h"
#include "native/train/files/checkpoint.h"
#include "native/train/files/run_folder.h"
#include "native/train/parameter_groups.h"
#include "own_images.h"
#include "same_weights.h"
#include "shared/nets/nets.h"
#include "small_runs.h"

using namespace limbus;
using Catch::Matchers::ContainsSubstring;
namespace fs = std::filesystem;

namespace {

struct ResumedTraining {
  ScratchFolder scratch;
  std::string recipe = (scratch / "small.json").string();

  ResumedTraining() { REQUIRE(writeBytes(recipe, kSmallRecipe, false)); }

  std::vector<std::string> words(const std::string& run,
                                 const std::vector<std::string>& more = {}) const {
    std::vector<std::string> all = {"train",   recipe,     "--out",      (scratch / run).string(),
                                    "--quiet", "--device", "cpu",        "--log",
                                    "tsv",     "--log",    "tensorboard"};
    for (const char* one : {"epochs=3", "data.count=8", "emaDecay=0.9", "lookahead={\"every\":3}",
                            "schedule=twoPhaseCosine"}) {
      all.insert(all.end(), {"--set", one});
    }
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
};

// The records without what a clock says, or the memory of one process.
std::vector<Json> untimed(const fs::path& run) {
  std::vector<Json> all = records(run);
  for (Json& record : all) {
    for (const char* key : {"trainSeconds", "validationSeconds", "stepsPerSecond",
                            "waitForDataMsPerStep", "loaderBlockedMs", "peakMemoryBytes"}) {
      CHECK(record.erase(key) == 1);
    }
  }
  return all;
}

// Over all event files of a run; a step that is told twice is a failure.
std::map<std::int64_t, std::map<std::string, float>> scalarsByStep(const fs::path& run) {
  std::map<std::int64_t, std::map<std::string, float>> all;
  const std::vector<fs::path> files = listFiles(run, {".limbus"}).value();
  for (const fs::path& file : files) {
    for (const Event& event : eventsOf(file)) {
      if (event.scalars.empty()) continue;
      CHECK(all.emplace(event.step, event.scalars).second);
    }
  }
  return all;
}

void requireSameRuns(const fs::path& a, const fs::path& b) {
  for (const char* file : {"last.safetensors", "best.safetensors"}) {
    const SavedRun one = readSavedRun(a / file).value(), other = readSavedRun(b / file).value();
    CHECK(one.step == other.step);
    CHECK(one.epoch == other.epoch);
    CHECK(one.bestEpoch == other.bestEpoch);
    CHECK(one.best == other.best);
    CHECK(one.history == other.history);
    CHECK(other.underWay.steps == 0);
    requireSame(one.weights, other.weights);
    requireSame(one.training, other.training);
    requireSame(one.optimizer, other.optimizer);
  }
  // Outside of the macro: they check, too.
  const std::vector<Json> records = untimed(a), others = untimed(b);
  CHECK(records == others);
  CHECK(textOf(a / "log.tsv") == textOf(b / "log.tsv"));
  const auto scalars = scalarsByStep(a), otherScalars = scalarsByStep(b);
  CHECK(scalars == otherScalars);
}

}  // namespace

TEST_CASE("resume: killed at any instant, a run ends where an undisturbed one does") {
  const ResumedTraining training;
  REQUIRE(limbusSays(training.words("straight")).exitCode == 0);

  const unsigned seed = std::random_device()();
  INFO("kills drawn from seed " << seed);
  std::mt19937 random(seed);
  const auto drawn = [&](int most) { return std::uniform_int_distribution<int>(0, most)(random); };
  int kills = 0;
  for (int round = 0; kills < 20; ++round) {  // a run may end before it is killed so often
    const std::string name = "killed" + std::to_string(round);
    const fs::path run = training.scratch / name;
    while (true) {
      std::vector<std::string> line = training.words(name, {"--save-steps", "1"});
      if (fs::exists(run / "config.json")) line.push_back("--resume");
      if (kills == 20) {
        const Said said = limbusSays(line);
        INFO(said.err);
        REQUIRE(said.exitCode == 0);
        break;
      }
      const pid_t child = startLimbus(line);
      if (!sees(child, run / "last.safetensors", 1 + drawn(1))) break;
      std::this_thread::sleep_for(std::chrono::microseconds(drawn(100000)));
      ::kill(child, SIGKILL);
      exitCodeOf(child);
      ++kills;
    }
    requireSameRuns(training.scratch / "straight", run);
    for (const auto& entry : fs::directory_iterator(run)) {
      CHECK(entry.path().filename().string().find(".part-") == std::string::npos);
    }
  }
}

TEST_CASE("resume: signals save in the middle of an epoch, and the exit code says so") {
  const ResumedTraining training;
  REQUIRE(limbusSays(training.words("straight")).exitCode == 0);
  const fs::path last = training.scratch / "stopped" / "last.safetensors";
  bool middle = false;
  for (const int signal : {SIGTERM, SIGUSR1, SIGINT}) {
    std::vector<std::string> line = training.words("stopped", {"--save-steps", "1"});
    if (fs::exists(last)) line.push_back("--resume");
    const pid_t child = startLimbus(line);
    REQUIRE(sees(child, last, 2));
    ::kill(child, signal);
    CHECK(exitCodeOf(child) == 3);
    middle = middle || readSavedRun(last)->underWay.steps > 0;
  }
  CHECK(middle);
  REQUIRE(limbusSays(training.words("stopped", {"--resume"})).exitCode == 0);
  requireSameRuns(training.scratch / "straight", training.scratch / "stopped");
}

TEST_CASE("resume: stopped after epochs with and without a validation, a run ends the same") {
  ScratchFolder scratch;
  const auto request = [&](const char* run) {
    TrainRequest made =
        requestFor(scratch / run,
                   {"epochs=5", "validateEvery=2", R"(swa={"from":0.3})",
                    R"(schedule={"name":"plateau","patience":0,"threshold":1,"monitor":"mIoU"})"});
    made.watchers = {"tsv", "tensorboard"};
    return made;
  };
  trained(request("straight"));
  TrainRequest cut = request("cut");
  cut.afterEpoch = [](int) { ::raise(SIGINT); };
  for (int epoch = 1; epoch <= 5; ++epoch) {
    CHECK(trained(cut).epochs == epoch);
    cut.resume = true;
  }
  requireSameRuns(scratch / "straight", scratch / "cut");
  const std::vector<Json> all = records(scratch / "straight");
  CHECK(all[3].at("lr") == all[0].at("lr"));  // the first validation has nothing to be worse than
  CHECK(all[4].at("lr") < all[3].at("lr"));   // the second has
}

TEST_CASE("resume: of a last checkpoint that is cut, the ways on are named") {
  const ResumedTraining small;
  REQUIRE(limbusSays(small.words("a")).exitCode == 0);
  const fs::path last = small.scratch / "a/last.safetensors";
  fs::resize_file(last, fs::file_size(last) / 2);
  const auto resumed = [&](const std::vector<std::string>& more = {}) {
    std::vector<std::string> words = small.words("a", {"--resume"});
    words.insert(words.end(), more.begin(), more.end());
    const Said said = limbusSays(words);
    CHECK(said.exitCode == 1);
    return said.err;
  };
  const std::string way = "; move " + (small.scratch / "a").string() + " away to train it anew";
  for (const std::string& err : {resumed(), resumed({"--set", "batch=\"auto\""})}) {
    CHECK_THAT(err,
               ContainsSubstring("last.safetensors: not a checkpoint of limbus, or a damaged"));
    CHECK_THAT(err, ContainsSubstring(way + " (its best weights: best.safetensors)"));
  }
  REQUIRE(fs::remove(small.scratch / "a/best.safetensors"));
  CHECK_THAT(resumed(), ContainsSubstring(way + "\n"));
}

TEST_CASE("resume: a full disk keeps the checkpoint that is there") {
  const ResumedTraining training;
  const fs::path run = training.scratch / "run", last = run / "last.safetensors";
  REQUIRE(limbusSays(training.words("straight")).exitCode == 0);
  const pid_t child = startLimbus(training.words("run", {"--save-steps", "1"}));
  REQUIRE(sees(child, last, 2));
  ::kill(child, SIGKILL);
  exitCodeOf(child);
  const std::string before = textOf(last);
  const Said full = limbusSays(training.words("run", {"--resume"}),
                               "trap '' XFSZ; ulimit -f 300;");  // blocks of 512 or 1024 bytes
  CHECK(full.exitCode == 1);
  CHECK(full.errLines() == 1);
  CHECK_THAT(full.err, ContainsSubstring("not written: File too large"));
  CHECK(textOf(last) == before);
  REQUIRE(limbusSays(training.words("run", {"--resume"})).exitCode == 0);
  requireSameRuns(training.scratch / "straight", run);
}

// The image that ends a run is the first or the second of a step, of any step of the epoch, or the
// validation's.
TEST_CASE("resume: a run that ended within an accumulated step takes it again whole") {
  const OwnImages own(5);
  const auto request = [&](const std::string& run) {
    TrainRequest made =
        requestFor(own.scratch / run,
                   {R"(data={"dataset":"folder"})", "batch=1", "accumulate=2",
                    "augment=[{\"name\":\"brightnessContrast\"}]", "emaDecay=0.9", "epochs=1"});
    made.data = own.data;
    made.save.steps = 1;
    made.selfCheck = false;
    return made;
  };
  trained(request("straight"));
  const SavedRun straight = readSavedRun(own.scratch / "straight" / "last.safetensors").value();
  CHECK(straight.step == 2);
  std::map<std::int64_t, int> endedAfter;  // so many steps: runs
  for (int i = 0; i < 5; ++i) {
    INFO("image " << i);
    const std::string run = "run" + std::to_string(i);
    const fs::path image = own.scratch / "data/images" / (std::to_string(i) + ".png");
    const fs::path last = own.scratch / run / "last.safetensors";
    const std::string whole = readBytes(image).value();
    REQUIRE(writeBytes(image, whole.substr(0, whole.size() / 2), false));
    TrainRequest resumed = request(run);
    REQUIRE(!train(resumed));
    ++endedAfter[fs::exists(last) ? readSavedRun(last)->underWay.steps : 0];
    REQUIRE(writeBytes(image, whole, false));
    resumed.resume = true;
    trained(resumed);
    const SavedRun saved = readSavedRun(last).value();
    requireSame(straight.weights, saved.weights);
    requireSame(straight.training, saved.training);
    requireSame(straight.optimizer, saved.optimizer);
  }
  CHECK(endedAfter == std::map<std::int64_t, int>{{0, 2}, {1, 2}, {2, 1}});
}

TEST_CASE("resume: steps that were skipped count in no correction of Adam's") {
  ScratchFolder scratch;
  TrainRequest request = requestFor(scratch / "straight", {"epochs=2"});
  request.afterEpoch = [&](int epoch) {
    if (epoch == 1) fs::copy(scratch / "straight", scratch / "skipped");
  };
  trained(request);
  const Graph graph = buildNet(request.recipe.net, request.recipe.ports()).value();
  const fs::path last = scratch / "skipped" / "last.safetensors";
  SavedRun saved = readSavedRun(last).value();
  saved.skipped.assign(groupsOf(graph, {}).size(), saved.step);
  REQUIRE(writeSavedRun(last, saved));
  request.run = scratch / "skipped";
  request.afterEpoch = nullptr;
  request.resume = true;
  trained(request);
  const SavedRun resumed = readSavedRun(last).value();
  CHECK(resumed.skipped == saved.skipped);
  const SavedRun straight = readSavedRun(scratch / "straight" / "last.safetensors").value();
  CHECK(straight.skipped.empty());
  CHECK(straight.weights.begin()->second.values != resumed.weights.begin()->second.values);
}

TEST_CASE("resume: what was stopped before its first checkpoint begins again") {
  ScratchFolder scratch;
  TrainRequest request = requestFor(scratch / "run", {"epochs=1"});
  request.resume = true;
  std::filesystem::create_directories(request.run);
  CHECK(train(request).error().message.find("no last.safetensors") != std::string::npos);
  REQUIRE(writeBytes(request.run / "recipe.json", kSmallRecipe));
  REQUIRE(writeBytes(request.run / ".last.safetensors.part-1-2", "half"));
  REQUIRE(writeBytes(request.run / "log.jsonl", "{\"epoch\":1}\n{\"ep"));
  CHECK(trained(request).epochs == 1);
  CHECK(records(request.run).size() == 1);
  CHECK(!std::filesystem::exists(request.run / ".last.safetensors.part-1-2"));
}

TEST_CASE("resume: weights that a run started from are there from its beginning on") {
  ScratchFolder scratch;
  trained(requestFor(scratch / "first", {"epochs=1"}));
  TrainRequest request = requestFor(scratch / "next", {"epochs=1"});
  request.init = scratch / "first";
  trained(request);
  const SavedRun straight = readSavedRun(scratch / "next" / "last.safetensors").value();

  request.run = scratch / "cut";
  // A log that cannot be written, which is found behind the first checkpoint.
  fs::create_directories(scratch / "cut" / "log.tsv" / "folder");
  request.watchers = {"tsv"};
  request.force = true;
  REQUIRE(!train(request));
  request.watchers.clear();
  request.force = false;
  request.init.reset();
  request.resume = true;
  trained(request);
  requireSame(straight.weights, readSavedRun(scratch / "cut" / "last.safetensors").value().weights);
}

TEST_CASE(
    "resume: stopped before its first epoch, a run that replaces another is not taken for it") {
  ScratchFolder scratch;
  trained(requestFor(scratch / "run", {"epochs=2"}));
  TrainRequest request = requestFor(scratch / "run", {"epochs=2"});
  request.force = true;
  fs::create_directories(scratch / "run" / "log.tsv" / "folder");  // ends it where it would train
  request.watchers = {"tsv"};
  REQUIRE(!train(request));
  CHECK(fs::exists(scratch / "run" / "best.safetensors"));

  request.watchers.clear();
  request.force = false;
  request.resume = true;
  const Result<TrainSummary> resumed = train(request);
  REQUIRE(!resumed);
  CHECK_THAT(resumed.error().message,
             ContainsSubstring("no last.safetensors to resume from; --force begins the run anew"));
}

TEST_CASE("resume: killed just behind its first checkpoint, a run is made whole") {
  ScratchFolder scratch;
  trained(requestFor(scratch / "first", {"epochs=1"}));
  const fs::path cut = scratch / "cut";
  TrainRequest request = requestFor(cut, {"epochs=1"});
  request.init = scratch / "first";
  fs::create_directories(cut / "log.tsv" / "folder");  // found behind the first checkpoint
  request.watchers = {"tsv"};
  request.force = true;
  REQUIRE(!train(request));
  REQUIRE(readSavedRun(cut / "last.safetensors")->epoch == 0);

  request.watchers.clear();
  request.force = false;
  request.resume = true;
  const std::string config = completeJson(request.recipe);
  SECTION("in a new folder") {
    request.run = scratch / "new";
    fs::create_directories(request.run);
    fs::copy(cut / "last.safetensors", request.run);
  }
  SECTION("in the folder of an older run") {
    request.run = scratch / "old";
    TrainRequest older = requestFor(request.run, {"epochs=3", "net.width=5", "name=older"});
    older.save.everyEpochs = 1;
    trained(older);
    for (const char* log : {"log.jsonl", "train.log"}) fs::remove(request.run / log);
    REQUIRE(writeDataPlace(
        RunFolder{request.run},
        {.given = scratch.path(), .training = "9 of another", .validation = "2 of another"}));
    fs::copy(cut / "last.safetensors", request.run, fs::copy_options::overwrite_existing);
    // As it is until the first epoch's end.
    TrainRequest blocked = request;
    fs::create_directories(request.run / "log.tsv" / "folder");
    blocked.watchers = {"tsv"};
    REQUIRE(!train(blocked));
    CHECK(!fs::exists(request.run / "best.safetensors"));
  }
  trained(request);
  CHECK(textOf(request.run / "config.json") == config);
  CHECK(textOf(request.run / "recipe.json") == kSmallRecipe);
  CHECK(!fs::exists(request.run / "epoch-3.safetensors"));
  CHECK(readCheckpoint(request.run)->epoch == 1);
  CHECK(limbusSays({"runs", request.run.string(), "--json"}).out.find("\"finished\"") !=
        std::string::npos);
}

TEST_CASE("resume: one process at a time trains into a folder, and another run's checkpoints go") {
  ScratchFolder scratch;
  TrainRequest request = requestFor(scratch / "run", {"epochs=2"});
  request.save.everyEpochs = 1;
  request.afterEpoch = [&](int) {
    const Result<TrainSummary> second = train(requestFor(scratch / "run", {"epochs=2"}));
    REQUIRE(!second);
    CHECK(second.error().message.find("exists already; go on with --resume") != std::string::npos);
    TrainRequest resumed = requestFor(scratch / "run", {"epochs=2"});
    resumed.resume = true;
    CHECK(train(resumed).error().message.find("another process is training into it") !=
          std::string::npos);
  };
  trained(request);
  CHECK(fs::exists(scratch / "run" / "epoch-1.safetensors"));
  CHECK(fs::exists(scratch / "run" / "epoch-2.safetensors"));

  TrainRequest other = requestFor(scratch / "run", {"epochs=1", "net.width=5"});
  other.force = true;
  trained(other);
  CHECK(!fs::exists(scratch / "run" / "epoch-1.safetensors"));
  CHECK(!fs::exists(scratch / "run" / "epoch-2.safetensors"));
  CHECK(readCheckpoint(scratch / "run")->epoch == 1);
}

TEST_CASE("save rules: which epochs stay, and when it is time") {
  const BestMetricRow& higher = *findRow(bestMetrics(), "mIoU");
  History history;
  for (const double value : {0.5, 0.7, 0.6, 0.7}) history.push_back({{"mIoU", value}});
  CHECK(bestEpochs(history, higher, 1) == std::vector<int>{2});
  CHECK(bestEpochs(history, higher, 3) == std::vector<int>{2, 4, 3});
  CHECK(keepsEpoch({.best = 2}, history, higher));
  CHECK(!keepsEpoch({.best = 1}, history, higher));
  CHECK(keepsEpoch({.everyEpochs = 2, .best = 1}, history, higher));
  CHECK(droppedEpoch({.best = 2}, history, higher) == 3);
  CHECK(droppedEpoch({.everyEpochs = 3, .best = 2}, history, higher) == 0);
  CHECK(droppedEpoch({.best = 1}, history, higher) == 0);

  SaveClock bySteps({.minutes = 0, .steps = 2});
  CHECK(!bySteps.due());
  CHECK(bySteps.due());
  bySteps.saved();
  CHECK(!bySteps.due());
  SaveClock byTime({.minutes = 1e-9});
  std::this_thread::sleep_for(std::chrono::milliseconds(1));
  CHECK(byTime.due());
}

TEST_CASE("resume: the best epochs' files stay") {
  ScratchFolder scratch;
  TrainRequest request = requestFor(scratch / "run", {"epochs=5"});
  request.save.best = 2;
  trained(request);
  const History history = readSavedRun(scratch / "run" / "last.safetensors")->history;
  const std::vector<int> best = bestEpochs(history, *findRow(bestMetrics(), "mIoU"), 2);
  for (int epoch = 1; epoch <= 5; ++epoch) {
    const bool kept = std::find(best.begin(), best.end(), epoch) != best.end();
    CHECK(fs::exists(RunFolder{scratch / "run"}.ofEpoch(epoch)) == kept);
  }
  requireSame(readCheckpoint(scratch / "run")->weights,
              readCheckpoint(RunFolder{scratch / "run"}.ofEpoch(best[0]))->weights);
}
