// Pictures and curves out of the characters of a terminal.
#pragma once

#include <string>
#include <vector>

#include "shared/class_colours.h"
#include "shared/image.h"

namespace limbus {

enum class TerminalColours { cube256, millions };

// The lines of a picture, `columns` wide and at most `rows` high, two pixels in each character, one
// above the other. RGB or grey; as large as fits with its proportions kept, never enlarged beyond a
// pixel of its own for each.
std::vector<std::string> halfBlocks(ImageView image, int columns, int rows,
                                    TerminalColours colours);

// What halfBlocks makes of an image of this size.
struct CellSize {
  int columns = 0, rows = 0;
};
CellSize cellsOf(int width, int height, int columns, int rows);

struct ChartLine {
  std::vector<double> values;  // evenly spaced
  int colour = 0;              // one of the terminal's own, 0 to 15
};

// A chart of braille dots, `columns` by `rows` characters: the lines share the span from `low` to
// `high`; values outside, and those that are not finite, are left out.
std::vector<std::string> brailleChart(const std::vector<ChartLine>& lines, double low, double high,
                                      int columns, int rows);

}  // namespace limbus
