// Neighbours weighed.
#include <algorithm>
#include <array>
#include <map>

#include "native/data/augment/opencv_numbers.h"
#include "native/train/augment/device_changes.h"
#include "native/train/augment/device_pixels.h"

namespace limbus {

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

torch::Tensor centred(const std::vector<std::vector<float>>& kernels, torch::Device device) {
  std::size_t longest = 0;
  for (const std::vector<float>& kernel : kernels) longest = std::max(longest, kernel.size());
  std::vector<float> padded;
  for (const std::vector<float>& kernel : kernels) {
    const std::size_t side = (longest - kernel.size()) / 2;
    padded.insert(padded.end(), side, 0);
    padded.insert(padded.end(), kernel.begin(), kernel.end());
    padded.insert(padded.end(), side, 0);
  }
  return tensorOn(device, padded,
                  {static_cast<std::int64_t>(kernels.size()), static_cast<std::int64_t>(longest)},
                  torch::kFloat32);
}

void change(const Each<Smooth>& each, const DeviceTables&, PixelBatch& batch) {
  std::vector<std::vector<float>> kernels;
  for (const Smooth* smooth : each) {
    const std::vector<int> weights = smoothingWeights(*smooth);
    kernels.emplace_back(weights.begin(), weights.end());
  }
  const torch::Tensor weights = centred(kernels, batch.images.device());
  // In 1/65536 of a level: whole numbers below 2^24.
  const torch::Tensor sum = smoothed(smoothed(batch.images, weights, 3), weights, 2);
  batch.images = ((sum + 32768) / 65536).floor().to(torch::kUInt8);
}

void change(const Each<Smear>& each, const DeviceTables&, PixelBatch& batch) {
  const torch::Tensor& images = batch.images;
  const std::int64_t height = images.size(2), width = images.size(3);
  std::int64_t reach = 0;
  std::map<std::array<int, 2>, std::vector<float>> taps;  // by y and x: the weight in each image
  for (std::size_t i = 0; i < each.size(); ++i) {
    const int radius = each[i]->radius, size = 2 * radius + 1;
    reach = std::max<std::int64_t>(reach, radius);
    for (int place = 0; place < size * size; ++place) {
      const float weight = each[i]->weights[static_cast<std::size_t>(place)];
      if (weight == 0) continue;
      std::vector<float>& all = taps[{place / size - radius, place % size - radius}];
      all.resize(each.size());
      all[i] = weight;
    }
  }
  std::vector<float> weights;
  for (const auto& [place, ofEach] : taps) {
    weights.insert(weights.end(), ofEach.begin(), ofEach.end());
  }
  const torch::Tensor sent =
      tensorOn(images.device(), weights,
               {static_cast<std::int64_t>(taps.size()), images.size(0), 1, 1, 1}, torch::kFloat32);
  const auto places = [&](std::int64_t size) {
    const auto numbers = torch::dtype(torch::kInt32).device(images.device());
    return mirrored(torch::arange(-reach, size + reach, numbers), size);
  };
  const torch::Tensor wide =
      images.index_select(2, places(height)).index_select(3, places(width)).to(torch::kFloat32);
  torch::Tensor sum = torch::zeros(images.sizes(), wide.options());
  std::int64_t tap = 0;
  for (const auto& [place, ofEach] : taps) {
    sum.addcmul_(wide.narrow(2, reach + place[0], height).narrow(3, reach + place[1], width),
                 sent[tap++]);
  }
  batch.images = bytesOf(sum);
}

namespace {

// By areas (cv::INTER_AREA): what each of the `most` smaller pixels takes of the `size` larger
// ones, [n,most,size]; nothing where there are fewer. Parts of a pixel up to 1/1000 are left out.
torch::Tensor areaWeights(const torch::Tensor& scale, std::int64_t most, std::int64_t size) {
  const torch::Tensor begin = torch::arange(most, scale.options()).view({1, most, 1}) * scale;
  const torch::Tensor end = begin + scale;
  const torch::Tensor pixel = torch::arange(size, scale.options()).view({1, 1, size});
  const torch::Tensor shared =
      (torch::minimum(end, pixel + 1) - torch::maximum(begin, pixel)).clamp_min(0);
  const torch::Tensor whole = torch::minimum(scale, size - begin).clamp_min(1e-3);
  return shared * (shared > 1e-3) / whole;
}

// By lines (cv::INTER_LINEAR): between which of `small` [n,1] pixels the `size` larger ones lie,
// [n,size], and the weights of both in 1/2048.
struct DevicePlaces {
  torch::Tensor first, second, ofFirst, ofSecond;  // int32
};

DevicePlaces devicePlaces(const torch::Tensor& small, std::int64_t size) {
  const torch::Tensor scale = 1 / (static_cast<double>(size) / small);
  const torch::Tensor place =
      ((torch::arange(size, scale.options()) + 0.5) * scale - 0.5).to(torch::kFloat32);
  const torch::Tensor before = place.floor();
  const torch::Tensor last = small - 1;
  const torch::Tensor rest = place - before;
  const auto held = [&](const torch::Tensor& pixel) {
    return torch::minimum(pixel.to(torch::kFloat64).clamp_min(0), last).to(torch::kInt32);
  };
  const auto weight = [](const torch::Tensor& share) {
    return (share * 2048).round().to(torch::kInt32);
  };
  return {held(before), held(before + 1), weight(1 - rest), weight(rest)};
}

}  // namespace

void change(const Each<Coarsen>& each, const DeviceTables&, PixelBatch& batch) {
  const std::int64_t n = batch.images.size(0), height = batch.images.size(2),
                     width = batch.images.size(3);
  struct Side {
    torch::Tensor size, scale;
    std::int64_t most;
  };
  const auto sideOf = [&](int Coarsen::*member, std::int64_t whole) {
    const std::vector<int> sizes = valuesOf(each, member);
    const std::vector<double> numbers(sizes.begin(), sizes.end());
    const torch::Tensor size = tensorOn(batch.images.device(), numbers, {n, 1}, torch::kFloat64);
    const torch::Tensor scale = 1 / (size / static_cast<double>(whole));
    return Side{size, scale.view({n, 1, 1}), *std::max_element(sizes.begin(), sizes.end())};
  };
  const Side rows = sideOf(&Coarsen::height, height), columns = sideOf(&Coarsen::width, width);
  const torch::Tensor down = areaWeights(rows.scale, rows.most, height).unsqueeze(1);
  const torch::Tensor along = areaWeights(columns.scale, columns.most, width).unsqueeze(1);
  const torch::Tensor means =
      torch::matmul(torch::matmul(down, batch.images.to(torch::kFloat64)), along.transpose(2, 3));
  // OpenCV rounds halves up where four pixels become one, to even numbers otherwise.
  const torch::Tensor quarters = (rows.scale == 2).logical_and(columns.scale == 2).unsqueeze(1);
  const torch::Tensor small =
      torch::where(quarters, (means + 0.5).floor(), means.round()).to(torch::kInt32);
  const DevicePlaces y = devicePlaces(rows.size, height), x = devicePlaces(columns.size, width);
  const auto row = [&](const torch::Tensor& which) {
    const auto level = [&](const torch::Tensor& column, const torch::Tensor& weight) {
      return gathered(small, which.unsqueeze(2), column.unsqueeze(1)) * weight.view({n, 1, 1, -1});
    };
    const torch::Tensor sum = level(x.first, x.ofFirst) + level(x.second, x.ofSecond);
    return torch::bitwise_right_shift(sum, 4);
  };
  const auto part = [&](const torch::Tensor& which, const torch::Tensor& weight) {
    return torch::bitwise_right_shift(row(which) * weight.view({n, 1, -1, 1}), 16);
  };
  const torch::Tensor sum = part(y.first, y.ofFirst) + part(y.second, y.ofSecond) + 2;
  batch.images = torch::bitwise_right_shift(sum, 2).clamp(0, 255).to(torch::kUInt8);
}

}  // namespace limbus
