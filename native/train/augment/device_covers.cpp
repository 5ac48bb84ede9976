// What lies over images.
#include <algorithm>
#include <limits>

#include "native/data/augment/opencv_numbers.h"
#include "native/train/augment/device_changes.h"
#include "native/train/augment/device_pixels.h"
#include "shared/elementary.h"

namespace limbus {
namespace {

// Of each pixel the last box that covers it, counted from 1, or 0: [n,H,W]. `boxes`: [n,K,4] of
// left, width, top and height.
torch::Tensor lastBoxes(const torch::Tensor& boxes, std::int64_t height, std::int64_t width) {
  const auto covers = [&](std::int64_t begin, std::int64_t size) {  // [n,K,size]
    const torch::Tensor first = boxes.narrow(2, begin, 1);
    const torch::Tensor place = torch::arange(size, boxes.options());
    return (place >= first).logical_and(place < first + boxes.narrow(2, begin + 1, 1));
  };
  const torch::Tensor columns = covers(0, width), rows = covers(2, height);
  torch::Tensor last = torch::zeros({boxes.size(0), height, width}, boxes.options());
  for (std::int64_t box = 0; box < boxes.size(1); ++box) {
    last.masked_fill_(
        rows.select(1, box).unsqueeze(2).logical_and(columns.select(1, box).unsqueeze(1)), box + 1);
  }
  return last;
}

// The angles of cv::cartToPolar, radians in [0, 2 pi], by its polynomial: rays begin where it says.
torch::Tensor anglesOf(const torch::Tensor& x, const torch::Tensor& y) {
  constexpr double kDegrees = 180 / kPi;
  const auto factor = [](float of) { return of * static_cast<float>(kDegrees); };
  const torch::Tensor ofX = x.abs(), ofY = y.abs();
  const torch::Tensor ratio =
      torch::minimum(ofX, ofY) /
      (torch::maximum(ofX, ofY) + static_cast<float>(std::numeric_limits<double>::epsilon()));
  const torch::Tensor square = ratio * ratio;
  torch::Tensor angle =
      (((factor(-0.04432655554792128F) * square + factor(0.1555786518463281F)) * square +
        factor(-0.3258083974640975F)) *
           square +
       factor(0.9997878412794807F)) *
      ratio;
  angle = torch::where(ofX >= ofY, angle, 90 - angle);
  angle = torch::where(x < 0, 180 - angle, angle);
  angle = torch::where(y < 0, 360 - angle, angle);
  return angle * static_cast<float>(kPi / 180);
}

}  // namespace

void change(const Each<Boxes>& each, const DeviceTables&, PixelBatch& batch) {
  const torch::Device device = batch.images.device();
  const std::int64_t n = batch.images.size(0);
  std::size_t most = 0;
  for (const Boxes* boxes : each) most = std::max(most, boxes->boxes.size());
  std::vector<int> places;
  std::vector<std::uint8_t> levels;
  for (const Boxes* boxes : each) {
    levels.push_back(0);
    for (std::size_t i = 0; i < most; ++i) {
      const Boxes::Box box = i < boxes->boxes.size() ? boxes->boxes[i] : Boxes::Box{};
      places.insert(places.end(), {box.left, box.width, box.top, box.height});
      levels.push_back(box.level);
    }
  }
  const std::int64_t count = static_cast<std::int64_t>(most);
  const torch::Tensor last = lastBoxes(tensorOn(device, places, {n, count, 4}, torch::kInt32),
                                       batch.images.size(2), batch.images.size(3));
  const torch::Tensor begin = torch::arange(n, last.options()).view({n, 1, 1}) * (count + 1);
  const torch::Tensor level = tensorOn(device, levels, {n * (count + 1)}, torch::kUInt8)
                                  .index_select(0, (last + begin).view({-1}))
                                  .view(last.sizes());
  const torch::Tensor covered = last > 0;
  batch.images = torch::where(covered.unsqueeze(1), level.unsqueeze(1), batch.images);
  if (each[0]->hides) batch.masks = batch.masks.masked_fill(covered, kVoidLabel);
}

// The one cover whose pixels are found on this side: a byte for each is sent.
void change(const Each<Strokes>& each, const DeviceTables&, PixelBatch& batch) {
  const std::int64_t n = batch.images.size(0), height = batch.images.size(2),
                     width = batch.images.size(3);
  std::vector<std::uint8_t> pixels;
  for (const Strokes* strokes : each) {
    Image drawn(static_cast<int>(width), static_cast<int>(height), 1);
    drawStrokes(*strokes, drawn);
    pixels.insert(pixels.end(), drawn.pixels.begin(), drawn.pixels.end());
  }
  const torch::Tensor white =
      tensorOn(batch.images.device(), pixels, {n, 1, height, width}, torch::kUInt8);
  batch.images = torch::maximum(batch.images, white);
}

void change(const Each<Glare>& each, const DeviceTables&, PixelBatch& batch) {
  const torch::Device device = batch.images.device();
  const std::int64_t n = batch.images.size(0), height = batch.images.size(2),
                     width = batch.images.size(3);
  const auto sent = [&](const std::vector<double>& values) {
    return tensorOn(device, values, {n, 1, 1}, torch::kFloat64);
  };
  std::vector<double> counts;
  std::size_t most = 0;
  for (const Glare* glare : each) {
    counts.push_back(static_cast<double>(glare->rays.size()));
    most = std::max(most, glare->rays.size());
  }
  std::vector<double> padded;
  for (const Glare* glare : each) {
    padded.insert(padded.end(), glare->rays.begin(), glare->rays.end());
    padded.resize(padded.size() + most - glare->rays.size());
  }
  const torch::Tensor rays =
      tensorOn(device, padded, {n, static_cast<std::int64_t>(most)}, torch::kFloat64);
  const torch::Tensor count = sent(counts);
  const auto along = [&](double Glare::*middle, std::int64_t size) {
    const torch::Tensor from = sent(valuesOf(each, middle)).view({n, 1});
    return (torch::arange(size, from.options()) - from).to(torch::kFloat32);
  };
  const torch::Tensor x = along(&Glare::middleX, width).view({n, 1, width});
  const torch::Tensor y = along(&Glare::middleY, height).view({n, height, 1});
  const torch::Tensor distance = (x * x + y * y).sqrt().to(torch::kFloat64);
  const torch::Tensor fade = (1 - distance / sent(valuesOf(each, &Glare::reach))).clamp_min(0);
  const torch::Tensor place = anglesOf(x, y).to(torch::kFloat64) / (2 * kPi) * count;
  const torch::Tensor ray = place.floor(), between = place - ray;
  const auto strengthOf = [&](const torch::Tensor& which) {
    const torch::Tensor index = which.remainder(count).to(torch::kInt64).view({n, -1});
    return rays.gather(1, index).view({n, height, width});
  };
  const torch::Tensor lit = strengthOf(ray) * (1 - between) + strengthOf(ray + 1) * between;
  const torch::Tensor white =
      sent(valuesOf(each, &Glare::strength)) * fade * fade * (fade + (1 - fade) * lit);
  const torch::Tensor levels = batch.images.to(torch::kFloat64);
  batch.images = bytesOf(levels + (255 - levels) * white.unsqueeze(1));
}

}  // namespace limbus
