#include <algorithm>

#include "native/report/report.h"

namespace limbus {

bool WorstImages::wants(double mIoU) const {
  return images_.size() < most_ || (most_ > 0 && mIoU < *images_.back().image.mIoU);
}

void WorstImages::offer(WorstImage image) {
  if (!image.image.mIoU || !wants(*image.image.mIoU)) return;
  const auto place = std::upper_bound(
      images_.begin(), images_.end(), *image.image.mIoU,
      [](double mIoU, const WorstImage& other) { return mIoU < *other.image.mIoU; });
  images_.insert(place, std::move(image));
  if (images_.size() > most_) images_.pop_back();
}

}  // namespace limbus
