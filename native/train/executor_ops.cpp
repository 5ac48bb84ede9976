#include "native/train/executor_ops.h"

#include "shared/graph/op.h"

namespace limbus {
namespace {

std::vector<std::int64_t> pair(const OpCall& call, const char* name) {
  const Extent extent = call.view.extent(name);
  return {extent.h, extent.w};
}

torch::Tensor biasOf(const OpCall& call) {
  return call.parameters.size() > 1 ? call.parameters[1] : torch::Tensor();
}

torch::Tensor conv(const OpCall& call) {
  return torch::conv2d(call.inputs[0], call.parameters[0], biasOf(call), pair(call, "stride"),
                       pair(call, "padding"), pair(call, "dilation"), call.view.integer("groups"));
}

torch::Tensor deconv(const OpCall& call) {
  return torch::conv_transpose2d(
      call.inputs[0], call.parameters[0], biasOf(call), pair(call, "stride"), pair(call, "padding"),
      pair(call, "outputPadding"), call.view.integer("groups"), pair(call, "dilation"));
}

torch::Tensor batchNorm(const OpCall& call) {
  return torch::batch_norm(call.inputs[0], call.parameters[0], call.parameters[1],
                           call.parameters[2], call.parameters[3], call.training,
                           call.view.number("momentum"), call.view.number("eps"),
                           at::globalContext().userEnabledCuDNN());
}

torch::Tensor relu(const OpCall& call) { return torch::relu(call.inputs[0]); }

torch::Tensor leakyRelu(const OpCall& call) {
  return torch::leaky_relu(call.inputs[0], call.view.number("slope"));
}

torch::Tensor prelu(const OpCall& call) { return torch::prelu(call.inputs[0], call.parameters[0]); }

torch::Tensor sigmoid(const OpCall& call) { return torch::sigmoid(call.inputs[0]); }

torch::Tensor maxPool(const OpCall& call) {
  return torch::max_pool2d(call.inputs[0], pair(call, "kernel"), pair(call, "stride"),
                           pair(call, "padding"), {1, 1}, call.view.flag("ceil"));
}

torch::Tensor avgPool(const OpCall& call) {
  return torch::avg_pool2d(call.inputs[0], pair(call, "kernel"), pair(call, "stride"),
                           pair(call, "padding"), call.view.flag("ceil"),
                           call.view.flag("countPadding"));
}

torch::Tensor concat(const OpCall& call) { return torch::cat(call.inputs, 1); }

torch::Tensor add(const OpCall& call) { return call.inputs[0] + call.inputs[1]; }

torch::Tensor mul(const OpCall& call) { return call.inputs[0] * call.inputs[1]; }

torch::Tensor resize(const OpCall& call) {
  const torch::Tensor& in = call.inputs[0];
  const Extent scale = call.view.extent("scale");
  const bool sized = call.inputs.size() == 2;
  const std::vector<std::int64_t> size = {sized ? call.inputs[1].size(2) : in.size(2) * scale.h,
                                          sized ? call.inputs[1].size(3) : in.size(3) * scale.w};
  if (call.view.text("mode") == "nearest") return torch::upsample_nearest2d(in, size);
  return torch::upsample_bilinear2d(in, size, call.view.flag("alignCorners"));
}

torch::Tensor dropout(const OpCall& call) {
  const double p = call.view.number("p");
  return call.view.flag("perChannel") ? torch::feature_dropout(call.inputs[0], p, call.training)
                                      : torch::dropout(call.inputs[0], p, call.training);
}

torch::Tensor crop(const OpCall& call) {
  const torch::Tensor& in = call.inputs[0];
  std::int64_t top = call.view.integer("top"), left = call.view.integer("left");
  std::int64_t height = in.size(2) - top - call.view.integer("bottom");
  std::int64_t width = in.size(3) - left - call.view.integer("right");
  if (call.inputs.size() == 2) {  // centred; the odd row or column is lost at the end
    height = call.inputs[1].size(2);
    width = call.inputs[1].size(3);
    top = (in.size(2) - height) / 2;
    left = (in.size(3) - width) / 2;
  }
  return in.narrow(2, top, height).narrow(3, left, width);
}

torch::Tensor pad(const OpCall& call) {
  return torch::constant_pad_nd(call.inputs[0],
                                {call.view.integer("left"), call.view.integer("right"),
                                 call.view.integer("top"), call.view.integer("bottom")},
                                call.view.number("value"));
}

}  // namespace

const std::vector<OpExecution>& opExecutions() {
  static const std::vector<OpExecution> kRows = {
      {Op::conv, conv},
      {Op::deconv, deconv},
      {Op::batchNorm, batchNorm},
      {Op::relu, relu},
      {Op::leakyRelu, leakyRelu},
      {Op::prelu, prelu},
      {Op::sigmoid, sigmoid},
      {Op::maxPool, maxPool},
      {Op::avgPool, avgPool},
      {Op::concat, concat},
      {Op::add, add},
      {Op::mul, mul},
      {Op::resize, resize},
      {Op::dropout, dropout},
      {Op::crop, crop},
      {Op::pad, pad},
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
