// What norm_kernels.cuh is called with, without CUDA's headers and LibTorch's.
#pragma once

namespace limbus::norm_kernels {

// How the planes of a channel are dealt out to blocks.
struct Parts {
  int images, channels, pixels;  // N, C, H*W
  int parts;                     // of one plane
  int pixelsEach;                // a multiple of 4
};

// z = y where that is above 0, else slope * y: 1 is no activation, 0 is ReLU. Where `slopes` is
// there, [C], it is PReLU's.
struct Activation {
  const float* slopes;
  float slope;
};

// [C] each. `inverse`, 1 / sqrt(variance + eps), is the batch's, and so is `apart`: its mean less
// the channel's value in the middle of the first image.
struct Norm {
  const float *scale, *shift;
  float *apart, *inverse;
  float *runningMean, *runningVariance;
  float momentum, eps;
};

struct Gradients {
  float* image;
  float *scale, *shift;  // [C]
  float* slopes;         // [C] or null
};

constexpr int kMostSums = 3;  // of one block

// False: this build has no kernels for the device.
bool areThere();

// On `stream`, a cudaStream_t. Images are [N,C,H,W] without gaps; `sums` has room for kMostSums
// floats of each channel's blocks. The first fills norm.apart and norm.inverse and moves the
// running statistics, the second reads them. Null, or why CUDA refused a kernel.
const char* forward(const float* image, float* sums, const Norm& norm, const Activation& activation,
                    float* out, const Parts& by, void* stream);
const char* backward(const float* image, const float* gradient, float* sums, const Norm& norm,
                     const Activation& activation, const Gradients& to, const Parts& by,
                     void* stream);

}  // namespace limbus::norm_kernels
