// Views and ensembles: each mean against the same computation written out plainly.
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <cmath>
#include <functional>

#include "native/infer/ensemble.h"
#include "native/infer/fold_runs.h"
#include "native/infer/resized.h"
#include "native/system/files.h"
#include "native_catch.h"
#include "scratch_folder.h"
#include "shared/eyes/eyes.h"
#include "small_predictor.h"
#include "tiny_model.h"

using Catch::Matchers::ContainsSubstring;
using namespace limbus;
namespace fs = std::filesystem;

namespace {

struct Place {
  int x, y;
};
struct PlainView {
  const char* name;
  bool swapsSides;
  // Where the pixel (x,y) of a w x h image lies in the view.
  Place (*to)(int x, int y, int w, int h);
};
const std::vector<PlainView> kViews = {
    {"none", false,
     [](int x, int y, int, int) {
       return Place{x, y};
     }},
    {"flip-x", false,
     [](int x, int y, int w, int) {
       return Place{w - 1 - x, y};
     }},
    {"flip-y", false,
     [](int x, int y, int, int h) {
       return Place{x, h - 1 - y};
     }},
    {"transpose", true,
     [](int x, int y, int, int) {
       return Place{y, x};
     }},
    {"rotate-90", true,
     [](int x, int y, int, int h) {
       return Place{h - 1 - y, x};
     }},
    {"rotate-180", false,
     [](int x, int y, int w, int h) {
       return Place{w - 1 - x, h - 1 - y};
     }},
    {"rotate-270", true,
     [](int x, int y, int w, int) {
       return Place{y, w - 1 - x};
     }},
    {"flip-x+rotate-90", true,
     [](int x, int y, int w, int h) {
       return Place{h - 1 - y, w - 1 - x};
     }},
};

Planes plainMean(const Image& image, const std::vector<PlainView>& views, Averaged averaged) {
  const SmallPredictor model;
  Planes mean{3, image.width, image.height};
  mean.values.resize(3 * mean.pixels());
  for (const PlainView& view : views) {
    const int w = image.width, h = image.height;
    Image seen(view.swapsSides ? h : w, view.swapsSides ? w : h, 1);
    for (int y = 0; y < h; ++y) {
      for (int x = 0; x < w; ++x) {
        const Place place = view.to(x, y, w, h);
        seen.row(place.y)[place.x] = image.row(y)[x];
      }
    }
    const Planes answer = planesBy(model, seen.view(), averaged).value();
    for (int c = 0; c < 3; ++c) {
      for (int y = 0; y < h; ++y) {
        for (int x = 0; x < w; ++x) {
          const Place place = view.to(x, y, w, h);
          mean.values[c * mean.pixels() + static_cast<std::size_t>(y) * w + x] +=
              answer.values[c * answer.pixels() + static_cast<std::size_t>(place.y) * answer.width +
                            place.x] /
              static_cast<float>(views.size());
        }
      }
    }
  }
  return mean;
}

Planes meanBy(const Image& image, const std::vector<std::string>& lists, Averaged averaged) {
  const auto views = parseViews(lists);
  REQUIRE(views);
  return planesBy(*viewed(std::make_unique<SmallPredictor>(), *views, averaged), image.view(),
                  averaged)
      .value();
}

}  // namespace

TEST_CASE("views: every turn is turned back, and the mean is theirs") {
  const Averaged averaged = GENERATE(Averaged::probabilities, Averaged::logits);
  for (const auto& [width, height] : {std::pair{31, 18}, {8, 8}, {1, 5}}) {
    const Image image = patchyImage(width, height);
    for (const PlainView& view : kViews) {
      INFO(view.name << " of " << width << "x" << height);
      CHECK(largestGap(meanBy(image, {view.name}, averaged), plainMean(image, {view}, averaged)) <
            1e-5);
    }
    CHECK(largestGap(meanBy(image, {"none,flip-y,rotate-270"}, averaged),
                     plainMean(image, {kViews[0], kViews[2], kViews[6]}, averaged)) < 1e-5);
    CHECK(largestGap(meanBy(image, {"none,flip-x", "none,rotate-90"}, averaged),
                     plainMean(image, {kViews[0], kViews[4], kViews[1], kViews[7]}, averaged)) <
          1e-5);
  }
}

TEST_CASE("views: a scale is the resized image, and every row of the table is tried here") {
  const Image image = patchyImage(24, 18);
  const Planes larger =
      planesBy(*resized(std::make_shared<SmallPredictor>(), {.scale = 1.5}, Interpolation::linear),
               image.view(), Averaged::logits)
          .value();
  const Planes smaller =
      planesBy(*resized(std::make_shared<SmallPredictor>(), {.scale = 0.5}, Interpolation::linear),
               image.view(), Averaged::logits)
          .value();
  CHECK(largestGap(meanBy(image, {"scale=1.5"}, Averaged::logits), larger) < 1e-6);
  CHECK(largestGap(meanBy(image, {"scale=0.25+scale=2"}, Averaged::logits), smaller) < 1e-6);
  Planes both;
  REQUIRE(addTo(both, larger, 0.5F));
  REQUIRE(addTo(both, smaller, 0.5F));
  CHECK(largestGap(meanBy(image, {"scale=1.5,scale=0.5"}, Averaged::logits), both) < 1e-5);
  for (const ViewRow& row : views()) {
    INFO(row.name);
    const auto tried = std::find_if(kViews.begin(), kViews.end(), [&](const PlainView& view) {
      return view.name == std::string(row.name);
    });
    CHECK((row.scales || tried != kViews.end()));
  }
}

TEST_CASE("views: with its mirror image, what is symmetric stays so whichever way a model leans") {
  Image image = patchyImage(31, 5);
  for (int y = 0; y < 5; ++y) {
    for (int x = 0; x < 15; ++x) image.row(y)[30 - x] = image.row(y)[x];
  }
  const auto isSymmetric = [](const Mask& mask) {
    for (int y = 0; y < mask.height; ++y) {
      for (int x = 0; x < mask.width; ++x) {
        if (mask.row(y)[x] != mask.row(y)[mask.width - 1 - x]) return false;
      }
    }
    return true;
  };
  CHECK_FALSE(isSymmetric(maskBy(SmallPredictor(), image)));
  const auto even = viewed(std::make_unique<SmallPredictor>(), *parseViews({"none,flip-x"}),
                           Averaged::probabilities);
  CHECK(isSymmetric(maskBy(*even, image)));
}

TEST_CASE("views: what does not fit is one clear line") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"flip", "--tta: unknown view 'flip'; known: none, flip-x"},
      {"none,,flip-x", "--tta: expected a view between two commas"},
      {"", "--tta: expected views such as none,flip-x"},
      {"scale", "--tta: expected scale=FACTOR with a factor from 0.05 to 20, got 'scale'"},
      {"scale=0", "got 'scale=0'"},
      {"scale=two", "got 'scale=two'"},
      {"flip-x=2", "--tta: flip-x takes no value"},
  };
  for (const auto& [text, message] : cases) {
    const auto views = parseViews({text});
    INFO(text);
    REQUIRE_FALSE(views);
    CHECK_THAT(views.error().message, ContainsSubstring(message));
  }
  const std::string ten = "none,none,none,none,none,none,none,none,none,none";
  CHECK_THAT(parseViews({ten, ten, ten}).error().message,
             ContainsSubstring("at most 256 views, got 1000"));
  const auto huge =
      viewed(std::make_unique<SmallPredictor>(), *parseViews({"scale=20"}), Averaged::logits);
  CHECK_THAT(huge->predict(Image(900, 2, 1).view()).error().message,
             ContainsSubstring("an image of 900x2 times 20 is larger than 16384 px"));
}

namespace {

std::vector<Weighted> three(const std::vector<double>& weights) {
  std::vector<Weighted> models;
  for (std::size_t i = 0; i < 3; ++i) {
    models.push_back({std::make_unique<SmallPredictor>(2.0 + 3.0 * i), weights[i]});
  }
  return models;
}

}  // namespace

TEST_CASE("ensembles: the mean weighs logits or probabilities, in memory or on the disk") {
  const Averaged averaged = GENERATE(Averaged::probabilities, Averaged::logits);
  const Image image = patchyImage(19, 13);
  const std::vector<double> weights = {1, 2, 0.5};
  Planes wanted;
  MeanOnDisk onDisk = MeanOnDisk::make(averaged).value();
  for (std::size_t i = 0; i < 3; ++i) {
    const SmallPredictor model(2.0 + 3.0 * i);
    const Planes part = planesBy(model, image.view(), averaged).value();
    REQUIRE(addTo(wanted, part, static_cast<float>(weights[i] / 3.5)));
    REQUIRE(onDisk.add(4, *model.predict(image.view()), weights[i]));
  }
  const auto mean = meanOf(three(weights), averaged);
  CHECK(largestGap(planesBy(*mean, image.view(), averaged).value(), wanted) < 1e-5);
  const Field stored = onDisk.field(4).value();
  CHECK(largestGap(planesOf(stored, averaged).value(), wanted) < 1e-5);
  CHECK(maskOf(stored)->pixels == maskBy(*mean, image).pixels);
  CHECK_THAT(onDisk.field(3).error().message, ContainsSubstring("no model has looked at image 3"));
}

TEST_CASE("ensembles: logits tell a sure model from one that is not, probabilities less so") {
  // Two classes: -30 and +40 logits for class 1. Probabilities are even; logits are not.
  class Sure : public Predictor {
   public:
    explicit Sure(float logit) : logit_(logit) {}
    Result<Field> predict(ImageView image) const override {
      return Field{.logits = {{2, 1, 1}, {0, logit_}},
                   .output = {},
                   .placement = {image.width, image.height, image.width, image.height}};
    }

   private:
    float logit_;
  };
  const auto classOf = [](Averaged averaged) {
    std::vector<Weighted> both;
    both.push_back({std::make_unique<Sure>(-30.0F)});
    both.push_back({std::make_unique<Sure>(40.0F)});
    return maskBy(*meanOf(std::move(both), averaged), Image(1, 1, 1)).pixels[0];
  };
  CHECK(classOf(Averaged::logits) == 1);
  std::vector<Weighted> mixed = three({1, 1, 1});
  mixed.push_back({std::make_unique<SmallPredictor>(2, 2)});
  const auto refused = meanOf(std::move(mixed), Averaged::logits)->predict(Image(4, 3, 1).view());
  CHECK(refused.error().message ==
        "answers of 3 classes at 4x3 and of 2 classes at 4x3 have no mean");
}

TEST_CASE("ensembles: twice the same model is that model, one at a time too") {
  const ScratchFolder scratch;
  const fs::path file = scratch / "tiny.onnx";
  REQUIRE(writeBytes(file, tinyOnnx()));
  const Image image = renderEye(eyePresets()[0].name, 5, 1, 120, 70)->image;
  const Mask plain = Ensemble::open({.models = {{file}}})->mask(0, image.view()).value();
  for (const Averaged averaged : {Averaged::probabilities, Averaged::logits}) {
    for (const bool oneAtATime : {false, true}) {
      Ensemble twice =
          Ensemble::open(
              {.models = {{file}, {file, 3}}, .averaged = averaged, .oneAtATime = oneAtATime})
              .value();
      std::size_t steps = 0;
      REQUIRE(twice.lookAhead(
          1, [&](std::size_t) { return image; }, [&] { return ++steps > 0; }));
      CHECK(steps == twice.steps(1));
      CHECK(steps == (oneAtATime ? 2U : 0U));
      const Mask mask = twice.mask(0, image.view()).value();
      std::size_t equal = 0;
      for (std::size_t i = 0; i < plain.pixels.size(); ++i) {
        equal += mask.pixels[i] == plain.pixels[i];
      }
      CHECK(equal >= plain.pixels.size() - 2);  // weights round
      CHECK(twice.manifest().learnedParameters ==
            2 * Ensemble::open({.models = {{file}}})->manifest().learnedParameters);
    }
  }
}

TEST_CASE("ensembles: files that end in argmax vote, and have no logits") {
  const ScratchFolder scratch;
  const fs::path file = scratch / "argmax.onnx";
  OnnxOptions argmax;
  argmax.tail = Tail::argmax;
  REQUIRE(writeBytes(file, tinyOnnx(argmax)));
  const Image image = renderEye(eyePresets()[0].name, 5, 1, 96, 64)->image;
  const Mask plain = Ensemble::open({.models = {{file}}})->mask(0, image.view()).value();
  CHECK(Ensemble::open({.models = {{file}, {file}}})->mask(0, image.view())->pixels ==
        plain.pixels);
  const Result<Mask> none =
      Ensemble::open({.models = {{file}, {file}}, .averaged = Averaged::logits})
          ->mask(0, image.view());
  CHECK_THAT(none.error().message, ContainsSubstring("ends in argmax and gives no logits"));
}

TEST_CASE("ensembles: a folder of folds is its runs, in order of their numbers") {
  const ScratchFolder scratch;
  for (const char* name : {"fold10", "fold2", "fold-0", "other", "fold3"}) {
    fs::create_directory(scratch / name);
    if (name == std::string("fold3")) continue;
    REQUIRE(writeBytes(scratch / name / "best.safetensors", "x"));
  }
  CHECK_THAT(foldRuns(scratch.path()).error().message,
             ContainsSubstring("not trained to the end: fold3; go on with"));
  fs::remove(scratch / "fold3");
  const std::vector<fs::path> runs = {scratch / "fold-0", scratch / "fold2", scratch / "fold10"};
  CHECK(foldRuns(scratch.path()).value() == runs);
  CHECK(foldRuns(scratch / "fold2").value().empty());
  CHECK(foldRuns(scratch / "nowhere").value().empty());
  // Another file of that name is nobody's score.
  REQUIRE(writeBytes(scratch / "folds.json", R"({"folds":[["a"],["b"]]})"));
  CHECK(foldRuns(scratch.path()).value() == runs);
  REQUIRE(writeBytes(scratch / "folds.json", R"({"folds":2000000000,"runs":[]})"));
  CHECK(foldRuns(scratch.path()).value() == runs);
}
