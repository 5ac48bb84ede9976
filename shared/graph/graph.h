// A network is data: operations, attributes, parameter names and shapes.
//
// From one Graph come the LibTorch executor that trains (native/train/executor), the ONNX file
// (model/), the parameter and multiply-add counts, and the summary that a user prints. What can be
// trained can therefore be exported. Architectures (nets/) write a Graph through Builder
// (graph/builder.h); each operation is one row of the table in ops/ops.h.
//
// Conventions: values are [N,C,H,W] tensors, of floats, or of int64 indices where the row of the
// op says so: of the pixels y*W+x of one plane, as PyTorch counts them. Nodes stand in execution
// order: a node reads only values that stand before it. Weights follow PyTorch's layouts: conv
// [O,I/groups,kH,kW], transposed conv [I,O/groups,kH,kW].
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "shared/tensor.h"

namespace limbus {

enum class Op : int;  // op.h

using Attribute = std::variant<std::int64_t, double, std::string, std::vector<std::int64_t>>;
using Attributes = std::map<std::string, Attribute>;

using ValueId = int;

// How a parameter starts. Values are drawn by the trainer from the named random stream.
enum class Init {
  zeros,
  ones,
  constant,             // `value`
  kaimingUniform,       // PyTorch's default of conv layers: U(-b, b), b = sqrt(1 / fanIn)
  kaimingNormal,        // N(0, sqrt(2 / fanIn))
  kaimingNormalFanOut,  // N(0, sqrt(2 / fanOut))
  normal,               // N(0, value)
  icnr,      // kaimingNormal, drawn once for each `value` outputs behind each other, which
             // a pixel shuffle makes neighbours (Aitken et al., 2017)
  bilinear,  // of deconvs that enlarge: channel i of the output from channel i, by Long
             // et al., "Fully Convolutional Networks", CVPR 2015
  uniform,   // U(-value, value): PyTorch's conv biases, value = sqrt(1 / fanIn)
};

// The part of a network that a parameter belongs to, so that parts can start from other weights,
// learn at other rates or stand still.
enum class Part {
  encoder,  // image to features
  decoder,  // features of several scales to one
  head,     // the last features to outputs
};

struct Parameter {
  std::string name;  // "down1.conv.weight"
  Dims shape;
  Init init = Init::zeros;
  double value = 0.0;   // for Init::constant, Init::normal and Init::uniform
  bool learned = true;  // false: saved but neither learned nor counted, as running statistics are
  Part part = Part::encoder;
};

struct Node {
  Op op{};
  std::string name;  // unique within the graph; its parameters are named after it
  std::vector<ValueId> inputs;
  std::vector<ValueId> outputs;  // one, but for ops whose row states more
  Attributes attributes;
  std::vector<int> parameters;  // indices into Graph::parameters, in the order the op's row states
};

struct Output {
  std::string name;
  ValueId value = -1;
  bool auxiliary = false;  // computed in training only, never exported
};

struct Graph {
  std::string name;       // "dabnet"
  int inputChannels = 0;  // value 0 is the input [N,inputChannels,H,W]
  int valueCount = 1;
  std::vector<Node> nodes;
  std::vector<Parameter> parameters;
  std::vector<Output> outputs;  // the first is the main one: logits [N,K,h,w]
  std::string problem;          // what went wrong while it was built; validate() reports it
};

// Learned parameters; each shared parameter once.
std::int64_t countParameters(const Graph& graph);

// The node that computes a value; null: none does, as of the input.
const Node* producerOf(const Graph& graph, ValueId value);
Node* producerOf(Graph& graph, ValueId value);

// By index of Graph::nodes: which of them the outputs depend on, auxiliary ones only when asked
// for.
std::vector<bool> neededNodes(const Graph& graph, bool withAuxiliary);

}  // namespace limbus
