// A window slides over the image; where its positions overlap, a weighted mean counts.
#include <cmath>

#include "native/infer/cut.h"
#include "native/infer/modes.h"
#include "native/infer/modes/parts.h"

namespace limbus {
namespace {

enum class Weighting { uniform, depth, gauss };
enum class Edge { inside, zero, replicate, reflect };

struct SlidingOptions {
  int width = 0, height = 0;
  double share = 0, overlap = 0.25;
  int stride = 0;
  Weighting weight = Weighting::depth;
  Edge edge = Edge::inside;

  void describe(OptionVisitor& v) {
    v.whole("width", width, {0, kPartSides.high}, {"of the window; 0: by share", "px"});
    v.whole("height", height, {0, kPartSides.high}, {"of the window; 0: by share", "px"});
    v.number("share", share, {0, 1}, "of the image's sides that the window has, without a size");
    v.require((width > 0) == (height > 0), "width", "goes with a height, and a height with it");
    v.require(width > 0 || share > 0, "width", "expected width and height of the window, or share");
    v.number("overlap", overlap, {0, 0.95},
             "least share of the window that lies over the one before; evenly spread");
    v.whole("stride", stride, {0, kPartSides.high},
            {"from window to window instead, the last moved in; 0: by overlap", "px"});
    v.require(width == 0 || stride <= std::min(width, height), "stride",
              "expected at most the window's sides, which it would step over");
    v.choice(
        "weight", weight,
        {{Weighting::uniform, "uniform"}, {Weighting::depth, "depth"}, {Weighting::gauss, "gauss"}},
        "depth: by the distance to the window's edges; gauss: a deviation of an eighth of it");
    v.choice("edge", edge,
             {{Edge::inside, "inside"},
              {Edge::zero, "zero"},
              {Edge::replicate, "replicate"},
              {Edge::reflect, "reflect"}},
             "inside: no window leaves the image, a larger one shrinks; else what fills it beyond");
  }
};

struct SlidingSide {
  int window = 0;
  std::vector<int> beginnings = {};
  std::vector<float> weights = {};  // by the place in the window
};

std::vector<float> weightsOf(int window, Weighting weighting) {
  std::vector<float> weights(static_cast<std::size_t>(window), 1.0F);
  for (int i = 0; i < window && weighting != Weighting::uniform; ++i) {
    const double off = (i + 0.5 - 0.5 * window) / (0.125 * window);
    weights[i] = static_cast<float>(weighting == Weighting::depth ? std::min(i + 1, window - i)
                                                                  : std::exp(-0.5 * off * off));
  }
  return weights;
}

class Sliding : public Predictor {
 public:
  Sliding(SharedPredictor inner, Averaged averaged, SlidingOptions options)
      : inner_(std::move(inner)), averaged_(averaged), options_(options) {}

  Result<Field> predict(ImageView image) const override {
    const SlidingSide across = sideOf(image.width, options_.width);
    const SlidingSide down = sideOf(image.height, options_.height);
    Planes sum{0, image.width, image.height};
    std::vector<float> weights(sum.pixels(), 0.0F);
    for (int top : down.beginnings) {
      for (int left : across.beginnings) {
        const Image part = cut(image, {left, top, across.window, down.window}, fill());
        const Result<Planes> planes = planesBy(*inner_, part.view(), averaged_);
        if (!planes) return fail(planes.error());
        add(*planes, left, across, top, down, sum, weights);
      }
    }
    const std::size_t pixels = sum.pixels();
    for (std::size_t i = 0; i < sum.values.size(); ++i) sum.values[i] /= weights[i % pixels];
    return fieldOf(std::move(sum), averaged_);
  }

 private:
  PadFill fill() const {
    if (options_.edge == Edge::reflect) return PadFill::reflect;
    return options_.edge == Edge::replicate ? PadFill::replicate : PadFill::constant;
  }

  SlidingSide sideOf(int image, int windowPx) const {
    const int wanted = windowPx > 0
                           ? windowPx
                           : std::max(1, static_cast<int>(std::lround(options_.share * image)));
    const bool inside = options_.edge == Edge::inside;
    SlidingSide side{inside ? std::min(wanted, image) : wanted};
    side.weights = weightsOf(side.window, options_.weight);
    const int overlapPx = static_cast<int>(std::floor(options_.overlap * side.window));
    const int stride = options_.stride > 0 ? std::min(options_.stride, side.window)
                                           : std::max(1, side.window - overlapPx);
    const int gap = std::max(0, image - side.window);
    const int steps = (gap + stride - 1) / stride;
    const bool even = inside && options_.stride == 0;
    for (int i = 0; i <= steps; ++i) {
      const std::int64_t at =
          even && steps > 0 ? std::int64_t{gap} * i / steps : std::int64_t{stride} * i;
      side.beginnings.push_back(static_cast<int>(inside ? std::min<std::int64_t>(at, gap) : at));
    }
    return side;
  }

  static void add(const Planes& part, int left, const SlidingSide& across, int top,
                  const SlidingSide& down, Planes& sum, std::vector<float>& weights) {
    sum.classes = part.classes;
    sum.values.resize(sum.pixels() * static_cast<std::size_t>(part.classes), 0.0F);
    const int width = std::min(part.width, sum.width - left);
    const int height = std::min(part.height, sum.height - top);
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        const float weight = across.weights[x] * down.weights[y];
        const std::size_t to = static_cast<std::size_t>(top + y) * sum.width + left + x;
        const std::size_t from = static_cast<std::size_t>(y) * part.width + x;
        weights[to] += weight;
        for (int c = 0; c < part.classes; ++c) {
          sum.values[c * sum.pixels() + to] += weight * part.values[c * part.pixels() + from];
        }
      }
    }
  }

  SharedPredictor inner_;
  Averaged averaged_;
  SlidingOptions options_;
};

SharedPredictor wrapSliding(SharedPredictor inner, Averaged averaged,
                            const SlidingOptions& options) {
  return std::make_shared<Sliding>(std::move(inner), averaged, options);
}

}  // namespace

ModeRow slidingRow() {
  return {"sliding", "a window that slides over the image, the mean where its positions overlap",
          SlidingOptions{}, typed<wrapSliding>};
}

}  // namespace limbus
