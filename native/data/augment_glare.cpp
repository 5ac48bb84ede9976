// What lies in front of an eye: glare and lines, as RITnet (Chaudhary et al., 2019) was trained
// with. The mask stays.
#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "native/data/augment_families.h"
#include "native/data/pixels.h"
#include "shared/elementary.h"

namespace limbus {
namespace {

struct Lines {
  Range count{1, 9};
  int width = 4;
  Range middle{0.3, 0.7};

  void describe(OptionVisitor& v) {
    v.range("count", count, {1, 100}, "of lines, whole numbers");
    requireWhole(v, "count", count);
    v.whole("width", width, {1, 64}, {"of a line", "px"});
    v.range("middle", middle, {0, 1}, "share of width and height, where they all cross");
  }
};

// White lines through one point, each at an angle of its own.
void lines(Pair& pair, Random& random, const Lines& options) {
  cv::Mat image = matOf(pair.image);
  const double x = random.uniform(options.middle.low, options.middle.high) * image.cols;
  const double y = random.uniform(options.middle.low, options.middle.high) * image.rows;
  const double reach = image.cols + image.rows;
  const int count = wholeOf(options.count, random);
  for (int i = 0; i < count; ++i) {
    const double angle = random.uniform(0, kPi);
    const double alongX = reach * cosine(angle), alongY = reach * sine(angle);
    const auto point = [&](double sign) {
      return cv::Point(static_cast<int>(std::lrint(x + sign * alongX)),
                       static_cast<int>(std::lrint(y + sign * alongY)));
    };
    cv::line(image, point(-1), point(1), cv::Scalar::all(255), options.width);
  }
}

struct Starburst {
  Range rays{60, 120};
  double strength = 1;
  double reach = 0.45;
  double shift = 0.1;

  void describe(OptionVisitor& v) {
    v.range("rays", rays, {4, 720}, "of them, whole numbers");
    requireWhole(v, "rays", rays);
    v.number("strength", strength, {0, 1}, "of the glare in its middle");
    v.number("reach", reach, {0.01, 2}, "share of the shorter side at which it has faded away");
    v.number("shift", shift, {0, 0.5}, "of its middle from the image's, share of width and height");
  }
};

// A bright middle with rays of random strength that fade outwards: image (1 - s) + 255 s.
void starburst(Pair& pair, Random& random, const Starburst& options) {
  Image& image = pair.image;
  const int rays = wholeOf(options.rays, random);
  std::vector<double> strengths;
  for (int i = 0; i < rays; ++i) strengths.push_back(random.uniform());
  const double middleX = (0.5 + random.uniform(-options.shift, options.shift)) * image.width;
  const double middleY = (0.5 + random.uniform(-options.shift, options.shift)) * image.height;
  const double reach = options.reach * std::min(image.width, image.height);
  cv::Mat x(1, image.width, CV_32F), y(1, image.width, CV_32F), distance, angle;
  for (int column = 0; column < image.width; ++column) {
    x.at<float>(column) = static_cast<float>(column - middleX);
  }
  for (int row = 0; row < image.height; ++row) {
    y.setTo(row - middleY);
    cv::cartToPolar(x, y, distance, angle);  // radians, [0, 2 pi)
    std::uint8_t* pixel = image.row(row);
    for (int column = 0; column < image.width; ++column) {
      const double fade = std::max(0.0, 1 - distance.at<float>(column) / reach);
      const double place = angle.at<float>(column) / (2 * kPi) * rays;
      const auto ray = static_cast<std::size_t>(place) % strengths.size();
      const double between = place - std::floor(place);
      const double lit =
          strengths[ray] * (1 - between) + strengths[(ray + 1) % strengths.size()] * between;
      const double glare = options.strength * fade * fade * (fade + (1 - fade) * lit);
      for (int c = 0; c < image.channels; ++c, ++pixel) {
        *pixel = static_cast<std::uint8_t>(std::lrint(*pixel + (255 - *pixel) * glare));
      }
    }
  }
}

struct CoarseDropout {
  Range holes{1, 8};
  Range size{0.02, 0.1};
  int fill = 0;
  bool hides = true;

  void describe(OptionVisitor& v) {
    v.range("holes", holes, {1, 1000}, "of them, whole numbers");
    requireWhole(v, "holes", holes);
    v.range("size", size, {0.001, 1}, "share of width and height");
    v.whole("fill", fill, {0, 255}, {"of the holes", "grey levels"});
    v.flag("hides", hides, "what is hidden takes no part; or the mask stays");
  }
};

void coarseDropout(Pair& pair, Random& random, const CoarseDropout& options) {
  const int holes = wholeOf(options.holes, random);
  cv::Mat image = matOf(pair.image);
  for (int hole = 0; hole < holes; ++hole) {
    const auto side = [&](int whole) {
      const double share = random.uniform(options.size.low, options.size.high);
      return std::clamp(static_cast<int>(std::lrint(share * whole)), 1, whole);
    };
    const int width = side(image.cols), height = side(image.rows);
    const cv::Rect box(random.integer(0, image.cols - width),
                       random.integer(0, image.rows - height), width, height);
    image(box).setTo(cv::Scalar::all(options.fill));
    if (!options.hides || pair.mask.pixels.empty()) continue;
    cv::Mat mask = matOf(pair.mask);
    mask(box).setTo(kVoidLabel);
  }
}

}  // namespace

std::vector<AugmentationRow> coveringAugmentations() {
  return {
      {"lines", "white lines through one point (RITnet)", Lines{}, typed<lines>},
      {"starburst", "glare with rays (RITnet)", Starburst{}, typed<starburst>},
      {"coarseDropout", "rectangles of one grey level, void where they hide", CoarseDropout{},
       typed<coarseDropout>},
  };
}

}  // namespace limbus
