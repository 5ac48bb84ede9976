// Levels and colours, each pixel by itself.
#include "native/data/augment/opencv_numbers.h"
#include "native/train/augment/device_changes.h"
#include "native/train/augment/device_noise.h"
#include "native/train/augment/device_pixels.h"

namespace limbus {
namespace {

// `tables`: [n,1,256] or [n,C,256].
void lookUp(const torch::Tensor& tables, PixelBatch& batch) {
  const std::int64_t n = batch.images.size(0), of = tables.size(1);
  const torch::Tensor begin =
      torch::arange(n * of, torch::dtype(torch::kInt32).device(tables.device())) * 256;
  const torch::Tensor index = batch.images.to(torch::kInt32) + begin.view({n, of, 1, 1});
  batch.images = tables.reshape({-1}).index_select(0, index.view({-1})).view(batch.images.sizes());
}

}  // namespace

void change(const Each<Levels>& each, const DeviceTables&, PixelBatch& batch) {
  std::vector<std::uint8_t> bytes;
  for (const Levels* levels : each) {
    for (const LevelTable& table : levels->tables) {
      bytes.insert(bytes.end(), table.begin(), table.end());
    }
  }
  const std::int64_t n = static_cast<std::int64_t>(each.size());
  const std::int64_t of = static_cast<std::int64_t>(each[0]->tables.size());
  lookUp(tensorOn(batch.images.device(), bytes, {n, of, 256}, torch::kUInt8), batch);
}

void change(const Each<Contrast>& each, const DeviceTables&, PixelBatch& batch) {
  const std::int64_t n = batch.images.size(0);
  const torch::Device device = batch.images.device();
  const auto sent = [&](double Contrast::*member) {
    return tensorOn(device, valuesOf(each, member), {n, 1}, torch::kFloat64);
  };
  const torch::Tensor flat = batch.images.view({n, -1});
  const torch::Tensor mean = flat.sum({1}, /*keepdim=*/true, torch::kInt64).to(torch::kFloat64) /
                             static_cast<double>(flat.size(1));
  const torch::Tensor offset = sent(&Contrast::brightness) * mean + sent(&Contrast::offset);
  const torch::Tensor levels = torch::arange(256, offset.options());
  lookUp(bytesOf(levels * sent(&Contrast::contrast) + offset).unsqueeze(1), batch);
}

void change(const Each<Slope>& each, const DeviceTables&, PixelBatch& batch) {
  const std::int64_t n = batch.images.size(0);
  const auto along = [&](double Slope::*member, std::int64_t size) {
    const torch::Tensor sent =
        tensorOn(batch.images.device(), valuesOf(each, member), {n, 1}, torch::kFloat64);
    return sent * (2.0 * torch::arange(size, sent.options()) / static_cast<double>(size) - 1);
  };
  const std::int64_t height = batch.images.size(2), width = batch.images.size(3);
  const torch::Tensor gain = (1 + along(&Slope::alongY, height)).view({n, 1, height, 1}) +
                             along(&Slope::alongX, width).view({n, 1, 1, width});
  batch.images = bytesOf(batch.images * gain);
}

namespace {

// OpenCV's 8-bit HSV of [n,3,H,W], int32 each: hues below 180.
struct Hsv {
  torch::Tensor hue, saturation, value;
};

Hsv hsvOf(const torch::Tensor& images) {
  constexpr int kBits = 12;
  const torch::Tensor all = images.to(torch::kInt32);
  const torch::Tensor r = all.select(1, 0), g = all.select(1, 1), b = all.select(1, 2);
  const torch::Tensor value = all.amax(1), spread = value - all.amin(1);
  const auto divided = [&](const torch::Tensor& what, double by, const torch::Tensor& through) {
    const torch::Tensor factor =
        ((by * (1 << kBits)) / through.to(torch::kFloat64)).round().masked_fill(through == 0, 0);
    return torch::bitwise_right_shift(what * factor.to(torch::kInt32) + (1 << (kBits - 1)), kBits);
  };
  const torch::Tensor turn = torch::where(
      value == r, g - b, torch::where(value == g, b - r + 2 * spread, r - g + 4 * spread));
  const torch::Tensor hue = divided(turn, 30, spread);
  return {hue + 180 * (hue < 0), divided(spread, 255, value), value};
}

torch::Tensor rgbOf(const Hsv& hsv) {
  const torch::Tensor turn = hsv.hue.to(torch::kFloat32) * (6.0F / 180);
  const torch::Tensor sector = turn.floor(), within = turn - sector;
  const torch::Tensor value = hsv.value.to(torch::kFloat32) * (1.0F / 255);
  const torch::Tensor saturation = hsv.saturation.to(torch::kFloat32) * (1.0F / 255);
  const torch::Tensor least = value * (1 - saturation);
  const torch::Tensor falling = value * (1 - saturation * within);
  const torch::Tensor rising = value * (1 - saturation * (1 - within));
  const torch::Tensor levels = torch::stack({value, falling, least, rising}, 1);
  // Which of the four a channel is, in each sixth of the round.
  const auto channel = [&](const std::vector<std::int64_t>& kinds) {
    const torch::Tensor kind = tensorOn(levels.device(), kinds, {6}, torch::kInt64)
                                   .index_select(0, sector.to(torch::kInt32).clamp(0, 5).view({-1}))
                                   .view(sector.sizes())
                                   .unsqueeze(1);
    return levels.gather(1, kind);
  };
  return torch::cat(
      {channel({0, 1, 2, 2, 3, 0}), channel({3, 0, 0, 1, 2, 2}), channel({2, 2, 3, 0, 0, 1})}, 1);
}

}  // namespace

void change(const Each<HueShift>& each, const DeviceTables&, PixelBatch& batch) {
  const std::int64_t n = batch.images.size(0);
  const auto sent = [&](double HueShift::*member) {
    return tensorOn(batch.images.device(), valuesOf(each, member), {n, 1, 1}, torch::kFloat64);
  };
  Hsv hsv = hsvOf(batch.images);
  hsv.hue = (hsv.hue + sent(&HueShift::hue)).round().remainder(180);
  hsv.saturation = bytesOf(hsv.saturation + sent(&HueShift::saturation));
  hsv.value = bytesOf(hsv.value + sent(&HueShift::value));
  // OpenCV's vectors of 32 pixels (with AVX2; of 16 elsewhere) cut off, what is left of a row is
  // rounded.
  constexpr std::int64_t kVector = 32;
  const std::int64_t width = batch.images.size(3);
  const torch::Tensor levels = rgbOf(hsv) * 255;
  const torch::Tensor rounded = torch::arange(width, levels.options()) >= width - width % kVector;
  batch.images = (levels + 0.5F * rounded).floor().clamp(0, 255).to(torch::kUInt8);
}

void change(const Each<Noise>& each, const DeviceTables& tables, PixelBatch& batch) {
  const std::int64_t n = batch.images.size(0);
  const torch::Device device = batch.images.device();
  std::vector<Random> streams;
  for (const Noise* noise : each) streams.push_back(noise->stream);
  const auto sent = [&](float Noise::*member) {
    return tensorOn(device, valuesOf(each, member), {n, 1, 1, 1}, torch::kFloat32);
  };
  const torch::Tensor normal = normalValues(streams, batch.images.sizes(), tables.normal);
  const torch::Tensor value =
      (batch.images + sent(&Noise::mean)) + sent(&Noise::deviation) * normal;
  batch.images = bytesOf(value);
}

}  // namespace limbus
