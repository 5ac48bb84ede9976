// Convolutions of 3x3 by products of matrices, one for each point of the tiles (winograd_tiles.h).
#include <algorithm>
#include <array>

#include "native/train/executor/cpu_ops.h"
#include "native/train/executor/torch_threads.h"
#include "native/train/executor/winograd_tiles.h"
#include "native/train/torch_compat.h"

namespace limbus {
namespace {

using namespace winograd;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// [kPoints, kTaps * kTaps]: the kernel's values to those of the points, both ways of the plane.
torch::Tensor makeKernelTransform() {
  const auto at = [](double point, double other) {
    const double square = point * point, by = 2 * square * (square - other * other);
    return std::array<double, kTaps>{1 / by, point / by, square / by};
  };
  const auto a = at(kA, kB), b = at(kB, kA);
  const double zero = 1 / (kA * kA * kB * kB);
  const torch::Tensor line = torch::tensor({{zero, 0.0, 0.0},
                                            {a[0], a[1], a[2]},
                                            {a[0], -a[1], a[2]},
                                            {b[0], b[1], b[2]},
                                            {b[0], -b[1], b[2]},
                                            {0.0, 0.0, 1.0}},
                                           torch::kFloat64);
  return torch::kron(line, line).to(torch::kFloat32);
}

const torch::Tensor& kernelTransform() {
  static const torch::Tensor once = makeKernelTransform();
  return once;
}

// Weights [K,C,3,3] at the points: [kPoints, K, C].
torch::Tensor atPoints(const torch::Tensor& weights) {
  const torch::Tensor kernels = weights.reshape({-1, kTaps * kTaps});
  return torch::mm(kernelTransform(), kernels.t())
      .view({kPoints, weights.size(0), weights.size(1)});
}

// The two maps between which a convolution stands, by tiles of its outputs.
struct Convolution {
  Tiling in, out;
  std::int64_t tiles;  // of all images
  std::int64_t chunk;  // tiles that are worked on together, which should stay in the caches

  Convolution(const torch::Tensor& image, std::int64_t channels,
              const std::vector<std::int64_t>& padding) {
    constexpr std::int64_t kValues = 1 << 20;  // of both maps' tiles, which the caches hold
    constexpr std::int64_t kFewest = 192;      // that make a product quick
    const std::int64_t height = image.size(2) + 2 * padding[0] - kTaps + 1,
                       width = image.size(3) + 2 * padding[1] - kTaps + 1, rows = tilesOver(height),
                       columns = tilesOver(width);
    in = {image.size(1), image.size(2), image.size(3), rows, columns, padding[0], padding[1]};
    out = {channels, height, width, rows, columns, 0, 0};
    tiles = image.size(0) * rows * columns;
    const std::int64_t held = kValues / (kPoints * (in.channels + channels));
    chunk = std::min(tiles, std::max(kFewest, held));
  }

  // [kPoints, channels, chunk], in which a tile's points do not share the lines of a cache.
  torch::Tensor buffer(std::int64_t channels) const {
    constexpr std::int64_t kApart = 80;
    return torch::empty({kPoints, channels * chunk + kApart}, torch::kFloat32)
        .narrow(1, 0, channels * chunk)
        .view({kPoints, channels, chunk});
  }

  // one(first tile, count) for all chunks.
  template <class One>
  void eachChunk(One one) const {
    for (std::int64_t first = 0; first < tiles; first += chunk) {
      one(first, std::min(chunk, tiles - first));
    }
  }

  // one(p) for all points, as the products of that many tiles want it.
  template <class One>
  void eachPoint(std::int64_t count, One one) const {
    constexpr std::int64_t kProducts = 16;  // that cost as much as a value
    eachOnTorchThreads(kPoints, in.channels * out.channels * count / kProducts,
                       [&](std::int64_t p) {
                         const torch::NoGradGuard noGradients;  // each thread has its own
                         one(p);
                       });
  }
};

// Tiles of a map [N,C,H,W], transformed, to a buffer.
template <class Transform>
void transformTo(const torch::Tensor& buffer, const torch::Tensor& map, const Tiling& tiling,
                 std::int64_t first, std::int64_t count, Transform transform) {
  const std::int64_t size = buffer.size(2);
  eachOnTorchThreads(tiling.channels, 4 * kPoints * count,
                     [=, from = map.data_ptr<float>(), to = buffer.data_ptr<float>(),
                      apart = buffer.stride(0)](std::int64_t c) {
                       transform(tiling, from + c * tiling.height * tiling.width, first, count,
                                 to + c * size, apart);
                     });
}

// `kernels`: atPoints(); `bias` is empty where there is none.
torch::Tensor convolve(const torch::Tensor& image, const torch::Tensor& kernels,
                       const torch::Tensor& bias, const std::vector<std::int64_t>& padding) {
  const std::int64_t channels = kernels.size(1);
  const Convolution by(image, channels, padding);
  const torch::Tensor result =
      torch::empty({image.size(0), channels, by.out.height, by.out.width}, image.options());
  const torch::Tensor from = by.buffer(by.in.channels), to = by.buffer(channels);
  by.eachChunk([&](std::int64_t first, std::int64_t count) {
    transformTo(from, image, by.in, first, count, imageTiles);
    by.eachPoint(count, [&](std::int64_t p) {
      torch::Tensor product = to.select(0, p).narrow(1, 0, count);
      at::mm_out(product, kernels.select(0, p), from.select(0, p).narrow(1, 0, count));
    });
    eachOnTorchThreads(
        channels, 4 * kPoints * count,
        [&, tiles = to.data_ptr<float>(), outputs = result.data_ptr<float>(),
         constant = bias.numel() > 0 ? bias.data_ptr<float>() : nullptr](std::int64_t k) {
          outputsOfTiles(by.out, tiles + k * by.chunk, to.stride(0), first, count,
                         constant != nullptr ? constant[k] : 0,
                         outputs + k * by.out.height * by.out.width);
        });
  });
  return result;
}

torch::Tensor gradientByKernels(const torch::Tensor& image, const torch::Tensor& gradient,
                                const std::vector<std::int64_t>& padding) {
  const std::int64_t channels = gradient.size(1);
  const Convolution by(image, channels, padding);
  const torch::Tensor sums = torch::zeros({kPoints, channels, by.in.channels}, image.options());
  const torch::Tensor from = by.buffer(by.in.channels), above = by.buffer(channels);
  by.eachChunk([&](std::int64_t first, std::int64_t count) {
    transformTo(from, image, by.in, first, count, imageTiles);
    transformTo(above, gradient, by.out, first, count, gradientTiles);
    by.eachPoint(count, [&](std::int64_t p) {
      torch::Tensor sum = sums.select(0, p);
      at::addmm_out(sum, sum, above.select(0, p).narrow(1, 0, count),
                    from.select(0, p).narrow(1, 0, count).t());
    });
  });
  return torch::mm(kernelTransform().t(), sums.view({kPoints, -1}))
      .t()
      .reshape({channels, by.in.channels, kTaps, kTaps});
}

struct WinogradConv : torch::autograd::Function<WinogradConv> {
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& image,
                               const torch::Tensor& weights, const torch::Tensor& bias,
                               const std::vector<std::int64_t>& padding) {
    context->save_for_backward({image, weights});
    context->saved_data["padding"] = padding;
    return convolve(image, atPoints(weights), bias, padding);
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const torch::Tensor &image = saved[0], &weights = saved[1];
    const std::vector<std::int64_t> padding = context->saved_data["padding"].toIntVector();
    const torch::Tensor gradient = gradients[0].contiguous();
    torch::Tensor byImage, byWeights, byBias;
    if (context->needs_input_grad(0)) {
      // A convolution itself, by the kernels turned round.
      byImage = convolve(gradient, atPoints(weights.flip({2, 3}).transpose(0, 1)),
                         torch::empty({0}, image.options()),
                         {kTaps - 1 - padding[0], kTaps - 1 - padding[1]});
    }
    if (context->needs_input_grad(1)) byWeights = gradientByKernels(image, gradient, padding);
    if (context->needs_input_grad(2)) byBias = gradient.sum({0, 2, 3});
    return {byImage, byWeights, byBias, torch::Tensor()};
  }
};

}  // namespace

bool isWorthWinograd(const torch::Tensor& image, const torch::Tensor& weights,
                     const ConvWindow& by) {
  constexpr std::int64_t kFewTiles = 64, kFewChannels = 24, kFewPairs = 2048;
  constexpr std::int64_t kBlock = 16;  // channels, of oneDNN
  using Pair = std::vector<std::int64_t>;
  if (!torch::GradMode::is_enabled() || !weights.requires_grad() || !isQuickOnCpu(image, weights) ||
      !at::globalContext().userEnabledMkldnn() || compat::isAutocastOn(torch::kCPU) ||
      weights.size(2) != kTaps || weights.size(3) != kTaps || by.stride != Pair{1, 1} ||
      by.dilation != Pair{1, 1} || weights.size(1) != image.size(1) ||
      std::max(by.padding[0], by.padding[1]) >= kTaps) {
    return false;
  }
  const std::int64_t to = weights.size(0), from = weights.size(1);
  const std::int64_t rows = tilesOver(by.outputs(0, image.size(2), kTaps)),
                     columns = tilesOver(by.outputs(1, image.size(3), kTaps));
  return image.size(0) * rows * columns >= kFewTiles && std::min(from, to) >= kFewChannels &&
         (from * to >= kFewPairs || from % kBlock != 0 || to % kBlock != 0);
}

torch::Tensor winogradConv(const torch::Tensor& image, const torch::Tensor& weights,
                           const torch::Tensor& bias, const std::vector<std::int64_t>& padding) {
  return WinogradConv::apply(image, weights.contiguous(),
                             bias.defined() ? bias : torch::empty({0}, image.options()), padding);
}

}  // namespace limbus
