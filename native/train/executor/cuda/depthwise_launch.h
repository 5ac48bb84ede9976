// What depthwise_kernels.cuh is called with, without CUDA's headers and LibTorch's.
#pragma once

namespace limbus::depthwise_kernels {

// One axis: output `o` and tap `k` meet at o * stride + k * dilation - padding.
struct Axis {
  int in, out, kernel, stride, padding, dilation;
};

struct Planes {
  int images, channels;  // N, C
  Axis y, x;
};

// How a plane is dealt out to blocks, by units: some rows of one column (kRows).
struct Parts {
  int parts;      // of one plane
  int unitsEach;  // a multiple of the threads of a block
};

struct Grids {
  Parts forward, backward;
};

// Whether there is a kernel for windows of this size, stride and dilation; and whether this build
// has kernels for the device.
bool isKnown(const Axis& y, const Axis& x);
bool areThere();

Grids gridsOf(const Planes& planes);

// On `stream`, a cudaStream_t: [N,C,H,W] without gaps, weights [C, kernel]. Null, or why CUDA
// refused a kernel.
const char* forward(const float* image, const float* weights, float* out, const Planes& planes,
                    const Parts& by, void* stream);

// `sums` has room for a kernel of each channel's blocks.
const char* backward(const float* image, const float* weights, const float* gradient,
                     float* ofImage, float* ofWeights, float* sums, const Planes& planes,
                     const Parts& by, void* stream);

}  // namespace limbus::depthwise_kernels
