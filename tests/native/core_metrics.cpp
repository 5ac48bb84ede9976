#include <catch2/catch_approx.hpp>
#include <cmath>

#include "result_text.h"
#include "shared/metrics/metrics.h"
#include "tests/native/core_cases.h"

using namespace limbus;
using Catch::Approx;

namespace {

ConfusionMatrix matrixOf(const Json& rows) {
  ConfusionMatrix counts(static_cast<int>(rows.size()));
  for (int t = 0; t < counts.classes(); ++t) {
    for (int p = 0; p < counts.classes(); ++p) {
      counts.count(t, p, rows[static_cast<std::size_t>(t)][static_cast<std::size_t>(p)]);
    }
  }
  return counts;
}

void checkList(const Json& expected, const std::vector<ClassScores>& classes,
               std::optional<double> ClassScores::*member) {
  REQUIRE(expected.size() == classes.size());
  for (std::size_t i = 0; i < classes.size(); ++i) {
    const std::optional<double> value = classes[i].*member;
    CHECK(expected[i].is_null() == !value.has_value());
    if (value && !expected[i].is_null()) CHECK(*value == Approx(expected[i].get<double>()));
  }
}

}  // namespace

TEST_CASE("scores equal hand-computed rows") {
  for (const Json& row : cases::read("metrics.json")) {
    DYNAMIC_SECTION(row["name"].get<std::string>()) {
      std::vector<ConfusionMatrix> matrices;
      for (const Json& matrix : row["matrices"]) matrices.push_back(matrixOf(matrix));
      const Result<Scores> scores = score(row["convention"], matrices);
      if (row.contains("error")) {
        REQUIRE_FALSE(scores);
        CHECK(scores.error().message.find(row["error"].get<std::string>()) != std::string::npos);
        continue;
      }
      REQUIRE(scores);
      checkList(row["iou"], scores->classes, &ClassScores::iou);
      checkList(row["dice"], scores->classes, &ClassScores::dice);
      checkList(row["dice"], scores->classes, &ClassScores::f1);
      checkList(row["precision"], scores->classes, &ClassScores::precision);
      checkList(row["recall"], scores->classes, &ClassScores::recall);
      CHECK(scores->mIoU == Approx(row["mIoU"].get<double>()));
      CHECK(scores->mDice == Approx(row["mDice"].get<double>()));
      CHECK(scores->pixelAccuracy == Approx(row["pixelAccuracy"].get<double>()));
      CHECK(scores->classAccuracy == Approx(row["classAccuracy"].get<double>()));
    }
  }
}

TEST_CASE("every convention gives one to a perfect prediction and stays in [0,1]") {
  for (const ConventionRow& row : conventions()) {
    DYNAMIC_SECTION(row.name) {
      CHECK(std::string(row.summary).size() > 20);
      ConfusionMatrix perfect(4);
      for (int label = 0; label < 4; ++label) perfect.count(label, label, 10 + label);
      const Result<Scores> best = row.score({perfect, perfect});
      REQUIRE(best);
      CHECK(best->mIoU == 1.0);
      CHECK(best->mDice == 1.0);
      CHECK(best->pixelAccuracy == 1.0);
      CHECK(best->classAccuracy == 1.0);
      ConfusionMatrix wrong(4);
      for (int label = 0; label < 4; ++label) wrong.count(label, (label + 1) % 4, 10);
      const Result<Scores> worst = row.score({wrong});
      REQUIRE(worst);
      CHECK(worst->mIoU == 0.0);
      CHECK(worst->pixelAccuracy == 0.0);
      CHECK_FALSE(row.score({}));
      CHECK_FALSE(row.score({ConfusionMatrix(4)}));
      CHECK_FALSE(row.score({perfect, ConfusionMatrix(3)}));
    }
  }
}

TEST_CASE("an image's own score leaves out the classes that it does not have") {
  ConfusionMatrix closed(3);  // an eye without a pupil
  closed.count(0, 0, 90);
  closed.count(1, 1, 5);
  closed.count(1, 0, 5);
  const Scores alone = scoreAlone("dataset", {closed}).value().value();
  CHECK_FALSE(alone.classes[2].iou);
  CHECK(alone.mIoU == Approx((90.0 / 95 + 0.5) / 2));
  CHECK(score("dataset", {closed})->mIoU == Approx((90.0 / 95 + 0.5) / 3));
  closed.count(0, 2, 1);  // and one is seen
  CHECK(*scoreAlone("dataset", {closed}).value()->classes[2].iou == 0);
  ConfusionMatrix missed(3);  // what drop-first leaves nothing of was missed all the same
  missed.count(1, 0, 5);
  missed.count(2, 2, 5);
  CHECK(*scoreAlone("drop-first", {missed}).value()->classes[1].iou == 0);
  ConfusionMatrix first(3);
  first.count(0, 0, 5);
  CHECK_FALSE(scoreAlone("signate", {first}).value());
  CHECK_FALSE(scoreAlone("drop-first", {first}).value());
  CHECK_FALSE(scoreAlone("dataset", {ConfusionMatrix(3)}).value());
  CHECK(scoreAlone("image-mean", {first}).value()->mIoU == 1);
  CHECK_FALSE(scoreAlone("dataset", {first, ConfusionMatrix(4)}));
}

TEST_CASE("masks are counted pixel by pixel, void left out") {
  const Mask truth = cases::mask({"0011", "2#33"});
  const Mask prediction = cases::mask({"0111", "2133"});
  ConfusionMatrix counts(4);
  REQUIRE(counts.add(truth.view(), prediction.view()));
  CHECK(counts.total() == 7);
  CHECK(counts.at(0, 0) == 1);
  CHECK(counts.at(0, 1) == 1);
  CHECK(counts.at(1, 1) == 2);
  CHECK(counts.at(2, 2) == 1);
  CHECK(counts.at(3, 3) == 2);
  CHECK(counts.truthPixels(0) == 2);
  CHECK(counts.predictedPixels(1) == 3);
}

TEST_CASE("bad masks are refused and count nothing") {
  const Mask truth = cases::mask({"0012"});
  const Mask seven = cases::mask({"0072"});
  const Mask narrow = cases::mask({"001"});
  ConfusionMatrix counts(4);
  const Result<void> label = counts.add(seven.view(), truth.view());
  REQUIRE_FALSE(label);
  CHECK(label.error().message == "truth label 7 in a set of 4 classes; expected 0 to 3");
  const Result<void> predicted = counts.add(truth.view(), seven.view());
  REQUIRE_FALSE(predicted);
  CHECK(predicted.error().message == "predicted label 7 in a set of 4 classes; expected 0 to 3");
  const Result<void> size = counts.add(truth.view(), narrow.view());
  REQUIRE_FALSE(size);
  CHECK(size.error().message == "expected a prediction of the truth's size 4x1, got 3x1");
  CHECK(counts.total() == 0);
}

TEST_CASE("the contest score M") {
  CHECK(openEds2019SizeMb(242662) == Approx(0.925682).epsilon(1e-5));
  CHECK(openEds2019Score(242662, 0.9519) == Approx(97.595));
  CHECK(openEds2019Score(262144, 0.9) == Approx(95.0));  // just without a size penalty
  CHECK(openEds2019Score(524288, 0.9) == Approx(70.0));  // 2 MB: half of the size term
}

TEST_CASE("an unknown convention names the known ones") {
  const Result<Scores> scores = score("openeds2018", {ConfusionMatrix(2)});
  REQUIRE_FALSE(scores);
  CHECK(scores.error().message ==
        "unknown convention 'openeds2018'; known: openeds2019, dataset, dataset-nonzero, "
        "drop-first, image-mean, dice-foreground, signate; did you mean 'openeds2019'?");
}
