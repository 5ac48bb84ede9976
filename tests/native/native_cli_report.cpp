// Judging runs from the command line: evaluate --report, runs, compare.
#include <algorithm>
#include <catch2/matchers/catch_matchers_floating_point.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <nlohmann/json.hpp>
#include <sstream>

#include "own_images.h"

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::WithinAbs;
using namespace limbus;
using nlohmann::json;
namespace fs = std::filesystem;

TEST_CASE("cli: evaluate writes a page about a run, once") {
  const OwnImages own(6);
  REQUIRE(own.train({"--set", "epochs=2"}).exitCode == 0);
  const std::string report = (own.scratch / "report").string();
  const auto evaluate = [&](const std::vector<std::string>& more) {
    std::vector<std::string> words = {"evaluate", "--model", own.run,  "--dataset", "folder",
                                      "--data",   own.data,  "--json", "--report",  report};
    words.insert(words.end(), more.begin(), more.end());
    return limbusSays(words);
  };
  const Said said = evaluate({"--worst", "2"});
  INFO(said.err);
  REQUIRE(said.exitCode == 0);
  const json answer = json::parse(said.out);
  const std::string page = textOf(fs::path(report) / "index.html");
  for (const char* part : {"id=\"classes\"", "id=\"confusion\"", "id=\"calibration\"",
                           "id=\"curves\"", "id=\"worst\"", "id=\"images\""}) {
    CHECK_THAT(page, ContainsSubstring(part));
  }
  std::size_t pictures = 0;
  for (std::size_t at = page.find("<img "); at != std::string::npos;
       at = page.find("<img ", at + 1))
    ++pictures;
  CHECK(pictures == 8);

  const json numbers = json::parse(textOf(fs::path(report) / "scores.json"));
  CHECK(numbers.at("mIoU") == answer.at("mIoU"));
  CHECK(numbers.at("perImage").size() == 6);
  CHECK(answer.at("classes")[0].contains("boundaryF1"));
  double sum = 0;
  for (const json& image : numbers.at("perImage")) {
    sum += image.at("pixelAccuracy").get<double>() / 6;
  }
  CHECK_THAT(sum, WithinAbs(answer.at("pixelAccuracy").get<double>(), 1e-9));
  const double error = numbers.at("calibration").at("expectedError");
  CHECK(error > 0);
  CHECK(error <= numbers.at("calibration").at("largestError").get<double>());

  const Said again = evaluate({});
  CHECK(again.exitCode == 2);
  CHECK(again.errLines() == 1);
  CHECK_THAT(again.err, ContainsSubstring("exists already"));
  CHECK(textOf(fs::path(report) / "index.html") == page);
  CHECK(evaluate({"--force", "--convention", "image-mean"}).exitCode == 0);
  CHECK_THAT(textOf(fs::path(report) / "index.html"), ContainsSubstring("image-mean: "));
  CHECK(limbusSays({"evaluate", "--model", own.run, "--worst", "3"}).exitCode == 2);
}

TEST_CASE("cli: runs are listed and compared") {
  const OwnImages own(6);
  const std::string runs = (own.scratch / "runs").string();
  const auto train = [&](const std::string& name, const std::vector<std::string>& set) {
    std::vector<std::string> words = {"train",  own.recipe, "--data",
                                      own.data, "--out",    runs + "/" + name};
    for (const std::string& one : set) words.insert(words.end(), {"--set", one});
    REQUIRE(limbusSays(words).exitCode == 0);
  };
  const Said none = limbusSays({"runs", own.scratch.path().string()});
  CHECK(none.exitCode == 0);
  CHECK_THAT(none.out, ContainsSubstring("no runs in"));
  train("first", {});
  train("second", {"net.width=6", "epochs=2"});

  const Said listed = limbusSays({"runs", runs});
  REQUIRE(listed.exitCode == 0);
  CHECK_THAT(listed.out, ContainsSubstring("unet  folder"));
  CHECK_THAT(listed.out, ContainsSubstring("2/2"));
  const json all = json::parse(limbusSays({"runs", runs, "--json"}).out);
  REQUIRE(all.size() == 2);
  for (const json& run : all) {
    CHECK(run.at("state") == "finished");
    CHECK(run.at("best").get<double>() > 0);
  }

  const Said compared = limbusSays({"compare", runs + "/first", runs + "/second"});
  INFO(compared.err);
  REQUIRE(compared.exitCode == 0);
  CHECK_THAT(compared.out, ContainsSubstring("net.width"));
  CHECK_THAT(compared.out, ContainsSubstring("IoU pupil"));
  const json answer =
      json::parse(limbusSays({"compare", runs + "/first", runs + "/second", "--json"}).out);
  CHECK(answer.at("differences") == json{{"net.width", {4, 6}}, {"epochs", {1, 2}}});
  CHECK(answer.at("runs")[0].at("learned parameters").get<int>() <
        answer.at("runs")[1].at("learned parameters").get<int>());
  CHECK_THAT(limbusSays({"compare", runs + "/first", runs + "/first"}).out,
             ContainsSubstring("the recipes are the same"));
  const Said gone = limbusSays({"compare", runs + "/first", runs});
  CHECK(gone.exitCode == 1);
  CHECK_THAT(gone.err, ContainsSubstring("is no run"));
}
