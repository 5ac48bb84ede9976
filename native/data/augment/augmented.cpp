#include "native/data/augment/augmented.h"

#include "native/data/augment/mixes.h"

namespace limbus {
namespace {

Pair pairOf(Sample&& sample) {
  if (sample.mask.pixels.empty()) {
    sample.mask = Mask(sample.image.width, sample.image.height, 1, kVoidLabel);
  }
  return {std::move(sample.image), std::move(sample.mask)};
}

}  // namespace

Result<Sample> augmentedSample(const Dataset& dataset, const std::vector<Augmentation>& list,
                               std::uint64_t seed, std::size_t index, std::uint32_t epoch) {
  Result<Sample> sample = dataset.get(index, epoch);
  if (!sample) return sample;
  Pair pair = pairOf(std::move(*sample));  // the id stays in the sample
  if (!list.empty()) {
    Random random(seed, epoch, static_cast<std::uint32_t>(index), Purpose::augment);
    const Result<void> augmented = augment(pair, list, random, [&](Random& draw) {
      return dataset.get(drawOther(dataset.size(), draw), epoch).map(pairOf);
    });
    if (!augmented) {
      return fail(augmented.error().code, sample->id + ": " + augmented.error().message);
    }
  }
  sample->image = std::move(pair.image);
  sample->mask = std::move(pair.mask);
  return sample;
}

}  // namespace limbus
