// Bends of one pair by a map of where each pixel comes from.
#include <algorithm>
#include <opencv2/imgproc.hpp>

#include "native/data/augment/effect_parts.h"
#include "native/data/pixels.h"
#include "shared/elementary.h"

namespace limbus {
namespace {

// Where each pixel comes from, [H,W] each.
struct Origins {
  cv::Mat x, y;

  explicit Origins(const Image& image)
      : x(image.height, image.width, CV_32F), y(image.height, image.width, CV_32F) {
    for (int row = 0; row < image.height; ++row) {
      for (int column = 0; column < image.width; ++column) {
        x.at<float>(row, column) = static_cast<float>(column);
        y.at<float>(row, column) = static_cast<float>(row);
      }
    }
  }
};

void remap(Pair& pair, const Origins& origins, const Border& border = {}) {
  const auto bend = [&](Image& image, int interpolation, int outside) {
    if (image.pixels.empty()) return;
    Image out(image.width, image.height, image.channels);
    cv::Mat to = matOf(out);
    cv::remap(matOf(image), to, origins.x, origins.y, interpolation, borderMode(border),
              cv::Scalar::all(outside));
    image = std::move(out);
  };
  bend(pair.image, cv::INTER_LINEAR, border.level());
  bend(pair.mask, cv::INTER_NEAREST, kVoidLabel);
}

}  // namespace

void apply(const Homography& homography, Pair& pair) {
  const cv::Matx33d to(homography.matrix.data());
  Origins origins(pair.image);
  for (int row = 0; row < pair.image.height; ++row) {
    for (int column = 0; column < pair.image.width; ++column) {
      const cv::Vec3d at = to * cv::Vec3d(column, row, 1);
      origins.x.at<float>(row, column) = static_cast<float>(at[0] / at[2]);
      origins.y.at<float>(row, column) = static_cast<float>(at[1] / at[2]);
    }
  }
  remap(pair, origins);
}

void apply(const Stretch& stretch, Pair& pair) {
  Origins origins(pair.image);
  for (int row = 0; row < pair.image.height; ++row) {
    std::copy(stretch.columns.begin(), stretch.columns.end(), origins.x.ptr<float>(row));
    std::fill_n(origins.y.ptr<float>(row), pair.image.width,
                stretch.rows[static_cast<std::size_t>(row)]);
  }
  remap(pair, origins);
}

void apply(const Bend& bend, Pair& pair) {
  Random stream = bend.stream;
  Origins origins(pair.image);
  for (cv::Mat* axis : {&origins.x, &origins.y}) {
    cv::Mat field(axis->size(), CV_32F);
    for (auto value = field.begin<float>(); value != field.end<float>(); ++value) {
      *value = static_cast<float>(stream.uniform(-1, 1));
    }
    cv::GaussianBlur(field, field, cv::Size(0, 0), bend.smoothness, bend.smoothness,
                     cv::BORDER_REFLECT_101);
    const double spread = cv::norm(field) / squareRoot(static_cast<double>(field.total()));
    *axis += field * (bend.strength / std::max(spread, 1e-9));
  }
  remap(pair, origins, bend.border);
}

}  // namespace limbus
