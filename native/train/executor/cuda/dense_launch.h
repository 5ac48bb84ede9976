// What dense_kernels.cuh is called with, without CUDA's headers and LibTorch's.
#pragma once

#include <algorithm>

namespace limbus::dense_kernels {

struct Axis {
  int in, out, stride, padding, dilation;
};

// How products and pixels are dealt out. A quad is four outputs beside each other.
struct Parts {
  int images, in, out;  // N, C, K
  Axis y, x;
  int inEach, outEach;   // channels of a chunk
  int inChunks, chunks;  // of the image's channels; of both sides', a row of blocks each
  int across, down;      // squares of 4x4 products, of a chunk's inEach * 9 taps and outEach
  int quadsAcross;       // of a row of outputs, the last of them filled up
  int parts;             // of one image, a block each
  int quadsOfPart, quadsOfTile;
};

constexpr int kTaps = 9;                    // 3x3
constexpr int kThreadsOfBlock = 288;        // each has a square: across * down is at most that
constexpr int kSide = 4;                    // of a square
constexpr int kMostIn = 16, kMostOut = 32;  // channels of a chunk
constexpr int kRoom = 3072;     // quads: kSide * (across + down) * (quadsOfTile | 1) at most
constexpr int kMostQuads = 71;  // of a tile: a thread at least for each of its outputs

// For about `blocks` blocks, or fewer: none writes more than half of what it fills its tiles with.
inline Parts dealtOut(int images, int in, int out, const Axis& y, const Axis& x, int blocks) {
  const auto rounded = [](int value, int by) { return (value + by - 1) / by; };
  Parts by = {};
  by.images = images;
  by.in = in;
  by.out = out;
  by.y = y;
  by.x = x;
  by.inEach = rounded(in, rounded(in, kMostIn));
  by.outEach = rounded(out, rounded(out, kMostOut));
  by.inChunks = rounded(in, by.inEach);
  by.chunks = by.inChunks * rounded(out, by.outEach);
  by.across = rounded(by.inEach * kTaps, kSide);
  by.down = rounded(by.outEach, kSide);
  by.quadsAcross = rounded(x.out, 4);
  const int quads = y.out * by.quadsAcross, rows = kSide * (by.across + by.down);
  const int least = rounded(kSide * kSide * by.across * by.down, 2 * rows);
  by.parts = std::clamp(blocks / by.chunks / images, 1, std::max(1, quads / least));
  by.quadsOfPart = rounded(quads, by.parts);
  by.parts = rounded(quads, by.quadsOfPart);                      // none is empty
  const int fits = std::min(kMostQuads, (kRoom / rows - 1) | 1);  // an odd number
  by.quadsOfTile = rounded(by.quadsOfPart, rounded(by.quadsOfPart, fits));
  return by;
}

// False: this build has no kernels for the device.
bool areThere();

// to [K,C,3,3] = the gradient by the weights of a convolution of image [N,C,H,W] from the gradient
// by its outputs, all without gaps, on `stream`, a cudaStream_t. `sums` has room for
// 16 * across * down floats of each of images * parts * chunks blocks. Null, or why CUDA refused a
// kernel.
const char* gradientByWeights(const float* image, const float* gradient, float* sums, float* to,
                              const Parts& by, void* stream);

}  // namespace limbus::dense_kernels
