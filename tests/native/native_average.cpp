// The mean of weights, by hand.
#include "native/train/average.h"
#include "result_text.h"

using namespace limbus;

TEST_CASE("average: each weight moves by the share") {
  Weights weights = {{"a", {{2}, {1, 2}}}, {"b", {{1}, {10}}}};
  REQUIRE(averageIn({{"a", {{2}, {3, -2}}}, {"b", {{1}, {20}}}}, 0.25, "other", weights));
  CHECK(weights.at("a").values == std::vector<float>{1.5F, 1});
  CHECK(weights.at("b").values == std::vector<float>{12.5F});
}

TEST_CASE("average: another network is refused and changes nothing") {
  Weights weights = {{"a", {{2}, {1, 2}}}};
  const Weights before = weights;
  for (const Weights& other :
       {Weights{{"c", {{2}, {1, 2}}}}, Weights{{"a", {{1}, {1}}}}, Weights{}}) {
    const Result<void> averaged = averageIn(other, 0.5, "runs/other", weights);
    REQUIRE_FALSE(averaged);
    CHECK(averaged.error().message.find("runs/other") == 0);
    CHECK(weights.at("a").values == before.at("a").values);
  }
}
