// Pixels between places, by the whole numbers of cv::warpAffine and cv::remap.
#include <algorithm>
#include <cmath>

#include "native/data/augment/opencv_numbers.h"
#include "native/train/augment/device_changes.h"
#include "native/train/augment/device_noise.h"
#include "native/train/augment/device_pixels.h"

namespace limbus {
namespace {

// Where the pixels of [n,H,W] come from.
struct Origins {
  torch::Tensor x, y;                // in 1/32 px, for images
  torch::Tensor nearestX, nearestY;  // px, for masks

  Origins of(std::int64_t first, std::int64_t count) const {
    return {x.narrow(0, first, count), y.narrow(0, first, count), nearestX.narrow(0, first, count),
            nearestY.narrow(0, first, count)};
  }
};

torch::Tensor shifted(const torch::Tensor& value, int bits) {
  return torch::bitwise_right_shift(value, bits);
}

Origins originsOf(const Each<Warp>& each, torch::Device device, std::int64_t height,
                  std::int64_t width) {
  constexpr double kScale = 1024;  // a place is the sum of what a row and what a column gives
  const std::int64_t n = static_cast<std::int64_t>(each.size());
  std::vector<int> numbers;  // x by column, x by row, y by column, y by row, for one image behind
                             // the other
  const auto add = [&](double value) {
    numbers.push_back(static_cast<int>(std::lrint(std::clamp(value * kScale, -1e9, 1e9))));
  };
  for (const Warp* warp : each) {
    const std::array<double, 6> m = originMatrix(*warp);
    for (const int axis : {0, 3}) {
      for (std::int64_t x = 0; x < width; ++x) add(m[axis] * static_cast<double>(x));
      for (std::int64_t y = 0; y < height; ++y) {
        add(m[axis + 1] * static_cast<double>(y) + m[axis + 2]);
      }
    }
  }
  const torch::Tensor sent = tensorOn(device, numbers, {n, 2, width + height}, torch::kInt32);
  const auto along = [&](std::int64_t axis) {
    const torch::Tensor both = sent.select(1, axis);
    return both.narrow(1, width, height).unsqueeze(2) + both.narrow(1, 0, width).unsqueeze(1);
  };
  const torch::Tensor x = along(0), y = along(1);
  return {shifted(x + 16, 5), shifted(y + 16, 5), shifted(x + 512, 10), shifted(y + 512, 10)};
}

// Of float places as cv::remap takes them: [n,H,W].
Origins originsAt(const torch::Tensor& x, const torch::Tensor& y) {
  const auto whole = [](const torch::Tensor& places) { return places.round().to(torch::kInt32); };
  return {whole(x * kWarpPlaces), whole(y * kWarpPlaces), whole(x), whole(y)};
}

torch::Tensor inside(const torch::Tensor& place, std::int64_t size) {
  return (place >= 0).logical_and(place < size);
}

// Pixels of the axis that stand for those outside; any inside where the border is constant.
torch::Tensor held(const torch::Tensor& places, std::int64_t size, const Border& border) {
  return border.kind == Border::Kind::edge ? places.clamp(0, size - 1) : mirrored(places, size);
}

// Images of [n,C,H,W] by 2 or 4 pixels along each axis; what they hold is weighed in floats, whose
// whole numbers stay below 2^24.
torch::Tensor weighed(const torch::Tensor& images, const Origins& origins,
                      const torch::Tensor& table, const Border& border) {
  const std::int64_t n = images.size(0), channels = images.size(1), height = images.size(2),
                     width = images.size(3), pixels = height * width;
  const bool cubic = table.size(0) == 16;
  const std::int64_t taps = cubic ? 4 : 2;
  const auto numbers = torch::dtype(torch::kInt32).device(images.device());
  const torch::Tensor &x = origins.x, &y = origins.y;
  const torch::Tensor between = (y.bitwise_and(31) * 32 + x.bitwise_and(31)).view({-1});
  torch::Tensor weights = table.index_select(1, between).view({taps, taps, n, pixels});
  const torch::Tensor steps = torch::arange(taps, numbers).view({taps, 1, 1, 1}) - (cubic ? 1 : 0);
  const torch::Tensor fromX = shifted(x, 5) + steps, fromY = shifted(y, 5) + steps;  // [taps,n,H,W]
  torch::Tensor constant =
      torch::zeros({1}, weights.options());  // what comes from outside, weighed
  if (border.isConstant()) {
    weights = weights * inside(fromX, width).view({1, taps, n, pixels}) *
              inside(fromY, height).view({taps, 1, n, pixels});
    constant = border.level() * (32768 - weights.flatten(0, 1).sum(0));
  }
  const torch::Tensor begin = torch::arange(n, numbers).view({n, 1}) * (channels * pixels);
  const torch::Tensor columns = held(fromX, width, border).view({1, taps, n, pixels}) + begin;
  const torch::Tensor rows = held(fromY, height, border).view({taps, 1, n, pixels}) * width;
  const torch::Tensor index = rows + columns;
  const torch::Tensor flat = images.reshape({-1});
  std::vector<torch::Tensor> planes;
  for (std::int64_t c = 0; c < channels; ++c) {
    const torch::Tensor values = flat.index_select(0, (index + c * pixels).view({-1}));
    const torch::Tensor sums =
        (weights * values.view(weights.sizes())).flatten(0, 1).sum(0) + constant;
    planes.push_back(((sums + 16384) / 32768).floor().clamp(0, 255).to(torch::kUInt8));
  }
  return torch::stack(planes, 1).view(images.sizes());
}

torch::Tensor nearest(const torch::Tensor& masks, const Origins& origins, const Border& border) {
  const std::int64_t height = masks.size(1), width = masks.size(2);
  const torch::Tensor &x = origins.nearestX, &y = origins.nearestY;
  torch::Tensor moved =
      gathered(masks.unsqueeze(1), held(y, height, border), held(x, width, border)).squeeze(1);
  if (!border.isConstant()) return moved;
  return moved.masked_fill_(inside(x, width).logical_and(inside(y, height)).logical_not(),
                            kVoidLabel);
}

void move(const Origins& origins, const torch::Tensor& table, const Border& border,
          PixelBatch& batch) {
  const torch::Tensor& images = batch.images;
  // As many at once as fill the device, but not its memory.
  const std::int64_t most = images.is_cuda() ? std::int64_t{1} << 24 : 1;
  const std::int64_t values = images.size(2) * images.size(3) * table.size(0);
  const std::int64_t atOnce = std::clamp<std::int64_t>(most / values, 1, images.size(0));
  std::vector<torch::Tensor> moved;
  for (std::int64_t first = 0; first < images.size(0); first += atOnce) {
    const std::int64_t count = std::min(atOnce, images.size(0) - first);
    moved.push_back(
        weighed(images.narrow(0, first, count), origins.of(first, count), table, border));
  }
  batch.masks = nearest(batch.masks, origins, border);
  batch.images = moved.size() == 1 ? moved[0] : torch::cat(moved);
}

// Columns [1,1,W] or rows [1,H,1] of a batch.
torch::Tensor columnsOf(const PixelBatch& batch, torch::ScalarType type) {
  const std::int64_t width = batch.images.size(3);
  return torch::arange(width, torch::dtype(type).device(batch.images.device())).view({1, 1, width});
}

torch::Tensor rowsOf(const PixelBatch& batch, torch::ScalarType type) {
  const std::int64_t height = batch.images.size(2);
  return torch::arange(height, torch::dtype(type).device(batch.images.device()))
      .view({1, height, 1});
}

// How far each pixel's origin lies from it along x and y, px: [n,2,H,W], float.
torch::Tensor smoothField(const Each<Bend>& each, std::int64_t height, std::int64_t width,
                          torch::Device device) {
  const std::int64_t n = static_cast<std::int64_t>(each.size());
  std::vector<Random> streams;
  std::vector<std::vector<float>> kernels;
  for (const Bend* bend : each) {
    streams.push_back(bend->stream);
    kernels.push_back(fieldWeights(bend->smoothness));
  }
  const torch::Tensor even = uniformValues(streams, 2 * height * width, device);
  torch::Tensor field = (2 * even - 1).to(torch::kFloat32).view({n, 2, height, width});
  const torch::Tensor weights = centred(kernels, device);
  field = smoothed(smoothed(field, weights, 3), weights, 2);
  const torch::Tensor squares = field.to(torch::kFloat64).square().sum({2, 3}, /*keepdim=*/true);
  const torch::Tensor spread = squares.sqrt() / std::sqrt(static_cast<double>(height * width));
  const torch::Tensor strength =
      tensorOn(device, valuesOf(each, &Bend::strength), {n, 1, 1, 1}, torch::kFloat64);
  return field * (strength / spread.clamp_min(1e-9)).to(torch::kFloat32);
}

}  // namespace

void change(const Each<Warp>& each, const DeviceTables& tables, PixelBatch& batch) {
  const torch::Tensor& images = batch.images;
  move(originsOf(each, images.device(), images.size(2), images.size(3)),
       each[0]->cubic ? tables.cubic : tables.linear, each[0]->border, batch);
}

void change(const Each<Homography>& each, const DeviceTables& tables, PixelBatch& batch) {
  std::vector<double> numbers;
  for (const Homography* homography : each) {
    numbers.insert(numbers.end(), homography->matrix.begin(), homography->matrix.end());
  }
  const torch::Tensor matrix =
      tensorOn(batch.images.device(), numbers, {batch.images.size(0), 9, 1, 1}, torch::kFloat64);
  const torch::Tensor columns = columnsOf(batch, torch::kFloat64);
  const torch::Tensor rows = rowsOf(batch, torch::kFloat64);
  const auto line = [&](std::int64_t row) {
    const auto at = [&](std::int64_t column) { return matrix.select(1, 3 * row + column); };
    return at(0) * columns + at(1) * rows + at(2);
  };
  const torch::Tensor depth = line(2);
  const auto seen = [&](std::int64_t row) { return (line(row) / depth).to(torch::kFloat32); };
  move(originsAt(seen(0), seen(1)), tables.linear, {}, batch);
}

void change(const Each<Stretch>& each, const DeviceTables& tables, PixelBatch& batch) {
  const std::int64_t n = batch.images.size(0), height = batch.images.size(2),
                     width = batch.images.size(3);
  const auto sent = [&](std::vector<float> Stretch::*member, torch::IntArrayRef shape) {
    std::vector<float> places;
    for (const Stretch* one : each) {
      places.insert(places.end(), (one->*member).begin(), (one->*member).end());
    }
    return tensorOn(batch.images.device(), places, shape, torch::kFloat32)
        .expand({n, height, width});
  };
  move(originsAt(sent(&Stretch::columns, {n, 1, width}), sent(&Stretch::rows, {n, height, 1})),
       tables.linear, {}, batch);
}

void change(const Each<Bend>& each, const DeviceTables& tables, PixelBatch& batch) {
  const std::int64_t height = batch.images.size(2), width = batch.images.size(3);
  // The draws of a pixel take some hundred bytes while they are made.
  constexpr std::int64_t kPixels = std::int64_t{1} << 21;
  const auto atOnce =
      static_cast<std::ptrdiff_t>(std::max<std::int64_t>(1, kPixels / (height * width)));
  std::vector<torch::Tensor> fields;
  for (auto first = each.begin(); first != each.end();) {
    const auto end = first + std::min(atOnce, each.end() - first);
    fields.push_back(smoothField({first, end}, height, width, batch.images.device()));
    first = end;
  }
  const torch::Tensor field = torch::cat(fields);
  move(originsAt(columnsOf(batch, torch::kFloat32) + field.select(1, 0),
                 rowsOf(batch, torch::kFloat32) + field.select(1, 1)),
       tables.linear, each[0]->border, batch);
}

}  // namespace limbus
