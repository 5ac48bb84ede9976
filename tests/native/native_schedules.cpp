#include <algorithm>
#include <catch2/matchers/catch_matchers_floating_point.hpp>

#include "chosen.h"
#include "native/train/schedules.h"
#include "result_text.h"

using namespace limbus;
using Catch::Matchers::WithinAbs;

namespace {

struct ScheduleByHand {
  const char* name;
  Json options;
  std::int64_t step, totalSteps;
  double lr;
  double beta1;  // negative: not driven
};

// Worked out by hand, 10 steps an epoch. twoPhaseCosine over 100 steps: 25 up, then 74 intervals
// down to step 99.
const std::vector<ScheduleByHand> kSchedulesByHand = {
    {"constant", {{"lr", 0.3}}, 0, 10, 0.3, -1},
    {"constant", {{"lr", 0.3}}, 9, 10, 0.3, -1},
    {"poly", {{"lr", 1.0}}, 0, 100, 1.0, -1},
    {"poly", {{"lr", 1.0}, {"power", 2.0}}, 50, 100, 0.25, -1},
    {"poly", {{"lr", 2.0}, {"power", 1.0}}, 99, 100, 0.02, -1},
    {"twoPhaseCosine", {{"lr", 0.01}}, 0, 100, 1e-6, 0.95},
    {"twoPhaseCosine", {{"lr", 0.01}, {"rise", 0.5}}, 25, 100, (1e-6 + 0.01) / 2, 0.90},
    {"twoPhaseCosine", {{"lr", 0.01}}, 25, 100, 0.01, 0.85},
    {"twoPhaseCosine", {{"lr", 0.01}}, 62, 100, (0.01 + 1e-5) / 2, 0.90},
    {"twoPhaseCosine", {{"lr", 0.01}}, 99, 100, 1e-5, 0.95},
    {"twoPhaseCosine", {{"lr", 0.01}}, 0, 1, 0.01, 0.85},
    {"linear", {{"lr", 1.0}, {"lrEnd", 0.2}}, 25, 100, 0.8, -1},
    {"exponential", {{"lr", 1.0}, {"gamma", 0.5}}, 29, 100, 0.25, -1},
    {"multistep", {{"lr", 1.0}, {"epochs", {2, 4}}}, 19, 100, 1.0, -1},
    {"multistep", {{"lr", 1.0}, {"epochs", {2, 4}}}, 20, 100, 0.1, -1},
    {"multistep", {{"lr", 1.0}, {"epochs", {2, 4}}}, 99, 100, 0.01, -1},
    {"stepTable", {{"lr", 9.0}, {"epochs", {1, 3}}, {"rates", {3e-3, 1e-3}}}, 9, 100, 9.0, -1},
    {"stepTable", {{"epochs", {0, 3}}, {"rates", {3e-3, 1e-3}}}, 29, 100, 3e-3, -1},
    {"stepTable", {{"epochs", {0, 3}}, {"rates", {3e-3, 1e-3}}}, 30, 100, 1e-3, -1},
    {"cosine", {{"lr", 1.0}, {"lrEnd", 0.0}}, 50, 100, 0.5, -1},
    {"cosine", {{"lr", 1.0}, {"lrEnd", 0.5}, {"period", 2}}, 30, 100, 0.75, -1},
    {"cosine", {{"lr", 1.0}, {"lrEnd", 0.0}, {"period", 2}, {"growth", 2}}, 40, 100, 0.5, -1},
    {"cosine", {{"lr", 1.0}, {"lrEnd", 0.0}, {"period", 2}, {"growth", 2}}, 60, 100, 1.0, -1},
    {"plateau", {{"lr", 0.3}}, 50, 100, 0.3, -1},
    // The points that the toolbox's code gives for a rate of 0.01.
    {"oneCycle", {{"lr", 0.01}}, 0, 100, 4e-4, 0.95},
    {"oneCycle", {{"lr", 0.01}}, 15, 100, 5.2e-3, 0.90},
    {"oneCycle", {{"lr", 0.01}}, 30, 100, 0.01, 0.85},
    {"oneCycle", {{"lr", 0.01}}, 65, 100, (0.01 + 4e-8) / 2, 0.90},
};

}  // namespace

TEST_CASE("schedules: rows worked out by hand") {
  for (const ScheduleByHand& row : kSchedulesByHand) {
    INFO(row.name << " at step " << row.step);
    const Result<Schedule> schedule = choose(schedules(), "schedule", {row.name, row.options});
    REQUIRE(schedule);
    const Rates rates =
        ratesAt(*schedule, {.step = row.step, .totalSteps = row.totalSteps, .stepsPerEpoch = 10});
    CHECK_THAT(rates.lr, WithinAbs(row.lr, 1e-12));
    REQUIRE(rates.beta1.has_value() == (row.beta1 >= 0));
    if (rates.beta1) CHECK_THAT(*rates.beta1, WithinAbs(row.beta1, 1e-12));
  }
}

TEST_CASE("schedules: none is without a row worked out by hand") {
  for (const ScheduleRow& row : schedules()) {
    INFO(row.name);
    CHECK(std::any_of(
        kSchedulesByHand.begin(), kSchedulesByHand.end(),
        [&](const ScheduleByHand& worked) { return std::string(worked.name) == row.name; }));
  }
}

TEST_CASE("schedules: plateau falls when validation has stopped to improve") {
  const auto rateAfter = [](const Json& options, const std::vector<double>& values) {
    const auto schedule = choose(schedules(), "schedule", {"plateau", options});
    REQUIRE(schedule);
    History history;
    for (double value : values) history.push_back({{"loss", value}, {"mIoU", value}});
    return ratesAt(*schedule, {.totalSteps = 100, .history = &history}).lr;
  };
  const Json options = {{"lr", 1.0}, {"factor", 0.5}, {"patience", 1}, {"threshold", 0.1}};
  CHECK(rateAfter(options, {}) == 1.0);
  CHECK(rateAfter(options, {2, 1.9}) == 1.0);            // one bad epoch is borne: 1.9 > 1.8
  CHECK(rateAfter(options, {2, 1.9, 1.85}) == 0.5);      // two are not
  CHECK(rateAfter(options, {2, 1.9, 1.7, 1.7}) == 1.0);  // 1.7 is better than 1.8
  CHECK(rateAfter(options, {2, 2, 2, 2, 2}) == 0.25);    // counted anew after a fall
  Json floor = options;
  floor["least"] = 0.4;
  CHECK(rateAfter(floor, {2, 2, 2, 2, 2}) == 0.4);
  Json rising = options;
  rising["monitor"] = "mIoU";
  CHECK(rateAfter(rising, {0.5, 0.6, 0.7}) == 1.0);
  CHECK(rateAfter(rising, {0.5, 0.54, 0.53}) == 0.5);
}

TEST_CASE("schedules: a warm-up stands in front of any") {
  for (const ScheduleRow& row : schedules()) {
    INFO(row.name);
    const auto schedule = choose(schedules(), "schedule", {row.name, {{"lr", 0.3}}});
    REQUIRE(schedule);
    const Warmup warmup{.epochs = 2, .from = 0.5};
    const auto at = [&](std::int64_t step) {
      return ratesAt(*schedule, {.step = step, .totalSteps = 120, .stepsPerEpoch = 10}, warmup).lr;
    };
    const auto alone = [&](std::int64_t step) {
      return ratesAt(*schedule, {.step = step, .totalSteps = 100, .stepsPerEpoch = 10}).lr;
    };
    CHECK_THAT(at(0), WithinAbs(alone(0) / 2, 1e-15));
    CHECK_THAT(at(10), WithinAbs(alone(0) * 0.75, 1e-15));
    for (std::int64_t step : {20, 21, 70, 119}) CHECK(at(step) == alone(step - 20));
  }
}

TEST_CASE("schedules: every row stays between 0 and lr at any length") {
  for (const ScheduleRow& row : schedules()) {
    INFO(row.name);
    const Result<Schedule> schedule = choose(schedules(), "schedule", {row.name, {{"lr", 0.02}}});
    REQUIRE(schedule);
    for (std::int64_t total : {1, 2, 3, 5, 97}) {
      for (std::int64_t step = 0; step < total; ++step) {
        const Rates rates = ratesAt(*schedule, {.step = step, .totalSteps = total});
        CHECK(rates.lr > 0);
        CHECK(rates.lr <= 0.02);
        if (rates.beta1) CHECK((*rates.beta1 >= 0.85 - 1e-12 && *rates.beta1 <= 0.95 + 1e-12));
      }
    }
  }
}

TEST_CASE("schedules: unknown names and options are told what is known") {
  struct Bad {
    Named named;
    const char* message;
  };
  const std::vector<Bad> rows = {
      {{"constnat"},
       "schedule.name: unknown schedule 'constnat'; known: constant, linear, poly, exponential, "
       "multistep, stepTable, cosine, plateau, oneCycle, twoPhaseCosine; did you mean 'constant'?"},
      {{"stepTable", {{"epochs", {0, 3}}, {"rates", {1}}}},
       "schedule.rates: expected as many as epochs, got 1 for 2"},
      {{"stepTable", {{"epochs", {3, 0}}, {"rates", {1, 1}}}}, "schedule.epochs: they must ascend"},
      {{"poly", {{"pwoer", 1}}},
       "schedule.pwoer: unknown key; known: name, lr, power; did you mean 'power'?"},
      {{"constant", {{"lr", -1}}}, "schedule.lr: expected a number from 0 to 1000, got -1"},
  };
  for (const Bad& bad : rows) {
    const auto schedule = choose(schedules(), "schedule", bad.named);
    REQUIRE(!schedule);
    CHECK(schedule.error().message == bad.message);
  }
}
