#include "native/train/executor/executor_ops.h"

#include "native/train/executor/cpu_ops.h"
#include "native/train/executor/cuda/dense.h"
#include "native/train/executor/cuda/depthwise.h"
#include "native/train/executor/cuda/pointwise.h"
#include "native/train/executor/cuda/prelu.h"
#include "native/train/executor/norm_and_activation.h"
#include "native/train/executor/resize.h"
#include "shared/graph/op.h"

namespace limbus {
namespace {

using Tensors = std::vector<torch::Tensor>;
using Sizes = std::vector<std::int64_t>;

Sizes pair(const NodeView& view, const char* name) {
  const Extent extent = view.extent(name);
  return {extent.h, extent.w};
}

torch::Tensor biasOf(const Tensors& parameters) {
  return parameters.size() > 1 ? parameters[1] : torch::Tensor();
}

ConvWindow windowOf(const NodeView& view) {
  return {.stride = pair(view, "stride"),
          .padding = pair(view, "padding"),
          .dilation = pair(view, "dilation")};
}

BoundOp depthwiseConv(const NodeView& view, const Tensors& parameters) {
  return [weight = parameters[0], bias = biasOf(parameters), by = windowOf(view)](const Tensors& in,
                                                                                  bool) {
    if (!bias.defined() && isQuickDepthwise(in[0], weight, by)) {
      return depthwiseOnCuda(in[0], weight, by);
    }
    return quickDepthwiseConv(in[0], weight, bias, by);
  };
}

bool isPointwise(const NodeView& view, const torch::Tensor& weights) {
  using Pair = std::vector<std::int64_t>;
  return weights.size(2) == 1 && weights.size(3) == 1 && view.integer("groups") == 1 &&
         pair(view, "stride") == Pair{1, 1} && pair(view, "padding") == Pair{0, 0};
}

BoundOp conv(const NodeView& view, const Tensors& parameters) {
  const std::int64_t ofEach = parameters[0].size(1);
  if (ofEach == 1 && parameters[0].size(0) == view.integer("groups") &&
      view.integer("groups") > 1) {
    return depthwiseConv(view, parameters);
  }
  if (isPointwise(view, parameters[0])) {
    return [weight = parameters[0], bias = biasOf(parameters)](const Tensors& in, bool) {
      return isQuickPointwise(in[0], weight) ? pointwiseOnCuda(in[0], weight, bias)
                                             : quickPointwiseConv(in[0], weight, bias);
    };
  }
  return [weight = parameters[0], bias = biasOf(parameters), by = windowOf(view),
          groups = view.integer("groups")](const Tensors& in, bool) {
    if (groups == 1 && isQuickDense(in[0], weight, by)) return denseOnCuda(in[0], weight, bias, by);
    if (isWorthWinograd(in[0], weight, by)) return winogradConv(in[0], weight, bias, by.padding);
    return torch::conv2d(in[0], weight, bias, by.stride, by.padding, by.dilation, groups);
  };
}

BoundOp deconv(const NodeView& view, const Tensors& parameters) {
  const Transposition by{.stride = pair(view, "stride"),
                         .padding = pair(view, "padding"),
                         .outputPadding = pair(view, "outputPadding"),
                         .dilation = pair(view, "dilation"),
                         .groups = view.integer("groups")};
  return [weight = parameters[0], bias = biasOf(parameters), by](const Tensors& in, bool) {
    return quickTransposedConv(in[0], weight, bias, by);
  };
}

BoundOp batchNorm(const NodeView& view, const Tensors& parameters) {
  return [parameters, momentum = view.number("momentum"), eps = view.number("eps")](
             const Tensors& in, bool training) -> OpResults {
    if (training) return trainedNorm(in[0], parameters, momentum, eps);
    return torch::batch_norm(in[0], parameters[0], parameters[1], parameters[2], parameters[3],
                             /*training=*/false, momentum, eps,
                             at::globalContext().userEnabledCuDNN());
  };
}

BoundOp groupNorm(const NodeView& view, const Tensors& parameters) {
  return [parameters, groups = view.integer("groups"), eps = view.number("eps")](const Tensors& in,
                                                                                 bool) {
    return torch::group_norm(in[0], groups, parameters[0], parameters[1], eps,
                             at::globalContext().userEnabledCuDNN());
  };
}

// A function of each value alone.
template <torch::Tensor (*function)(const torch::Tensor&)>
BoundOp each(const NodeView&, const Tensors&) {
  return [](const Tensors& in, bool) { return function(in[0]); };
}

BoundOp leakyRelu(const NodeView& view, const Tensors&) {
  return [slope = view.number("slope")](const Tensors& in, bool) {
    return torch::leaky_relu(in[0], slope);
  };
}

BoundOp prelu(const NodeView&, const Tensors& parameters) {
  return [slope = parameters[0]](const Tensors& in, bool) {
    const torch::Tensor slopes = slope.to(in[0].scalar_type());
    return isQuickPrelu(in[0], slopes) ? preluOnCuda(in[0], slopes) : quickPrelu(in[0], slopes);
  };
}

BoundOp softmax(const NodeView&, const Tensors&) {
  return [](const Tensors& in, bool) { return torch::softmax(in[0], 1); };
}

BoundOp logSoftmax(const NodeView&, const Tensors&) {
  return [](const Tensors& in, bool) { return torch::log_softmax(in[0], 1); };
}

BoundOp elu(const NodeView& view, const Tensors&) {
  return
      [alpha = view.number("alpha")](const Tensors& in, bool) { return torch::elu(in[0], alpha); };
}

BoundOp softplus(const NodeView&, const Tensors&) {
  return [](const Tensors& in, bool) { return torch::softplus(in[0]); };
}

BoundOp pow(const NodeView& view, const Tensors&) {
  return [exponent = view.number("exponent")](const Tensors& in, bool) {
    return torch::pow(in[0], exponent);
  };
}

BoundOp clip(const NodeView& view, const Tensors&) {
  return [min = view.number("min"), max = view.number("max")](const Tensors& in, bool) {
    return torch::clamp(in[0], min, max);
  };
}

BoundOp maxPool(const NodeView& view, const Tensors&) {
  return [kernel = pair(view, "kernel"), stride = pair(view, "stride"),
          padding = pair(view, "padding"), ceil = view.flag("ceil"),
          indexed = view.node.outputs.size() == 2](const Tensors& in, bool) -> OpResults {
    if (!indexed) return torch::max_pool2d(in[0], kernel, stride, padding, {1, 1}, ceil);
    auto [values, indices] =
        torch::max_pool2d_with_indices(in[0], kernel, stride, padding, {1, 1}, ceil);
    return {values, indices};
  };
}

// Windows that overlap may name a pixel twice. CUDA leaves open which of the values stays; here it
// is the last one, as on the CPU and in ONNX Runtime, and the others take no gradient.
torch::Tensor unpoolLast(const torch::Tensor& values, const torch::Tensor& indices, Sizes size) {
  const torch::Tensor places = indices.flatten(2);  // [N,C,P]
  const torch::Tensor order = torch::arange(places.size(2), places.options()).expand_as(places);
  torch::Tensor last;
  // The CPU goes in order, if LibTorch does not vouch for it; scatter_reduce() warns of being new.
  if (places.is_cpu() && !at::globalContext().deterministicAlgorithms()) {
    const torch::Tensor numbered = (order + 1).to(torch::kFloat64).view(indices.sizes());
    last = torch::max_unpool2d(numbered, indices, size).flatten(2).to(torch::kInt64) - 1;
  } else {
    last = torch::full({places.size(0), places.size(1), size[0] * size[1]}, -1, places.options())
               .scatter_reduce(2, places, order, "amax");
  }
  return values.flatten(2).gather(2, last.clamp_min(0)).masked_fill(last < 0, 0).unflatten(2, size);
}

BoundOp maxUnpool(const NodeView& view, const Tensors&) {
  bool overlaps = false;
  // None where the node is looked at alone (self_check.h).
  if (const Node* node = producerOf(view.graph, view.node.inputs[1]); node != nullptr) {
    const NodeView pool{view.graph, *node};
    const Extent kernel = pool.extent("kernel"), stride = pool.extent("stride");
    overlaps = kernel.h > stride.h || kernel.w > stride.w;
  }
  return [overlaps](const Tensors& in, bool) {
    const Sizes size = {in[2].size(2), in[2].size(3)};
    if (overlaps || at::globalContext().deterministicAlgorithms()) {
      return unpoolLast(in[0], in[1], size);
    }
    return torch::max_unpool2d(in[0], in[1], size);
  };
}

BoundOp avgPool(const NodeView& view, const Tensors&) {
  return [kernel = pair(view, "kernel"), stride = pair(view, "stride"),
          padding = pair(view, "padding"), ceil = view.flag("ceil"),
          countPadding = view.flag("countPadding")](const Tensors& in, bool) {
    return torch::avg_pool2d(in[0], kernel, stride, padding, ceil, countPadding);
  };
}

BoundOp globalAvgPool(const NodeView&, const Tensors&) {
  return [](const Tensors& in, bool) { return in[0].mean({2, 3}, true); };
}

// Each bin's mean by itself: what it is made of is cut out of the image.
torch::Tensor meansOfBins(const torch::Tensor& image, const std::vector<std::int64_t>& bins) {
  const auto cut = [&bins](const torch::Tensor& from, std::int64_t axis, std::int64_t bin) {
    const std::int64_t size = from.size(axis), count = bins[static_cast<std::size_t>(axis - 2)];
    const std::int64_t first = bin * size / count, end = ((bin + 1) * size + count - 1) / count;
    return from.narrow(axis, first, end - first);
  };
  std::vector<torch::Tensor> rows;
  for (std::int64_t y = 0; y < bins[0]; ++y) {
    const torch::Tensor row = cut(image, 2, y);
    std::vector<torch::Tensor> means;
    for (std::int64_t x = 0; x < bins[1]; ++x) means.push_back(cut(row, 3, x).mean({2, 3}, true));
    rows.push_back(torch::cat(means, 3));
  }
  return torch::cat(rows, 2);
}

BoundOp adaptiveAvgPool(const NodeView& view, const Tensors&) {
  return [bins = pair(view, "bins")](const Tensors& in, bool) {
    // CUDA's gradient of the one operation sums in any order.
    if (at::globalContext().deterministicAlgorithms()) return meansOfBins(in[0], bins);
    return torch::adaptive_avg_pool2d(in[0], bins);
  };
}

BoundOp concat(const NodeView&, const Tensors&) {
  return [](const Tensors& in, bool) { return torch::cat(in, 1); };
}

BoundOp add(const NodeView&, const Tensors&) {
  return [](const Tensors& in, bool) { return in[0] + in[1]; };
}

BoundOp mul(const NodeView& view, const Tensors&) {
  return [factor = view.number("factor")](const Tensors& in, bool) {
    return in.size() == 2 ? in[0] * in[1] : in[0] * factor;
  };
}

BoundOp resize(const NodeView& view, const Tensors&) {
  return [scale = view.extent("scale"), nearest = view.text("mode") == "nearest",
          alignCorners = view.flag("alignCorners")](const Tensors& in, bool) {
    const torch::Tensor& x = in[0];
    const bool sized = in.size() == 2;
    const Sizes size = {sized ? in[1].size(2) : x.size(2) * scale.h,
                        sized ? in[1].size(3) : x.size(3) * scale.w};
    if (nearest) return torch::upsample_nearest2d(x, size);
    return resizeBilinear(x, {size[0], size[1]}, alignCorners);
  };
}

BoundOp dropout(const NodeView& view, const Tensors&) {
  if (view.flag("perImage")) {
    return [p = view.number("p")](const Tensors& in, bool training) {
      if (!training) return in[0];
      const torch::Tensor ones = torch::ones({in[0].size(0), 1, 1, 1}, in[0].options());
      return in[0] * torch::dropout(ones, p, true);
    };
  }
  return [p = view.number("p"), perChannel = view.flag("perChannel")](const Tensors& in,
                                                                      bool training) {
    return perChannel ? torch::feature_dropout(in[0], p, training)
                      : torch::dropout(in[0], p, training);
  };
}

BoundOp crop(const NodeView& view, const Tensors&) {
  const Sizes& border = view.list("border");
  return [top = border[0], left = border[1], bottom = border[2], right = border[3],
          fromStart = view.flag("fromStart")](const Tensors& in, bool) {
    const torch::Tensor& x = in[0];
    if (fromStart) return x.narrow(2, top, in[1].size(2)).narrow(3, left, in[1].size(3));
    if (in.size() == 2) {  // centred; the odd row or column is lost at the end
      const std::int64_t height = in[1].size(2), width = in[1].size(3);
      return x.narrow(2, (x.size(2) - height) / 2, height)
          .narrow(3, (x.size(3) - width) / 2, width);
    }
    return x.narrow(2, top, x.size(2) - top - bottom).narrow(3, left, x.size(3) - left - right);
  };
}

BoundOp pad(const NodeView& view, const Tensors&) {
  const Sizes& border = view.list("border");
  return [sides = Sizes{border[1], border[3], border[0], border[2], 0, view.integer("channels")},
          value = view.number("value")](const Tensors& in, bool) {
    return torch::constant_pad_nd(in[0], sides, value);
  };
}

BoundOp slice(const NodeView& view, const Tensors&) {
  return [first = view.integer("first"), count = view.integer("count")](const Tensors& in, bool) {
    return in[0].narrow(1, first, count);
  };
}

BoundOp pixelShuffle(const NodeView& view, const Tensors&) {
  return [factor = view.integer("factor")](const Tensors& in, bool) {
    return torch::pixel_shuffle(in[0], factor);
  };
}

BoundOp channelShuffle(const NodeView& view, const Tensors&) {
  return [groups = view.integer("groups")](const Tensors& in, bool) {
    return in[0].unflatten(1, {groups, -1}).transpose(1, 2).flatten(1, 2);
  };
}

}  // namespace

const std::vector<OpExecution>& opExecutions() {
  static const std::vector<OpExecution> kRows = {
      {Op::conv, conv},
      {Op::deconv, deconv},
      {Op::batchNorm, batchNorm},
      {Op::groupNorm, groupNorm},
      {Op::relu, each<torch::relu>},
      {Op::leakyRelu, leakyRelu},
      {Op::prelu, prelu},
      {Op::sigmoid, each<torch::sigmoid>},
      {Op::softmax, softmax},
      {Op::logSoftmax, logSoftmax},
      {Op::hardSigmoid, each<torch::hardsigmoid>},
      {Op::hardSwish, each<torch::hardswish>},
      {Op::clip, clip},
      {Op::elu, elu},
      {Op::softplus, softplus},
      {Op::neg, each<torch::neg>},
      {Op::abs, each<torch::abs>},
      {Op::exp, each<torch::exp>},
      {Op::log, each<torch::log>},
      {Op::sqrt, each<torch::sqrt>},
      {Op::pow, pow},
      {Op::erf, each<torch::erf>},
      {Op::tanh, each<torch::tanh>},
      {Op::maxPool, maxPool},
      {Op::maxUnpool, maxUnpool},
      {Op::avgPool, avgPool},
      {Op::globalAvgPool, globalAvgPool},
      {Op::adaptiveAvgPool, adaptiveAvgPool},
      {Op::concat, concat},
      {Op::add, add},
      {Op::mul, mul},
      {Op::resize, resize},
      {Op::dropout, dropout},
      {Op::crop, crop},
      {Op::pad, pad},
      {Op::slice, slice},
      {Op::pixelShuffle, pixelShuffle},
      {Op::channelShuffle, channelShuffle},
  };
  return kRows;
}

const OpExecution* opExecution(Op op) {
  for (const OpExecution& row : opExecutions()) {
    if (row.op == op) return &row;
  }
  return nullptr;
}

}  // namespace limbus
