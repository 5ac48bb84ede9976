// What pointwise_kernels.cuh is called with, without CUDA's headers and LibTorch's.
#pragma once

#include <algorithm>

namespace limbus::pointwise_kernels {

// How products and pixels are dealt out. A quad is four pixels that lie behind each other.
struct Parts {
  int images, in, out, pixels;  // N, C, K, H*W
  int across, down;             // squares of 4x4 products, of C and of K channels
  int parts;                    // of one image, a block each
  int quadsOfPart, quadsOfTile;
};

constexpr int kThreadsOfBlock = 256;  // each has a square: across * down is at most that
constexpr int kSide = 4;              // of a square
constexpr int kRoom = 2560;           // quads: kSide * (across + down) * (quadsOfTile | 1) at most

// For about `blocks` blocks, or fewer: none writes more than half of what it reads.
inline Parts dealtOut(int images, int in, int out, int pixels, int blocks) {
  const auto rounded = [](int value, int by) { return (value + by - 1) / by; };
  Parts by = {images, in, out, pixels, rounded(in, kSide), rounded(out, kSide), 1, 1, 1};
  const int quads = rounded(pixels, 4), rows = kSide * (by.across + by.down);
  const int least = rounded(kSide * kSide * by.across * by.down, 2 * rows);
  by.parts = std::clamp(blocks / images, 1, std::max(1, quads / least));
  by.quadsOfPart = rounded(quads, by.parts);
  by.parts = rounded(quads, by.quadsOfPart);  // none is empty
  const int fits = (kRoom / rows - 1) | 1;    // an odd number
  by.quadsOfTile = rounded(by.quadsOfPart, rounded(by.quadsOfPart, fits));
  return by;
}

// False: this build has no kernels for the device.
bool areThere();

// to [K,C] = the sum over images and pixels of gradient [N,K,H,W] times image [N,C,H,W], both
// without gaps, on `stream`, a cudaStream_t. `sums` has room for 16 * across * down floats of each
// of images * parts blocks. Null, or why CUDA refused a kernel.
const char* gradientByWeights(const float* image, const float* gradient, float* sums, float* to,
                              const Parts& by, void* stream);

}  // namespace limbus::pointwise_kernels
