// Augmentations: image and mask change together, on 8-bit source pixels, before preprocess.
// One row each in augment_<family>.cpp; all draws from the sample's own Random.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "shared/image.h"
#include "shared/options/options.h"
#include "shared/random.h"
#include "shared/result.h"

namespace limbus {

struct Pair {
  Image image;
  Mask mask;
};

struct ImageExtent {
  int width = 0, height = 0, channels = 0;

  bool operator==(const ImageExtent&) const = default;
};

struct Effect;  // effects.h

// Another sample of the same data set, not augmented: drawn from the Random that it is handed, so
// that it too depends on (seed, epoch, index) alone.
using SampleSource = std::function<Result<Pair>(Random& random)>;

struct AugmentationRow {
  const char* name;
  const char* summary;
  Options options;
  // One of the three: `apply` and `draw` need the pair and their draws alone, and cannot fail. What
  // is combined has masks always, void where there was no label.
  void (*apply)(Pair& pair, Random& random, const Options& options);
  Result<void> (*combine)(Pair& pair, Random& random, const SampleSource& others,
                          const Options& options) = nullptr;
  bool resizes = false;      // image and mask may be of another size afterwards
  bool keepsPlaces = false;  // each pixel shows what it showed, or is covered
  // The draws apart from what they do to an image, which a GPU can do as well.
  std::vector<Effect> (*draw)(const ImageExtent& of, Random& random,
                              const Options& options) = nullptr;
};

const std::vector<AugmentationRow>& augmentations();

// One entry of a recipe's list: {"name": "flipHorizontal", "p": 0.5}. Of neighbours with the same
// "oneOf" at most one is applied.
struct Augmentation {
  Chosen<AugmentationRow> choice;
  double probability = 0.5;
  std::string group = {};

  void describe(OptionVisitor& v);
};

// The list under "augment" of a recipe.
void describeAugmentations(OptionVisitor& v, std::vector<Augmentation>& list,
                           const char* meaning = "what changes training images, in this order");

// Errors say which augmentation: "cutMix: ...".
Result<void> augment(Pair& pair, const std::vector<Augmentation>& list, Random& random,
                     const SampleSource& others);

}  // namespace limbus
