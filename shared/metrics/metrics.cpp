#include "shared/metrics/metrics.h"

#include <algorithm>
#include <array>

#include "shared/options/rows.h"

namespace limbus {
namespace {

std::string sizeText(MaskView mask) {
  return std::to_string(mask.width) + "x" + std::to_string(mask.height);
}

}  // namespace

ConfusionMatrix::ConfusionMatrix(int classes)
    : classes_(std::clamp(classes, 1, kVoidLabel)),
      counts_(static_cast<std::size_t>(classes_) * classes_, 0) {}

Result<void> ConfusionMatrix::add(MaskView truth, MaskView prediction) {
  if (truth.width != prediction.width || truth.height != prediction.height) {
    return fail(ErrorCode::badData, "expected a prediction of the truth's size " + sizeText(truth) +
                                        ", got " + sizeText(prediction));
  }
  if (truth.channels != 1 || prediction.channels != 1) {
    return fail(ErrorCode::badData, "expected masks of one channel, got " +
                                        std::to_string(truth.channels) + " and " +
                                        std::to_string(prediction.channels));
  }
  // One table over all byte pairs: nothing is counted before the labels are known to be good.
  std::vector<std::int64_t> pairs(std::size_t{256} * 256, 0);
  const std::size_t pixels = truth.sizeBytes();
  for (std::size_t i = 0; i < pixels; ++i) {
    ++pairs[truth.pixels[i] * std::size_t{256} + prediction.pixels[i]];
  }
  const auto bad = [this](const char* what, int label) {
    return fail(ErrorCode::badData, std::string(what) + " label " + std::to_string(label) +
                                        " in a set of " + std::to_string(classes_) +
                                        " classes; expected 0 to " + std::to_string(classes_ - 1));
  };
  for (int t = 0; t < kVoidLabel; ++t) {
    for (int p = 0; p < 256; ++p) {
      if (pairs[t * std::size_t{256} + p] == 0) continue;
      if (t >= classes_) return bad("truth", t);
      if (p >= classes_) return bad("predicted", p);
    }
  }
  for (int t = 0; t < classes_; ++t) {
    for (int p = 0; p < classes_; ++p) count(t, p, pairs[t * std::size_t{256} + p]);
  }
  return {};
}

void ConfusionMatrix::add(const ConfusionMatrix& other) {
  if (other.classes_ != classes_) return;
  for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
}

void ConfusionMatrix::count(int truth, int prediction, std::int64_t pixels) {
  if (truth < 0 || prediction < 0 || truth >= classes_ || prediction >= classes_) return;
  counts_[static_cast<std::size_t>(truth) * classes_ + prediction] += pixels;
}

std::int64_t ConfusionMatrix::at(int truth, int prediction) const {
  return counts_[static_cast<std::size_t>(truth) * classes_ + prediction];
}

std::int64_t ConfusionMatrix::truthPixels(int label) const {
  std::int64_t sum = 0;
  for (int p = 0; p < classes_; ++p) sum += at(label, p);
  return sum;
}

std::int64_t ConfusionMatrix::predictedPixels(int label) const {
  std::int64_t sum = 0;
  for (int t = 0; t < classes_; ++t) sum += at(t, label);
  return sum;
}

std::int64_t ConfusionMatrix::total() const {
  std::int64_t sum = 0;
  for (const std::int64_t count : counts_) sum += count;
  return sum;
}

namespace {

double ratio(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

ClassScores scoreClass(const ConfusionMatrix& counts, int label) {
  const std::int64_t hits = counts.at(label, label);
  const std::int64_t truth = counts.truthPixels(label);
  const std::int64_t predicted = counts.predictedPixels(label);
  const std::int64_t total = counts.total();
  ClassScores scores;
  scores.iou = ratio(hits, truth + predicted - hits);
  scores.dice = ratio(2 * hits, truth + predicted);
  scores.precision = ratio(hits, predicted);
  scores.recall = ratio(hits, truth);
  const double sum = *scores.precision + *scores.recall;
  scores.f1 = sum == 0 ? 0.0 : 2 * *scores.precision * *scores.recall / sum;
  scores.accuracy = ratio(total - truth - predicted + 2 * hits, total);
  return scores;
}

Result<ConfusionMatrix> pool(const std::vector<ConfusionMatrix>& matrices) {
  if (matrices.empty()) return fail(ErrorCode::badArgument, "nothing to score: no image counted");
  ConfusionMatrix sum(matrices.front().classes());
  for (const ConfusionMatrix& matrix : matrices) {
    if (matrix.classes() != sum.classes()) {
      return fail(ErrorCode::badArgument, "expected confusion matrices of " +
                                              std::to_string(sum.classes()) + " classes, got " +
                                              std::to_string(matrix.classes()));
    }
    sum.add(matrix);
  }
  if (sum.total() == 0) {
    return fail(ErrorCode::badData, "nothing to score: no labelled pixel in the truth");
  }
  return sum;
}

// One matrix for the whole set; means over all classes, or over those that the truth contains.
Result<Scores> scorePooled(const std::vector<ConfusionMatrix>& matrices, bool skipAbsent) {
  const Result<ConfusionMatrix> counts = pool(matrices);
  if (!counts) return fail(counts.error());
  Scores scores;
  std::int64_t hits = 0;
  int used = 0;
  for (int label = 0; label < counts->classes(); ++label) {
    hits += counts->at(label, label);
    if (skipAbsent && counts->truthPixels(label) == 0) {
      scores.classes.emplace_back();
      continue;
    }
    const ClassScores one = scoreClass(*counts, label);
    scores.mIoU += one.iou.value_or(0);
    scores.mDice += one.dice.value_or(0);
    scores.classAccuracy += one.recall.value_or(0);
    scores.classes.push_back(one);
    ++used;
  }
  scores.mIoU /= used;
  scores.mDice /= used;
  scores.classAccuracy /= used;
  scores.pixelAccuracy = ratio(hits, counts->total());
  return scores;
}

Result<Scores> scoreOpenEds2019(const std::vector<ConfusionMatrix>& matrices) {
  return scorePooled(matrices, true);
}

Result<Scores> scoreDataset(const std::vector<ConfusionMatrix>& matrices) {
  return scorePooled(matrices, false);
}

}  // namespace

const std::vector<ConventionRow>& conventions() {
  static const std::vector<ConventionRow> rows = {
      {"openeds2019",
       "as the OpenEDS 2019 contest: counts pooled over the set, background included; a class that "
       "the truth does not contain is skipped (predicting it still costs the other classes)",
       scoreOpenEds2019},
      {"dataset",
       "counts pooled over the set, background included; every class counts, one that is absent "
       "from the truth scores 0 whether predicted or not",
       scoreDataset},
  };
  return rows;
}

Result<Scores> score(const std::string& convention, const std::vector<ConfusionMatrix>& matrices) {
  if (const ConventionRow* row = findRow(conventions(), convention)) return row->score(matrices);
  return fail(ErrorCode::badArgument,
              unknownName("convention", convention, namesOf(conventions())));
}

double openEds2019SizeMb(std::int64_t learnedParameters) {
  return static_cast<double>(learnedParameters) * 4.0 / 1048576.0;
}

double openEds2019Score(std::int64_t learnedParameters, double mIoU) {
  const double size = openEds2019SizeMb(learnedParameters);
  const double sizeTerm = size <= 1.0 ? 1.0 : 1.0 / size;
  return 100.0 * 0.5 * (sizeTerm + mIoU);
}

}  // namespace limbus
