// Runs in a folder, and what they differ in; tables of text.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "native/report/runs.h"
#include "native/report/text_table.h"
#include "native/system/files.h"
#include "native/system/folder_lock.h"
#include "scratch_folder.h"

using Catch::Matchers::ContainsSubstring;
using namespace limbus;
namespace fs = std::filesystem;

namespace {

std::string recordOf(int epoch, double best, int bestEpoch) {
  return R"({"epoch":)" + std::to_string(epoch) + R"(,"trainSeconds":2,"validationSeconds":0.5,)" +
         R"("best":)" + std::to_string(best) + R"(,"bestEpoch":)" + std::to_string(bestEpoch) +
         "}\n";
}

void writeRun(const fs::path& folder, const std::string& log) {
  fs::create_directories(folder);
  REQUIRE(writeBytes(folder / "recipe.json", "{}", false));
  REQUIRE(writeBytes(folder / "config.json",
                     R"({"name":"small","net":{"name":"unet","width":4},
                         "data":{"dataset":"folder"},"epochs":2,"bestMetric":"mIoU"})",
                     false));
  if (!log.empty()) REQUIRE(writeBytes(folder / "log.jsonl", log, false));
}

void age(const fs::path& folder, std::chrono::minutes by) {
  for (const auto& entry : fs::directory_iterator(folder)) {
    fs::last_write_time(entry.path(), fs::file_time_type::clock::now() - by);
  }
}

Json parsed(const char* text) { return Json::parse(text); }

}  // namespace

TEST_CASE("runs: states, at any depth, the last written last") {
  const ScratchFolder scratch;
  writeRun(scratch / "a", recordOf(1, 0.5, 1) + recordOf(2, 0.75, 2));
  writeRun(scratch / "b", recordOf(1, 0.5, 1));
  writeRun(scratch / "b/inside", "");  // what lies in a run is its own
  writeRun(scratch / "deep" / "er/c", recordOf(1, 0.5, 1));
  writeRun(scratch / "early", recordOf(1, 0.5, 1));
  REQUIRE(writeBytes(scratch / "early" / "train.log",
                     "epoch 1/2\nstopped early: mIoU without a gain for 11 epochs\n", false));
  writeRun(scratch / "broken", recordOf(1, 0.5, 1));
  REQUIRE(writeBytes(scratch / "broken" / "train.log", "epoch 1/2\nfailed: no memory\n", false));
  writeRun(scratch / "new", "");
  fs::create_directories(scratch / "no run");
  for (const auto& [name, minutes] :
       {std::pair("a", 50), std::pair("b", 40), std::pair("early", 20), std::pair("broken", 5)}) {
    age(scratch / name, std::chrono::minutes(minutes));
  }
  age(scratch / "deep" / "er/c", std::chrono::minutes(30));

  writeRun(scratch / "now", "");
  age(scratch / "now", std::chrono::minutes(10));  // a long epoch
  const Result<FolderLock> training = FolderLock::take(scratch / "now");
  REQUIRE(training);

  const std::vector<RunSummary> runs = findRuns(scratch.path()).value();
  std::vector<std::string> said;
  for (const RunSummary& run : runs) {
    said.push_back(run.folder.filename().string() + " " + nameOf(run.state));
  }
  CHECK(said == std::vector<std::string>{"a finished", "b stopped", "c stopped", "early finished",
                                         "now running", "broken failed", "new stopped"});
  CHECK(runs[5].why == "no memory");
  CHECK(runs[0].net == "unet");
  CHECK(runs[0].data == "folder");
  CHECK(runs[0].best == 0.75);
  CHECK(runs[0].bestEpoch == 2);
  CHECK(runs[0].seconds == 5);
  CHECK_FALSE(runs[6].best);
  CHECK(findRuns(scratch / "a").value().size() == 1);
  REQUIRE(writeBytes(scratch / "a" / "config.json", "{", false));  // costs the others nothing
  const std::vector<RunSummary> broken = findRuns(scratch.path()).value();
  CHECK(broken.size() == runs.size());
  CHECK(std::count_if(broken.begin(), broken.end(), [](const RunSummary& run) {
          return run.state == RunState::unreadable &&
                 run.why.find("config.json: not valid JSON") != std::string::npos;
        }) == 1);
  CHECK_THAT(findRuns(scratch / "gone").error().message, ContainsSubstring("no such folder"));
}

TEST_CASE("runs: what recipes differ in, by the paths that --set takes") {
  const Json one = parsed(R"({"name":"a","net":{"name":"unet","width":4},"epochs":2,
      "augment":[{"name":"flip","p":0.5},{"name":"crop","p":1}],"mean":[1,2],"ema":null})");
  const Json other = parsed(R"({"name":"b","net":{"name":"unet","width":8},"epochs":2,
      "augment":[{"name":"crop","p":0.5}],"mean":[1,3],"seed":7,"ema":null})");
  const std::vector<RecipeDifference> differ = differencesOf({one, other, one});
  std::vector<std::string> keys;
  for (const RecipeDifference& difference : differ) keys.push_back(difference.key);
  CHECK(keys == std::vector<std::string>{"net.width", "augment.flip.name", "augment.flip.p",
                                         "augment.crop.p", "mean", "seed"});
  CHECK(differ[0].values == std::vector<Json>{4, 8, 4});
  CHECK(differ[2].values == std::vector<Json>{0.5, nullptr, 0.5});
  CHECK(differ[5].values == std::vector<Json>{nullptr, 7, nullptr});
  CHECK(differencesOf({one, one}).empty());
  // What comes first in a list is done first.
  const Json turned = parsed(R"({"augment":[{"name":"crop","p":1},{"name":"flip","p":0.5}]})");
  const Json straight = parsed(R"({"augment":[{"name":"flip","p":0.5},{"name":"crop","p":1}]})");
  const std::vector<RecipeDifference> order = differencesOf({turned, straight});
  REQUIRE(order.size() == 1);
  CHECK(order[0].key == "augment");
  CHECK(order[0].values == std::vector<Json>{{"crop", "flip"}, {"flip", "crop"}});
  // Names that come twice are no names.
  const Json twice = parsed(R"({"augment":[{"name":"flip","p":1},{"name":"flip","p":0}]})");
  const Json same = parsed(R"({"augment":[{"name":"flip","p":1},{"name":"flip","p":1}]})");
  CHECK(differencesOf({twice, same}).front().key == "augment.1.p");
}

TEST_CASE("table: numbers stand right, words left") {
  CHECK(textTable({"run", "best"}, {{"first", "0.9"}, {"ä", "10.25"}, {"none", "-"}}) ==
        "run     best\n"
        "first    0.9\n"
        "ä      10.25\n"
        "none       -\n");
  CHECK(textTable({"a", "note"}, {{"1", ""}, {"2", "failed"}}) == "a  note\n1\n2  failed\n");
  CHECK(shownNumber(0.123456) == "0.1235");
  CHECK(shownNumber(1.0 / 0.0) == "-");
}
