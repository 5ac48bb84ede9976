// The names of the operations. What one means is its row in ops/ops.h.
//
// graph.h only declares this enum: a new name rebuilds what names operations, not what runs graphs.
#pragma once

namespace limbus {

enum class Op : int {
  conv,       // kernel, stride, padding, dilation [h,w], groups; weight [, bias]
  deconv,     // transposed conv: as conv, with outputPadding [h,w]
  batchNorm,  // eps, momentum; weight, bias, running_mean, running_var
  relu,
  leakyRelu,  // slope
  prelu,      // weight [C] or [1]
  sigmoid,
  softmax,    // over the channels
  maxPool,    // kernel, stride, padding [h,w], ceil; a second output: where each maximum stood
  maxUnpool,  // values, the indices of a maxPool, and what that pooled: puts values back, else 0
  avgPool,    // kernel, stride, padding [h,w], ceil, countPadding
  concat,     // along C, two or more inputs
  add,        // two inputs of equal shape; C, H or W of 1 broadcast
  mul,        // as add
  resize,     // mode nearest | bilinear, alignCorners; whole scale [h,w], or the size of a second
              // input
  dropout,    // p; perChannel; identity outside training
  crop,       // border [top,left,bottom,right]: rows and columns removed; or centred to a second
              // input's size
  pad,        // border [top,left,bottom,right]; value
};

}  // namespace limbus
