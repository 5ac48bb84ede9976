// The op samples as named graphs with inputs: run by the executor tests, and exported for the tests
// against other engines (parity_export.cpp).
#pragma once

#include <string>
#include <vector>

#include "op_samples.h"

namespace limbus {

struct OpGraph {
  std::string name;  // also a file name: "conv_3x3_stride_2"
  Op op;
  Graph graph;
  Dims input;   // [N,C,H,W]
  Dims output;  // worked out by hand
};

// `exportable`: brought back to the input's size where the op leaves it, since files describe masks
// of the input, and with something behind a last resize, which would be the tail's.
inline std::vector<OpGraph> opGraphs(bool exportable = false) {
  std::vector<OpGraph> graphs;
  for (const samples::OpSample& sample : samples::opSamples()) {
    std::string name = sample.name;
    for (char& c : name) {
      if (c == ' ') c = '_';
    }
    Builder b(name, static_cast<int>(sample.input[1]));
    ValueId end = sample.build(b);
    Dims output = sample.output;
    if (exportable && (output[2] != sample.input[2] || output[3] != sample.input[3])) {
      end = b.resize(end, "fit", {.like = b.input()});
      output = {output[0], output[1], sample.input[2], sample.input[3]};
    }
    if (exportable && output[1] == 1) {  // a mask needs two classes
      end = b.concat({end, b.leakyRelu(end, "negative", -1.0)}, "classes");
      output[1] = 2;
    }
    if (exportable) end = b.leakyRelu(end, "after", 0.5);
    graphs.push_back({name, sample.op, b.finish(end), sample.input, output});
  }
  return graphs;
}

inline Tensor testInput(const Dims& shape) {
  Random random(12, 0, 0, Purpose::test);
  Tensor tensor{shape, {}};
  for (std::int64_t k = 0; k < elementCount(shape); ++k) {
    tensor.values.push_back(static_cast<float>(random.normal()));
  }
  return tensor;
}

}  // namespace limbus
