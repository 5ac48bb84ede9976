// limbus train --folds: every part is held out once.
#include <catch2/matchers/catch_matchers_floating_point.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <csignal>
#include <nlohmann/json.hpp>
#include <set>

#include "command_line.h"
#include "native/commands/parts/exit_code.h"
#include "native/commands/train/fold_scores.h"
#include "native/commands/train/folds.h"
#include "native/system/files.h"
#include "native/train/files/checkpoint.h"
#include "native_catch.h"
#include "own_images.h"
#include "result_text.h"
#include "same_weights.h"

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::WithinAbs;
using namespace limbus;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

json foldsIn(const fs::path& run) { return json::parse(readBytes(run / "folds.json").value()); }

// Kills the training as soon as `file` is there.
std::string stoppedAt(const fs::path& file, const std::string& signal) {
  return "me=$(exec sh -c 'echo $PPID'); (until test -e '" + file.string() +
         "'; do sleep 0.05; done; kill -" + signal + " $me) &";
}

FoldScore foldOf(int number, std::vector<std::int64_t> counts) {
  FoldScore fold{.fold = number,
                 .images = 2,
                 .epochs = 3,
                 .bestEpoch = 1,
                 .best = 0.5,
                 .confusion = ConfusionMatrix(2)};
  for (int truth = 0; truth < 2; ++truth) {
    for (int predicted = 0; predicted < 2; ++predicted) {
      fold.confusion.count(truth, predicted, counts[truth * 2 + predicted]);
    }
  }
  return fold;
}

}  // namespace

TEST_CASE("folds: counts are pooled, not the parts' scores") {
  FoldScores scores{.folds = 2, .metric = "mIoU", .classes = {"skin", "lesion"}};
  scores.done = {foldOf(0, {90, 0, 0, 10})};
  REQUIRE_FALSE(scores.json().value().contains("pooled"));
  scores.done.push_back(foldOf(1, {80, 10, 9, 1}));
  const Json pooled = scores.json().value().at("pooled");
  CHECK(pooled.at("images") == 4);
  // Truth and prediction, 170 of 189 pixels and 11 of 30; the mean of the parts' would be 0.525.
  CHECK_THAT(pooled.at("classes")[0].at("iou").get<double>(), WithinAbs(170.0 / 189, 1e-12));
  CHECK_THAT(pooled.at("classes")[1].at("iou").get<double>(), WithinAbs(11.0 / 30, 1e-12));
  CHECK_THAT(pooled.at("mIoU").get<double>(), WithinAbs((170.0 / 189 + 11.0 / 30) / 2, 1e-12));
  CHECK_THAT(foldTables(scores).value(), ContainsSubstring("pooled"));

  const ScratchFolder scratch;
  const fs::path file = scratch / "folds.json";
  REQUIRE(writeFoldScores(file, scores));
  const FoldScores expected{.folds = 2, .metric = "mIoU", .classes = {"skin", "lesion"}};
  CHECK(readFoldScores(file, expected).value().json().value() == scores.json().value());
  FoldScores other = expected;
  other.folds = 3;
  CHECK_THAT(readFoldScores(file, other).error().message,
             ContainsSubstring("of 2 parts, not of 3"));
  other = expected;
  other.classes = {"skin", "hair"};
  CHECK_THAT(readFoldScores(file, other).error().message, ContainsSubstring("another 'classes'"));
  const std::string text = readBytes(file).value();
  for (const auto& [from, to] : {std::pair("[80,10]", "[80]"), std::pair("fold1", "fold0"),
                                 std::pair("fold1", "fold2"), std::pair("90", "-1")}) {
    INFO(to);
    std::string bad = text;
    bad.replace(bad.find(from), std::string(from).size(), to);
    REQUIRE(writeBytes(file, bad));
    CHECK_FALSE(readFoldScores(file, expected));
  }
}

TEST_CASE("folds: each part as a run of its own makes it, every image scored once") {
  const OwnImages own(7);
  const std::vector<std::string> split = {"--set", "data.split.folds=3"};
  const Said said = own.train({"--folds", split[0], split[1], "--keep-predictions"});
  INFO(said.err);
  REQUIRE(said.exitCode == 0);
  CHECK_THAT(said.out, ContainsSubstring("fold2: part 3 of 3 held out"));
  CHECK_THAT(said.out, ContainsSubstring("pooled"));

  const std::string single = (own.scratch / "single").string();
  const Said alone = limbusSays({"train", own.recipe, "--data", own.data, "--out", single, "--fold",
                                 "1", split[0], split[1]});
  INFO(alone.err);
  REQUIRE(alone.exitCode == 0);
  requireSame(weightsIn(single), weightsIn(fs::path(own.run) / "fold1"));

  const json folds = foldsIn(own.run);
  CHECK(folds.at("pooled").at("images") == 7);
  std::int64_t pixels = 0;
  for (const json& one : folds.at("runs")) {
    CHECK(one.at("images").get<int>() >= 2);
    for (const json& row : one.at("confusion")) {
      for (const json& count : row) pixels += count.get<std::int64_t>();
    }
  }
  CHECK(pixels == 7 * 64 * 64);

  // The masks that are kept are those that were scored.
  ConfusionMatrix kept(4);
  for (int i = 0; i < 7; ++i) {
    const std::string name = std::to_string(i) + ".png";
    REQUIRE(kept.add(readLabels(fs::path(own.data) / "masks" / name)->view(),
                     readLabels(fs::path(own.run) / "predictions" / name)->view()));
  }
  for (int truth = 0; truth < 4; ++truth) {
    for (int predicted = 0; predicted < 4; ++predicted) {
      std::int64_t sum = 0;
      for (const json& one : folds.at("runs")) {
        sum += one.at("confusion")[truth][predicted].get<std::int64_t>();
      }
      CHECK(kept.at(truth, predicted) == sum);
    }
  }
  const Said scored = limbusSays(
      {"evaluate", "--model", own.run, "--dataset", "folder", "--data", own.data, "--json"});
  INFO(scored.err);
  REQUIRE(scored.exitCode == 0);
  CHECK(json::parse(scored.out).at("split") == "all");
  CHECK_THAT(scored.err, ContainsSubstring("held out different images"));
  const Said part = limbusSays({"evaluate", "--model", own.run + "/fold1", "--dataset", "folder",
                                "--data", own.data, "--json"});
  CHECK(json::parse(part.out).at("images") == folds.at("runs")[1].at("images"));
  CHECK(json::parse(part.out).at("dividedAs") == own.run + "/fold1");

  const std::string masks = (own.scratch / "masks").string();
  const Said predicted =
      limbusSays({"predict", "--model", own.run, "--images", own.data + "/images", "--out", masks});
  INFO(predicted.err);
  CHECK(predicted.exitCode == 0);

  CHECK_THAT(own.train({"--folds", "3"}).err, ContainsSubstring("go on with --resume"));
  CHECK_THAT(own.train({"--folds", "2", "--resume"}).err,
             ContainsSubstring("of 3 parts, not of 2"));
  CHECK_THAT(own.train({"--folds", "2", "--force"}).err, ContainsSubstring("fold2 is of another"));
  CHECK_THAT(limbusSays({"train", own.recipe, "--data", own.data + "x", "--out", own.run, "--folds",
                         "3", "--force"})
                 .err,
             ContainsSubstring("datax: no such folder"));
  CHECK_THAT(own.train({"--folds", "3", "--force", "--init", "none.safetensors"}).err,
             ContainsSubstring("none.safetensors: no such"));
  CHECK_THAT(own.train({"--folds", "3", "--force", "--init", own.run + "/fold0"}).err,
             ContainsSubstring("lies in what --force replaces"));
  CHECK_THAT(own.train({"--folds", "3", "--force", "--log", "typo"}).err,
             ContainsSubstring("unknown log 'typo'"));
  const std::string psp = R"(net={"name":"pspnet","encoder":"resnet18"})";
  CHECK_THAT(own.train({"--folds", "3", "--force", "--set", "batch=1", "--set", psp}).err,
             ContainsSubstring("a batch norm, which has nothing to norm by"));
  CHECK(fs::exists(fs::path(own.run) / "fold2/last.safetensors"));
  const Said changed = own.train({"--folds", "3", "--resume", "--set", "batch=3"});
  CHECK_THAT(changed.err, ContainsSubstring("'batch' differs"));
  CHECK(foldsIn(own.run) == folds);
  // A part that is finished held out another share of the images.
  fs::copy_file(fs::path(own.data) / "images/0.png", fs::path(own.data) / "images/more.png");
  fs::copy_file(fs::path(own.data) / "masks/0.png", fs::path(own.data) / "masks/more.png");
  CHECK_THAT(own.train({"--folds", "3", "--resume"}).err,
             ContainsSubstring("was trained on other data"));
  fs::remove(fs::path(own.data) / "images/more.png");
  fs::remove(fs::path(own.data) / "masks/more.png");
  const Said again = own.train({"--folds", "3", "--force", "--json"});
  REQUIRE(again.exitCode == 0);
  CHECK_FALSE(fs::exists(fs::path(own.run) / "predictions"));
  json without = folds;
  without.erase("predictions");
  CHECK(json::parse(again.out) == without);
  CHECK_THAT(own.train({"--folds", "3", "--resume", "--keep-predictions"}).err,
             ContainsSubstring("begun without --keep-predictions"));
}

TEST_CASE("folds: images without a label are held out, but not scored") {
  const OwnImages own(6);
  std::string list = "image,mask\n";
  for (int i = 0; i < 6; ++i) {
    const std::string name = std::to_string(i) + ".png";
    list += "images/" + name + "," + (i == 0 ? "" : "masks/" + name) + "\n";
  }
  REQUIRE(writeBytes(fs::path(own.data) / "list.csv", list, false));
  const Said said =
      own.train({"--folds", "2", "--set", "data.list=list.csv", "--keep-predictions"});
  INFO(said.err);
  REQUIRE(said.exitCode == 0);
  CHECK(foldsIn(own.run).at("pooled").at("images") == 5);
  CHECK(fs::exists(fs::path(own.run) / "predictions/images/0.png"));
}

TEST_CASE("folds: a part without any label is told of before the first is trained") {
  const OwnImages own(6);
  std::string list = "image,mask\n", parts = "image,fold\n";
  for (int i = 0; i < 6; ++i) {
    const std::string name = std::to_string(i) + ".png";
    list += "images/" + name + "," + (i < 2 ? "" : "masks/" + name) + "\n";
    parts += "images/" + name + "," + std::to_string(i < 2 ? 1 : 0) + "\n";
  }
  REQUIRE(writeBytes(fs::path(own.data) / "list.csv", list, false));
  REQUIRE(writeBytes(own.scratch / "parts.csv", parts, false));
  const Said said =
      own.train({"--folds", "2", "--set", "data.list=list.csv", "--set", "data.split.folds=2",
                 "--set", "data.split.file=" + (own.scratch / "parts.csv").string()});
  CHECK(said.exitCode == 1);
  CHECK_THAT(said.err,
             ContainsSubstring("fold1: no image held out has a label to score against; " +
                               (own.scratch / "parts.csv").string() + " divides them so"));
  CHECK_FALSE(fs::exists(own.run));
}

TEST_CASE("folds: stopped and gone on with, they end where an undisturbed training does") {
  const OwnImages own(6);
  const std::vector<std::string> options = {"--folds", "2", "--set", "epochs=80"};
  const Said whole = own.train(options);
  INFO(whole.err);
  REQUIRE(whole.exitCode == 0);
  const fs::path straight = own.scratch / "straight";
  fs::rename(own.run, straight);

  std::vector<std::string> line = {"train", own.recipe, "--data", own.data, "--out", own.run};
  line.insert(line.end(), options.begin(), options.end());
  const fs::path second = fs::path(own.run) / "fold1" / "best.safetensors";
  const Said stopped = limbusSays(line, stoppedAt(second, "TERM"));
  INFO(stopped.err);
  REQUIRE(stopped.exitCode == 3);
  CHECK_THAT(stopped.err, ContainsSubstring("stopped by SIGTERM in part 2 of 2"));
  CHECK(foldsIn(own.run).at("runs").size() == 1);
  CHECK_FALSE(foldsIn(own.run).contains("pooled"));
  const Said half = limbusSays({"predict", "--model", own.run, "--images", own.data + "/images",
                                "--out", (own.scratch / "masks").string()});
  CHECK(half.exitCode == 2);
  CHECK_THAT(half.err, ContainsSubstring("not trained to the end: fold1;"));

  const auto finished = fs::last_write_time(fs::path(own.run) / "fold0" / "train.log");
  line.emplace_back("--resume");
  const Said resumed = limbusSays(line);
  INFO(resumed.err);
  REQUIRE(resumed.exitCode == 0);
  CHECK_THAT(resumed.out, !ContainsSubstring("fold0: part"));
  CHECK(fs::last_write_time(fs::path(own.run) / "fold0" / "train.log") == finished);
  CHECK(foldsIn(own.run) == foldsIn(straight));
  for (const char* fold : {"fold0", "fold1"}) {
    requireSame(weightsIn(fs::path(own.run) / fold), weightsIn(straight / fold));
  }
}

TEST_CASE("folds: told to stop when a part's training has just ended, they stop there") {
  const OwnImages own(6);
  FoldsRequest request{.recipe = own.recipe, .folds = 2};
  request.train.data = own.data;
  request.train.run = own.run;
  request.train.device = "cpu";
  request.train.quiet = true;
  request.train.afterEpoch = [](int) { std::raise(SIGTERM); };  // of one
  REQUIRE(trainFolds(request));
  CHECK(chosenExit() == kStoppedExit);
  leaveWith(0);
  CHECK(foldsIn(own.run).at("runs").empty());
  CHECK_FALSE(fs::exists(fs::path(own.run) / "fold1"));
  REQUIRE(own.train({"--folds", "2", "--resume"}).exitCode == 0);
  CHECK(foldsIn(own.run).at("runs").size() == 2);
}

TEST_CASE("folds: a folder that would count as one more part is refused, trained or not") {
  const OwnImages own(6);
  // Of a training of three parts that was killed in the first epoch of its last.
  const fs::path left = fs::path(own.run) / "fold2";
  fs::create_directories(left);
  REQUIRE(writeBytes(left / "last.safetensors", "", false));
  const Said refused = own.train({"--folds", "2", "--force"});
  CHECK(refused.exitCode == 2);
  CHECK_THAT(refused.err, ContainsSubstring("fold2 is of another training"));
  CHECK_FALSE(fs::exists(fs::path(own.run) / "folds.json"));

  fs::rename(left, own.scratch / "left");
  REQUIRE(own.train({"--folds", "2", "--force"}).exitCode == 0);
  fs::rename(own.scratch / "left", left);
  const std::vector<std::string> predict = {"predict",
                                            "--model",
                                            own.run,
                                            "--images",
                                            own.data + "/images",
                                            "--out",
                                            (own.scratch / "masks").string()};
  CHECK_THAT(limbusSays(predict).err, ContainsSubstring("not trained to the end: fold2;"));
  CHECK_THAT(own.train({"--folds", "2", "--resume"}).err,
             ContainsSubstring("fold2 is of another training"));
  fs::remove_all(left);
  CHECK(limbusSays(predict).exitCode == 0);
}

TEST_CASE("folds: two images whose predictions would be one file are refused before any training") {
  const OwnImages own(6);
  const fs::path data = own.data;
  fs::copy_file(data / "images/0.png", own.scratch / "0.png");
  fs::copy_file(data / "images/0.png", data / "0.png");
  std::string list = "image,mask\n../0.png,masks/0.png\n0.png,masks/0.png\n";
  for (const char* name : {"1", "2", "3", "4"}) {
    list += "images/" + std::string(name) + ".png,masks/" + name + ".png\n";
  }
  REQUIRE(writeBytes(data / "all.csv", list, false));
  const auto train = [&](std::vector<std::string> more) {
    more.insert(more.end(), {"--folds", "2", "--set", "data.list=all.csv"});
    return own.train(more);
  };
  const Said said = train({"--keep-predictions"});
  CHECK(said.exitCode == 1);
  CHECK(said.err ==
        "limbus: the samples '../0' and '0' would both be written as 0.png; rename the files of "
        "one of them\n");
  CHECK_FALSE(fs::exists(own.run));
  CHECK(train({}).exitCode == 0);
}

TEST_CASE("folds: what does not go together is said") {
  const OwnImages own(6);
  CHECK_THAT(own.train({"--folds"}).err, ContainsSubstring("say how many: --folds 5"));
  CHECK_FALSE(fs::exists(own.run));
  CHECK(own.train({"--folds", "1"}).exitCode == 2);
  CHECK(own.train({"--folds", "2", "--fold", "0"}).exitCode == 2);
  CHECK(own.train({"--folds", "2", "--steps", "1"}).exitCode == 2);
  CHECK_THAT(own.train({"--folds", "2", "--resume"}).err, ContainsSubstring("leave --resume out"));
  REQUIRE(own.train().exitCode == 0);
  CHECK_THAT(own.train({"--folds", "2", "--force"}).err, ContainsSubstring("is a run itself"));
}
