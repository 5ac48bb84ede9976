// Judging runs from the command line: evaluate --report, runs, compare, --ui.
#include <catch2/matchers/catch_matchers_floating_point.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <nlohmann/json.hpp>

#include "child_process.h"
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
    std::vector<std::string> words = {"evaluate", "--model", own.run,   "--dataset",
                                      "folder",   "--data",  own.data,  "--json",
                                      "--report", report,    "--split", "all"};
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
  CHECK_THAT(compared.out, !ContainsSubstring("images differ"));
  train("third", {"data.split.folds=3", "data.split.fold=1"});
  const Said other = limbusSays({"compare", runs + "/first", runs + "/third"});
  CHECK_THAT(other.out, ContainsSubstring("the validation images differ"));
  CHECK_THAT(limbusSays({"inspect", runs + "/third"}).out,
             ContainsSubstring("part 1 of 3, counted from 0, held out"));
  const Said gone = limbusSays({"compare", runs + "/first", runs});
  CHECK(gone.exitCode == 1);
  CHECK_THAT(gone.err, ContainsSubstring("is no run"));
}

TEST_CASE("cli: a dashboard where there is a terminal, plain lines elsewhere") {
  const OwnImages own(6);
  const Said plain = own.train({"--ui", "--set", "epochs=2"});
  REQUIRE(plain.exitCode == 0);
  CHECK_THAT(plain.out, ContainsSubstring("epoch 2/2  loss"));
  CHECK_THAT(plain.out, !ContainsSubstring("\033"));
  if (std::system("command -v script >/dev/null 2>&1") != 0) SKIP("script(1) makes the terminal");

  // The key comes when an epoch is there to be seen.
  const std::string run = own.run + "-ui";
  const std::string train = shellQuoted(LIMBUS_EXE) + " train " + own.recipe + " --data " +
                            own.data + " --out " + run + " --ui --set epochs=100000";
  const Said said = saidBy("(for i in $(seq 200); do [ -s " + run +
                           "/log.jsonl ] && break; sleep 0.2; done; sleep 1; printf q; sleep 3) | "
                           "TERM=xterm timeout 60 script -qec " +
                           shellQuoted("stty rows 24 cols 80; " + train) + " /dev/null");
  INFO(said.out);
  CHECK(said.exitCode != 0);
  CHECK(said.exitCode != 124);  // of timeout
  CHECK_THAT(said.out, ContainsSubstring("\033[?1049h"));
  CHECK_THAT(said.out, ContainsSubstring("/100000"));
  CHECK_THAT(said.out, ContainsSubstring("▀"));
  const std::size_t back = said.out.rfind("\033[?1049l");
  REQUIRE(back != std::string::npos);
  CHECK_THAT(said.out.substr(back), ContainsSubstring("stopped by q; "));
  CHECK(fs::exists(fs::path(run) / "last.safetensors"));
}

TEST_CASE("cli: the dashboard of a resumed run knows the best of the epochs before") {
  if (std::system("command -v script >/dev/null 2>&1") != 0) SKIP("script(1) makes the terminal");
  const OwnImages own(6);
  const fs::path last = fs::path(own.run) / "last.safetensors";
  const pid_t child = startLimbus({"train", own.recipe, "--data", own.data, "--out", own.run,
                                   "--quiet", "--set", "epochs=500"});
  REQUIRE(sees(child, last, 2));
  ::kill(child, SIGTERM);
  REQUIRE(exitCodeOf(child) == 3);
  SavedRun saved = readSavedRun(last).value();
  REQUIRE(saved.bestEpoch > 0);
  saved.best = 0.98765;  // which no other epoch comes to
  REQUIRE(writeSavedRun(last, saved));
  const std::string train = shellQuoted(LIMBUS_EXE) + " train " + own.recipe + " --data " +
                            own.data + " --out " + own.run + " --resume --ui --set epochs=500";
  // The key comes when another epoch is there to be seen.
  const std::string log = own.run + "/log.jsonl";
  const Said said =
      saidBy("(for i in $(seq 200); do [ $(wc -l <" + log + ") -gt " + std::to_string(saved.epoch) +
             " ] && break; sleep 0.2; done; sleep 1; printf q; sleep 3) | "
             "TERM=xterm timeout 60 script -qec " +
             shellQuoted("stty rows 24 cols 80; " + train) + " /dev/null");
  INFO(said.out);
  // Beside the curve, not "(best mIoU ...)" of the log's last line.
  const std::string best = "  best mIoU 0.9877, epoch " + std::to_string(saved.bestEpoch);
  const std::size_t shown = said.out.find("  best mIoU");
  REQUIRE(shown != std::string::npos);
  CHECK(said.out.substr(shown, best.size()) == best);
  CHECK(said.out.substr(said.out.rfind("  best mIoU"), best.size()) == best);
}
