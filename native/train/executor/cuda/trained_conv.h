// Convolutions whose gradient by the weights is a kernel's of our own; the values and the gradient
// by the image are LibTorch's.
#pragma once

#include <torch/torch.h>

#include "native/train/executor/conv_window.h"

namespace limbus {

using GradientByWeights = torch::Tensor(const torch::Tensor& image, const torch::Tensor& gradient,
                                        const torch::Tensor& weights, const ConvWindow& by);

template <GradientByWeights* byWeights>
struct TrainedConv : torch::autograd::Function<TrainedConv<byWeights>> {
  // torch::conv2d; a bias [K] or none.
  static torch::Tensor of(const torch::Tensor& image, const torch::Tensor& weights,
                          const torch::Tensor& bias, const ConvWindow& by) {
    return TrainedConv::apply(image, weights,
                              bias.defined() ? bias : torch::empty({0}, image.options()), by);
  }

  static torch::Tensor forward(torch::autograd::AutogradContext* context,
                               const torch::Tensor& image, const torch::Tensor& weights,
                               const torch::Tensor& bias, const ConvWindow& by) {
    context->save_for_backward({image, weights});
    by.keepIn(*context);
    return torch::conv2d(image, weights, bias.numel() > 0 ? bias : torch::Tensor(), by.stride,
                         by.padding, by.dilation);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    const torch::autograd::variable_list saved = context->get_saved_variables();
    const torch::Tensor &image = saved[0], &weights = saved[1];
    const ConvWindow by = ConvWindow::keptIn(*context);
    const torch::Tensor gradient = gradients[0].contiguous();
    torch::Tensor ofImage, ofWeights, ofBias;
    if (context->needs_input_grad(0)) {
      ofImage = std::get<0>(at::convolution_backward(
          gradient, image, weights, at::OptionalIntArrayRef(), by.stride, by.padding, by.dilation,
          /*transposed=*/false, /*output_padding=*/{0, 0}, /*groups=*/1, {true, false, false}));
    }
    if (context->needs_input_grad(1)) ofWeights = byWeights(image, gradient, weights, by);
    if (context->needs_input_grad(2)) ofBias = gradient.sum({0, 2, 3});
    return {ofImage, ofWeights, ofBias, torch::Tensor()};
  }
};

}  // namespace limbus
