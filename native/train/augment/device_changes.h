// What the kinds of effects.h do to a batch. A change is that of all its images; effects that
// device_effects.cpp tells apart (directions, borders) never come together.
#pragma once

#include <torch/torch.h>

#include <vector>

#include "native/train/augment/device_effects.h"

namespace limbus {

template <class Kind>
using Each = std::vector<const Kind*>;  // of each image of a batch

// Of one value of each.
template <class Kind, class Value>
std::vector<Value> valuesOf(const Each<Kind>& each, Value Kind::*member) {
  std::vector<Value> values;
  for (const Kind* one : each) values.push_back(one->*member);
  return values;
}

using DeviceTables = DeviceEffects::Tables;

// device_moves.cpp
void change(const Each<Mirror>& each, const DeviceTables& tables, PixelBatch& batch);
void change(const Each<Turn>& each, const DeviceTables& tables, PixelBatch& batch);
void change(const Each<Frame>& each, const DeviceTables& tables, PixelBatch& batch);

// device_bends.cpp
void change(const Each<Warp>& each, const DeviceTables& tables, PixelBatch& batch);
void change(const Each<Homography>& each, const DeviceTables& tables, PixelBatch& batch);
void change(const Each<Stretch>& each, const DeviceTables& tables, PixelBatch& batch);
void change(const Each<Bend>& each, const DeviceTables& tables, PixelBatch& batch);

// device_light.cpp
void change(const Each<Levels>& each, const DeviceTables& tables, PixelBatch& batch);
void change(const Each<Contrast>& each, const DeviceTables& tables, PixelBatch& batch);
void change(const Each<Slope>& each, const DeviceTables& tables, PixelBatch& batch);
void change(const Each<HueShift>& each, const DeviceTables& tables, PixelBatch& batch);
void change(const Each<Noise>& each, const DeviceTables& tables, PixelBatch& batch);

// device_sharpness.cpp
void change(const Each<Smooth>& each, const DeviceTables& tables, PixelBatch& batch);
void change(const Each<Smear>& each, const DeviceTables& tables, PixelBatch& batch);
void change(const Each<Coarsen>& each, const DeviceTables& tables, PixelBatch& batch);

// device_covers.cpp
void change(const Each<Boxes>& each, const DeviceTables& tables, PixelBatch& batch);
void change(const Each<Strokes>& each, const DeviceTables& tables, PixelBatch& batch);
void change(const Each<Glare>& each, const DeviceTables& tables, PixelBatch& batch);

// device_mixes.cpp; `all`: the data set. All mixes are of one kind.
void mix(const Each<Mix>& each, const PixelBatch& all, PixelBatch& batch);

// Pixels of other places of the same image: planes [n,P,H,W], y and x int32 that broadcast to
// [n,h,w] and lie inside.
torch::Tensor gathered(const torch::Tensor& planes, const torch::Tensor& y, const torch::Tensor& x);

// One axis, 2 or 3, of [n,C,H,W] weighed by [n,K], K odd, mirrored outside: float.
torch::Tensor smoothed(const torch::Tensor& images, const torch::Tensor& weights,
                       std::int64_t axis);

// Kernels of odd lengths as weights of [n,K]: shorter ones have zeros on both sides.
torch::Tensor centred(const std::vector<std::vector<float>>& kernels, torch::Device device);

}  // namespace limbus
