// Our scores against those of other libraries.
//
// tests/peers/make_metrics.py asked the others and kept the answers in
// tests/cases/peer_metrics.json; the masks come from a formula on both sides.
#include <catch2/matchers/catch_matchers_floating_point.hpp>
#include <set>

#include "formula.h"
#include "result_text.h"
#include "shared/metrics/boundary.h"
#include "shared/metrics/metrics.h"
#include "tests/native/core_cases.h"

using namespace limbus;
using Catch::Matchers::WithinAbs;

namespace {

struct Masks {
  Mask truth, prediction;
};

Masks masksOf(const Json& row, int image) {
  const int height = row.at("height"), width = row.at("width"), block = row.at("block");
  const std::string number = std::to_string(image);
  const int trueClasses = row.at("classes").get<int>() - row.at("lacking").get<int>() - image % 2;
  Masks masks{Mask(width * block, height * block, 1), Mask(width * block, height * block, 1)};
  for (int y = 0; y < height * block; ++y) {
    for (int x = 0; x < width * block; ++x) {
      const auto index = static_cast<std::uint64_t>(y / block * width + x / block);
      const int truth = formula::label("truth." + number, index, trueClasses, row.at("void"));
      const bool right = formula::uniform(formula::hashOf("right." + number), index) < 0.6;
      const int guess = formula::label("prediction." + number, index, row.at("predicted"));
      masks.truth.row(y)[x] = static_cast<std::uint8_t>(truth);
      masks.prediction.row(y)[x] =
          static_cast<std::uint8_t>(right && truth != kVoidLabel ? truth : guess);
    }
  }
  return masks;
}

void checkClasses(const Json& row, const char* name, const std::vector<ClassScores>& classes,
                  std::optional<double> ClassScores::*member) {
  if (!row.contains(name)) return;  // of conventions that score image by image: the means alone
  INFO(name);
  REQUIRE(row[name].size() == classes.size());
  for (std::size_t k = 0; k < classes.size(); ++k) {
    const std::optional<double> ours = classes[k].*member;
    REQUIRE(ours.has_value() != row[name][k].is_null());
    if (ours) CHECK_THAT(*ours, WithinAbs(row[name][k].get<double>(), 1e-12));
  }
}

void checkScores(const Json& row) {
  std::vector<ConfusionMatrix> matrices;
  for (int n = 0; n < row.at("images").get<int>(); ++n) {
    const Masks masks = masksOf(row, n);
    REQUIRE(matrices.emplace_back(row.at("classes").get<int>())
                .add(masks.truth.view(), masks.prediction.view()));
  }
  const Result<Scores> scores = score(row.at("convention"), matrices);
  REQUIRE(scores);
  CHECK_THAT(scores->mIoU, WithinAbs(row.at("mIoU").get<double>(), 1e-12));
  CHECK_THAT(scores->mDice, WithinAbs(row.at("mDice").get<double>(), 1e-12));
  checkClasses(row, "iou", scores->classes, &ClassScores::iou);
  checkClasses(row, "dice", scores->classes, &ClassScores::dice);
  checkClasses(row, "dice", scores->classes, &ClassScores::f1);
  checkClasses(row, "precision", scores->classes, &ClassScores::precision);
  checkClasses(row, "recall", scores->classes, &ClassScores::recall);
  checkClasses(row, "accuracy", scores->classes, &ClassScores::accuracy);
  if (!row.contains("iou")) return;
  CHECK_THAT(scores->classAccuracy, WithinAbs(row.at("classAccuracy").get<double>(), 1e-12));
  CHECK_THAT(scores->pixelAccuracy, WithinAbs(row.at("pixelAccuracy").get<double>(), 1e-12));
}

void checkBorders(const Json& row) {
  const Masks masks = masksOf(row, row.at("image"));
  const Result<std::vector<BoundaryScores>> scores = boundaryScores(
      masks.truth.view(), masks.prediction.view(), row.at("classes"), row.at("tolerancePx"));
  REQUIRE(scores);
  const Json& theirs = row.at("borders");
  REQUIRE(theirs.size() == scores->size());
  for (std::size_t k = 0; k < theirs.size(); ++k) {
    INFO("class " << k);
    const BoundaryScores& ours = (*scores)[k];
    REQUIRE(ours.hausdorffPx.has_value() != theirs[k].is_null());
    if (theirs[k].is_null()) continue;
    CHECK_THAT(*ours.hausdorffPx, WithinAbs(theirs[k].at("hausdorffPx").get<double>(), 1e-9));
    CHECK_THAT(ours.precision.value(), WithinAbs(theirs[k].at("precision").get<double>(), 1e-12));
    CHECK_THAT(ours.recall.value(), WithinAbs(theirs[k].at("recall").get<double>(), 1e-12));
  }
}

}  // namespace

TEST_CASE("peer metrics: scores and borders are those of other libraries") {
  const Json rows = cases::read("peer_metrics.json").at("rows");
  std::set<std::string> compared;
  for (const Json& row : rows) {
    INFO(row.at("peer").get<std::string>() << ": " << row.value("convention", "borders") << ", "
                                           << row.at("lacking") << " classes lacking");
    if (row.contains("borders")) {
      checkBorders(row);
    } else {
      checkScores(row);
      compared.insert(row.at("convention").get<std::string>());
    }
  }
  CHECK(compared.size() == conventions().size());
}
