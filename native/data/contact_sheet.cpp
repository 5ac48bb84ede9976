#include "native/data/contact_sheet.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "native/data/pixels.h"
#include "shared/class_colours.h"

namespace limbus {
namespace {

struct Cell {
  int width, height;
};

double scaleOf(const Image& image, Cell cell) {
  return std::min({1.0, static_cast<double>(cell.width) / image.width,
                   static_cast<double>(cell.height) / image.height});
}

Image resized(const Image& image, Cell cell, int interpolation) {
  const double scale = scaleOf(image, cell);
  Image out(std::max(1, static_cast<int>(image.width * scale)),
            std::max(1, static_cast<int>(image.height * scale)), image.channels);
  cv::Mat small = matOf(out);
  cv::resize(matOf(image), small, small.size(), 0, 0, interpolation);
  return out;
}

void paint(const Sample& sample, const std::vector<ClassSpec>& classes, Cell cell, int left,
           int top, Image& sheet) {
  const Image image = resized(sample.image, cell, cv::INTER_AREA);
  Mask mask;
  if (!sample.mask.pixels.empty()) mask = resized(sample.mask, cell, cv::INTER_NEAREST);
  const int channels = image.channels;
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      const std::uint8_t* from = image.row(y) + static_cast<std::ptrdiff_t>(x) * channels;
      const int label = mask.pixels.empty() ? 0 : mask.row(y)[x];
      const bool tinted = label != 0 && label != kVoidLabel;
      const Rgb tint = static_cast<std::size_t>(label) < classes.size()
                           ? classes[label].colour
                           : classColour(static_cast<std::size_t>(label));
      std::uint8_t* out = sheet.row(top + y) + static_cast<std::ptrdiff_t>(left + x) * 3;
      for (std::size_t c = 0; c < 3; ++c) {
        const int v = from[channels == 3 ? c : 0];
        out[c] = static_cast<std::uint8_t>(v);
        out[cell.width * 3 + c] = static_cast<std::uint8_t>(tinted ? (v + tint[c]) / 2 : v);
      }
    }
  }
}

}  // namespace

Image contactSheet(const std::vector<Sample>& samples, const std::vector<ClassSpec>& classes,
                   int columns, int cell) {
  std::vector<double> shapes;  // width of each at height 1
  for (const Sample& sample : samples) {
    shapes.push_back(static_cast<double>(sample.image.width) / sample.image.height);
  }
  if (shapes.empty()) return Image(1, 1, 3);
  std::nth_element(shapes.begin(), shapes.begin() + shapes.size() / 2, shapes.end());
  const double shape = std::clamp(shapes[shapes.size() / 2], 0.25, 4.0);
  int highest = 1;
  for (const Sample& sample : samples) highest = std::max(highest, sample.image.height);
  cell = std::min(cell, highest);
  const Cell place{static_cast<int>(std::lround(cell * shape)), cell};
  const int count = static_cast<int>(samples.size());
  const double across = std::sqrt(1.5 * count * place.height / (2.0 * place.width));
  if (columns <= 0) columns = std::clamp(static_cast<int>(std::lround(across)), 1, count);
  const int rows = (count + columns - 1) / columns;
  Image sheet(columns * 2 * place.width, rows * place.height, 3, 32);
  for (int i = 0; i < count; ++i) {
    paint(samples[i], classes, place, i % columns * 2 * place.width, i / columns * place.height,
          sheet);
  }
  return sheet;
}

Sample sheetSample(Sample sample, int cell) {
  const Cell most{sample.image.width, cell};
  if (scaleOf(sample.image, most) == 1) return sample;
  sample.image = resized(sample.image, most, cv::INTER_AREA);
  if (!sample.mask.pixels.empty()) sample.mask = resized(sample.mask, most, cv::INTER_NEAREST);
  return sample;
}

}  // namespace limbus
