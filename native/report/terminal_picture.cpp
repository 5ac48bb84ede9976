#include "native/report/terminal_picture.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace limbus {
namespace {

std::string colourCode(bool front, const std::uint8_t* rgb, TerminalColours colours) {
  const std::string ground = front ? "38" : "48";
  if (colours == TerminalColours::millions) {
    return ground + ";2;" + std::to_string(rgb[0]) + ";" + std::to_string(rgb[1]) + ";" +
           std::to_string(rgb[2]);
  }
  const auto step = [](int value) { return (value * 5 + 127) / 255; };
  return ground + ";5;" + std::to_string(16 + 36 * step(rgb[0]) + 6 * step(rgb[1]) + step(rgb[2]));
}

std::string utf8(unsigned code) {  // of U+0800 to U+FFFF
  return {static_cast<char>(0xE0U | code >> 12U), static_cast<char>(0x80U | (code >> 6U & 0x3FU)),
          static_cast<char>(0x80U | (code & 0x3FU))};
}

// Dots of a chart, and whose they are.
class Dots {
 public:
  Dots(int columns, int rows)
      : columns_(columns),
        rows_(rows),
        bits_(static_cast<std::size_t>(columns) * rows, 0),
        colours_(bits_.size(), 0) {}

  int width() const { return 2 * columns_; }
  int height() const { return 4 * rows_; }

  void set(int x, int y, int colour) {
    // U+2800 and the dots of a cell: 1 2 3 7 down the left, 4 5 6 8 down the right.
    static constexpr unsigned kBits[4][2] = {
        {0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    const std::size_t cell = static_cast<std::size_t>(y / 4) * columns_ + x / 2;
    bits_[cell] |= kBits[y % 4][x % 2];
    colours_[cell] = colour;
  }

  std::vector<std::string> lines() const {
    std::vector<std::string> all;
    for (int row = 0; row < rows_; ++row) {
      std::string line;
      int now = -1;
      for (int column = 0; column < columns_; ++column) {
        const std::size_t cell = static_cast<std::size_t>(row) * columns_ + column;
        if (bits_[cell] == 0) {
          line += ' ';
          continue;
        }
        if (now != colours_[cell]) {
          now = colours_[cell];
          line += "\033[38;5;" + std::to_string(now) + "m";
        }
        line += utf8(0x2800U + bits_[cell]);
      }
      all.push_back(now < 0 ? line : line + "\033[0m");
    }
    return all;
  }

 private:
  int columns_, rows_;
  std::vector<unsigned> bits_;
  std::vector<int> colours_;
};

}  // namespace

CellSize cellsOf(int width, int height, int columns, int rows) {
  const double scale = std::min(
      {1.0, static_cast<double>(columns) / std::max(1, width), 2.0 * rows / std::max(1, height)});
  return {std::max(1, static_cast<int>(width * scale)),
          std::max(1, (static_cast<int>(height * scale) + 1) / 2)};
}

std::vector<std::string> halfBlocks(ImageView image, int columns, int rows,
                                    TerminalColours colours) {
  const CellSize cells = cellsOf(image.width, image.height, columns, rows);
  const cv::Mat source(image.height, image.width, CV_8UC(image.channels),
                       const_cast<std::uint8_t*>(image.pixels));
  cv::Mat small;
  cv::resize(source, small, {cells.columns, 2 * cells.rows}, 0, 0, cv::INTER_AREA);
  if (image.channels == 1) cv::cvtColor(small, small, cv::COLOR_GRAY2RGB);
  std::vector<std::string> lines;
  for (int row = 0; row < cells.rows; ++row) {
    std::string line, before;
    for (int x = 0; x < cells.columns; ++x) {
      const std::string code =
          colourCode(true, small.ptr(2 * row) + static_cast<std::ptrdiff_t>(x) * 3, colours) + ";" +
          colourCode(false, small.ptr(2 * row + 1) + static_cast<std::ptrdiff_t>(x) * 3, colours);
      if (code != before) line += "\033[" + code + "m";
      before = code;
      line += "▀";
    }
    lines.push_back(line + "\033[0m");
  }
  return lines;
}

std::vector<std::string> brailleChart(const std::vector<ChartLine>& lines, double low, double high,
                                      int columns, int rows) {
  Dots dots(columns, rows);
  const double span = high > low ? high - low : 1;
  for (const ChartLine& line : lines) {
    const std::size_t count = line.values.size();
    for (int x = 0; count > 0 && x < dots.width(); ++x) {
      // Between the values, so that few of them make a line as well.
      const double at = count == 1 ? 0
                                   : static_cast<double>(x) * static_cast<double>(count - 1) /
                                         std::max(1, dots.width() - 1);
      const std::size_t first = std::min(static_cast<std::size_t>(at), count - 1);
      const double share = at - static_cast<double>(first);
      const double value = line.values[first] * (1 - share) +
                           (share > 0 ? line.values[std::min(first + 1, count - 1)] * share : 0);
      if (!std::isfinite(value) || value < low || value > high) continue;
      const int y = static_cast<int>(std::lround((high - value) / span * (dots.height() - 1)));
      dots.set(x, y, line.colour);
    }
  }
  return dots.lines();
}

}  // namespace limbus
