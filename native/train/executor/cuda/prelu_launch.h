// What prelu_kernels.cuh is called with, without CUDA's headers and LibTorch's.
#pragma once

namespace limbus::prelu_kernels {

constexpr int kLeastEach = 1024;  // pixels: four of each thread of a block

// [N,C,H,W] without gaps, dealt out to a block for each part of a plane.
struct Planes {
  int count, slopes, pixels;  // N*C; C or, where all channels share one, 1; H*W
  int parts;                  // of one plane
  int pixelsEach;             // a multiple of kLeastEach
};

// Enough blocks for a GPU to be full, and no more: each sums up for itself.
inline Planes dealtOut(int count, int slopes, int pixels) {
  constexpr int kBlocks = 2048;
  const auto rounded = [](int value, int by) { return (value + by - 1) / by; };
  const int least = rounded(pixels, kLeastEach), each = rounded(least, kBlocks / count + 1);
  return {count, slopes, pixels, rounded(least, each), each * kLeastEach};
}

// False: this build has no kernels for the device.
bool areThere();

// On `stream`, a cudaStream_t. Null, or why CUDA refused a kernel.
const char* forward(const float* image, const float* slopes, float* out, const Planes& planes,
                    void* stream);

// `sums` has room for one of each block.
const char* backward(const float* image, const float* slopes, const float* gradient, float* ofImage,
                     float* ofSlopes, float* sums, const Planes& planes, void* stream);

}  // namespace limbus::prelu_kernels
