// Validation in training scores as `limbus evaluate` does, under every convention.
#include <catch2/matchers/catch_matchers_floating_point.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "command_line.h"
#include "native_catch.h"
#include "own_images.h"
#include "shared/metrics/metrics.h"

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::WithinAbs;
using namespace limbus;
using nlohmann::json;

namespace {

std::vector<std::string> setTo(const std::string& convention) {
  return {"--set", "convention=" + convention, "--force", "--no-self-check"};
}

// Every third image into a validation folder, the others into one to train on.
void divide(const OwnImages& own, int count) {
  for (int i = 0; i < count; ++i) {
    const std::string split = i % 3 == 0 ? "validation" : "train",
                      name = std::to_string(i) + ".png";
    for (const char* part : {"images", "masks"}) {
      const std::filesystem::path data = own.scratch / "data", to = data / split / part;
      std::filesystem::create_directories(to);
      std::filesystem::rename(data / part / name, to / name);
    }
  }
  for (const char* part : {"images", "masks"}) {
    std::filesystem::remove(own.scratch / "data" / part);
  }
}

json lastRecord(const OwnImages& own) {
  std::istringstream lines(readBytes(own.scratch / "run/log.jsonl").value());
  std::string last;
  for (std::string line; std::getline(lines, line);) last = line;
  return json::parse(last);
}

}  // namespace

TEST_CASE("conventions: training's validation scores are those of limbus evaluate") {
  const OwnImages own(12);
  divide(own, 12);
  std::set<double> scores;
  for (const ConventionRow& row : conventions()) {
    INFO(row.name);
    const Said said = own.train(setTo(row.name));
    INFO(said.err);
    REQUIRE(said.exitCode == 0);
    const json record = lastRecord(own), trained = record.at("validation");
    const Said evaluated =
        limbusSays({"evaluate", "--model", own.run, "--json", "--no-self-check"});
    INFO(evaluated.err);
    REQUIRE(evaluated.exitCode == 0);
    const json answer = json::parse(evaluated.out);
    CHECK(answer.at("convention") == row.name);
    CHECK((evaluated.err.find(std::string("by its recipe's convention ") + row.name) ==
           std::string::npos) == (row.name == std::string("dataset")));
    REQUIRE(answer.at("images") > 1);
    for (const char* score : {"mIoU", "mDice", "pixelAccuracy", "classAccuracy"}) {
      INFO(score);
      CHECK_THAT(trained.at(score).get<double>(), WithinAbs(answer.at(score).get<double>(), 1e-9));
    }
    for (const json& one : answer.at("classes")) {
      INFO(one.dump());
      CHECK(trained.at("iou").at(one.at("name").get<std::string>()).is_null() ==
            one.at("iou").is_null());
    }
    CHECK(record.at("best") == trained.at("mIoU"));
    scores.insert(trained.at("mIoU").get<double>());
  }
  CHECK(scores.size() >= 4);  // they do differ on these images
  // Asked for by name, and on data that a run was not trained on.
  const auto conventionOf = [&](const std::vector<std::string>& more) {
    std::vector<std::string> words = {"evaluate", "--model", own.run, "--json", "--no-self-check"};
    words.insert(words.end(), more.begin(), more.end());
    return json::parse(limbusSays(words).out).at("convention").get<std::string>();
  };
  CHECK(conventionOf({"--convention", "image-mean"}) == "image-mean");
  CHECK(conventionOf({"--data", own.data}) == "dataset");
  CHECK(conventionOf({"--map", "3:pupil"}) == "dataset");
  CHECK_THAT(own.train(setTo("dicee")).err, ContainsSubstring("dice-foreground"));
}

TEST_CASE("conventions: parts of a k-fold training are pooled image by image where it says so") {
  const OwnImages own(6);
  std::vector<std::string> more = setTo("image-mean");
  more.insert(more.end(), {"--folds", "3", "--json"});
  const Said said = own.train(more);
  INFO(said.err);
  REQUIRE(said.exitCode == 0);
  const json folds = json::parse(said.out);
  CHECK(folds.at("convention") == "image-mean");
  std::vector<ConfusionMatrix> images;
  for (const json& run : folds.at("runs")) {
    CHECK(run.at("images") == 2);
    for (const json& cells : run.at("byImage")) {
      ConfusionMatrix& image = images.emplace_back(4);
      for (std::size_t i = 0; i < cells.size(); i += 3) {
        image.count(cells[i], cells[i + 1], cells[i + 2].get<std::int64_t>());
      }
    }
  }
  REQUIRE(images.size() == 6);
  CHECK(images[0].total() == 64 * 64);
  CHECK_THAT(folds.at("pooled").at("mIoU").get<double>(),
             WithinAbs(score("image-mean", images)->mIoU, 1e-12));
  std::vector<std::string> again = setTo("dataset");
  again[2] = "--resume";
  again.insert(again.end(), {"--folds", "3"});
  CHECK_THAT(own.train(again).err, ContainsSubstring("another 'convention'"));
  more[2] = "--resume";  // reads what it wrote
  CHECK(own.train(more).out == said.out);
}
