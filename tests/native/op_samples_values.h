// What a sample of an op is, and those of activations and of functions of each value.
#pragma once

#include <vector>

#include "shared/graph/builder.h"
#include "shared/graph/op.h"
#include "shared/tensor.h"

namespace limbus::samples {

struct OpSample {
  const char* name;
  Op op;                         // the op that it is about
  Dims input;                    // [N,C,H,W]
  Dims output;                   // expected, by hand
  ValueId (*build)(Builder& b);  // returns the value of that shape
};

// A function of each value: of numbers of both signs, or, where it asks for that, of positive ones.
template <Op op>
ValueId applied(Builder& b) {
  return b.apply(op, b.input(), "y");
}

template <Op op>
ValueId appliedToPositive(Builder& b) {
  return b.apply(op, b.sigmoid(b.input(), "positive"), "y");
}

inline std::vector<OpSample> valueSamples() {
  return {
      {"relu",
       Op::relu,
       {1, 3, 4, 4},
       {1, 3, 4, 4},
       [](Builder& b) { return b.relu(b.input(), "act"); }},
      {"leakyRelu",
       Op::leakyRelu,
       {1, 3, 4, 4},
       {1, 3, 4, 4},
       [](Builder& b) { return b.leakyRelu(b.input(), "act", 0.2); }},
      {"prelu",
       Op::prelu,
       {1, 3, 4, 4},
       {1, 3, 4, 4},
       [](Builder& b) { return b.prelu(b.input(), "act"); }},
      {"prelu one slope",
       Op::prelu,
       {1, 3, 4, 4},
       {1, 3, 4, 4},
       [](Builder& b) { return b.prelu(b.input(), "act", {.perChannel = false}); }},
      {"sigmoid",
       Op::sigmoid,
       {1, 3, 4, 4},
       {1, 3, 4, 4},
       [](Builder& b) { return b.sigmoid(b.input(), "gate"); }},
      {"softmax",
       Op::softmax,
       {2, 3, 4, 5},
       {2, 3, 4, 5},
       [](Builder& b) { return b.softmax(b.input(), "shares"); }},
      {"hardSigmoid",
       Op::hardSigmoid,
       {1, 3, 4, 4},
       {1, 3, 4, 4},
       [](Builder& b) {
         return b.hardSigmoid(b.conv(b.input(), "wide", {.out = 3, .kernel = 3, .padding = 1}),
                              "gate");
       }},
      {"hardSwish",
       Op::hardSwish,
       {1, 3, 4, 4},
       {1, 3, 4, 4},
       [](Builder& b) { return b.hardSwish(b.input(), "act"); }},
      {"swish",
       Op::mul,
       {1, 3, 4, 4},
       {1, 3, 4, 4},
       [](Builder& b) { return b.swish(b.input(), "act"); }},
      {"clip",
       Op::clip,
       {1, 3, 4, 4},
       {1, 3, 4, 4},
       [](Builder& b) { return b.clip(b.relu6(b.input(), "six"), "act", 0.1, 0.7); }},
      {"softplus", Op::softplus, {1, 3, 4, 4}, {1, 3, 4, 4}, applied<Op::softplus>},
      {"neg", Op::neg, {1, 3, 4, 4}, {1, 3, 4, 4}, applied<Op::neg>},
      {"abs", Op::abs, {1, 3, 4, 4}, {1, 3, 4, 4}, applied<Op::abs>},
      {"exp", Op::exp, {1, 3, 4, 4}, {1, 3, 4, 4}, applied<Op::exp>},
      {"erf", Op::erf, {1, 3, 4, 4}, {1, 3, 4, 4}, applied<Op::erf>},
      {"tanh", Op::tanh, {1, 3, 4, 4}, {1, 3, 4, 4}, applied<Op::tanh>},
      {"log", Op::log, {1, 3, 4, 4}, {1, 3, 4, 4}, appliedToPositive<Op::log>},
      {"sqrt", Op::sqrt, {1, 3, 4, 4}, {1, 3, 4, 4}, appliedToPositive<Op::sqrt>},
      {"logSoftmax", Op::logSoftmax, {2, 3, 4, 5}, {2, 3, 4, 5}, applied<Op::logSoftmax>},
      {"elu",
       Op::elu,
       {1, 3, 4, 4},
       {1, 3, 4, 4},
       [](Builder& b) { return b.elu(b.input(), "act", 0.7); }},
      {"pow square",
       Op::pow,
       {1, 3, 4, 4},
       {1, 3, 4, 4},
       [](Builder& b) { return b.pow(b.input(), "square", 2); }},
      {"pow of a fraction",
       Op::pow,
       {1, 3, 4, 4},
       {1, 3, 4, 4},
       [](Builder& b) { return b.pow(b.sigmoid(b.input(), "positive"), "root", -1.5); }},
  };
}

}  // namespace limbus::samples
