// Scores are formulas over counts: a list of confusion matrices, one per image or batch.
//
//   ConfusionMatrix counts(4);
//   counts.add(truth, prediction);
//   Scores scores = *score("openeds2019", {counts});
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "shared/image.h"
#include "shared/result.h"

namespace limbus {

// counts[truth * classes + prediction], in pixels. Truth 255 is void and not counted.
class ConfusionMatrix {
 public:
  explicit ConfusionMatrix(int classes);  // 1 to 255

  // Masks of equal size; a label outside the classes is an error and nothing is counted.
  Result<void> add(MaskView truth, MaskView prediction);
  void add(const ConfusionMatrix& other);  // of as many classes
  void count(int truth, int prediction, std::int64_t pixels = 1);

  int classes() const { return classes_; }
  std::int64_t at(int truth, int prediction) const;
  std::int64_t truthPixels(int label) const;
  std::int64_t predictedPixels(int label) const;
  std::int64_t total() const;

 private:
  int classes_;
  std::vector<std::int64_t> counts_;
};

// accuracy: pixels rightly called this class or rightly not, of all. f1: of precision and recall
// (equals dice).
struct ClassScores {  // absent: the class is left out by the convention
  std::optional<double> iou, dice, precision, recall, f1, accuracy;
};

struct Scores {
  std::vector<ClassScores> classes;
  double mIoU = 0;  // all in [0,1]
  double mDice = 0;
  double pixelAccuracy = 0;
  double classAccuracy = 0;  // mean recall
};

struct ConventionRow {
  const char* name;
  const char* summary;
  Result<Scores> (*score)(const std::vector<ConfusionMatrix>& matrices);
  bool byImage = false;  // needs a matrix for each image; else their sum scores the same
};

const std::vector<ConventionRow>& conventions();
Result<Scores> score(const std::string& convention, const std::vector<ConfusionMatrix>& matrices);

// Of one image, or of a few beside others: a class that neither truth nor prediction has says
// nothing of them, and is left out where counts are pooled, so that an image without a pupil is not
// worse than one with it. Nothing: void all over, or no class takes part.
Result<std::optional<Scores>> scoreAlone(const std::string& convention,
                                         const std::vector<ConfusionMatrix>& matrices);

// OpenEDS 2019 contest: 100 * (min(1, 1 / S) + mIoU) / 2, S = learned parameters * 4 / 2^20 MB.
double openEds2019SizeMb(std::int64_t learnedParameters);
double openEds2019Score(std::int64_t learnedParameters, double mIoU);

}  // namespace limbus
