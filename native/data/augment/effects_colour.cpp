// Colours and sharpness of one image.
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "native/data/augment/effect_parts.h"
#include "native/data/pixels.h"

namespace limbus {

void apply(const HueShift& shift, Pair& pair) {
  cv::Mat image = matOf(pair.image), hsv;
  cv::cvtColor(image, hsv, cv::COLOR_RGB2HSV);
  for (auto pixel = hsv.begin<cv::Vec3b>(); pixel != hsv.end<cv::Vec3b>(); ++pixel) {
    const int turned = static_cast<int>(std::lrint((*pixel)[0] + shift.hue)) % 180;
    *pixel = {static_cast<std::uint8_t>(turned < 0 ? turned + 180 : turned),
              toByte((*pixel)[1] + shift.saturation), toByte((*pixel)[2] + shift.value)};
  }
  cv::cvtColor(hsv, image, cv::COLOR_HSV2RGB);
}

void apply(const Smear& smear, Pair& pair) {
  const int size = 2 * smear.radius + 1;
  const cv::Mat kernel(size, size, CV_32F, const_cast<float*>(smear.weights.data()));
  cv::Mat image = matOf(pair.image), blurred;
  cv::filter2D(image, blurred, -1, kernel);
  blurred.copyTo(image);
}

void apply(const Coarsen& coarsen, Pair& pair) {
  cv::Mat image = matOf(pair.image), small;
  cv::resize(image, small, cv::Size(coarsen.width, coarsen.height), 0, 0, cv::INTER_AREA);
  cv::resize(small, image, image.size(), 0, 0, cv::INTER_LINEAR);
}

}  // namespace limbus
