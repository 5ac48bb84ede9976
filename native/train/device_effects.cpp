#include "native/train/device_effects.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "native/data/opencv_numbers.h"
#include "native/train/device_noise.h"
#include "native/train/device_pixels.h"

namespace limbus {
namespace {

using Tables = DeviceEffects::Tables;

template <class Kind>
using Each = std::vector<const Kind*>;  // of each image of a batch

// Of one value of each.
template <class Kind, class Value>
std::vector<Value> valuesOf(const Each<Kind>& each, Value Kind::*member) {
  std::vector<Value> values;
  for (const Kind* one : each) values.push_back(one->*member);
  return values;
}

void change(const Each<Mirror>& each, const Tables&, PixelBatch& batch) {
  const std::int64_t axis = each[0]->vertical ? -2 : -1;
  batch.images = batch.images.flip({axis});
  batch.masks = batch.masks.flip({axis});
}

void change(const Each<Turn>& each, const Tables&, PixelBatch& batch) {
  const std::int64_t quarters = 4 - each[0]->quarters;  // LibTorch turns anticlockwise
  batch.images = batch.images.rot90(quarters, {2, 3}).contiguous();
  batch.masks = batch.masks.rot90(quarters, {1, 2}).contiguous();
}

// Pixels of other places of the same image: planes [n,P,H,W], y and x int32 that broadcast to
// [n,h,w] and lie inside.
torch::Tensor gathered(const torch::Tensor& planes, const torch::Tensor& y,
                       const torch::Tensor& x) {
  const std::int64_t n = planes.size(0), count = planes.size(1), width = planes.size(3);
  const std::int64_t pixels = planes.size(2) * width;
  const auto numbers = torch::dtype(torch::kInt32).device(planes.device());
  const torch::Tensor begin = torch::arange(n * count, numbers).view({n, count, 1, 1}) * pixels;
  const torch::Tensor index = begin + (y * width + x).unsqueeze(1);
  return planes.reshape({-1}).index_select(0, index.view({-1})).view(index.sizes());
}

void change(const Each<Window>& each, const Tables&, PixelBatch& batch) {
  const std::int64_t n = batch.images.size(0), fullHeight = batch.images.size(2),
                     fullWidth = batch.images.size(3);
  const std::int64_t height = each[0]->height, width = each[0]->width;
  const auto along = [&](int Window::*begin, std::int64_t size) {
    const torch::Tensor first =
        tensorOn(batch.images.device(), valuesOf(each, begin), {n, 1}, torch::kInt32);
    return first + torch::arange(size, first.options());
  };
  const torch::Tensor y = along(&Window::top, height).view({n, height, 1});
  const torch::Tensor x = along(&Window::left, width).view({n, 1, width});
  const torch::Tensor insideY = y.clamp_max(fullHeight - 1), insideX = x.clamp_max(fullWidth - 1);
  batch.images = gathered(batch.images, insideY, insideX);
  batch.masks = gathered(batch.masks.unsqueeze(1), insideY, insideX).squeeze(1);
  if (height <= fullHeight && width <= fullWidth) return;
  const torch::Tensor outside = (y >= fullHeight).logical_or(x >= fullWidth);
  batch.images.masked_fill_(outside.unsqueeze(1), each[0]->fill);
  batch.masks.masked_fill_(outside, kVoidLabel);
}

// Where the pixels of [n,H,W] come from, in 1/1024 px: sums of what a row and what a column gives.
struct Origins {
  torch::Tensor x, y;
};

Origins originsOf(const Each<Warp>& each, torch::Device device, std::int64_t height,
                  std::int64_t width) {
  constexpr double kScale = 1024;
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
  return {along(0), along(1)};
}

torch::Tensor shifted(const torch::Tensor& value, int bits) {
  return torch::bitwise_right_shift(value, bits);
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
  const torch::Tensor x = shifted(origins.x + 16, 5), y = shifted(origins.y + 16, 5);
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
  const torch::Tensor x = shifted(origins.x + 512, 10), y = shifted(origins.y + 512, 10);
  torch::Tensor moved =
      gathered(masks.unsqueeze(1), held(y, height, border), held(x, width, border)).squeeze(1);
  if (!border.isConstant()) return moved;
  return moved.masked_fill_(inside(x, width).logical_and(inside(y, height)).logical_not(),
                            kVoidLabel);
}

void change(const Each<Warp>& each, const Tables& tables, PixelBatch& batch) {
  const torch::Tensor& images = batch.images;
  const torch::Tensor& table = each[0]->cubic ? tables.cubic : tables.linear;
  const Border& border = each[0]->border;
  const Origins origins = originsOf(each, images.device(), images.size(2), images.size(3));
  // As many at once as fill the device, but not its memory.
  const std::int64_t most = images.is_cuda() ? std::int64_t{1} << 26 : 1;
  const std::int64_t values = images.size(2) * images.size(3) * table.size(0);
  const std::int64_t atOnce = std::clamp<std::int64_t>(most / values, 1, images.size(0));
  std::vector<torch::Tensor> moved;
  for (std::int64_t first = 0; first < images.size(0); first += atOnce) {
    const std::int64_t count = std::min(atOnce, images.size(0) - first);
    const Origins part{origins.x.narrow(0, first, count), origins.y.narrow(0, first, count)};
    moved.push_back(weighed(images.narrow(0, first, count), part, table, border));
  }
  batch.masks = nearest(batch.masks, origins, border);
  batch.images = moved.size() == 1 ? moved[0] : torch::cat(moved);
}

// `tables`: [n,1,256] or [n,C,256].
void lookUp(const torch::Tensor& tables, PixelBatch& batch) {
  const std::int64_t n = batch.images.size(0), of = tables.size(1);
  const torch::Tensor begin =
      torch::arange(n * of, torch::dtype(torch::kInt32).device(tables.device())) * 256;
  const torch::Tensor index = batch.images.to(torch::kInt32) + begin.view({n, of, 1, 1});
  batch.images = tables.reshape({-1}).index_select(0, index.view({-1})).view(batch.images.sizes());
}

void change(const Each<Levels>& each, const Tables&, PixelBatch& batch) {
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

void change(const Each<Contrast>& each, const Tables&, PixelBatch& batch) {
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

void change(const Each<Slope>& each, const Tables&, PixelBatch& batch) {
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

// One axis, 2 or 3, of [n,C,H,W]; weights: [n,K].
torch::Tensor smoothed(const torch::Tensor& images, const torch::Tensor& weights,
                       std::int64_t axis) {
  const std::int64_t size = images.size(axis), count = weights.size(1), reach = count / 2;
  const torch::Tensor places =
      torch::arange(-reach, size + reach, torch::dtype(torch::kInt32).device(images.device()));
  const torch::Tensor wide = images.index_select(axis, mirrored(places, size)).to(torch::kFloat32);
  torch::Tensor sum = torch::zeros(images.sizes(), wide.options());
  for (std::int64_t k = 0; k < count; ++k) {
    sum.addcmul_(wide.narrow(axis, k, size), weights.select(1, k).view({-1, 1, 1, 1}));
  }
  return sum;
}

void change(const Each<Smooth>& each, const Tables&, PixelBatch& batch) {
  std::vector<std::vector<int>> kernels;
  std::size_t longest = 0;
  for (const Smooth* smooth : each) {
    kernels.push_back(smoothingWeights(*smooth));
    longest = std::max(longest, kernels.back().size());
  }
  std::vector<int> padded;
  for (const std::vector<int>& kernel : kernels) {
    const std::size_t side = (longest - kernel.size()) / 2;
    padded.insert(padded.end(), side, 0);
    padded.insert(padded.end(), kernel.begin(), kernel.end());
    padded.insert(padded.end(), side, 0);
  }
  const torch::Tensor weights =
      tensorOn(batch.images.device(), padded,
               {batch.images.size(0), static_cast<std::int64_t>(longest)}, torch::kInt32)
          .to(torch::kFloat32);
  // In 1/65536 of a level: whole numbers below 2^24.
  const torch::Tensor sum = smoothed(smoothed(batch.images, weights, 3), weights, 2);
  batch.images = ((sum + 32768) / 65536).floor().to(torch::kUInt8);
}

void change(const Each<Noise>& each, const Tables& tables, PixelBatch& batch) {
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

// Effects of one kind are done together.
int kindOf(const Effect& effect) {
  const int kind = static_cast<int>(effect.what.index()) * 8;
  if (const auto* mirror = std::get_if<Mirror>(&effect.what)) return kind + mirror->vertical;
  if (const auto* turn = std::get_if<Turn>(&effect.what)) return kind + turn->quarters;
  if (const auto* warp = std::get_if<Warp>(&effect.what)) {
    return kind + warp->cubic * 4 + static_cast<int>(warp->border.kind);
  }
  return kind;
}

void applyKind(const std::vector<const Effect*>& effects, const Tables& tables, PixelBatch& batch) {
  std::visit(
      [&](const auto& first) {
        using Kind = std::decay_t<decltype(first)>;
        Each<Kind> each;
        for (const Effect* effect : effects) each.push_back(&std::get<Kind>(effect->what));
        change(each, tables, batch);
      },
      effects[0]->what);
}

struct Alike {
  std::vector<int> images;
  std::vector<const Effect*> effects;
};

void applyAlike(const Alike& alike, const Tables& tables, PixelBatch& batch) {
  const std::int64_t count = static_cast<std::int64_t>(alike.images.size());
  if (count == batch.images.size(0)) {
    applyKind(alike.effects, tables, batch);
    return;
  }
  const torch::Tensor which =
      tensorOn(batch.images.device(), alike.images, {count}, torch::kInt32).to(torch::kInt64);
  PixelBatch part{batch.images.index_select(0, which), batch.masks.index_select(0, which)};
  const torch::Tensor masks = part.masks;
  applyKind(alike.effects, tables, part);
  batch.images.index_copy_(0, which, part.images);
  if (!part.masks.is_same(masks)) batch.masks.index_copy_(0, which, part.masks);
}

}  // namespace

DeviceEffects::DeviceEffects(torch::Device device) {
  const auto weights = [&](bool cubic) {
    return tensorOn(device, warpWeights(cubic), {cubic ? 16 : 4, kWarpPlaces * kWarpPlaces},
                    torch::kInt32)
        .to(torch::kFloat32);
  };
  tables_ = {tensorOn(device, normalTable(), {65536}, torch::kFloat32), weights(false),
             weights(true)};
}

void DeviceEffects::apply(const std::vector<std::vector<Effects>>& drawn, PixelBatch& batch) const {
  const std::size_t entries = drawn.empty() ? 0 : drawn[0].size();
  for (std::size_t entry = 0; entry < entries; ++entry) {
    for (std::size_t place = 0;; ++place) {
      std::map<int, Alike> kinds;
      for (std::size_t i = 0; i < drawn.size(); ++i) {
        if (place >= drawn[i][entry].size()) continue;
        const Effect& effect = drawn[i][entry][place];
        Alike& alike = kinds[kindOf(effect)];
        alike.images.push_back(static_cast<int>(i));
        alike.effects.push_back(&effect);
      }
      if (kinds.empty()) break;
      for (const auto& [kind, alike] : kinds) applyAlike(alike, tables_, batch);
    }
  }
}

}  // namespace limbus
