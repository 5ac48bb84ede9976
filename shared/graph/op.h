// The names of the operations. What one means is its row in ops/ops.h.
//
// graph.h only declares this enum: a new name rebuilds what names operations, not what runs graphs.
#pragma once

namespace limbus {

enum class Op : int {
  conv,       // kernel, stride, padding, dilation [h,w], groups; weight [, bias]
  deconv,     // transposed conv: as conv, with outputPadding [h,w]
  batchNorm,  // eps, momentum; weight, bias, running_mean, running_var
  groupNorm,  // groups, eps; weight, bias: of each image over groups of neighbouring channels
  relu,
  leakyRelu,  // slope
  prelu,      // weight [C] or [1]
  sigmoid,
  softmax,      // over the channels
  logSoftmax,   // the logarithm of that
  hardSigmoid,  // clip(x / 6 + 1 / 2, 0, 1)
  hardSwish,    // x * hardSigmoid(x)
  clip,         // min, max
  elu,          // alpha: alpha * (e^x - 1) below 0
  softplus,     // log(1 + e^x)
  neg,          // of each value alone, as those below:
  abs,
  exp,
  log,  // natural
  sqrt,
  pow,  // exponent, a constant
  erf,
  tanh,
  maxPool,        // kernel, stride, padding [h,w], ceil; a second output: where each maximum stood
  maxUnpool,      // values, a maxPool's indices, and what that pooled: puts values back, else 0
  avgPool,        // kernel, stride, padding [h,w], ceil, countPadding
  globalAvgPool,  // to 1 x 1
  adaptiveAvgPool,  // bins [h,w]: to so many, of equal or almost equal size, which may overlap
  concat,           // along C, two or more inputs
  add,              // two inputs of equal shape; C, H or W of 1 broadcast
  mul,              // as add; or one input and a factor
  resize,           // mode nearest | bilinear, alignCorners; whole scale [h,w], or the size of a
                    // second input
  dropout,          // p; per cell, channel or image; identity outside training
  crop,             // border [top,left,bottom,right]: rows and columns removed; or to a second
                    // input's size, centred or fromStart: behind border's top and left
  pad,              // border [top,left,bottom,right]; value; channels: more of them, behind
  slice,            // first, count: that many channels
  pixelShuffle,     // factor: [C*f*f,H,W] -> [C,H*f,W*f]
  channelShuffle,   // groups: channel g * C/groups + i becomes channel i * groups + g
};

}  // namespace limbus
