// The whole numbers that OpenCV computes 8-bit images with, for who does the same on a GPU.
#pragma once

#include <array>
#include <vector>

#include "native/data/augment/effects.h"

namespace limbus {

// Of cv::GaussianBlur, in 1/256; of odd length.
std::vector<int> smoothingWeights(const Smooth& smooth);

// Of cv::GaussianBlur on float fields, by its deviation (px); of odd length.
std::vector<float> fieldWeights(double sigma);

// Of cv::warpAffine: the inverse of Warp::matrix, where a pixel comes from.
std::array<double, 6> originMatrix(const Warp& warp);

constexpr int kWarpPlaces = 32;  // between two pixels

// Of cv::warpAffine, in 1/32768, for each pixel that is weighed, row by row, and each place between
// pixels: [taps * taps][y][x], taps 4 for a cubic and 2 for a linear warp.
std::vector<int> warpWeights(bool cubic);

// White, over all channels.
void drawStrokes(const Strokes& strokes, Image& image);

}  // namespace limbus
