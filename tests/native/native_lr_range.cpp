// The learning-rate range test.
#include <algorithm>
#include <catch2/matchers/catch_matchers_floating_point.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <cmath>
#include <nlohmann/json.hpp>

#include "command_line.h"
#include "native/data/files/csv.h"
#include "native/system/files.h"
#include "native/train/rate_range.h"
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

// A valley over the logarithm of the rate: straight down to 1 at `at`, up behind it.
RateRange valley(double at) {
  RateRange range;
  for (int i = 0; i <= 40; ++i) {
    const double lr = std::pow(10, -4 + 0.1 * i);
    range.points.push_back({lr, 0, 1 + std::abs(std::log10(lr / at))});
  }
  return range;
}

}  // namespace

TEST_CASE("lr range: the curve is read where it falls fastest and where it is least") {
  RateRange range = valley(1e-2);
  range.points[10].smoothed += 0.5;  // from here to the next it falls by more
  readCurve(range);
  REQUIRE(range.belowLeast);
  CHECK_THAT(*range.belowLeast, WithinRel(1e-3, 1e-9));
  REQUIRE(range.steepest);
  CHECK_THAT(*range.steepest, WithinRel(range.points[11].lr, 1e-9));

  range = valley(1e-4);
  readCurve(range);
  CHECK_FALSE(range.belowLeast);
  CHECK_FALSE(range.steepest);
}

TEST_CASE("lr range: rates grow exponentially, the first loss is the training's, no RUN is made") {
  const ScratchFolder scratch;
  const TrainRequest request = requestFor(scratch / "run", {});
  const RateRangeRules rules{.low = 1e-5, .high = 1e-1, .steps = 9, .smoothing = 0};
  const Result<RateRange> range = testRates(request, rules);
  REQUIRE(range);
  REQUIRE(range->points.size() == 9);
  CHECK_FALSE(range->diverged);
  for (std::size_t i = 0; i < 9; ++i) {
    CHECK_THAT(range->points[i].lr, WithinRel(1e-5 * std::pow(10, 0.5 * i), 1e-9));
    CHECK_THAT(range->points[i].smoothed, WithinRel(range->points[i].loss, 1e-12));
  }
  CHECK(fs::is_empty(scratch.path()));

  TrainRequest one = request;
  one.steps = 1;
  trained(one);
  const double first = records(one.run).at(0).at("trainLoss").get<double>();
  CHECK_THAT(range->points[0].loss, WithinRel(first, 1e-6));

  const Result<RateRange> wild =
      testRates(request, {.low = 1e-5, .high = 1e3, .steps = 60, .smoothing = 0.5});
  REQUIRE(wild);
  CHECK(wild->diverged);
  CHECK(wild->points.size() < 60);
}

TEST_CASE("cli: lr-range prints a curve and a rate, files where they are asked for") {
  const OwnImages own(6);
  const std::string csv = (own.scratch / "rates.csv").string();
  const std::string svg = (own.scratch / "rates.svg").string();
  const auto range = [&](std::vector<std::string> more) {
    std::vector<std::string> line = {"lr-range", own.recipe, "--data", own.data,  "--low",
                                     "1e-5",     "--high",   "1",      "--steps", "30"};
    line.insert(line.end(), more.begin(), more.end());
    return limbusSays(line);
  };
  const Said said = range({"--csv", csv, "--svg", svg, "--smoothing", "0.5"});
  INFO(said.err);
  REQUIRE(said.exitCode == 0);
  CHECK_THAT(said.out, ContainsSubstring("try --set schedule.lr="));
  CHECK_THAT(said.out, ContainsSubstring("learning rate"));
  CHECK_THAT(said.out, !ContainsSubstring("\033"));
  const auto rows = parseCsv(readBytes(csv).value()).value();
  CHECK(rows.at(0).fields == std::vector<std::string>{"step", "lr", "loss", "smoothed"});
  CHECK(rows.at(1).fields.at(1) == "1e-05");
  CHECK_THAT(readBytes(svg).value(), ContainsSubstring("learning-rate range test"));
  CHECK_THAT(range({"--csv", csv}).err, ContainsSubstring("exists already"));
  CHECK_THAT(limbusSays({"lr-range", own.recipe, "--low", "20"}).err,
             ContainsSubstring("--low: expected less than --high"));
  const json answer = json::parse(range({"--json"}).out);
  CHECK(answer.at("points").size() == rows.size() - 1);
}

TEST_CASE("cli: lr-range ends at the multiple of the least loss that --diverged names") {
  const OwnImages own(6);
  const auto range = [&](const std::string& diverged) {
    const Said said =
        limbusSays({"lr-range", own.recipe, "--data", own.data, "--low", "1e-5", "--high", "10",
                    "--steps", "30", "--smoothing", "0.3", "--diverged", diverged, "--json"});
    INFO(said.err);
    REQUIRE(said.exitCode == 0);
    return json::parse(said.out);
  };
  const json whole = range("1e9");
  CHECK_FALSE(whole.at("diverged"));
  REQUIRE(whole.at("points").size() == 30);
  for (const double times : {1.2, 2.0}) {
    double least = 1e9;
    std::size_t points = 0;
    for (const json& point : whole.at("points")) {
      const double smoothed = point.at("smoothed");
      least = std::min(least, smoothed);
      if (++points >= 10 && smoothed > times * least) break;
    }
    const json ended = range(std::to_string(times));
    CHECK(ended.at("diverged") == true);
    CHECK(points < 30);
    CHECK(ended.at("points").size() == points);
  }
}
