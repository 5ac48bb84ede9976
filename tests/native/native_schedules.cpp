#include <catch2/matchers/catch_matchers_floating_point.hpp>

#include "chosen.h"
#include "native/train/schedules.h"
#include "result_text.h"

using namespace limbus;
using Catch::Matchers::WithinAbs;

namespace {

struct Row {
  const char* name;
  Json options;
  std::int64_t step, totalSteps;
  double lr;
  double beta1;  // negative: not driven
};

// Worked out by hand. twoPhaseCosine over 100 steps: 25 up, then 74 intervals down to step 99.
const std::vector<Row> kRows = {
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
};

}  // namespace

TEST_CASE("schedules: rows worked out by hand") {
  for (const Row& row : kRows) {
    INFO(row.name << " at step " << row.step);
    const Result<Schedule> schedule = choose(schedules(), "schedule", {row.name, row.options});
    REQUIRE(schedule);
    const Rates rates = ratesAt(*schedule, row.step, row.totalSteps);
    CHECK_THAT(rates.lr, WithinAbs(row.lr, 1e-12));
    REQUIRE(rates.beta1.has_value() == (row.beta1 >= 0));
    if (rates.beta1) CHECK_THAT(*rates.beta1, WithinAbs(row.beta1, 1e-12));
  }
}

TEST_CASE("schedules: every row stays between 0 and lr at any length") {
  for (const ScheduleRow& row : schedules()) {
    INFO(row.name);
    const Result<Schedule> schedule = choose(schedules(), "schedule", {row.name, {{"lr", 0.02}}});
    REQUIRE(schedule);
    for (std::int64_t total : {1, 2, 3, 5, 97}) {
      for (std::int64_t step = 0; step < total; ++step) {
        const Rates rates = ratesAt(*schedule, step, total);
        CHECK(rates.lr > 0);
        CHECK(rates.lr <= 0.02);
        if (rates.beta1) CHECK((*rates.beta1 >= 0.85 && *rates.beta1 <= 0.95));
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
       "schedule.name: unknown schedule 'constnat'; known: constant, poly, twoPhaseCosine; did you "
       "mean 'constant'?"},
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
