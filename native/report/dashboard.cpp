#include "native/report/dashboard.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace limbus {
namespace {

constexpr int kBlue = 12, kYellow = 11, kGreen = 10;  // of the terminal's own
constexpr int kLeastColumns = 60, kLeastRows = 16;
constexpr int kLeastWithPictures = 75;  // columns
constexpr int kGap = 2;

std::string number(const char* format, double value) {
  char text[64];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

std::string duration(double seconds) {
  const long whole = std::lround(std::max(0.0, seconds));
  char text[32];
  if (whole < 3600) {
    std::snprintf(text, sizeof text, "%ld:%02ld", whole / 60, whole % 60);
  } else {
    std::snprintf(text, sizeof text, "%ld:%02ld:%02ld", whole / 3600, whole / 60 % 60, whole % 60);
  }
  return text;
}

std::string inColour(int colour, const std::string& text) {
  return "\033[38;5;" + std::to_string(colour) + "m" + text + "\033[0m";
}

std::string bold(const std::string& text) { return "\033[1m" + text + "\033[0m"; }
std::string faint(const std::string& text) { return "\033[2m" + text + "\033[0m"; }

// Plain text, cut to the screen: its bytes are printable or part of UTF-8.
std::string fitted(const std::string& text, int columns) {
  std::string kept;
  int used = 0;
  for (const char c : text) {
    const bool more = (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
    if (!more && ++used > columns) break;
    kept += static_cast<unsigned char>(c) < 0x20U ? ' ' : c;
  }
  return kept;
}

class Screen {
 public:
  Screen(int columns, int rows) : columns_(columns), rows_(rows) {
    for (int row = 1; row <= rows; ++row) text_ += at(row, 1) + "\033[2K";
  }

  // Rows and columns from 1; what would lie below is left out.
  void put(int row, int column, const std::string& text) {
    if (row >= 1 && row <= rows_) text_ += at(row, column) + text;
  }
  void put(int row, int column, const std::vector<std::string>& lines) {
    for (std::size_t i = 0; i < lines.size(); ++i) put(row + static_cast<int>(i), column, lines[i]);
  }
  int columns() const { return columns_; }
  int rows() const { return rows_; }
  std::string take() { return std::move(text_); }

 private:
  static std::string at(int row, int column) {
    return "\033[" + std::to_string(row) + ";" + std::to_string(column) + "H";
  }

  int columns_, rows_;
  std::string text_;
};

struct Span {
  double low, high;
};

Span spanOf(const std::vector<const std::vector<double>*>& lines) {
  Span span{INFINITY, -INFINITY};
  for (const std::vector<double>* line : lines) {
    for (const double value : *line) {
      if (!std::isfinite(value)) continue;
      span.low = std::min(span.low, value);
      span.high = std::max(span.high, value);
    }
  }
  if (!(span.low <= span.high)) return {0, 1};
  if (span.high - span.low < 1e-9) return {span.low - 0.5, span.high + 0.5};
  return span;
}

struct Curve {
  const std::vector<double>* values;
  int colour;
};

void drawChart(Screen& screen, int row, const std::string& title, const std::vector<Curve>& curves,
               int columns, int rows) {
  constexpr int kScale = 8;  // characters for the numbers at its left
  std::vector<const std::vector<double>*> values;
  std::vector<ChartLine> lines;
  for (const Curve& curve : curves) {
    values.push_back(curve.values);
    lines.push_back({*curve.values, curve.colour});
  }
  const Span span = spanOf(values);
  screen.put(row, 1, title);
  screen.put(row + 1, 1, faint(number("%7.4g", span.high)));
  screen.put(row + rows, 1, faint(number("%7.4g", span.low)));
  screen.put(row + 1, kScale + 1, brailleChart(lines, span.low, span.high, columns - kScale, rows));
}

std::string lastOf(const std::vector<double>& values) {
  return values.empty() || std::isnan(values.back()) ? "-" : number("%.4f", values.back());
}

void drawCurves(Screen& screen, const Dashboard& run, int first, int last, int columns) {
  const int rows = (last - first + 1) / 2 - 1;
  drawChart(screen, first,
            bold("loss") + "  " + inColour(kBlue, "training " + lastOf(run.trainingLoss)) + "  " +
                inColour(kYellow, "validation " + lastOf(run.validationLoss)),
            {{&run.trainingLoss, kBlue}, {&run.validationLoss, kYellow}}, columns, rows);
  std::string title = bold("mIoU") + "  " + inColour(kGreen, lastOf(run.mIoU));
  if (run.best) {
    title += fitted("  best " + run.metric + " " + number("%.4f", *run.best) + ", epoch " +
                        std::to_string(run.bestEpoch),
                    columns - 12);
  }
  drawChart(screen, first + rows + 1, title, {{&run.mIoU, kGreen}}, columns, rows);
}

// Image, truth and prediction side by side, one sample below the other.
void drawSamples(Screen& screen, const Dashboard& run, int left, int first, int last,
                 TerminalColours colours) {
  const int width = (screen.columns() - left + 1 - 2) / 3;
  if (width < 4) return;
  screen.put(first, left, bold(fitted("image", width)));
  screen.put(first, left + width + 1, bold(fitted("truth", width)));
  screen.put(first, left + 2 * (width + 1), bold(fitted("prediction", width)));
  int row = first + 1;
  for (const Dashboard::Sample& sample : run.samples) {
    const int free = last - row + 1;
    const CellSize cells = cellsOf(sample.image.width, sample.image.height, width, free);
    if (cells.columns < width / 2 || cells.rows > free) return;
    int column = left;
    for (const Image* picture : {&sample.image, &sample.truth, &sample.prediction}) {
      screen.put(row, column, halfBlocks(picture->view(), width, free, colours));
      column += width + 1;
    }
    row += cells.rows + 1;
  }
}

std::string progressBar(const Dashboard& run, int columns) {
  const int width = std::max(1, columns);
  const int full =
      static_cast<int>(static_cast<std::int64_t>(width) * run.epoch / std::max(1, run.epochs));
  std::string bar;
  for (int i = 0; i < width; ++i) bar += i < full ? "━" : "─";
  return inColour(kGreen, bar);
}

std::string figures(const Dashboard& run) {
  std::string text = number("%.1f steps/s", run.stepsPerSecond) +
                     number("  wait for data %.1f ms/step", run.waitForDataMs) +
                     number("  lr %.2e", run.lr);
  return text + number("  memory %.0f MB", static_cast<double>(run.memoryBytes) / (1 << 20));
}

}  // namespace

std::string screenOf(const Dashboard& run, int columns, int rows, TerminalColours colours) {
  Screen screen(columns, rows);
  std::string clock = duration(run.elapsedSeconds);
  if (run.leftSeconds) clock += ", " + duration(*run.leftSeconds) + " left";
  screen.put(1, 1,
             bold(fitted(run.title + "  epoch " + std::to_string(run.epoch) + "/" +
                             std::to_string(run.epochs) + "  " + clock,
                         columns)));
  screen.put(2, 1, progressBar(run, columns));
  const std::string help = run.stopping ? "stopping: what is complete stays" : "q stops the run";
  if (columns < kLeastColumns || rows < kLeastRows) {
    screen.put(3, 1, fitted(figures(run), columns));
    screen.put(4, 1, faint(fitted(help, columns)));
    return screen.take();
  }
  const bool pictures = !run.samples.empty() && columns >= kLeastWithPictures;
  const int left = pictures ? columns * 11 / 20 : columns;
  drawCurves(screen, run, 4, rows - 4, left);
  if (pictures) drawSamples(screen, run, left + 1 + kGap, 4, rows - 4, colours);
  screen.put(rows - 2, 1, fitted(figures(run), columns));
  screen.put(rows - 1, 1, faint(fitted(run.news, columns)));
  screen.put(rows, 1, run.stopping ? bold(help) : faint(help));
  return screen.take();
}

}  // namespace limbus
