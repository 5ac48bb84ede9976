// Looks at an image turned, mirrored or at another size, whose answers are turned back and
// averaged: test-time augmentation. One row for each thing that a view may do.
//
//   "none,flip-x"                         the image and its mirror image
//   "scale=0.75+flip-x"                   one view: smaller, and that mirrored
//   {"none,flip-x", "scale=1,scale=1.5"}  the four views of each with each
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "native/infer/planes.h"

namespace limbus {

// A turn of the square: where the pixel (x,y), counted from the middle, goes: first and second row
// of a matrix of 0, 1 and -1.
using SquareTurn = std::array<int, 4>;

struct View {
  SquareTurn turn{1, 0, 0, 1};
  double scale = 1;  // of both sides
};

struct ViewRow {
  const char* name;
  const char* summary;
  SquareTurn turn;
  bool scales = false;  // "NAME=FACTOR"
};

const std::vector<ViewRow>& views();

// The views of each list with each of the next, in order. No list: the image as it is.
Result<std::vector<View>> parseViews(const std::vector<std::string>& lists);

// The mean over the views; at least one.
SharedPredictor viewed(SharedPredictor inner, const std::vector<View>& views, Averaged averaged);

}  // namespace limbus
