#include "native/infer/predictor.h"

#include <algorithm>
#include <cmath>

#include "shared/vision/probabilities.h"
#include "shared/vision/upsample_argmax.h"

namespace limbus {
namespace {

// Class probabilities at the image's size.
struct Probabilities {
  int classes = 0;
  int width = 0;
  int height = 0;
  std::vector<float> values;  // [K,H,W]

  std::size_t pixels() const { return static_cast<std::size_t>(width) * height; }
};

Result<Probabilities> probabilitiesBy(const Predictor& predictor, ImageView image) {
  const Result<Field> field = predictor.predict(image);
  if (!field) return fail(field.error());
  const Dims& shape = field->logits.shape;
  const Placement& place = field->placement;
  const int classes = static_cast<int>(shape[0]);
  Result<std::vector<float>> values = probabilities(
      field->logits.values.data(), classes, static_cast<int>(shape[1]), static_cast<int>(shape[2]),
      field->output, place, {.first = 0, .count = place.sourceHeight});
  if (!values) return fail(values.error());
  return Probabilities{classes, place.sourceWidth, place.sourceHeight, std::move(*values)};
}

Field fieldOf(Probabilities mean) {
  constexpr float kLeast = 1e-12F;
  for (float& value : mean.values) value = std::log(std::max(value, kLeast));
  return {.logits = {{mean.classes, mean.height, mean.width}, std::move(mean.values)},
          .output = {},
          .placement = {.sourceWidth = mean.width,
                        .sourceHeight = mean.height,
                        .inputWidth = mean.width,
                        .inputHeight = mean.height}};
}

Image cropped(ImageView image, int left, int top, int width, int height) {
  Image out(width, height, image.channels);
  for (int y = 0; y < height; ++y) {
    const std::uint8_t* from = image.row(top + y) + left * image.channels;
    std::copy(from, from + width * image.channels, out.row(y));
  }
  return out;
}

Image mirrored(ImageView image) {
  Image out(image.width, image.height, image.channels);
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      const std::uint8_t* from = image.row(y) + (image.width - 1 - x) * image.channels;
      std::copy(from, from + image.channels, out.row(y) + x * image.channels);
    }
  }
  return out;
}

class Flipped : public Predictor {
 public:
  explicit Flipped(std::unique_ptr<Predictor> inner) : inner_(std::move(inner)) {}

  Result<Field> predict(ImageView image) const override {
    Result<Probabilities> mean = probabilitiesBy(*inner_, image);
    if (!mean) return fail(mean.error());
    const Image mirror = mirrored(image);
    Result<Probabilities> other = probabilitiesBy(*inner_, mirror.view());
    if (!other) return fail(other.error());
    for (auto row = other->values.begin(); row != other->values.end(); row += other->width) {
      std::reverse(row, row + other->width);
    }
    for (std::size_t i = 0; i < mean->values.size(); ++i) {
      mean->values[i] = (mean->values[i] + other->values[i]) / 2;
    }
    return fieldOf(std::move(*mean));
  }

 private:
  std::unique_ptr<Predictor> inner_;
};

// As few as overlap by a quarter, evenly spread.
std::vector<int> beginningsOf(int imageSize, int tileSize) {
  const int gap = imageSize - tileSize, stride = std::max(1, tileSize - tileSize / 4);
  const int steps = (gap + stride - 1) / stride;
  std::vector<int> beginnings = {0};
  for (int i = 1; i <= steps; ++i) {
    beginnings.push_back(static_cast<int>(static_cast<std::int64_t>(gap) * i / steps));
  }
  return beginnings;
}

class Tiled : public Predictor {
 public:
  Tiled(std::unique_ptr<Predictor> inner, TileSize size) : inner_(std::move(inner)), size_(size) {}

  Result<Field> predict(ImageView image) const override {
    const int width = std::min(size_.width, image.width);
    const int height = std::min(size_.height, image.height);
    Probabilities sum{0, image.width, image.height, {}};
    std::vector<float> weights(sum.pixels(), 0.0F);
    for (int top : beginningsOf(image.height, height)) {
      for (int left : beginningsOf(image.width, width)) {
        const Image tile = cropped(image, left, top, width, height);
        Result<Probabilities> part = probabilitiesBy(*inner_, tile.view());
        if (!part) return fail(part.error());
        add(*part, left, top, sum, weights);
      }
    }
    for (std::size_t i = 0; i < sum.values.size(); ++i) sum.values[i] /= weights[i % sum.pixels()];
    return fieldOf(std::move(sum));
  }

 private:
  static void add(const Probabilities& part, int left, int top, Probabilities& sum,
                  std::vector<float>& weights) {
    sum.classes = part.classes;
    sum.values.resize(sum.pixels() * part.classes, 0.0F);
    for (int y = 0; y < part.height; ++y) {
      for (int x = 0; x < part.width; ++x) {
        const int depth = std::min(x + 1, part.width - x) * std::min(y + 1, part.height - y);
        const float weight = static_cast<float>(depth);
        const std::size_t to = static_cast<std::size_t>(top + y) * sum.width + left + x;
        const std::size_t from = static_cast<std::size_t>(y) * part.width + x;
        weights[to] += weight;
        for (int c = 0; c < part.classes; ++c) {
          sum.values[c * sum.pixels() + to] += weight * part.values[c * part.pixels() + from];
        }
      }
    }
  }

  std::unique_ptr<Predictor> inner_;
  TileSize size_;
};

class Mean : public Predictor {
 public:
  explicit Mean(std::vector<std::unique_ptr<Predictor>> inner) : inner_(std::move(inner)) {}

  Result<Field> predict(ImageView image) const override {
    Probabilities mean;
    for (const std::unique_ptr<Predictor>& one : inner_) {
      Result<Probabilities> part = probabilitiesBy(*one, image);
      if (!part) return fail(part.error());
      if (mean.classes != 0 && part->classes != mean.classes) {
        return fail(ErrorCode::badArgument, "models of " + std::to_string(mean.classes) + " and " +
                                                std::to_string(part->classes) +
                                                " classes have no mean");
      }
      if (mean.classes == 0) mean = {part->classes, part->width, part->height, {}};
      mean.values.resize(part->values.size(), 0.0F);
      for (std::size_t i = 0; i < mean.values.size(); ++i) {
        mean.values[i] += part->values[i] / static_cast<float>(inner_.size());
      }
    }
    return fieldOf(std::move(mean));
  }

 private:
  std::vector<std::unique_ptr<Predictor>> inner_;
};

}  // namespace

Result<Mask> maskOf(const Field& field) {
  const int classes = static_cast<int>(field.logits.shape[0]),
            height = static_cast<int>(field.logits.shape[1]),
            width = static_cast<int>(field.logits.shape[2]);
  const float* logits = field.logits.values.data();
  if (field.output.kind != OutputKind::argmax) {
    return upsampleArgmax(logits, classes, height, width, field.output, field.placement);
  }
  // Such a file ends in argmax at the input's size; ties go to the lower class.
  const std::size_t pixels = static_cast<std::size_t>(height) * width;
  std::vector<std::uint8_t> best(pixels, 0);
  for (std::size_t i = 0; i < pixels; ++i) {
    for (int c = 1; c < classes; ++c) {
      if (logits[c * pixels + i] > logits[best[i] * pixels + i]) {
        best[i] = static_cast<std::uint8_t>(c);
      }
    }
  }
  return placeMask(best.data(), height, width, field.placement);
}

std::unique_ptr<Predictor> flipped(std::unique_ptr<Predictor> inner) {
  return std::make_unique<Flipped>(std::move(inner));
}

std::unique_ptr<Predictor> tiled(std::unique_ptr<Predictor> inner, TileSize size) {
  return std::make_unique<Tiled>(std::move(inner), size);
}

std::unique_ptr<Predictor> meanOf(std::vector<std::unique_ptr<Predictor>> inner) {
  return std::make_unique<Mean>(std::move(inner));
}

}  // namespace limbus
