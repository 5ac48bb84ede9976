#include "native/data/augment/opencv_numbers.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <opencv2/imgproc.hpp>

#include "native/data/pixels.h"

namespace limbus {
namespace {

constexpr int kWarpOne = 32768;

// Of the 4 pixels around a place x in [0,1) behind the second.
std::array<float, 4> cubicWeights(float x) {
  constexpr float a = -0.75F;
  std::array<float, 4> weights;
  weights[0] = ((a * (x + 1) - 5 * a) * (x + 1) + 8 * a) * (x + 1) - 4 * a;
  weights[1] = ((a + 2) * x - (a + 3)) * x * x + 1;
  weights[2] = ((a + 2) * (1 - x) - (a + 3)) * (1 - x) * (1 - x) + 1;
  weights[3] = 1.0F - weights[0] - weights[1] - weights[2];
  return weights;
}

// Of one place; what rounding leaves over goes to the largest, or is taken from the smallest, of
// the last four.
std::array<int, 16> cubicWindow(const std::array<float, 4>& down,
                                const std::array<float, 4>& along) {
  std::array<int, 16> window;
  int left = kWarpOne;
  for (int i = 0; i < 16; ++i) {
    const float exact = down[i / 4] * along[i % 4] * kWarpOne;
    window[i] = std::clamp(static_cast<int>(std::lrint(exact)), -kWarpOne, kWarpOne - 1);
    left -= window[i];
  }
  int least = 10, most = 10;
  for (const int i : {10, 11, 14, 15}) {
    if (window[i] < window[least]) {
      least = i;
    } else if (window[i] > window[most]) {
      most = i;
    }
  }
  window[left > 0 ? most : least] += left;
  return window;
}

}  // namespace

std::vector<int> smoothingWeights(const Smooth& smooth) {
  constexpr int kOne = 256;
  const int size =
      smooth.size > 0 ? smooth.size : static_cast<int>(std::lrint(smooth.sigma * 6 + 1)) | 1;
  const cv::Mat kernel = cv::getGaussianKernel(size, smooth.sigma, CV_64F);
  std::vector<int> weights(static_cast<std::size_t>(size));
  double left = 0;  // what rounding left over goes to the next weight, and the rest to the middle
  int sum = 0;
  for (int i = 0; i < size / 2; ++i) {
    const double exact = kernel.at<double>(i) * kOne + left;
    const int weight = static_cast<int>(std::lrint(exact));
    left = exact - weight;
    weights[i] = weights[size - 1 - i] = weight;
    sum += 2 * weight;
  }
  weights[size / 2] = kOne - sum;
  return weights;
}

std::vector<float> fieldWeights(double sigma) {
  const int size = static_cast<int>(std::lrint(sigma * 8 + 1)) | 1;
  return cv::getGaussianKernel(size, sigma, CV_32F);
}

std::array<double, 6> originMatrix(const Warp& warp) {
  const auto& m = warp.matrix;
  const double determinant = m[0] * m[4] - m[1] * m[3];
  const double by = determinant != 0 ? 1 / determinant : 0;
  const double a = m[4] * by, b = m[1] * -by, c = m[3] * -by, d = m[0] * by;
  return {a, b, -a * m[2] - b * m[5], c, d, -c * m[2] - d * m[5]};
}

std::vector<int> warpWeights(bool cubic) {
  const int pixels = cubic ? 16 : 4, places = kWarpPlaces * kWarpPlaces;
  std::vector<int> all(static_cast<std::size_t>(pixels) * places);
  for (int place = 0; place < places; ++place) {
    const int y = place / kWarpPlaces, x = place % kWarpPlaces;
    std::array<int, 16> window{(kWarpPlaces - y) * (kWarpPlaces - x), (kWarpPlaces - y) * x,
                               y * (kWarpPlaces - x), y * x};
    for (int& weight : window) weight *= kWarpOne / places;
    if (cubic) {
      const auto at = [](int i) { return cubicWeights(static_cast<float>(i) / kWarpPlaces); };
      window = cubicWindow(at(y), at(x));
    }
    for (int i = 0; i < pixels; ++i) all[i * places + place] = window[i];
  }
  return all;
}

void drawStrokes(const Strokes& strokes, Image& image) {
  cv::Mat mat = matOf(image);
  for (const Strokes::Line& line : strokes.lines) {
    cv::line(mat, {line.fromX, line.fromY}, {line.toX, line.toY}, cv::Scalar::all(255),
             strokes.width);
  }
}

}  // namespace limbus
