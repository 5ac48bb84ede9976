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

ConfusionMatrix withoutFirst(const ConfusionMatrix& counts) {
  ConfusionMatrix rest(counts.classes());
  for (int t = 1; t < counts.classes(); ++t) {
    for (int p = 1; p < counts.classes(); ++p) rest.count(t, p, counts.at(t, p));
  }
  return rest;
}

std::int64_t hitsOf(const ConfusionMatrix& counts) {
  std::int64_t hits = 0;
  for (int label = 0; label < counts.classes(); ++label) hits += counts.at(label, label);
  return hits;
}

// Sums over classes, then means.
void addTo(Scores& scores, const ClassScores& one) {
  scores.mIoU += one.iou.value_or(0);
  scores.mDice += one.dice.value_or(0);
  scores.classAccuracy += one.recall.value_or(0);
}
void divide(Scores& scores, int count) {
  const double by = count > 0 ? count : 1;
  scores.mIoU /= by;
  scores.mDice /= by;
  scores.classAccuracy /= by;
}

// One matrix for the whole set; means over the classes that `counts` takes.
Result<Scores> scorePooled(const std::vector<ConfusionMatrix>& matrices,
                           bool (*takes)(const ConfusionMatrix& counts, int label),
                           bool dropFirst = false) {
  Result<ConfusionMatrix> pooled = pool(matrices);
  if (!pooled) return fail(pooled.error());
  const ConfusionMatrix counts = dropFirst ? withoutFirst(*pooled) : std::move(*pooled);
  Scores scores;
  int used = 0;
  for (int label = 0; label < counts.classes(); ++label) {
    if (!takes(counts, label)) {
      scores.classes.emplace_back();
      continue;
    }
    scores.classes.push_back(scoreClass(counts, label));
    addTo(scores, scores.classes.back());
    ++used;
  }
  divide(scores, used);
  scores.pixelAccuracy = ratio(hitsOf(counts), counts.total());
  return scores;
}

// Image by image: means over the classes of each, then over the images. A class that neither truth
// nor prediction has is right: 1.
struct ByImage {
  bool background = true;  // class 0 takes part
  bool onlyTruth = false;  // a class that the image's truth lacks takes no part
};

ClassScores orRight(const ConfusionMatrix& counts, int label) {
  if (counts.truthPixels(label) + counts.predictedPixels(label) > 0) {
    return scoreClass(counts, label);
  }
  return {.iou = 1, .dice = 1, .precision = 1, .recall = 1, .f1 = 1, .accuracy = 1};
}

// The mean over the images of what they have of one class.
struct ClassMean {
  static constexpr std::optional<double> ClassScores::*kFields[] = {
      &ClassScores::iou,    &ClassScores::dice, &ClassScores::precision,
      &ClassScores::recall, &ClassScores::f1,   &ClassScores::accuracy};
  ClassScores sums;
  int images = 0;

  void add(const ClassScores& one) {
    for (const auto field : kFields) {
      sums.*field = (sums.*field).value_or(0) + (one.*field).value_or(0);
    }
    ++images;
  }
  ClassScores mean() const {
    ClassScores scores;
    if (images == 0) return scores;
    for (const auto field : kFields) scores.*field = (sums.*field).value_or(0) / images;
    return scores;
  }
};

Result<Scores> scoreByImage(const std::vector<ConfusionMatrix>& matrices, ByImage rule) {
  const Result<ConfusionMatrix> pooled = pool(matrices);
  if (!pooled) return fail(pooled.error());
  Scores scores;
  std::vector<ClassMean> means(static_cast<std::size_t>(pooled->classes()));
  int images = 0;
  for (const ConfusionMatrix& counts : matrices) {
    if (counts.total() == 0) continue;
    Scores image;
    int used = 0;
    for (int label = rule.background ? 0 : 1; label < counts.classes(); ++label) {
      if (rule.onlyTruth && counts.truthPixels(label) == 0) continue;
      const ClassScores one = orRight(counts, label);
      means[static_cast<std::size_t>(label)].add(one);
      addTo(image, one);
      ++used;
    }
    if (used == 0) continue;
    divide(image, used);
    scores.mIoU += image.mIoU;
    scores.mDice += image.mDice;
    scores.classAccuracy += image.classAccuracy;
    ++images;
  }
  divide(scores, images);
  for (const ClassMean& mean : means) scores.classes.push_back(mean.mean());
  scores.pixelAccuracy = ratio(hitsOf(*pooled), pooled->total());
  return scores;
}

bool takesAll(const ConfusionMatrix&, int) { return true; }
bool takesTrue(const ConfusionMatrix& counts, int label) { return counts.truthPixels(label) > 0; }
bool takesHit(const ConfusionMatrix& counts, int label) { return counts.at(label, label) > 0; }
bool takesRest(const ConfusionMatrix&, int label) { return label > 0; }

}  // namespace

const std::vector<ConventionRow>& conventions() {
  using Matrices = std::vector<ConfusionMatrix>;
  static const std::vector<ConventionRow> rows = {
      {"openeds2019",
       "as the OpenEDS 2019 contest: counts pooled over the set, background included; a class that "
       "the truth does not contain is skipped (predicting it still costs the other classes)",
       [](const Matrices& matrices) { return scorePooled(matrices, takesTrue); }},
      {"dataset",
       "counts pooled over the set, background included; every class counts, one that is absent "
       "from the truth scores 0 whether predicted or not",
       [](const Matrices& matrices) { return scorePooled(matrices, takesAll); }},
      {"dataset-nonzero",
       "counts pooled over the set, background included; a class without a single right pixel is "
       "left out of the means (DABNet's)",
       [](const Matrices& matrices) { return scorePooled(matrices, takesHit); }},
      {"drop-first",
       "counts pooled over the set, without all pixels that are class 0 in truth or prediction; an "
       "absent class scores 0",
       [](const Matrices& matrices) { return scorePooled(matrices, takesRest, true); }},
      {"image-mean",
       "image by image, background included; a class absent from truth and prediction scores 1, "
       "one absent from the truth alone 0; mean over classes, then images",
       [](const Matrices& matrices) { return scoreByImage(matrices, {}); }, true},
      {"dice-foreground",
       "as image-mean without class 0 (OpenEDS 2019's second place judged its epochs by such an "
       "mDice, of batches of 128)",
       [](const Matrices& matrices) { return scoreByImage(matrices, {.background = false}); },
       true},
      {"signate",
       "as the Signate AI Edge contest: image by image over the classes of its truth, class 0 left "
       "out (--map makes its four classes of twenty); mean over classes, then images",
       [](const Matrices& matrices) {
         return scoreByImage(matrices, {.background = false, .onlyTruth = true});
       },
       true},
  };
  return rows;
}

Result<Scores> score(const std::string& convention, const std::vector<ConfusionMatrix>& matrices) {
  if (const ConventionRow* row = findRow(conventions(), convention)) return row->score(matrices);
  return fail(ErrorCode::badArgument,
              unknownName("convention", convention, namesOf(conventions())));
}

Result<std::optional<Scores>> scoreAlone(const std::string& convention,
                                         const std::vector<ConfusionMatrix>& matrices) {
  if (std::all_of(matrices.begin(), matrices.end(),
                  [](const ConfusionMatrix& counts) { return counts.total() == 0; })) {
    return std::optional<Scores>();
  }
  Result<Scores> scores = score(convention, matrices);
  if (!scores) return fail(scores.error());
  const auto takesPart = [](const ClassScores& one) { return one.iou.has_value(); };
  if (const ConventionRow* row = findRow(conventions(), convention); !row->byImage) {
    const ConfusionMatrix counts = *pool(matrices);
    scores->mIoU = scores->mDice = scores->classAccuracy = 0;
    int used = 0;
    for (int label = 0; label < counts.classes(); ++label) {
      ClassScores& one = scores->classes[static_cast<std::size_t>(label)];
      if (counts.truthPixels(label) + counts.predictedPixels(label) == 0) one = {};
      if (!takesPart(one)) continue;
      addTo(*scores, one);
      ++used;
    }
    divide(*scores, used);
  }
  if (std::none_of(scores->classes.begin(), scores->classes.end(), takesPart)) {
    return std::optional<Scores>();
  }
  return std::move(*scores);
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
