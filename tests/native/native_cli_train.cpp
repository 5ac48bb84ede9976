// limbus train: options that say how a run is kept, what it bears, how it computes.
#include <catch2/matchers/catch_matchers_string.hpp>
#include <set>

#include "native/train/files/run_folder.h"
#include "native/train/recipe/save_rules.h"
#include "own_images.h"
#include "result_text.h"
#include "same_weights.h"

using Catch::Matchers::ContainsSubstring;
using namespace limbus;
namespace fs = std::filesystem;

TEST_CASE("cli: as many best epochs are kept as --keep-best says") {
  const OwnImages own(5);
  REQUIRE(own.train({"--set", "epochs=4", "--keep-best", "2"}).exitCode == 0);
  const RunFolder run{own.run};
  const History history = readSavedRun(run.last())->history;
  std::set<fs::path> wanted, kept;
  for (const int epoch : bestEpochs(history, *findRow(bestMetrics(), "mIoU"), 2)) {
    wanted.insert(run.ofEpoch(epoch));
  }
  const std::vector<fs::path> files = listFiles(run.folder, {".safetensors"}).value();
  for (const fs::path& file : files) {
    if (file.filename().string().rfind("epoch-", 0) == 0) kept.insert(file);
  }
  CHECK(wanted.size() == 2);
  CHECK(kept == wanted);
}

// Weights that grow a thousandfold with each step soon give no loss that is a number any more.
TEST_CASE("cli: steps are left out, and the last checkpoint renewed, as the options say") {
  const OwnImages own(20);
  const auto train = [&](std::vector<std::string> words) {
    words.insert(words.end(),
                 {"--set", R"(optimizer={"name":"adamw","weightDecay":1})", "--set",
                  "schedule.lr=1000", "--set", "batch=1", "--no-self-check", "--force"});
    const Said said = own.train(words);
    CHECK(said.exitCode == 1);
    return said.err;
  };
  const fs::path last = fs::path(own.run) / "last.safetensors";
  CHECK_THAT(train({}), ContainsSubstring("number (epoch 1, step ") &&
                            ContainsSubstring("or leave such steps out"));
  CHECK_FALSE(fs::exists(last));
  CHECK_THAT(train({"--skip-nonfinite", "2", "--save-minutes", "1e-9"}),
             ContainsSubstring("number (epoch 1, step ") &&
                 ContainsSubstring("or leave more such steps out"));
  std::istringstream log(textOf(fs::path(own.run) / "train.log"));
  int leftOut = 0;
  for (std::string line; std::getline(log, line);) leftOut += contains(line, "left out,") ? 1 : 0;
  CHECK(leftOut == 2);
  REQUIRE(fs::exists(last));
  CHECK(readSavedRun(last)->underWay.steps > 0);
}

TEST_CASE("cli: --deterministic holds on a CPU too, where runs are equal anyway") {
  const OwnImages own(5);
  const auto weights = [&] {
    const Said said = own.train({"--set", "net={\"name\":\"dabnet\",\"width\":4}", "--device",
                                 "cpu", "--deterministic", "--force"});
    INFO(said.err);
    REQUIRE(said.exitCode == 0);
    return weightsIn(own.run);
  };
  const Weights first = weights();
  requireSame(first, weights());
}

TEST_CASE("cli: too few images for a validation say how they are divided") {
  const OwnImages own(2);
  const Said said = own.train();
  CHECK(said.exitCode == 1);
  CHECK_THAT(said.err, ContainsSubstring("the validation split of dataset 'folder' is empty; "
                                         "--set data.split.folds=2 keeps half"));
  CHECK(own.train({"--set", "data.split.folds=2"}).exitCode == 0);
}
