// Convolutions with kernels of one value as products of matrices, piece by piece.
#include <algorithm>

#include "native/train/executor/cpu_ops.h"
#include "native/train/executor/torch_threads.h"
#include "native/train/torch_compat.h"

namespace limbus {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr std::int64_t kPiecePixels = 1 << 12;  // pixels of an image that one product takes
constexpr std::int64_t kWeights = 256 * 256;    // above it oneDNN is as quick

std::int64_t piecesOfEach(const torch::Tensor& map) {
  return (map.size(2) * map.size(3) + kPiecePixels - 1) / kPiecePixels;
}

// Piece i of a map [N,C,H,W], as [C, pixels].
torch::Tensor piece(const torch::Tensor& map, std::int64_t i) {
  const std::int64_t ofEach = piecesOfEach(map), pixels = map.size(2) * map.size(3),
                     first = i % ofEach * kPiecePixels;
  const torch::Tensor image = map.select(0, i / ofEach).view({map.size(1), pixels});
  if (ofEach == 1) return image;  // a view less for each of hundreds of products
  return image.narrow(1, first, std::min(kPiecePixels, pixels - first));
}

// one(i) for all pieces of a map, by the threads there are.
template <typename One>
void eachPiece(const torch::Tensor& map, const torch::Tensor& weights, const One& one) {
  constexpr std::int64_t kProducts = 16;  // that cost as much as a value
  const std::int64_t pieces = map.size(0) * piecesOfEach(map),
                     ofEach = weights.numel() * (map.numel() / map.size(1)) / pieces;
  eachOnTorchThreads(pieces, ofEach / kProducts, [&](std::int64_t i) {
    const torch::NoGradGuard noGradients;  // each thread has a switch of its own
    one(i);
  });
}

struct PointwiseConv : torch::autograd::Function<PointwiseConv> {
  // `bias` is empty where there is none.
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& image,
                               const torch::Tensor& weights, const torch::Tensor& bias) {
    context->save_for_backward({image, weights});
    const torch::Tensor matrix = weights.view({weights.size(0), weights.size(1)});
    const torch::Tensor result = torch::empty(
        {image.size(0), weights.size(0), image.size(2), image.size(3)}, image.options());
    const torch::Tensor constant = bias.view({-1, 1});
    eachPiece(image, weights, [&](std::int64_t i) {
      torch::Tensor to = piece(result, i);
      if (bias.numel() > 0) {
        at::addmm_out(to, constant, matrix, piece(image, i));
      } else {
        at::mm_out(to, matrix, piece(image, i));
      }
    });
    return result;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const torch::Tensor &image = saved[0], &weights = saved[1];
    // Mixed precision of LibTorch 2 makes 16 bits of what forward() returns.
    const torch::Tensor gradient = gradients[0].to(image.scalar_type()).contiguous();
    const torch::Tensor turned = weights.view({weights.size(0), weights.size(1)}).t();
    torch::Tensor byImage, byWeights, byBias;
    if (context->needs_input_grad(0)) {
      byImage = torch::empty_like(image);
      eachPiece(image, weights, [&](std::int64_t i) {
        torch::Tensor to = piece(byImage, i);
        at::mm_out(to, turned, piece(gradient, i));
      });
    }
    if (context->needs_input_grad(1)) {
      // Added up in an order that no number of threads changes; of a piece BLAS chooses its own.
      const torch::Tensor ofPieces = torch::empty(
          {image.size(0) * piecesOfEach(image), weights.size(0), weights.size(1)}, image.options());
      eachPiece(image, weights, [&](std::int64_t i) {
        torch::Tensor to = ofPieces.select(0, i);
        at::mm_out(to, piece(gradient, i), piece(image, i).t());
      });
      byWeights = ofPieces.sum(0).view(weights.sizes());
    }
    if (context->needs_input_grad(2)) byBias = gradient.sum({0, 2, 3});
    return {byImage, byWeights, byBias};
  }
};

}  // namespace

torch::Tensor quickPointwiseConv(const torch::Tensor& image, const torch::Tensor& weights,
                                 const torch::Tensor& bias) {
  if (!isQuickOnCpu(image, weights) || weights.numel() > kWeights ||
      compat::isAutocastOn(torch::kCPU)) {
    return torch::conv2d(image, weights, bias);
  }
  return PointwiseConv::apply(image, weights.contiguous(),
                              bias.defined() ? bias : torch::empty({0}, image.options()));
}

}  // namespace limbus
