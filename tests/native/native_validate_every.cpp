// Validations that are left out: what is written of such epochs, and what counts them.
#include <optional>
#include <sstream>

#include "native/report/runs.h"
#include "native/system/files.h"
#include "native/train/files/checkpoint.h"
#include "native/train/train.h"
#include "native_catch.h"
#include "same_weights.h"
#include "scratch_folder.h"
#include "small_runs.h"

using namespace limbus;

TEST_CASE("train: validateEvery leaves out validations, never the last, and trains the same") {
  ScratchFolder scratch;
  trained(requestFor(scratch / "each", {"epochs=5"}));
  TrainRequest request = requestFor(scratch / "second", {"epochs=5", "validateEvery=2"});
  request.watchers = {"tsv"};
  std::vector<std::optional<double>> best;
  request.afterEpoch = [&](int) { best.push_back(summariseRun(request.run)->best); };
  const TrainSummary summary = trained(request);
  CHECK(request.recipe.validations() == 3);

  const SavedRun each = readSavedRun(scratch / "each" / "last.safetensors").value();
  const SavedRun second = readSavedRun(scratch / "second" / "last.safetensors").value();
  requireSame(each.weights, second.weights);
  const std::vector<Json> all = records(scratch / "each"), some = records(request.run);
  REQUIRE(some.size() == 5);
  REQUIRE(best.size() == 5);
  std::istringstream table(readBytes(request.run / "log.tsv").value());
  std::string line;
  std::getline(table, line);
  for (std::size_t i = 0; i < 5; ++i) {
    INFO("epoch " << i + 1);
    const bool validated = i != 0 && i != 2;
    CHECK(some[i].at("trainLoss") == all[i].at("trainLoss"));
    CHECK(some[i].contains("validation") == validated);
    CHECK(second.history[i].empty() == !validated);
    if (validated) {
      CHECK(some[i].at("validation") == all[i].at("validation"));
      CHECK(second.history[i] == each.history[i]);
    }
    CHECK(best[i].has_value() == (i > 0));
    CHECK(some[i].at("best").is_null() == (i == 0));
    REQUIRE(std::getline(table, line));
    CHECK((line.substr(line.size() - 2) == "\t\t") == !validated);
  }
  CHECK(second.history.at(static_cast<std::size_t>(summary.bestEpoch) - 1).at("mIoU") ==
        summary.best);
  CHECK(readCheckpoint(request.run)->epoch == summary.bestEpoch);

  TrainRequest trial = requestFor(scratch / "trial", {"epochs=5", "validateEvery=5"});
  trial.steps = 3;
  CHECK(trained(trial).bestEpoch == 2);  // there is something to look at
}

TEST_CASE("train: patience counts validations") {
  ScratchFolder scratch;
  const TrainRequest request =
      requestFor(scratch / "run", {"epochs=9", "validateEvery=2",
                                   R"(earlyStop={"metric":"loss","patience":1,"threshold":1000})"});
  CHECK(trained(request).epochs == 6);  // the best in 2; 4 without a gain is borne
  CHECK(summariseRun(request.run)->state == RunState::finished);
  CHECK(readBytes(request.run / "train.log")->find("a gain for 2 validations") !=
        std::string::npos);
}
