// Batch norms and the activations behind them on a CPU, channel by channel: what the first pass
// over a channel has read is still in the processor's cache when the second reads it.
#include <algorithm>
#include <array>
#include <cmath>

#include "native/train/executor/cpu_ops.h"
#include "native/train/executor/torch_threads.h"
#include "native/train/executor/wide_loops.h"
#include "shared/vision/simd.h"

namespace limbus {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr std::int64_t kPiece = 1 << 11;  // so few that a float sums them up without loss

// Where a channel's values lie: planes of `size` values, `apart` from one image's to the next's.
struct Channel {
  std::int64_t images, apart, size;
};

// work(offset, count) for each piece of a channel.
template <typename Work>
void forEachPiece(const Channel& channel, const Work& work) {
  for (std::int64_t n = 0; n < channel.images; ++n) {
    for (std::int64_t at = 0; at < channel.size; at += kPiece) {
      work(n * channel.apart + at, std::min(kPiece, channel.size - at));
    }
  }
}

// Two sums of four side by side, of which neither waits for the other, in an order that no number
// of threads changes.
struct Sums {
  simd::Floats even{}, odd{};

  double all() const {
    double sum = 0;
    for (int lane = 0; lane < simd::kLanes; ++lane) sum += double{even[lane]} + odd[lane];
    return sum;
  }
};
constexpr std::int64_t kAtOnce = 2 * simd::kLanes;

// The last values of a piece, fewer than a step, and what adds nothing behind them.
struct LastStep {
  std::array<float, kAtOnce> values;

  LastStep(const float* from, std::int64_t count, float filler) {
    values.fill(filler);
    std::copy_n(from, count, values.begin());
  }
};

struct Moments {
  double mean, variance;
};

LIMBUS_WIDE_LOOPS Moments momentsOf(const float* values, const Channel& channel) {
  // Differences from some value of the channel: a variance that is small beside the mean keeps its
  // digits.
  const float middle = values[channel.size / 2];
  double sum = 0, squares = 0;
  forEachPiece(channel, [&](std::int64_t offset, std::int64_t size) {
    const float* piece = values + offset;
    Sums sums, ofSquares;
    const auto add = [&](const float* step) {
      const simd::Floats a = simd::load(step) - middle,
                         b = simd::load(step + simd::kLanes) - middle;
      sums.even += a, sums.odd += b;
      ofSquares.even += a * a, ofSquares.odd += b * b;
    };
    std::int64_t i = 0;
    for (; i + kAtOnce <= size; i += kAtOnce) add(piece + i);
    if (i < size) add(LastStep(piece + i, size - i, middle).values.data());
    sum += sums.all();
    squares += ofSquares.all();
  });
  const auto count = static_cast<double>(channel.images * channel.size);
  const double from = sum / count;
  return {middle + from, std::max(squares / count - from * from, 0.0)};
}

// z = y where y = factor * x + offset is above 0, else slope * y.
struct Line {
  float factor, offset, slope;
};

// `result` lies apart from what is read.
LIMBUS_WIDE_LOOPS void activated(const float* values, const Line& by, std::int64_t size,
                                 float* __restrict result) {
  for (std::int64_t i = 0; i < size; ++i) {
    const float y = by.factor * values[i] + by.offset, below = by.slope * y;
    result[i] = y > 0 ? y : below;
  }
}

// Over a channel, with dy the gradient of y: of dy, of dy * (x - mean), and of the slope's
// gradients.
struct GradientSums {
  double ofLine = 0, products = 0, ofSlope = 0;
};

LIMBUS_WIDE_LOOPS GradientSums gradientSums(const float* values, const float* gradient,
                                            const Line& by, float mean, const Channel& channel) {
  GradientSums all;
  const simd::Floats zero{};
  forEachPiece(channel, [&](std::int64_t offset, std::int64_t size) {
    const float *piece = values + offset, *above = gradient + offset;
    Sums ofLine, products, ofSlope;
    const auto addFour = [&](const float* xs, const float* dzs, simd::Floats Sums::*to) {
      const simd::Floats x = simd::load(xs), dz = simd::load(dzs), y = by.factor * x + by.offset;
      const simd::Words positive = simd::greater(y, zero);
      const simd::Floats dy = simd::select(positive, dz, by.slope * dz);
      ofLine.*to += dy;
      products.*to += dy * (x - mean);
      ofSlope.*to += simd::select(positive, zero, y * dz);
    };
    const auto add = [&](const float* xs, const float* dzs) {
      addFour(xs, dzs, &Sums::even);
      addFour(xs + simd::kLanes, dzs + simd::kLanes, &Sums::odd);
    };
    std::int64_t i = 0;
    for (; i + kAtOnce <= size; i += kAtOnce) add(piece + i, above + i);
    if (i < size) {
      add(LastStep(piece + i, size - i, mean).values.data(),
          LastStep(above + i, size - i, 0).values.data());
    }
    all.ofLine += ofLine.all();
    all.products += products.all();
    all.ofSlope += ofSlope.all();
  });
  return all;
}

// The gradient of an image's values in one channel: byGradient * dy + byValue * (x - mean) +
// constant.
struct ImageGradient {
  float byGradient, byValue, constant, mean;
};

LIMBUS_WIDE_LOOPS void imageGradient(const float* values, const float* gradient, const Line& by,
                                     const ImageGradient& of, std::int64_t size,
                                     float* __restrict result) {
  for (std::int64_t i = 0; i < size; ++i) {
    const float x = values[i], dz = gradient[i], y = by.factor * x + by.offset;
    const float scaled = by.slope * dz;
    const float dy = y > 0 ? dz : scaled;
    result[i] = of.byGradient * dy + of.byValue * (x - of.mean) + of.constant;
  }
}

float* floatsIn(const torch::Tensor& tensor) {
  return tensor.numel() > 0 ? tensor.data_ptr<float>() : nullptr;
}

struct CpuNorm : torch::autograd::Function<CpuNorm> {
  // `slopes` is empty where `slope` is that of all channels.
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& image,
                               const torch::Tensor& scale, const torch::Tensor& shift,
                               const torch::Tensor& slopes, const torch::Tensor& runningMean,
                               const torch::Tensor& runningVariance, double slope, double momentum,
                               double eps) {
    const torch::Tensor out = torch::empty_like(image);
    const torch::Tensor mean = torch::empty_like(runningMean), inverse = torch::empty_like(mean);
    const auto blended = [momentum](float& running, double value) {
      running = static_cast<float>((1 - momentum) * running + momentum * value);
    };
    eachChannel(image, [&, from = floatsIn(image), to = floatsIn(out), means = floatsIn(mean),
                        inverses = floatsIn(inverse), runningMeans = floatsIn(runningMean),
                        runningVariances = floatsIn(runningVariance)](std::int64_t c,
                                                                      const Channel& channel) {
      const std::int64_t first = c * channel.size;
      const Moments by = momentsOf(from + first, channel);
      const auto count = static_cast<double>(channel.images * channel.size);
      means[c] = static_cast<float>(by.mean);
      inverses[c] = static_cast<float>(1 / std::sqrt(by.variance + eps));
      blended(runningMeans[c], by.mean);
      blended(runningVariances[c], by.variance * count / std::max(1.0, count - 1));
      const Line line = lineOf(scale, shift, slopes, slope, mean, inverse, c);
      for (std::int64_t n = 0; n < channel.images; ++n) {
        const std::int64_t offset = first + n * channel.apart;
        activated(from + offset, line, channel.size, to + offset);
      }
    });
    context->save_for_backward({image, scale, shift, slopes, mean, inverse});
    context->saved_data["slope"] = slope;
    return out;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const torch::Tensor &image = saved[0], &scale = saved[1], &shift = saved[2], &slopes = saved[3],
                        &mean = saved[4], &inverse = saved[5];
    const double slope = context->saved_data["slope"].toDouble();
    // Mixed precision of LibTorch 2 makes 16 bits of what forward() returns.
    const torch::Tensor gradient = gradients[0].to(image.scalar_type()).contiguous();
    const torch::Tensor ofImage = torch::empty_like(image);
    const torch::Tensor ofScale = torch::empty_like(scale), ofShift = torch::empty_like(shift),
                        ofSlopes = torch::empty_like(slopes);
    eachChannel(image, [&, values = floatsIn(image), above = floatsIn(gradient),
                        result = floatsIn(ofImage), ofScales = floatsIn(ofScale),
                        ofShifts = floatsIn(ofShift),
                        ofSlope = floatsIn(ofSlopes)](std::int64_t c, const Channel& channel) {
      const std::int64_t first = c * channel.size;
      const Line line = lineOf(scale, shift, slopes, slope, mean, inverse, c);
      const float middle = floatsIn(mean)[c];
      const double inverted = floatsIn(inverse)[c], factor = inverted * floatsIn(scale)[c];
      const auto count = static_cast<double>(channel.images * channel.size);
      const GradientSums sums = gradientSums(values + first, above + first, line, middle, channel);
      const ImageGradient of = {
          static_cast<float>(factor),
          static_cast<float>(-factor * inverted * inverted * sums.products / count),
          static_cast<float>(-factor * sums.ofLine / count), middle};
      for (std::int64_t n = 0; n < channel.images; ++n) {
        const std::int64_t offset = first + n * channel.apart;
        imageGradient(values + offset, above + offset, line, of, channel.size, result + offset);
      }
      ofScales[c] = static_cast<float>(sums.products * inverted);
      ofShifts[c] = static_cast<float>(sums.ofLine);
      if (ofSlope != nullptr) ofSlope[c] = static_cast<float>(sums.ofSlope);
    });
    return {ofImage, ofScale, ofShift, ofSlopes, {}, {}, {}, {}, {}};
  }

 private:
  static Line lineOf(const torch::Tensor& scale, const torch::Tensor& shift,
                     const torch::Tensor& slopes, double slope, const torch::Tensor& mean,
                     const torch::Tensor& inverse, std::int64_t c) {
    const float factor = floatsIn(scale)[c] * floatsIn(inverse)[c];
    return {factor, floatsIn(shift)[c] - floatsIn(mean)[c] * factor,
            slopes.numel() > 0 ? floatsIn(slopes)[c] : static_cast<float>(slope)};
  }

  // work(c, where it lies) by the threads there are.
  template <typename Work>
  static void eachChannel(const torch::Tensor& image, const Work& work) {
    const Channel channel = {image.size(0), image.size(1) * image.size(2) * image.size(3),
                             image.size(2) * image.size(3)};
    eachOnTorchThreads(image.size(1), channel.images * channel.size,
                       [&](std::int64_t c) { work(c, channel); });
  }
};

}  // namespace

torch::Tensor quickBatchNorm(const torch::Tensor& image,
                             const std::vector<torch::Tensor>& parameters, double momentum,
                             double eps, const NegativeSide& below) {
  if (!isQuickOnCpu(image, parameters[0])) {
    const torch::Tensor normed =
        torch::batch_norm(image, parameters[0], parameters[1], parameters[2], parameters[3],
                          /*training=*/true, momentum, eps, /*cudnn_enabled=*/false);
    if (below.slopes.defined()) return torch::prelu(normed, below.slopes);
    return below.slope == 1 ? normed : torch::leaky_relu(normed, below.slope);
  }
  const torch::Tensor slopes =
      below.slopes.defined() ? below.slopes : torch::empty({0}, image.options());
  return CpuNorm::apply(image, parameters[0], parameters[1], slopes, parameters[2], parameters[3],
                        below.slope, momentum, eps);
}

}  // namespace limbus
