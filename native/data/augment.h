// Augmentations: image and mask change together, on 8-bit source pixels, before preprocess.
// One row each in augment.cpp; all draws from the sample's own Random.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "shared/image.h"
#include "shared/random.h"
#include "shared/result.h"

namespace limbus {

struct Pair {
  Image image;
  Mask mask;
};

// Another sample of the same data set, not augmented: drawn from the Random that it is handed, so
// that it too depends on (seed, epoch, index) alone.
using SampleSource = std::function<Result<Pair>(Random& random)>;

struct AugmentationOption {
  const char* name;
  double defaultValue;
  const char* help;  // with unit and range
};

struct AugmentationRow {
  const char* name;
  const char* summary;
  std::vector<AugmentationOption> options;
  // One of the two. Most need the pair and their draws alone, and cannot fail.
  void (*apply)(Pair& pair, const std::map<std::string, double>& complete, Random& random);
  Result<void> (*combine)(Pair& pair, const std::map<std::string, double>& complete, Random& random,
                          const SampleSource& others) = nullptr;
};

struct Augmentation {
  const AugmentationRow* row = nullptr;
  double probability = 0.5;
  std::map<std::string, double> options;  // complete
};

const std::vector<AugmentationRow>& augmentations();

// A recipe's list: [{"name": "flipHorizontal", "p": 0.5}, ...].
Result<std::vector<Augmentation>> parseAugmentations(const std::string& json,
                                                     const std::string& where);

// Errors say which augmentation: "cutMix: ...".
Result<void> augment(Pair& pair, const std::vector<Augmentation>& list, Random& random,
                     const SampleSource& others);

}  // namespace limbus
