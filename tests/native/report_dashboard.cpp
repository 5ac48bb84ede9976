// Pictures and curves of characters, and the screen made of them.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <cmath>

#include "native/report/dashboard.h"

using Catch::Matchers::ContainsSubstring;
using namespace limbus;

namespace {

// What a terminal would show: cursor movements obeyed, colours left out.
std::vector<std::string> shown(const std::string& text, int columns, int rows) {
  std::vector<std::vector<std::string>> cells(static_cast<std::size_t>(rows),
                                              std::vector<std::string>(columns, " "));
  int row = 0, column = 0;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == '\033') {
      const std::size_t end = text.find_first_not_of("0123456789;?", i + 2);
      const std::string numbers = text.substr(i + 2, end - i - 2);
      if (text[end] == 'H') {
        row = std::stoi(numbers) - 1;
        column = std::stoi(numbers.substr(numbers.find(';') + 1)) - 1;
      }
      i = end + 1;
      continue;
    }
    std::size_t next = i + 1;
    while (next < text.size() && (static_cast<unsigned char>(text[next]) & 0xC0U) == 0x80U) ++next;
    REQUIRE((row >= 0 && row < rows && column >= 0));
    INFO(text.substr(i, next - i));
    REQUIRE(column < columns);  // nothing runs over the edge
    cells[static_cast<std::size_t>(row)][static_cast<std::size_t>(column++)] =
        text.substr(i, next - i);
    i = next;
  }
  std::vector<std::string> lines;
  for (const auto& line : cells) {
    std::string joined;
    for (const std::string& cell : line) joined += cell;
    lines.push_back(joined);
  }
  return lines;
}

Dashboard runOf(int epochs) {
  Dashboard run;
  run.title = "own: unet";
  run.epoch = epochs;
  run.epochs = 40;
  run.elapsedSeconds = 75;
  run.leftSeconds = 3700;
  for (int i = 0; i < epochs; ++i) {
    run.trainingLoss.push_back(1.0 / (1 + i));
    run.validationLoss.push_back(1.2 / (1 + i));
    run.mIoU.push_back(0.9 - 0.5 / (1 + i));
  }
  run.best = 0.875;
  run.bestEpoch = epochs;
  run.stepsPerSecond = 12.5;
  run.memoryBytes = 300 << 20;
  run.news = std::string(300, 'x') + "\033[2J";
  for (int i = 0; i < 3; ++i) {
    run.samples.push_back({Image(320, 200, 3, 90), Image(320, 200, 3, 0), Image(320, 200, 3, 9)});
  }
  return run;
}

}  // namespace

TEST_CASE("terminal: two pixels to a character") {
  Image image(2, 2, 3);
  image.pixels = {255, 0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0};
  CHECK(halfBlocks(image.view(), 10, 10, TerminalColours::millions) ==
        std::vector<std::string>{
            "\033[38;2;255;0;0;48;2;0;0;255m▀\033[38;2;0;255;0;48;2;0;0;0m▀\033[0m"});
  CHECK(halfBlocks(image.view(), 10, 10, TerminalColours::cube256)[0].rfind(
            "\033[38;5;196;48;5;21m▀", 0) == 0);
  const Image grey(320, 200, 1, 128);
  const CellSize cells = cellsOf(320, 200, 20, 30);
  CHECK(cells.columns == 20);
  CHECK(cells.rows == 6);  // 20 by 12.5 pixels
  CHECK(halfBlocks(grey.view(), 20, 30, TerminalColours::millions).size() == 6);
}

TEST_CASE("terminal: curves of braille dots") {
  // From the lower left to the upper right of one character, 2 by 4 dots.
  const auto one = brailleChart({{{0, 1}, 9}}, 0, 1, 1, 1);
  CHECK(one == std::vector<std::string>{"\033[38;5;9m\u2848\033[0m"});
  const auto none = brailleChart({{{NAN, INFINITY}, 1}, {{5, 5}, 2}, {{}, 3}}, 0, 1, 3, 2);
  CHECK(none == std::vector<std::string>{"   ", "   "});
}

TEST_CASE("dashboard: every size of a terminal is kept to") {
  for (const int epochs : {0, 1, 2, 39}) {
    for (const auto& [columns, rows] : {std::pair(80, 24), std::pair(60, 16), std::pair(200, 60),
                                        std::pair(30, 5), std::pair(79, 17)}) {
      const std::vector<std::string> lines =
          shown(screenOf(runOf(epochs), columns, rows, TerminalColours::cube256), columns, rows);
      CHECK_THAT(lines[0], ContainsSubstring("own: unet  epoch " + std::to_string(epochs)));
    }
  }
}

TEST_CASE("dashboard: what it says") {
  Dashboard run = runOf(10);
  const auto lines = shown(screenOf(run, 80, 24, TerminalColours::millions), 80, 24);
  CHECK_THAT(lines[0], ContainsSubstring("epoch 10/40  1:15, 1:01:40 left"));
  CHECK_THAT(lines[1], ContainsSubstring("━─"));
  CHECK_THAT(lines[3], ContainsSubstring("loss  training 0.1000  validation 0.1200"));
  CHECK_THAT(lines[3], ContainsSubstring("image"));
  CHECK_THAT(lines[4], ContainsSubstring("1.2"));
  CHECK_THAT(lines[4], ContainsSubstring("▀"));
  CHECK_THAT(lines[21], ContainsSubstring("12.5 steps/s"));
  CHECK_THAT(lines[21], ContainsSubstring("memory 300 MB"));
  CHECK_THAT(lines[23], ContainsSubstring("q stops the run"));
  std::string all;
  for (const std::string& line : lines) all += line + "\n";
  CHECK_THAT(all, ContainsSubstring("mIoU  0.8500  best mIoU 0.8750, epoch 10"));
  run.stopping = true;
  CHECK_THAT(shown(screenOf(run, 80, 24, TerminalColours::millions), 80, 24)[23],
             ContainsSubstring("stopping"));
}
