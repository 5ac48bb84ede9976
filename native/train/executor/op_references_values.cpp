// Norms, activations and dropout.
#include <algorithm>
#include <cmath>

#include "native/train/executor/reference_cells.h"
#include "shared/graph/op.h"

namespace limbus {
namespace {

// One channel: y = weight * (x - mean) / sqrt(variance + eps) + bias.
void normalise(const ReferenceCall& call, std::int64_t c, double mean, double variance) {
  Cells &in = call.inputs[0], &out = call.output;
  Cells &weight = call.parameters[0], &bias = call.parameters[1];
  const std::size_t channel = static_cast<std::size_t>(c);
  const std::int64_t images = out.shape[0], area = out.shape[2] * out.shape[3];
  const double count = static_cast<double>(images * area);
  const double scale = 1 / std::sqrt(variance + call.view.number("eps"));
  double sum = 0, sumAlong = 0;  // of the gradient, alone and times the normalised value
  for (std::int64_t n = 0; n < images; ++n) {
    const std::size_t first = place(out.shape, n, c, 0, 0);
    for (std::size_t o = first; o < first + static_cast<std::size_t>(area); ++o) {
      const double x = (in.value[o] - mean) * scale;
      out.value[o] = weight.value[channel] * x + bias.value[channel];
      sum += out.gradient[o];
      sumAlong += out.gradient[o] * x;
    }
  }
  weight.gradient[channel] += sumAlong;
  bias.gradient[channel] += sum;
  for (std::int64_t n = 0; n < images; ++n) {
    const std::size_t first = place(out.shape, n, c, 0, 0);
    for (std::size_t o = first; o < first + static_cast<std::size_t>(area); ++o) {
      const double x = (in.value[o] - mean) * scale;
      const double pull = call.training ? (sum + x * sumAlong) / count : 0;
      in.gradient[o] += weight.value[channel] * scale * (out.gradient[o] - pull);
    }
  }
}

void batchNorm(const ReferenceCall& call) {
  const Cells& in = call.inputs[0];
  Cells &runningMean = call.parameters[2], &runningVariance = call.parameters[3];
  const std::int64_t area = in.shape[2] * in.shape[3];
  const double count = static_cast<double>(in.shape[0] * area);
  for (const std::int64_t c : call.channels) {
    double& keptMean = runningMean.value[static_cast<std::size_t>(c)];
    double& keptVariance = runningVariance.value[static_cast<std::size_t>(c)];
    if (!call.training) {
      normalise(call, c, keptMean, keptVariance);
      continue;
    }
    double mean = 0, squares = 0;
    const auto each = [&](auto visit) {
      for (std::int64_t n = 0; n < in.shape[0]; ++n) {
        const std::size_t first = place(in.shape, n, c, 0, 0);
        for (std::int64_t i = 0; i < area; ++i) visit(in.value[first + i]);
      }
    };
    each([&](double x) { mean += x / count; });
    each([&](double x) { squares += (x - mean) * (x - mean); });
    normalise(call, c, mean, squares / count);
    const double momentum = call.view.number("momentum");
    keptMean += momentum * (mean - keptMean);
    keptVariance += momentum * (squares / (count - 1) - keptVariance);
  }
}

// Each image and group of channels by itself, in training and outside.
void groupNorm(const ReferenceCall& call) {
  Cells &in = call.inputs[0], &out = call.output;
  Cells &weight = call.parameters[0], &bias = call.parameters[1];
  const std::int64_t groups = call.view.integer("groups"), area = in.shape[2] * in.shape[3];
  const auto each = static_cast<std::size_t>(in.shape[1] / groups * area);  // cells of a group
  const auto count = static_cast<double>(each);
  for (std::size_t first = 0; first < in.value.size(); first += each) {
    double mean = 0, squares = 0;
    for (std::size_t i = first; i < first + each; ++i) mean += in.value[i] / count;
    for (std::size_t i = first; i < first + each; ++i) {
      squares += (in.value[i] - mean) * (in.value[i] - mean);
    }
    const double scale = 1 / std::sqrt(squares / count + call.view.number("eps"));
    const auto channel = [&](std::size_t i) {
      return i / static_cast<std::size_t>(area) % static_cast<std::size_t>(in.shape[1]);
    };
    double sum = 0, sumAlong = 0;  // of the gradient behind the weights, as in normalise()
    for (std::size_t i = first; i < first + each; ++i) {
      const double x = (in.value[i] - mean) * scale;
      const std::size_t c = channel(i);
      out.value[i] = weight.value[c] * x + bias.value[c];
      weight.gradient[c] += out.gradient[i] * x;
      bias.gradient[c] += out.gradient[i];
      sum += weight.value[c] * out.gradient[i];
      sumAlong += weight.value[c] * out.gradient[i] * x;
    }
    for (std::size_t i = first; i < first + each; ++i) {
      const double x = (in.value[i] - mean) * scale;
      const double gradient = weight.value[channel(i)] * out.gradient[i];
      in.gradient[i] += scale * (gradient - (sum + x * sumAlong) / count);
    }
  }
}

// What a function of one value gives, and how fast that grows.
struct Point {
  double y, slope;
};

template <class Function>
void eachValue(const ReferenceCall& call, Function function) {
  Cells& in = call.inputs[0];
  eachCell(call, [&](auto, auto, auto, auto, std::size_t o) {
    const Point point = function(in.value[o]);
    call.output.value[o] = point.y;
    in.gradient[o] += call.output.gradient[o] * point.slope;
  });
}

template <Point (*function)(double)>
void each(const ReferenceCall& call) {
  eachValue(call, function);
}

Point relu(double x) { return {std::max(x, 0.0), x > 0 ? 1.0 : 0.0}; }

Point sigmoid(double x) {
  const double y = 1 / (1 + std::exp(-x));
  return {y, y * (1 - y)};
}

Point hardSigmoid(double x) {
  const double y = x / 6 + 0.5;
  return {std::clamp(y, 0.0, 1.0), y > 0 && y < 1 ? 1.0 / 6 : 0};
}

Point hardSwish(double x) {
  const double gate = std::clamp(x / 6 + 0.5, 0.0, 1.0);
  return {x * gate, gate > 0 && gate < 1 ? x / 3 + 0.5 : gate};
}

Point softplus(double x) {
  return {std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))), sigmoid(x).y};
}

Point neg(double x) { return {-x, -1}; }
Point abs(double x) { return {std::abs(x), x > 0 ? 1.0 : x < 0 ? -1.0 : 0.0}; }
Point exp(double x) { return {std::exp(x), std::exp(x)}; }
Point log(double x) { return {std::log(x), 1 / x}; }
Point sqrt(double x) { return {std::sqrt(x), 0.5 / std::sqrt(x)}; }

Point erf(double x) {
  const double slope = 1.1283791670955126 * std::exp(-x * x);  // 2 / sqrt(pi)
  return {std::erf(x), slope};
}

Point tanh(double x) {
  const double y = std::tanh(x);
  return {y, 1 - y * y};
}

void pow(const ReferenceCall& call) {
  const double exponent = call.view.number("exponent");
  eachValue(call, [&](double x) {
    return Point{std::pow(x, exponent), exponent * std::pow(x, exponent - 1)};
  });
}

void elu(const ReferenceCall& call) {
  const double alpha = call.view.number("alpha");
  eachValue(call, [&](double x) {
    return x > 0 ? Point{x, 1} : Point{alpha * std::expm1(x), alpha * std::exp(x)};
  });
}

void leakyRelu(const ReferenceCall& call) {
  const double slope = call.view.number("slope");
  eachValue(call, [&](double x) { return x > 0 ? Point{x, 1} : Point{slope * x, slope}; });
}

void clip(const ReferenceCall& call) {
  const double min = call.view.number("min"), max = call.view.number("max");
  eachValue(call, [&](double x) {
    return Point{std::clamp(x, min, max), x >= min && x <= max ? 1.0 : 0.0};
  });
}

void prelu(const ReferenceCall& call) {
  Cells &in = call.inputs[0], &slope = call.parameters[0];  // [C] or [1]
  eachCell(call, [&](auto, std::int64_t c, auto, auto, std::size_t o) {
    if (in.value[o] > 0) {
      passOn(call.output, o, in, o);
    } else {
      product(call.output, o, in, o, slope, slope.shape[0] == 1 ? 0 : static_cast<std::size_t>(c));
    }
  });
}

// Over the channels; `logarithm`: of the shares.
template <bool logarithm>
void softmax(const ReferenceCall& call) {
  Cells& in = call.inputs[0];
  const auto cell = [&](std::int64_t n, std::int64_t c, std::int64_t y, std::int64_t x) {
    return place(in.shape, n, c, y, x);
  };
  eachCell(call, [&](std::int64_t n, auto, std::int64_t y, std::int64_t x, std::size_t o) {
    double largest = in.value[o], sum = 0;
    for (std::int64_t i = 0; i < in.shape[1]; ++i) {
      largest = std::max(largest, in.value[cell(n, i, y, x)]);
    }
    const auto share = [&](std::size_t i) { return std::exp(in.value[i] - largest); };
    for (std::int64_t i = 0; i < in.shape[1]; ++i) sum += share(cell(n, i, y, x));
    const double p = share(o) / sum;
    call.output.value[o] = logarithm ? in.value[o] - largest - std::log(sum) : p;
    for (std::int64_t i = 0; i < in.shape[1]; ++i) {
      const std::size_t other = cell(n, i, y, x);
      const double slope = (other == o) - share(other) / sum;  // of the logarithm
      in.gradient[other] += call.output.gradient[o] * slope * (logarithm ? 1 : p);
    }
  });
}

void dropout(const ReferenceCall& call) {
  const double p = call.view.number("p");
  const bool perChannel = call.view.flag("perChannel");
  const bool perImage = call.view.flag("perImage");
  const Dims& shape = call.output.shape;
  const std::int64_t together = shape[2] * shape[3] * (perImage ? shape[1] : 1);
  eachCell(call, [&](std::int64_t n, std::int64_t c, auto, auto, std::size_t o) {
    bool kept = !call.training || call.observed[o] != 0;
    if (call.training && (perChannel || perImage)) {  // all of a plane or an image, or nothing
      const auto first = call.observed.begin() +
                         static_cast<std::ptrdiff_t>(place(shape, n, perImage ? 0 : c, 0, 0));
      kept = std::any_of(first, first + together, [](double y) { return y != 0; });
    }
    if (kept) passOn(call.output, o, call.inputs[0], o, call.training ? 1 / (1 - p) : 1);
  });
}

}  // namespace

std::vector<OpReference> valueReferences() {
  return {
      {Op::batchNorm, batchNorm, true},
      {Op::relu, each<relu>},
      {Op::leakyRelu, leakyRelu},
      {Op::prelu, prelu},
      {Op::sigmoid, each<sigmoid>},
      {Op::softmax, softmax<false>},
      {Op::logSoftmax, softmax<true>},
      {Op::hardSigmoid, each<hardSigmoid>},
      {Op::hardSwish, each<hardSwish>},
      {Op::clip, clip},
      {Op::elu, elu},
      {Op::softplus, each<softplus>},
      {Op::neg, each<neg>},
      {Op::abs, each<abs>},
      {Op::exp, each<exp>},
      {Op::log, each<log>},
      {Op::sqrt, each<sqrt>},
      {Op::pow, pow},
      {Op::erf, each<erf>},
      {Op::tanh, each<tanh>},
      {Op::dropout, dropout, true},
      {Op::groupNorm, groupNorm},
  };
}

}  // namespace limbus
