// What a search tries, how it halves, what it remembers.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <fstream>
#include <set>

#include "native/system/files.h"
#include "native/tune/halving.h"
#include "native/tune/space.h"
#include "native/tune/trials.h"
#include "scratch_folder.h"

using Catch::Matchers::ContainsSubstring;
using namespace limbus;

namespace {

double numberOf(const std::string& assignment) {
  return std::stod(assignment.substr(assignment.find('=') + 1));
}

std::string refusal(const std::string& text) {
  const Result<Space> space = parseSpace(text, "space.json");
  REQUIRE_FALSE(space);
  return space.error().message;
}

}  // namespace

TEST_CASE("tune: draws lie in the space, spread, and are the same again") {
  const Space space = parseSpace(R"({"lr": {"low": 1e-4, "high": 1e-2, "scale": "log"},
      "batch": {"low": 4, "high": 6, "whole": true}, "p": {"low": -1, "high": 1},
      "steps": {"low": 1, "high": 64, "scale": "log", "whole": true},
      "net": ["unet", {"name": "enet"}]})",
                                 "space.json")
                          .value();
  std::set<double> batches;
  std::set<std::string> nets;
  int belowMiddle = 0, negative = 0, fewSteps = 0;
  constexpr int kDraws = 400;
  for (int i = 0; i < kDraws; ++i) {
    const std::vector<std::string> set = drawTrial(space, 7, static_cast<std::uint32_t>(i));
    REQUIRE(set.size() == 5);
    const double lr = numberOf(set[0]);
    CHECK((lr >= 1e-4 && lr <= 1e-2));
    belowMiddle += lr < 1e-3;
    batches.insert(numberOf(set[1]));
    negative += numberOf(set[2]) < 0;
    const double steps = numberOf(set[3]);
    CHECK((steps >= 1 && steps <= 64 && steps == static_cast<int>(steps)));
    fewSteps += steps < 8;
    nets.insert(set[4]);
    CHECK(set == drawTrial(space, 7, static_cast<std::uint32_t>(i)));
  }
  CHECK(batches == std::set<double>{4, 5, 6});
  CHECK(nets == std::set<std::string>{R"(net="unet")", R"(net={"name":"enet"})"});
  for (const int half : {belowMiddle, negative, fewSteps}) {
    CHECK((half > 0.4 * kDraws && half < 0.6 * kDraws));
  }
  CHECK(drawTrial(space, 7, 1) != drawTrial(space, 8, 1));
  CHECK(extremesOf(space).front() == "lr=0.0001");
  CHECK(extremesOf(space).size() == 10);
}

TEST_CASE("tune: a bad space is one clear line") {
  CHECK_THAT(refusal("[1]"), ContainsSubstring("space.json: expected an object of recipe keys"));
  CHECK_THAT(refusal("{}"), ContainsSubstring("expected an object of recipe keys"));
  CHECK_THAT(refusal(R"({"a": [1]})"),
             ContainsSubstring("space.json: 'a': expected at least two values"));
  CHECK_THAT(refusal(R"({"a": 3})"), ContainsSubstring("got 3"));
  CHECK_THAT(refusal(R"({"a": {"low": 1}})"), ContainsSubstring("high"));
  CHECK_THAT(refusal(R"({"a": {"low": 2, "high": 1}})"), ContainsSubstring("low must be below"));
  CHECK_THAT(refusal(R"({"a": {"low": 0, "high": 1, "scale": "log"}})"),
             ContainsSubstring("more than 0"));
  CHECK_THAT(refusal(R"({"a": {"low": 0.5, "high": 4, "whole": true}})"),
             ContainsSubstring("must be whole"));
  CHECK_THAT(refusal(R"({"a": {"low": 1, "high": 2, "scale": "lin"}})"),
             ContainsSubstring("linear"));
  CHECK_THAT(refusal(R"({"a": {"low": 1, "hihg": 2}})"), ContainsSubstring("hihg"));
}

TEST_CASE("tune: rungs of successive halving") {
  const auto said = [](int trials, int epochs, int eta) {
    std::string text;
    for (const Rung& rung : rungsOf(trials, epochs, eta)) {
      text += std::to_string(rung.trials) + "x" + std::to_string(rung.epochs) + " ";
    }
    return text;
  };
  CHECK(said(27, 27, 3) == "27x1 9x3 3x9 1x27 ");
  CHECK(said(16, 8, 2) == "16x1 8x2 4x4 2x8 ");
  CHECK(said(4, 100, 2) == "4x25 2x50 1x100 ");
  CHECK(said(5, 10, 3) == "5x3 1x10 ");
  CHECK(said(20, 10, 0) == "20x10 ");
  CHECK(said(1, 10, 3) == "1x10 ");
}

TEST_CASE("tune: the journal goes on where it was cut off") {
  const ScratchFolder scratch;
  const auto file = scratch / "trials.jsonl";
  TrialJournal journal = TrialJournal::open(file).value();
  TrialResult good{.trial = {.name = "trial-0001", .set = {"a=1"}},
                   .best = 0.5,
                   .bestEpoch = 2,
                   .epochs = 3,
                   .seconds = 1.5};
  TrialResult failed{.trial = {.name = "trial-0002", .set = {"a=2"}}, .error = "no \"luck\""};
  REQUIRE(journal.add(good));
  REQUIRE(journal.add(failed));
  const std::string whole = readBytes(file).value();
  std::ofstream(file, std::ios::app) << R"({"trial":"trial-0003","rung":1,"set":["a)";

  TrialJournal again = TrialJournal::open(file).value();
  CHECK(readBytes(file).value() == whole);
  REQUIRE(again.find("trial-0001") != nullptr);
  CHECK(again.find("trial-0001")->best == 0.5);
  CHECK(again.find("trial-0001")->trial.set == std::vector<std::string>{"a=1"});
  CHECK(again.find("trial-0002")->error == "no \"luck\"");
  CHECK(again.find("trial-0003") == nullptr);

  TrialResult stopped{
      .trial = {.name = "trial-0005", .set = {"a=5"}}, .error = "", .stopped = true};
  REQUIRE(again.add(stopped));
  CHECK(again.find("trial-0005") != nullptr);
  CHECK(TrialJournal::open(file)->find("trial-0005") == nullptr);
  CHECK(readBytes(file).value() == whole);

  REQUIRE(writeBytes(file, "nonsense\n" + whole));
  CHECK_THAT(TrialJournal::open(file).error().message, ContainsSubstring("line 1 is no trial"));

  TrialResult better = good;
  better.trial.name = "trial-0004";
  better.best = 0.75;
  std::vector<TrialResult> all = {failed, good, better};
  sortByBest(all, true);
  CHECK(all[0].trial.name == "trial-0004");
  CHECK(all[2].trial.name == "trial-0002");
  sortByBest(all, false);
  CHECK(all[0].trial.name == "trial-0001");
}
