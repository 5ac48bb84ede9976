// Modes: each against the same computation written out plainly, on small images.
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <cmath>

#include "native/infer/modes.h"
#include "shared/vision/resample.h"
#include "small_predictor.h"

using Catch::Matchers::ContainsSubstring;
using namespace limbus;

namespace {

SharedPredictor looking(const std::string& mode, Averaged averaged,
                        SharedPredictor inner = nullptr) {
  const Result<Chosen<ModeRow>> chosen = parseMode(mode);
  REQUIRE(chosen);
  if (inner == nullptr) inner = std::make_unique<SmallPredictor>();
  return chosen->row->wrap(std::move(inner), averaged, chosen->options);
}

// The image continued on all sides.
Image grown(const Image& image, int by, PadFill fill) {
  Image out(image.width + 2 * by, image.height + 2 * by, 1);
  const auto place = [&](int at, int size) {
    if (fill == PadFill::replicate) return std::clamp(at, 0, size - 1);
    while (at < 0 || at >= size) at = at < 0 ? -at : 2 * (size - 1) - at;
    return at;
  };
  for (int y = 0; y < out.height; ++y) {
    for (int x = 0; x < out.width; ++x) {
      const bool outside = x < by || y < by || x >= by + image.width || y >= by + image.height;
      if (outside && fill == PadFill::constant) continue;
      out.row(y)[x] = image.row(place(y - by, image.height))[place(x - by, image.width)];
    }
  }
  return out;
}

Image part(const Image& image, int left, int top, int width, int height) {
  Image out(width, height, 1);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) out.row(y)[x] = image.row(top + y)[left + x];
  }
  return out;
}

struct Size {
  int width, height;
};
const std::vector<Size> kSizes = {{30, 20}, {31, 23}, {16, 12}, {9, 5}, {17, 40}};

}  // namespace

TEST_CASE("modes: whole is the model's own field") {
  const Image image = patchyImage(31, 17);
  const SmallPredictor model;
  const Field field = looking("whole", Averaged::logits)->predict(image.view()).value();
  CHECK(field.logits.values == model.predict(image.view())->logits.values);
}

TEST_CASE("modes: resize shows the resampled image and reads the answer at the source's pixels") {
  const Image image = patchyImage(23, 17);
  const SmallPredictor model;
  const auto wanted = [&](int width, int height, Interpolation interpolation) {
    const Image seen = resample(image.view(), width, height, interpolation);
    Planes planes{3, image.width, image.height};
    for (int c = 0; c < 3; ++c) {
      for (int y = 0; y < image.height; ++y) {
        for (int x = 0; x < image.width; ++x) {
          const auto at = [](int place, int size, int seenSize) {
            return std::clamp((place + 0.5) * seenSize / size - 0.5, 0.0, seenSize - 1.0);
          };
          const double column = at(x, image.width, width), row = at(y, image.height, height);
          const int left = static_cast<int>(column), top = static_cast<int>(row);
          const int right = std::min(left + 1, width - 1), low = std::min(top + 1, height - 1);
          const double across = column - left, down = row - top;
          const auto logit = [&](int px, int py) { return model.logit(seen.view(), c, px, py); };
          planes.values.push_back(static_cast<float>(
              (1 - down) * ((1 - across) * logit(left, top) + across * logit(right, top)) +
              down * ((1 - across) * logit(left, low) + across * logit(right, low))));
        }
      }
    }
    return planes;
  };
  const auto got = [&](const std::string& mode) {
    return planesBy(*looking(mode, Averaged::logits), image.view(), Averaged::logits).value();
  };
  CHECK(largestGap(got("resize:width=11,height=9"), wanted(11, 9, Interpolation::linear)) < 1e-4);
  CHECK(largestGap(got("resize:width=40,height=30,interpolation=cubic"),
                   wanted(40, 30, Interpolation::cubic)) < 1e-4);
  CHECK(largestGap(got("resize:scale=0.5,interpolation=area"), wanted(12, 9, Interpolation::area)) <
        1e-4);
  CHECK(largestGap(got("resize"), wanted(23, 17, Interpolation::linear)) < 1e-4);
}

TEST_CASE("modes: tiles are answers side by side, the last ones filled") {
  const SmallPredictor model;
  for (const auto& [fill, name] : {std::pair{PadFill::reflect, "reflect"},
                                   {PadFill::replicate, "replicate"},
                                   {PadFill::constant, "zero"}}) {
    for (const auto& [width, height] : kSizes) {
      INFO(name << " " << width << "x" << height);
      const Image image = patchyImage(width, height), around = grown(image, 16, fill);
      Mask wanted(width, height, 1);
      for (int top = 0; top < height; top += 12) {
        for (int left = 0; left < width; left += 16) {
          const Mask mask = maskBy(model, part(around, 16 + left, 16 + top, 16, 12));
          for (int y = top; y < std::min(top + 12, height); ++y) {
            for (int x = left; x < std::min(left + 16, width); ++x) {
              wanted.row(y)[x] = mask.row(y - top)[x - left];
            }
          }
        }
      }
      const std::string mode = std::string("tiles:width=16,height=12,fill=") + name;
      CHECK(maskBy(*looking(mode, Averaged::probabilities), image).pixels == wanted.pixels);
      CHECK(maskBy(*looking(mode, Averaged::logits), image).pixels == wanted.pixels);
    }
  }
}

TEST_CASE("modes: the vote is the most frequent class over shifted grids, ties to the lower") {
  const SmallPredictor model;
  const int tile = 12, shifts = GENERATE(1, 2, 3, 5);
  for (const auto& [width, height] : kSizes) {
    INFO(width << "x" << height << ", " << shifts << " shifts");
    const Image image = patchyImage(width, height);
    const Image around = grown(image, tile, PadFill::replicate);
    std::vector<std::array<int, 3>> votes(image.pixels.size(), {0, 0, 0});
    // As published: rows and columns from i-th of n starts in the grown image, as far as they go.
    const Image further = grown(around, tile, PadFill::replicate);
    for (int i = 0; i < shifts; ++i) {
      const int start = i * tile / shifts;
      for (int top = start; top < around.height; top += tile) {
        for (int left = start; left < around.width; left += tile) {
          const Mask mask = maskBy(model, part(further, tile + left, tile + top, tile, tile));
          for (int y = 0; y < tile; ++y) {
            for (int x = 0; x < tile; ++x) {
              const int column = left + x - tile, row = top + y - tile;
              if (column < 0 || row < 0 || column >= width || row >= height) continue;
              ++votes[static_cast<std::size_t>(row) * width + column][mask.row(y)[x]];
            }
          }
        }
      }
    }
    const std::string mode = "vote:width=12,height=12,shifts=" + std::to_string(shifts);
    const Mask got = maskBy(*looking(mode, Averaged::probabilities), image);
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < votes.size(); ++i) {
      CHECK(votes[i][0] + votes[i][1] + votes[i][2] == shifts);
      wrong +=
          got.pixels[i] != std::max_element(votes[i].begin(), votes[i].end()) - votes[i].begin();
    }
    CHECK(wrong == 0);
  }
}

namespace {

struct PlainWeights {
  const char* name;
  double (*at)(int place, int window);
};
const std::vector<PlainWeights> kWeights = {
    {"uniform", [](int, int) { return 1.0; }},
    {"depth", [](int place, int window) { return 1.0 * std::min(place + 1, window - place); }},
    {"gauss", [](int place, int window) {
       const double off = (place - (window - 1) / 2.0) / (window / 8.0);
       return std::exp(-off * off / 2);
     }}};

// The weighted mean over windows that begin at these places; of what lies outside, zero.
Planes plainSliding(const Image& image, Size window, const std::vector<int>& lefts,
                    const std::vector<int>& tops, const PlainWeights& weights, Averaged averaged) {
  const SmallPredictor model;
  const Image around = grown(image, 32, PadFill::constant);
  Planes sum{3, image.width, image.height};
  std::vector<double> values(3 * sum.pixels(), 0.0), total(sum.pixels(), 0.0);
  for (int top : tops) {
    for (int left : lefts) {
      const Image shown = part(around, 32 + left, 32 + top, window.width, window.height);
      for (int y = 0; y < window.height && top + y < image.height; ++y) {
        for (int x = 0; x < window.width && left + x < image.width; ++x) {
          std::array<double, 3> scores{};
          double all = 0;
          for (int c = 0; c < 3; ++c) all += std::exp(model.logit(shown.view(), c, x, y));
          for (int c = 0; c < 3; ++c) {
            scores[c] = model.logit(shown.view(), c, x, y);
            if (averaged == Averaged::probabilities) scores[c] = std::exp(scores[c]) / all;
          }
          const double weight = weights.at(x, window.width) * weights.at(y, window.height);
          const std::size_t pixel = static_cast<std::size_t>(top + y) * image.width + left + x;
          total[pixel] += weight;
          for (int c = 0; c < 3; ++c) values[c * sum.pixels() + pixel] += weight * scores[c];
        }
      }
    }
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    sum.values.push_back(static_cast<float>(values[i] / total[i % sum.pixels()]));
  }
  return sum;
}

}  // namespace

TEST_CASE("modes: a sliding window is the weighted mean of what overlaps") {
  const Averaged averaged = GENERATE(Averaged::probabilities, Averaged::logits);
  const Image image = patchyImage(31, 23);
  for (const PlainWeights& weights : kWeights) {
    INFO(weights.name);
    const auto got = [&](const std::string& options) {
      const std::string mode = "sliding:" + options + ",weight=" + weights.name;
      return planesBy(*looking(mode, averaged), image.view(), averaged).value();
    };
    const auto wanted = [&](Size window, const std::vector<int>& lefts,
                            const std::vector<int>& tops) {
      return plainSliding(image, window, lefts, tops, weights, averaged);
    };
    // By stride, the last moved in; evenly spread; beyond the edge; by share; one window.
    CHECK(largestGap(got("width=16,height=12,stride=7"),
                     wanted({16, 12}, {0, 7, 14, 15}, {0, 7, 11})) < 1e-4);
    CHECK(largestGap(got("width=16,height=12,overlap=0.5"),
                     wanted({16, 12}, {0, 7, 15}, {0, 5, 11})) < 1e-4);
    CHECK(largestGap(got("width=16,height=12,stride=10,edge=zero"),
                     wanted({16, 12}, {0, 10, 20}, {0, 10, 20})) < 1e-4);
    CHECK(largestGap(got("share=0.4,stride=8,edge=zero"),
                     wanted({12, 9}, {0, 8, 16, 24}, {0, 8, 16})) < 1e-4);
    CHECK(largestGap(got("width=31,height=23"), wanted({31, 23}, {0}, {0})) < 1e-4);
  }
}

TEST_CASE("modes: windows cover every size of image, and none is larger than the window") {
  for (const auto& [width, height] : kSizes) {
    INFO(width << "x" << height);
    auto inner = std::make_unique<SmallPredictor>(0);
    const SmallPredictor& seen = *inner;
    const auto predictor =
        looking("sliding:width=16,height=12", Averaged::probabilities, std::move(inner));
    const Image bright(width, height, 1, 255);  // class 2 wherever it stands
    const Mask mask = maskBy(*predictor, bright);
    REQUIRE((mask.width == width && mask.height == height));
    CHECK(std::count(mask.pixels.begin(), mask.pixels.end(), 2) == width * height);
    CHECK((seen.widest <= 16 && seen.highest <= 12));
  }
}

TEST_CASE("modes: one tile that is the image is the model itself") {
  const Image image = patchyImage(33, 21);
  const Mask plain = maskBy(SmallPredictor(), image);
  for (const char* mode :
       {"whole", "resize:width=33,height=21", "resize:scale=1", "tiles:width=33,height=21",
        "vote:width=33,height=21,shifts=1", "sliding:width=33,height=21", "sliding:share=1",
        "sliding:width=100,height=90"}) {
    INFO(mode);
    CHECK(maskBy(*looking(mode, Averaged::probabilities), image).pixels == plain.pixels);
  }
}

TEST_CASE("modes: what does not fit is one clear line") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"slidng",
       "unknown mode 'slidng'; known: whole, resize, tiles, vote, sliding; did you mean "
       "'sliding'?"},
      {"", "unknown mode ''"},
      {"tiles", "--mode.width: "},
      {"tiles:width=0,height=4", "--mode.width: "},
      {"tiles:width=4,height=4,fill=blue", "--mode.fill: "},
      {"tiles:width=4,height=4,overlap=1", "--mode.overlap: unknown key"},
      {"tiles:width", "--mode width: expected KEY=VALUE"},
      {"whole:width=3", "--mode.width: unknown key"},
      {"resize:width=4", "--mode.width: goes with a height"},
      {"resize:scale=0", "--mode.scale: "},
      {"vote:width=4,height=4,shifts=0", "--mode.shifts: "},
      {"sliding", "--mode.width: expected width and height of the window, or share"},
      {"sliding:width=8,height=8,stride=9", "--mode.stride: expected at most the window's sides"},
      {"sliding:width=8,height=8,overlap=1", "--mode.overlap: "},
  };
  for (const auto& [text, message] : cases) {
    const Result<Chosen<ModeRow>> mode = parseMode(text);
    INFO(text);
    REQUIRE_FALSE(mode);
    CHECK_THAT(mode.error().message, ContainsSubstring(message));
    CHECK(mode.error().message.find('\n') == std::string::npos);
  }
}
