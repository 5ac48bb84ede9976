#include "native/infer/views.h"

#include <cstdlib>
#include <sstream>

#include "native/infer/resized.h"
#include "shared/options/options.h"

namespace limbus {
namespace {

constexpr Limits kScales{0.05, 20};
constexpr std::size_t kMostViews = 256;

SquareTurn then(const SquareTurn& first, const SquareTurn& second) {
  return {second[0] * first[0] + second[1] * first[2], second[0] * first[1] + second[1] * first[3],
          second[2] * first[0] + second[3] * first[2], second[2] * first[1] + second[3] * first[3]};
}

SquareTurn backOf(const SquareTurn& turn) { return {turn[0], turn[2], turn[1], turn[3]}; }

// `from`: rows of `channels` values by pixel.
template <class Value>
std::vector<Value> turned(const Value* from, int width, int height, int channels,
                          const SquareTurn& turn) {
  const int wide = turn[0] != 0 ? width : height, high = turn[0] != 0 ? height : width;
  std::vector<Value> out(static_cast<std::size_t>(width) * height * channels);
  Value* to = out.data();
  const SquareTurn back = backOf(turn);
  for (int y = 0; y < high; ++y) {
    for (int x = 0; x < wide; ++x, to += channels) {
      // From the middle, in halves of a pixel.
      const int right = 2 * x + 1 - wide, down = 2 * y + 1 - high;
      const int column = (back[0] * right + back[1] * down + width - 1) / 2;
      const int row = (back[2] * right + back[3] * down + height - 1) / 2;
      const Value* pixel = from + (static_cast<std::size_t>(row) * width + column) * channels;
      std::copy(pixel, pixel + channels, to);
    }
  }
  return out;
}

Image turned(ImageView image, const SquareTurn& turn) {
  Image out;
  out.width = turn[0] != 0 ? image.width : image.height;
  out.height = turn[0] != 0 ? image.height : image.width;
  out.channels = image.channels;
  out.pixels = turned(image.pixels, image.width, image.height, image.channels, turn);
  return out;
}

Planes turned(const Planes& planes, const SquareTurn& turn) {
  Planes out{planes.classes, turn[0] != 0 ? planes.width : planes.height,
             turn[0] != 0 ? planes.height : planes.width};
  out.values.reserve(planes.values.size());
  for (int c = 0; c < planes.classes; ++c) {
    const std::vector<float> plane =
        turned(planes.values.data() + c * planes.pixels(), planes.width, planes.height, 1, turn);
    out.values.insert(out.values.end(), plane.begin(), plane.end());
  }
  return out;
}

class Viewed : public Predictor {
 public:
  Viewed(SharedPredictor inner, const std::vector<View>& views, Averaged averaged)
      : averaged_(averaged) {
    for (const View& view : views) {
      looks_.push_back({resized(inner, {.scale = view.scale}, Interpolation::linear), view.turn});
    }
  }

  Result<Field> predict(ImageView image) const override {
    Planes mean;
    for (const auto& [predictor, turn] : looks_) {
      const Image seen = turned(image, turn);
      const Result<Planes> part = planesBy(*predictor, seen.view(), averaged_);
      if (!part) return fail(part.error());
      const Result<void> added =
          addTo(mean, turned(*part, backOf(turn)), 1.0F / static_cast<float>(looks_.size()));
      if (!added) return fail(added.error());
    }
    return fieldOf(std::move(mean), averaged_);
  }

 private:
  struct Look {
    SharedPredictor predictor;
    SquareTurn turn;
  };
  std::vector<Look> looks_;
  Averaged averaged_;
};

tl::unexpected<Error> refuseView(const std::string& why) {
  return fail(ErrorCode::badArgument, "--tta: " + why);
}

// "scale=0.75+flip-x"
Result<View> parseView(const std::string& text) {
  View view;
  if (text.empty()) return refuseView("expected a view between two commas");
  std::istringstream parts(text);
  for (std::string part; std::getline(parts, part, '+');) {
    const std::size_t equals = part.find('=');
    const std::string name = part.substr(0, equals);
    const ViewRow* row = findRow(views(), name);
    if (row == nullptr) return refuseView(unknownName("view", name, namesOf(views())));
    if (!row->scales && equals != std::string::npos) return refuseView(name + " takes no value");
    view.turn = then(view.turn, row->turn);
    if (!row->scales) continue;
    const std::string number = equals == std::string::npos ? "" : part.substr(equals + 1);
    char* end = nullptr;
    const double factor = std::strtod(number.c_str(), &end);
    if (number.empty() || *end != '\0' || !(factor >= kScales.low && factor <= kScales.high)) {
      return refuseView("expected scale=FACTOR with a factor from " + showNumber(kScales.low) +
                        " to " + showNumber(kScales.high) + ", got '" + part + "'");
    }
    view.scale *= factor;
  }
  return view;
}

Result<std::vector<View>> parseList(const std::string& text) {
  std::vector<View> list;
  std::istringstream parts(text);
  for (std::string part; std::getline(parts, part, ',');) {
    Result<View> view = parseView(part);
    if (!view) return fail(view.error());
    list.push_back(*view);
  }
  if (list.empty()) return refuseView("expected views such as none,flip-x");
  return list;
}

}  // namespace

const std::vector<ViewRow>& views() {
  static const std::vector<ViewRow> rows = {
      {"none", "the image as it is", {1, 0, 0, 1}},
      {"flip-x", "mirrored, left and right exchanged", {-1, 0, 0, 1}},
      {"flip-y", "top and bottom exchanged", {1, 0, 0, -1}},
      {"transpose", "rows and columns exchanged", {0, 1, 1, 0}},
      {"rotate-90", "a quarter turn clockwise", {0, -1, 1, 0}},
      {"rotate-180", "half a turn", {-1, 0, 0, -1}},
      {"rotate-270", "a quarter turn counter-clockwise", {0, 1, -1, 0}},
      {"scale", "scale=FACTOR: larger or smaller", {1, 0, 0, 1}, true},
  };
  return rows;
}

Result<std::vector<View>> parseViews(const std::vector<std::string>& lists) {
  std::vector<View> all = {View{}};
  for (const std::string& text : lists) {
    const Result<std::vector<View>> list = parseList(text);
    if (!list) return fail(list.error());
    std::vector<View> products;
    for (const View& before : all) {
      for (const View& view : *list) {
        products.push_back({then(before.turn, view.turn), before.scale * view.scale});
      }
    }
    if (products.size() > kMostViews) {
      return refuseView("expected at most " + std::to_string(kMostViews) + " views, got " +
                        std::to_string(products.size()));
    }
    all = std::move(products);
  }
  return all;
}

SharedPredictor viewed(SharedPredictor inner, const std::vector<View>& views, Averaged averaged) {
  return std::make_shared<Viewed>(std::move(inner), views, averaged);
}

}  // namespace limbus
