// Small graphs that use every op, with hand-computed shapes: one table for all tests that walk ops.
#pragma once

#include <utility>
#include <vector>

#include "tests/native/op_samples_values.h"
#include "tests/native/sample_weights.h"

namespace limbus::samples {

inline std::vector<OpSample> opSamples() {
  std::vector<OpSample> samples = {
      {"conv 3x3 stride 2",
       Op::conv,
       {2, 3, 9, 12},
       {2, 4, 5, 6},
       [](Builder& b) {
         return b.conv(b.input(), "conv",
                       {.out = 4, .kernel = 3, .stride = 2, .padding = 1, .bias = true});
       }},
      {"conv dilated grouped",
       Op::conv,
       {1, 3, 16, 20},
       {1, 6, 16, 20},
       [](Builder& b) {
         return b.conv(
             b.input(), "conv",
             {.out = 6, .kernel = {3, 1}, .padding = {4, 0}, .dilation = {4, 1}, .groups = 3});
       }},
      {"conv unpadded",
       Op::conv,
       {1, 1, 16, 16},
       {1, 2, 12, 14},
       [](Builder& b) {
         return b.conv(b.input(), "conv", {.out = 2, .kernel = {5, 3}});
       }},
      {"conv shared",
       Op::conv,
       {1, 3, 8, 8},
       {1, 3, 8, 8},
       [](Builder& b) {
         ValueId x = b.conv(b.input(), "first", {.out = 3, .kernel = 3, .padding = 1});
         x = b.batchNorm(x, "norm");
         return b.conv(x, "second", {.out = 3, .kernel = 3, .padding = 1, .sameAs = "first"});
       }},
      {"deconv 2x2",
       Op::deconv,
       {1, 3, 7, 5},
       {1, 4, 14, 10},
       [](Builder& b) { return b.deconv(b.input(), "deconv", {.out = 4, .bias = true}); }},
      {"deconv 3x3 output padding grouped",
       Op::deconv,
       {1, 3, 7, 5},
       {1, 6, 14, 10},
       [](Builder& b) {
         return b.deconv(
             b.input(), "deconv",
             {.out = 6, .kernel = 3, .stride = 2, .padding = 1, .outputPadding = 1, .groups = 3});
       }},
      {"deconv norm",
       Op::deconv,
       {1, 3, 7, 5},
       {1, 6, 16, 12},
       [](Builder& b) {
         return b.batchNorm(b.deconv(b.input(), "deconv", {.out = 6, .kernel = 4, .groups = 3}),
                            "norm");
       }},
      {"batchNorm first",
       Op::batchNorm,
       {2, 3, 4, 4},
       {2, 3, 4, 4},
       [](Builder& b) { return b.batchNorm(b.input(), "norm", {.eps = 1e-3, .momentum = 0.1}); }},
      {"batchNorm folded",
       Op::batchNorm,
       {1, 3, 4, 4},
       {1, 2, 4, 4},
       [](Builder& b) {
         return b.batchNorm(b.conv(b.input(), "conv", {.out = 2, .kernel = 1, .bias = true}),
                            "norm");
       }},
      {"batchNorm read twice",
       Op::batchNorm,
       {1, 3, 4, 4},
       {1, 2, 4, 4},
       [](Builder& b) {
         const ValueId x = b.conv(b.input(), "conv", {.out = 2, .kernel = 1});
         return b.add(x, b.batchNorm(x, "norm"), "sum");
       }},
      {"groupNorm",
       Op::groupNorm,
       {2, 3, 5, 4},
       {2, 6, 5, 4},
       [](Builder& b) {
         const ValueId x = b.conv(b.input(), "wide", {.out = 6, .kernel = 3, .padding = 1});
         return b.groupNorm(x, "norm", {.groups = 2, .eps = 1e-3});
       }},
      {"groupNorm of all channels",
       Op::groupNorm,
       {2, 3, 4, 7},
       {2, 3, 4, 7},
       [](Builder& b) { return b.groupNorm(b.input(), "norm", {.groups = 1}); }},
      {"groupNorm of each channel",
       Op::groupNorm,
       {1, 3, 4, 4},
       {1, 3, 4, 4},
       [](Builder& b) { return b.groupNorm(b.input(), "norm", {.groups = 3}); }},
      {"maxPool floor",
       Op::maxPool,
       {1, 3, 9, 8},
       {1, 3, 4, 4},
       [](Builder& b) { return b.maxPool(b.input(), "pool"); }},
      {"maxPool ceil",
       Op::maxPool,
       {1, 3, 9, 8},
       {1, 3, 5, 4},
       [](Builder& b) { return b.maxPool(b.input(), "pool", {.ceil = true}); }},
      {"maxPool 3x3 padded",
       Op::maxPool,
       {1, 3, 9, 8},
       {1, 3, 5, 4},
       [](Builder& b) {
         return b.maxPool(b.input(), "pool", {.kernel = 3, .stride = 2, .padding = 1});
       }},
      {"maxPool 3x3 padded ceil",
       Op::maxPool,
       {1, 3, 9, 8},
       {1, 3, 5, 5},
       [](Builder& b) {
         return b.maxPool(b.input(), "pool",
                          {.kernel = 3, .stride = 2, .padding = 1, .ceil = true});
       }},
      {"maxPool with unread indices",
       Op::maxPool,
       {2, 3, 9, 8},
       {2, 3, 4, 4},
       [](Builder& b) { return b.maxPoolIndexed(b.input(), "pool").values; }},
      {"maxUnpool 2x2",
       Op::maxUnpool,
       {1, 3, 8, 6},
       {1, 3, 8, 6},
       [](Builder& b) {
         const MaxPooled pooled = b.maxPoolIndexed(b.input(), "pool");
         return b.maxUnpool(b.leakyRelu(pooled.values, "act", 0.2), pooled, "back");
       }},
      {"maxUnpool odd size",
       Op::maxUnpool,
       {2, 3, 9, 11},
       {2, 2, 9, 11},
       [](Builder& b) {
         const ValueId x = b.relu(b.conv(b.input(), "in", {.out = 2}), "act");  // equal maxima
         const MaxPooled pooled = b.maxPoolIndexed(x, "pool");
         const ValueId y = b.conv(pooled.values, "mid", {.out = 2, .kernel = 3, .padding = 1});
         return b.maxUnpool(y, pooled, "back");
       }},
      {"maxUnpool ceil",
       Op::maxUnpool,
       {3, 3, 9, 11},
       {3, 3, 9, 11},
       [](Builder& b) {
         const MaxPooled pooled = b.maxPoolIndexed(b.input(), "pool", {.ceil = true});
         return b.maxUnpool(b.conv(pooled.values, "mid", {.out = 3}), pooled, "back");
       }},
      {"maxUnpool 3x3 padded",
       Op::maxUnpool,
       {2, 3, 11, 9},
       {2, 3, 11, 9},
       [](Builder& b) {
         const MaxPooled pooled =
             b.maxPoolIndexed(b.input(), "pool", {.kernel = 3, .stride = 2, .padding = 1});
         return b.maxUnpool(b.leakyRelu(pooled.values, "act", 0.2), pooled, "back");
       }},
      {"maxUnpool twice",
       Op::maxUnpool,
       {2, 3, 13, 10},
       {2, 3, 13, 10},
       [](Builder& b) {
         const MaxPooled first = b.maxPoolIndexed(b.input(), "pool1");
         const MaxPooled second = b.maxPoolIndexed(first.values, "pool2");
         const ValueId x = b.maxUnpool(second.values, second, "back2");
         return b.maxUnpool(b.add(x, first.values, "sum"), first, "back1");
       }},
      {"avgPool counting padding",
       Op::avgPool,
       {1, 1, 9, 8},
       {1, 1, 5, 4},
       [](Builder& b) {
         return b.avgPool(b.input(), "pool", {.kernel = 3, .stride = 2, .padding = 1});
       }},
      {"avgPool not counting padding",
       Op::avgPool,
       {1, 1, 9, 8},
       {1, 1, 5, 5},
       [](Builder& b) {
         return b.avgPool(
             b.input(), "pool",
             {.kernel = 3, .stride = 2, .padding = 1, .ceil = true, .countPadding = false});
       }},
      {"avgPool ceil counting padding",
       Op::avgPool,
       {1, 1, 9, 8},
       {1, 1, 5, 5},
       [](Builder& b) {
         return b.avgPool(b.input(), "pool",
                          {.kernel = 3, .stride = 2, .padding = 1, .ceil = true});
       }},
      {"avgPool ceil 2x2",
       Op::avgPool,
       {1, 1, 9, 8},
       {1, 1, 5, 4},
       [](Builder& b) { return b.avgPool(b.input(), "pool", {.ceil = true}); }},
      {"globalAvgPool",
       Op::globalAvgPool,
       {2, 3, 5, 7},
       {2, 3, 5, 7},
       [](Builder& b) { return b.mul(b.input(), b.globalAvgPool(b.input(), "pool"), "gated"); }},
      {"adaptiveAvgPool overlapping",
       Op::adaptiveAvgPool,
       {2, 3, 11, 8},
       {2, 3, 11, 8},
       [](Builder& b) {
         const ValueId bins =
             b.adaptiveAvgPool(b.input(), "pool", {std::int64_t{6}, std::int64_t{3}});
         return b.resize(bins, "up", {.mode = "nearest", .like = b.input()});
       }},
      {"adaptiveAvgPool of fewer",
       Op::adaptiveAvgPool,
       {1, 3, 4, 2},
       {1, 3, 6, 6},
       [](Builder& b) { return b.adaptiveAvgPool(b.input(), "pool", 6); }},
      {"pixelShuffle",
       Op::pixelShuffle,
       {2, 3, 3, 4},
       {2, 2, 6, 8},
       [](Builder& b) {
         return b.pixelShuffle(b.conv(b.input(), "wide", {.out = 8}), "shuffle", 2);
       }},
      {"channelShuffle",
       Op::channelShuffle,
       {2, 3, 3, 4},
       {2, 6, 3, 4},
       [](Builder& b) {
         return b.channelShuffle(b.conv(b.input(), "wide", {.out = 6}), "shuffle", 3);
       }},
      {"slice",
       Op::slice,
       {2, 3, 3, 4},
       {2, 2, 3, 4},
       [](Builder& b) { return b.slice(b.input(), "part", 1, 2); }},
      {"concat",
       Op::concat,
       {1, 3, 4, 4},
       {1, 7, 4, 4},
       [](Builder& b) {
         const ValueId one = b.conv(b.input(), "one", {.out = 1, .kernel = 1});
         return b.concat({b.input(), one, b.relu(b.input(), "act")}, "join");
       }},
      {"add",
       Op::add,
       {1, 3, 4, 4},
       {1, 3, 4, 4},
       [](Builder& b) { return b.add(b.input(), b.relu(b.input(), "act"), "sum"); }},
      {"mul broadcast",
       Op::mul,
       {1, 3, 4, 6},
       {1, 3, 4, 6},
       [](Builder& b) {
         const ValueId gate =
             b.sigmoid(b.conv(b.input(), "squeeze", {.out = 1, .kernel = 1}), "gate");
         return b.mul(b.input(), gate, "gated");
       }},
      {"mul by a factor",
       Op::mul,
       {2, 3, 4, 5},
       {2, 3, 4, 5},
       [](Builder& b) { return b.scale(b.input(), "scaled", 0.01); }},
      {"mul by a pooled vector",
       Op::mul,
       {1, 3, 4, 4},
       {1, 3, 4, 4},
       [](Builder& b) {
         const ValueId pooled = b.avgPool(b.input(), "pool", {.kernel = 4, .stride = 4});
         return b.mul(b.input(), b.sigmoid(pooled, "gate"), "gated");
       }},
      {"resize bilinear x2",
       Op::resize,
       {1, 3, 5, 4},
       {1, 3, 10, 8},
       [](Builder& b) { return b.resize(b.input(), "up", {.scale = 2}); }},
      {"resize nearest x2 x3",
       Op::resize,
       {1, 3, 5, 4},
       {1, 3, 10, 12},
       [](Builder& b) {
         return b.resize(b.input(), "up", {.mode = "nearest", .scale = {2, 3}});
       }},
      {"resize corners to another",
       Op::resize,
       {1, 3, 13, 11},
       {1, 3, 13, 11},
       [](Builder& b) {
         const ValueId small =
             b.conv(b.input(), "down", {.out = 3, .kernel = 3, .stride = 2, .padding = 1});
         const ValueId act = b.relu(b.input(), "act");
         return b.resize(small, "up", {.alignCorners = true, .like = act});
       }},
      {"resize nearest to the input",
       Op::resize,
       {1, 3, 13, 11},
       {1, 3, 13, 11},
       [](Builder& b) {
         return b.resize(b.maxPool(b.input(), "pool"), "up",
                         {.mode = "nearest", .like = b.input()});
       }},
      {"resize bilinear to the input",
       Op::resize,
       {1, 3, 13, 11},
       {1, 3, 13, 11},
       [](Builder& b) {
         const ValueId small =
             b.conv(b.input(), "down", {.out = 3, .kernel = 3, .stride = 2, .padding = 1});
         return b.resize(small, "up", {.like = b.input()});
       }},
      {"dropout",
       Op::dropout,
       {1, 3, 4, 4},
       {1, 3, 4, 4},
       [](Builder& b) {
         return b.relu(b.dropout(b.input(), "drop", {.p = 0.1, .perChannel = true}), "act");
       }},
      {"dropout of images",
       Op::dropout,
       {3, 3, 4, 4},
       {3, 3, 4, 4},
       [](Builder& b) {
         const ValueId dropped = b.dropout(b.input(), "drop", {.p = 0.3, .perImage = true});
         return b.add(b.input(), dropped, "sum");
       }},
      {"pad of channels",
       Op::pad,
       {1, 3, 4, 5},
       {1, 7, 4, 5},
       [](Builder& b) { return b.padChannels(b.input(), "more", 4); }},
      {"crop",
       Op::crop,
       {1, 3, 10, 9},
       {1, 3, 9, 4},
       [](Builder& b) {
         return b.crop(b.input(), "cut", {.top = 1, .left = 2, .bottom = 0, .right = 3});
       }},
      {"crop to another",
       Op::crop,
       {1, 3, 11, 8},
       {1, 3, 8, 5},
       [](Builder& b) {
         const ValueId small = b.conv(b.input(), "conv", {.out = 2, .kernel = 4});
         return b.cropLike(b.input(), small, "cut");
       }},
      {"crop to another from a start",
       Op::crop,
       {1, 3, 11, 8},
       {1, 3, 7, 4},
       [](Builder& b) {
         const ValueId small = b.conv(b.input(), "conv", {.out = 2, .kernel = 5});
         return b.cropLikeFrom(b.input(), small, "cut", 3, 4);
       }},
      {"pad",
       Op::pad,
       {1, 3, 4, 4},
       {1, 3, 9, 8},
       [](Builder& b) {
         return b.pad(b.input(), "border", {.top = 2, .left = 1, .bottom = 3, .right = 3}, -0.3);
       }},
  };
  for (OpSample& sample : valueSamples()) samples.push_back(std::move(sample));
  return samples;
}

}  // namespace limbus::samples
