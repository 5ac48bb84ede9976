#include "shared/eyes/camera.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "shared/elementary.h"
#include "shared/eyes/jpeg.h"
#include "shared/eyes/noise.h"

namespace limbus::eyes {
namespace {

// Gaussian weights, one side and the middle.
std::vector<float> gaussian(double deviation) {
  const int reach = std::max(1, static_cast<int>(std::ceil(2.5 * deviation)));
  std::vector<float> weights(static_cast<std::size_t>(reach) + 1);
  double sum = 0;
  for (int i = 0; i <= reach; ++i) {
    const double w = exponential(-0.5 * i * i / (deviation * deviation));
    sum += i == 0 ? w : 2 * w;
    weights[i] = static_cast<float>(w);
  }
  for (float& w : weights) w = static_cast<float>(w / sum);
  return weights;
}

void blurRows(Canvas& canvas, const std::vector<float>& weights) {
  const int reach = static_cast<int>(weights.size()) - 1;
  const int width = canvas.width;
  std::vector<float> padded(static_cast<std::size_t>(width) + 2 * reach);
  for (int y = 0; y < canvas.height; ++y) {
    float* row = canvas.row(y);
    std::copy(row, row + width, padded.begin() + reach);
    std::fill(padded.begin(), padded.begin() + reach, row[0]);
    std::fill(padded.end() - reach, padded.end(), row[width - 1]);
    const float* middle = padded.data() + reach;
    for (int x = 0; x < width; ++x) row[x] = weights[0] * middle[x];
    for (int k = 1; k <= reach; ++k) {
      const float w = weights[k];
      for (int x = 0; x < width; ++x) row[x] += w * (middle[x - k] + middle[x + k]);
    }
  }
}

void blurColumns(Canvas& canvas, const std::vector<float>& weights) {
  const int reach = static_cast<int>(weights.size()) - 1;
  const int width = canvas.width;
  const int kept = reach + 1;  // rows as they were: this one and those above, y at y % kept
  Canvas sharp(width, kept);
  for (int y = 0; y < canvas.height; ++y) {
    float* row = canvas.row(y);
    float* middle = sharp.row(y % kept);
    std::copy(row, row + width, middle);
    for (int x = 0; x < width; ++x) row[x] = weights[0] * middle[x];
    for (int k = 1; k <= reach; ++k) {
      const int next = std::min(canvas.height - 1, y + k);
      const float* above = sharp.row(std::max(0, y - k) % kept);
      const float* below = next == y ? middle : canvas.row(next);
      const float w = weights[k];
      for (int x = 0; x < width; ++x) row[x] += w * (above[x] + below[x]);
    }
  }
}

// The mean of shifted copies along a line.
void smear(Canvas& canvas, double dx, double dy) {
  const Canvas source = canvas;
  const double length = std::max(std::fabs(dx), std::fabs(dy));
  const int steps = std::clamp(static_cast<int>(length) + 1, 2, 16);
  const float share = 1.0F / static_cast<float>(steps);
  std::fill(canvas.pixels.begin(), canvas.pixels.end(), 0.0F);
  for (int i = 0; i < steps; ++i) {
    const double t = static_cast<double>(i) / (steps - 1) - 0.5;
    const int shiftX = static_cast<int>(std::floor(dx * t + 0.5));
    const int shiftY = static_cast<int>(std::floor(dy * t + 0.5));
    for (int y = 0; y < canvas.height; ++y) {
      const float* from = source.row(std::clamp(y + shiftY, 0, canvas.height - 1));
      float* to = canvas.row(y);
      for (int x = 0; x < canvas.width; ++x) {
        to[x] += share * from[std::clamp(x + shiftX, 0, canvas.width - 1)];
      }
    }
  }
}

struct Tap {  // between sample `first` and the next one
  int first;
  float share;  // of the next one
};

std::vector<Tap> bilinearTaps(int from, int to, float step) {
  std::vector<Tap> taps;
  for (int i = 0; i < to; ++i) {
    const float place = std::clamp((static_cast<float>(i) + 0.5F) * step - 0.5F, 0.0F,
                                   static_cast<float>(from - 1));
    const int first = std::min(static_cast<int>(place), from - 2);
    taps.push_back({first, place - static_cast<float>(first)});
  }
  return taps;
}

}  // namespace

Canvas resampled(const Canvas& canvas, int width, int height) {
  const float step = static_cast<float>(canvas.width) / static_cast<float>(width);
  const std::vector<Tap> across = bilinearTaps(canvas.width, width, step);
  const std::vector<Tap> down = bilinearTaps(canvas.height, height, step);
  Canvas other(width, height);
  std::vector<float> between(static_cast<std::size_t>(canvas.width));
  for (int y = 0; y < height; ++y) {
    const float* upper = canvas.row(down[y].first);
    const float* lower = canvas.row(down[y].first + 1);
    const float share = down[y].share;
    for (int x = 0; x < canvas.width; ++x) between[x] = mix(upper[x], lower[x], share);
    float* row = other.row(y);
    for (int x = 0; x < width; ++x) {
      const float* p = &between[across[x].first];
      row[x] = mix(p[0], p[1], across[x].share);
    }
  }
  return other;
}

void blur(const EyePreset& preset, double pxPerMm, Canvas& canvas, Random& random) {
  const double share = random.uniform();
  const double defocus =
      pxPerMm * (preset.defocus.low + (preset.defocus.high - preset.defocus.low) * share * share);
  const double own = draw(random, preset.defocusPx) * canvas.width / 400.0;
  const double deviation = std::min(squareRoot(defocus * defocus + own * own), 7.0);
  if (deviation > 0.3) {
    const std::vector<float> weights = gaussian(deviation);
    blurRows(canvas, weights);
    blurColumns(canvas, weights);
  }
  if (!random.chance(preset.motion)) return;
  const double length = draw(random, preset.motionLength) * pxPerMm;
  const double angle = random.uniform(0, kPi);
  if (length > 1.2) smear(canvas, length * cosine(angle), length * sine(angle));
}

void expose(const EyePreset& preset, double factor, unsigned plane, Canvas& canvas,
            Random& random) {
  const double exposure = std::max(factor * drawRatio(random, preset.exposure), 0.08);
  const double gamma = draw(random, preset.gamma);
  const double veil = draw(random, preset.veil);
  // Darker exposures are not drowned: their noise is lower too.
  const float quiet = clampUnit(static_cast<float>(0.25 + 0.75 * exposure));
  const float noise = drawn(random, preset.sensorNoise) * quiet;
  const float rows = drawn(random, preset.rowNoise) * quiet;
  const float shot = noise * drawn(random, preset.shotNoise);
  const float blobs = drawn(random, preset.noiseBlobs);
  const int blobX = random.integer(0, NoiseTile::kSize - 1);
  const int blobY = random.integer(0, NoiseTile::kSize - 1) + static_cast<int>(97 * plane);
  const NoiseTile& grains = grainNoise();
  constexpr int kSteps = 512;  // of the tone curve, over [0, kFull) of exposed light
  constexpr double kFull = 1.5;
  const float scale = static_cast<float>(exposure * kSteps / kFull);
  std::vector<float> tone(kSteps + 1);
  for (int i = 0; i <= kSteps; ++i) {
    const double v = power(i * kFull / kSteps, gamma);
    tone[i] = static_cast<float>(veil + (1.0 - veil) * v);
  }
  FastNoise stream(random, plane);
  const int width = canvas.width;
  std::vector<float> fine(static_cast<std::size_t>(width) + 1 + FastNoise::kLanes);
  std::vector<float> coarse(static_cast<std::size_t>(width));
  for (int y = 0; y < canvas.height; ++y) {
    float* row = canvas.row(y);
    stream.fill(fine.data(), width + 1);
    grains.copyRow(blobX, y + blobY, width, coarse.data());
    const float offset = rows * fine[width];
    for (int x = 0; x < width; ++x) {
      row[x] = std::min(std::max(row[x], 0.0F) * scale, kSteps - 0.01F);
    }
    for (int x = 0; x < width; ++x) {
      const int i = static_cast<int>(row[x]);
      row[x] = tone[i] + (tone[i + 1] - tone[i]) * (row[x] - static_cast<float>(i));
    }
    for (int x = 0; x < width; ++x) {
      const float grain = (noise + shot * std::min(row[x], 1.0F)) * mix(fine[x], coarse[x], blobs);
      row[x] = std::min(row[x], 1.05F) + offset + grain;
    }
  }
}

Image develop(const EyePreset& preset, const Canvas& canvas, Random& random) {
  Image image(canvas.width, canvas.height, 1);
  const float* light = canvas.pixels.data();
  std::uint8_t* grey = image.pixels.data();
  const std::size_t count = canvas.pixels.size();
  for (std::size_t i = 0; i < count; ++i) grey[i] = toByte(light[i] * 255.0F + 0.5F);
  const bool jpeg = random.chance(preset.jpeg);
  const double quality = draw(random, preset.jpegQuality);
  if (jpeg) loseJpegDetail(image, quality);
  return image;
}

}  // namespace limbus::eyes
