// Operations whose LibTorch versions take most of a training step on a CPU, though they have little
// to compute; the same values otherwise, to the rounding. What isQuickOnCpu() is not told of takes
// LibTorch's way.
#pragma once

#include <torch/torch.h>

#include <vector>

#include "native/train/executor/conv_window.h"
#include "native/train/executor/negative_side.h"

namespace limbus {

// Floats on a CPU, the image [N,C,H,W] with nothing between its values.
bool isQuickOnCpu(const torch::Tensor& image, const torch::Tensor& weights);

// torch::prelu (He et al., 2015): [N,C,H,W], slopes [C] or [1]. Its gradients are read off one pass
// over the image, where LibTorch 1.13 takes up to twenty times as long.
torch::Tensor quickPrelu(const torch::Tensor& image, const torch::Tensor& slopes);

// torch::batch_norm in training (Ioffe and Szegedy, 2015) of what isQuickOnCpu(), and the
// activation behind it in the same passes: parameters are scale, shift, running mean and running
// variance [C], of which the last two move by `momentum`. LibTorch 1.13 and its successors sum up a
// channel value by value, in three times the time, and store what lies between norm and activation.
torch::Tensor quickBatchNorm(const torch::Tensor& image,
                             const std::vector<torch::Tensor>& parameters, double momentum,
                             double eps, const NegativeSide& below = {});

// As of torch::conv_transpose2d.
struct Transposition {
  std::vector<std::int64_t> stride, padding, outputPadding, dilation;
  std::int64_t groups = 1;
};

// torch::conv_transpose2d: [N,C,H,W], weights [C, channels / groups, h, w], a bias or none. It is
// the gradient of a convolution by its image, for which oneDNN has kernels that training reaches;
// LibTorch 1.13 multiplies matrices for one image after the other: forward 3 to 90 times as long,
// backward 10 to 200.
torch::Tensor quickTransposedConv(const torch::Tensor& image, const torch::Tensor& weights,
                                  const torch::Tensor& bias, const Transposition& by);

// torch::conv2d with a kernel for each channel: [N,C,H,W], weights [C,1,h,w], a bias [C] or none.
// For kernels of one row or column, and for dilated ones, oneDNN has no backward kernels of its
// own, and of large planes it takes two to four times as long as this, which adds up rows where
// they lie. Others are oneDNN's.
torch::Tensor quickDepthwiseConv(const torch::Tensor& image, const torch::Tensor& weights,
                                 const torch::Tensor& bias, const ConvWindow& by);

// torch::conv2d with kernels of one value and stride 1: [N,C,H,W], weights [K,C,1,1], a bias [K] or
// none. Where oneDNN has few channels to work on it takes 3 to 15 times as long by two threads as
// these products of matrices, which are LibTorch's own way by one.
torch::Tensor quickPointwiseConv(const torch::Tensor& image, const torch::Tensor& weights,
                                 const torch::Tensor& bias);

// Whether winogradConv() takes less time than oneDNN: in training, with kernels of 3x3, stride and
// dilation 1, of many channels, or of numbers that oneDNN fills up to its sixteens. Prediction
// keeps to direct sums, whose largest error is a tenth, as does what runs without libraries.
bool isWorthWinograd(const torch::Tensor& image, const torch::Tensor& weights,
                     const ConvWindow& by);

// torch::conv2d with kernels of 3x3 and stride 1 by Winograd's algorithm (winograd_tiles.h):
// [N,C,H,W], weights [K,C,3,3], a bias [K] or none, a padding of 0 to 2 along y and x. Its products
// are a quarter of a plain convolution's; values and the gradients by the image are off by 3e-6 of
// the largest, those by the weights by less than oneDNN's.
torch::Tensor winogradConv(const torch::Tensor& image, const torch::Tensor& weights,
                           const torch::Tensor& bias, const std::vector<std::int64_t>& padding);

}  // namespace limbus
