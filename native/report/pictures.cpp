#include "native/report/pictures.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "native/data/files/png.h"
#include "native/data/pixels.h"

namespace limbus {
namespace {

constexpr Rgb kVoid = {128, 128, 128}, kWrong = {235, 40, 40};

cv::Size smallSize(int width, int height) {
  const double scale =
      std::min(1.0, static_cast<double>(kPictureSide) / std::max({1, width, height}));
  return {std::max(1, static_cast<int>(std::lround(width * scale))),
          std::max(1, static_cast<int>(std::lround(height * scale)))};
}

Image reduced(ImageView view, int interpolation) {
  const cv::Mat source(view.height, view.width, CV_8UC(view.channels),
                       const_cast<std::uint8_t*>(view.pixels));
  const cv::Size size = smallSize(view.width, view.height);
  Image out(size.width, size.height, view.channels);
  cv::Mat target = matOf(out);
  cv::resize(source, target, size, 0, 0, interpolation);
  return out;
}

// [first, first + channels) of a pixel as RGB.
Rgb rgbOf(const Image& image, std::size_t pixel) {
  const std::uint8_t* from = &image.pixels[pixel * image.channels];
  return image.channels >= 3 ? Rgb{from[0], from[1], from[2]} : Rgb{from[0], from[0], from[0]};
}

template <class Colour>
Image painted(int width, int height, Colour colour) {
  Image out(width, height, 3);
  for (std::size_t i = 0; i * 3 < out.pixels.size(); ++i) {
    const Rgb rgb = colour(i);
    std::copy(rgb.begin(), rgb.end(), &out.pixels[i * 3]);
  }
  return out;
}

Rgb colourOf(std::uint8_t label, const std::vector<Rgb>& colours) {
  return label < colours.size() ? colours[label] : kVoid;
}

std::string base64(const std::string& bytes) {
  static constexpr char kDigits[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      group = group << 8 | (i + k < bytes.size() ? static_cast<std::uint8_t>(bytes[i + k]) : 0U);
    }
    for (int shift = 18; shift >= 0; shift -= 6) text += kDigits[group >> shift & 63U];
  }
  if (const std::size_t over = bytes.size() % 3; over > 0) {
    text.replace(text.size() - (3 - over), 3 - over, 3 - over, '=');
  }
  return text;
}

}  // namespace

Triplet tripletOf(ImageView image, MaskView truth, MaskView prediction,
                  const std::vector<Rgb>& colours) {
  const Image small = reduced(image, cv::INTER_AREA);
  const Image wanted = reduced(truth, cv::INTER_NEAREST);
  const Image got = reduced(prediction, cv::INTER_NEAREST);
  const int width = small.width, height = small.height;
  return {
      painted(width, height, [&](std::size_t i) { return rgbOf(small, i); }),
      painted(width, height, [&](std::size_t i) { return colourOf(wanted.pixels[i], colours); }),
      painted(width, height, [&](std::size_t i) { return colourOf(got.pixels[i], colours); }),
      painted(width, height, [&](std::size_t i) {
        if (wanted.pixels[i] != kVoidLabel && wanted.pixels[i] != got.pixels[i]) return kWrong;
        const Rgb rgb = rgbOf(small, i);
        const std::uint8_t grey =
            static_cast<std::uint8_t>((rgb[0] * 3 + rgb[1] * 6 + rgb[2]) / 10);
        return Rgb{grey, grey, grey};
      })};
}

Result<std::string> dataUrl(ImageView picture) {
  const Result<std::string> png = encodePng(picture);
  if (!png) return fail(png.error());
  return "data:image/png;base64," + base64(*png);
}

}  // namespace limbus
