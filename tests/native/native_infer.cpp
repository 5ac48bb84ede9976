// Inference: any image size, the same mask as the trained network gives, overlays and tables.
#include <algorithm>
#include <cmath>
#include <sstream>

#include "native/infer/model.h"
#include "native/infer/overlay.h"
#include "native/system/files.h"
#include "native_catch.h"
#include "scratch_folder.h"
#include "shared/eyes/eyes.h"
#include "shared/vision/preprocess.h"
#include "tiny_model.h"

using namespace limbus;
namespace fs = std::filesystem;

namespace {

Image eyeImage(int width, int height) {
  return renderEye(eyePresets()[0].name, 5, 1, width, height)->image;
}

Result<Mask> predictMask(const Predictor& predictor, ImageView image) {
  const Result<Field> field = predictor.predict(image);
  if (!field) return fail(field.error());
  return maskOf(*field);
}

std::unique_ptr<Predictor> predictorAt(const std::filesystem::path& file) {
  Result<Model> model = loadModel(file, "cpu");
  REQUIRE(model);
  return predictorOf(std::move(*model));
}

double equalShare(const std::vector<std::uint8_t>& a, const std::vector<std::uint8_t>& b) {
  std::size_t equal = 0;
  for (std::size_t i = 0; i < a.size(); ++i) equal += a[i] == b[i];
  return static_cast<double>(equal) / static_cast<double>(a.size());
}

}  // namespace

TEST_CASE("infer: images of any size and channel count give masks of their size") {
  const ScratchFolder scratch;
  REQUIRE(writeBytes(scratch / "tiny.onnx", tinyOnnx()));
  const std::unique_ptr<Predictor> model = predictorAt(scratch / "tiny.onnx");
  for (const auto& [width, height] : {std::pair{96, 64}, {32, 32}, {50, 70}, {333, 97}}) {
    INFO(width << "x" << height);
    const Image grey = eyeImage(width, height);
    const Result<Mask> mask = predictMask(*model, grey.view());
    REQUIRE(mask);
    REQUIRE((mask->width == width && mask->height == height));
    REQUIRE(*std::max_element(mask->pixels.begin(), mask->pixels.end()) < 4);
    Image colour(width, height, 3);
    for (std::size_t i = 0; i < colour.pixels.size(); ++i) colour.pixels[i] = grey.pixels[i / 3];
    REQUIRE(predictMask(*model, colour.view())->pixels == mask->pixels);
  }
}

TEST_CASE("infer: the mask equals the trained graph's own argmax, with logits or argmax tail") {
  const ScratchFolder scratch;
  OnnxOptions argmax;
  argmax.tail = Tail::argmax;
  REQUIRE(writeBytes(scratch / "logits.onnx", tinyOnnx()));
  REQUIRE(writeBytes(scratch / "argmax.onnx", tinyOnnx(argmax)));
  const Image image = eyeImage(160, 120);
  Prepared prepared = *preprocess(image.view(), tinyManifest().input);
  Executor net(tinyGraph(), 3);  // the weights that tinyOnnx wrote
  net.eval();
  const torch::NoGradGuard noGradients;
  const torch::Tensor logits = net.forward(
      torch::from_blob(prepared.tensor.values.data(), prepared.tensor.shape, torch::kFloat32))[0];
  const torch::Tensor best = logits.argmax(1).to(torch::kUInt8).contiguous();
  const std::vector<std::uint8_t> expected(best.data_ptr<std::uint8_t>(),
                                           best.data_ptr<std::uint8_t>() + best.numel());
  REQUIRE(expected.size() == image.pixels.size());
  for (const char* name : {"logits.onnx", "argmax.onnx"}) {
    INFO(name);
    const std::unique_ptr<Predictor> model = predictorAt(scratch / name);
    REQUIRE(equalShare(predictMask(*model, image.view())->pixels, expected) >= 0.9999);
  }
}

namespace {

// Two classes: as bright as the pixel, and brighter towards the left of what it is shown.
class LeftLeaning : public Predictor {
 public:
  Result<Field> predict(ImageView image) const override {
    const int w = image.width, h = image.height;
    largest = std::max({largest, w, h});
    Field field{
        .logits = {{2, h, w}, {}},
        .output = {},
        .placement = {.sourceWidth = w, .sourceHeight = h, .inputWidth = w, .inputHeight = h}};
    for (int c = 0; c < 2; ++c) {
      for (int y = 0; y < h; ++y) {
        for (int x = 0; x < w; ++x) {
          field.logits.values.push_back(
              c == 0 ? 0.0F : image.row(y)[x] / 64.0F - 2 + 2.0F * (0.5F - (x + 0.5F) / w));
        }
      }
    }
    return field;
  }
  mutable int largest = 0;
};

Image symmetric(int width, int height) {
  Image image(width, height, 1);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      image.row(y)[x] = static_cast<std::uint8_t>(std::min(x, width - 1 - x) * 17 % 256);
    }
  }
  return image;
}

}  // namespace

TEST_CASE("infer: a flip takes out what leans to one side, and leaves a symmetric mask") {
  const Image image = symmetric(31, 5);
  const auto isSymmetric = [](const Mask& mask) {
    for (int y = 0; y < mask.height; ++y) {
      for (int x = 0; x < mask.width; ++x) {
        if (mask.row(y)[x] != mask.row(y)[mask.width - 1 - x]) return false;
      }
    }
    return true;
  };
  const Mask plain = *predictMask(LeftLeaning(), image.view());
  CHECK(!isSymmetric(plain));
  const Mask even = *predictMask(*flipped(std::make_unique<LeftLeaning>()), image.view());
  CHECK(isSymmetric(even));
  CHECK(std::count(even.pixels.begin(), even.pixels.end(), 1) > 0);
}

TEST_CASE("infer: tiles cover every size of image, none is larger, and what is flat stays flat") {
  for (const auto& [width, height] : {std::pair{40, 30}, {17, 9}, {8, 64}, {16, 12}, {5, 3}}) {
    INFO(width << "x" << height);
    auto inner = std::make_unique<LeftLeaning>();
    const LeftLeaning& seen = *inner;
    const std::unique_ptr<Predictor> tiles = tiled(std::move(inner), {.width = 16, .height = 12});
    const Image flat(width, height, 1, 255);  // class 1 wherever it stands in a tile
    const Result<Mask> mask = predictMask(*tiles, flat.view());
    REQUIRE(mask);
    CHECK((mask->width == width && mask->height == height));
    CHECK(std::count(mask->pixels.begin(), mask->pixels.end(), 1) == width * height);
    CHECK(seen.largest <= 16);
  }
}

TEST_CASE("infer: one tile, or twice the same model, is the model itself") {
  const ScratchFolder scratch;
  REQUIRE(writeBytes(scratch / "tiny.onnx", tinyOnnx()));
  const fs::path file = scratch / "tiny.onnx";
  const Image image = eyeImage(120, 70);
  const Mask plain = *predictMask(*predictorAt(file), image.view());
  const Mask whole =
      *predictMask(*tiled(predictorAt(file), {.width = 120, .height = 70}), image.view());
  CHECK(equalShare(whole.pixels, plain.pixels) > 0.999);
  std::vector<std::unique_ptr<Predictor>> both;
  both.push_back(predictorAt(file));
  both.push_back(predictorAt(file));
  const Mask mean = *predictMask(*meanOf(std::move(both)), image.view());
  CHECK(equalShare(mean.pixels, plain.pixels) > 0.999);
}

TEST_CASE("infer: the mean of models weighs their probabilities, and needs equal classes") {
  // Probabilities of class 1: 0.9 and 0.4: the mean is class 1 though the votes are even.
  class Fixed : public Predictor {
   public:
    Fixed(float probability, int classes) : probability_(probability), classes_(classes) {}
    Result<Field> predict(ImageView image) const override {
      Field field{
          .logits = {{classes_, 1, 1}, {std::log(1 - probability_), std::log(probability_)}},
          .output = {},
          .placement = {.sourceWidth = image.width,
                        .sourceHeight = image.height,
                        .inputWidth = image.width,
                        .inputHeight = image.height}};
      field.logits.values.resize(static_cast<std::size_t>(classes_), -9.0F);
      return field;
    }

   private:
    float probability_;
    int classes_;
  };
  const Image image(3, 2, 1);
  const auto meanMask = [&](int classes) {
    std::vector<std::unique_ptr<Predictor>> two;
    two.push_back(std::make_unique<Fixed>(0.9F, 2));
    two.push_back(std::make_unique<Fixed>(0.4F, classes));
    return predictMask(*meanOf(std::move(two)), image.view());
  };
  CHECK(meanMask(2)->pixels == std::vector<std::uint8_t>(6, 1));
  const Result<Mask> refused = meanMask(3);
  REQUIRE(!refused);
  CHECK(refused.error().message.find("models of 2 and 3 classes") != std::string::npos);
}

TEST_CASE("infer: what is no model is refused with its name") {
  const ScratchFolder scratch;
  REQUIRE(writeBytes(scratch / "zero.onnx", ""));
  REQUIRE(writeBytes(scratch / "zero.limbus", ""));
  std::filesystem::create_directory(scratch / "empty");
  for (const char* name : {"zero.onnx", "zero.limbus", "empty", "missing"}) {
    const Result<Model> model = loadModel(scratch / name, "cpu");
    REQUIRE_FALSE(model);
    INFO(model.error().message);
    REQUIRE(model.error().message.find(name) != std::string::npos);
  }
  const Result<Model> device = loadModel(scratch / "zero.onnx", "gpu");
  REQUIRE_FALSE(device);
  REQUIRE(device.error().message.find("gpu") != std::string::npos);
}

TEST_CASE("infer: overlays leave the background, halve the classes, draw outlines in full colour") {
  const std::vector<ClassSpec> classes = tinyManifest().classes;
  Image image(40, 30, 1, 100);
  Mask mask(40, 30, 1);
  for (int y = 8; y < 22; ++y) {
    for (int x = 10; x < 30; ++x) mask.row(y)[x] = 3;
  }
  const Analysis analysis = *analyse(mask.view(), classes, {});
  REQUIRE(analysis.regions.size() == 1);
  const Image painted = paintOverlay(image.view(), mask.view(), analysis, classes);
  REQUIRE(painted.channels == 3);
  const auto at = [&](int x, int y) {
    const std::uint8_t* pixel = painted.row(y) + x * 3;
    return std::vector<int>{pixel[0], pixel[1], pixel[2]};
  };
  REQUIRE(at(2, 2) == std::vector<int>{100, 100, 100});
  REQUIRE(at(20, 15) == std::vector<int>{178, 90, 80});
  REQUIRE(at(10, 15) == std::vector<int>{255, 80, 60});
}

TEST_CASE("infer: the region table has one full row per region, names quoted where needed") {
  const std::vector<ClassSpec> classes = tinyManifest().classes;
  Mask mask(60, 40, 1);
  for (int y = 10; y < 30; ++y) {
    for (int x = 20; x < 44; ++x) mask.row(y)[x] = 2;
  }
  const Analysis analysis = *analyse(mask.view(), classes, {});
  const std::string rows = regionsCsvRows("a,\"b\".png", analysis, classes);
  REQUIRE(rows.rfind("\"a,\"\"b\"\".png\",2,iris,480,31.500,19.500,20,10,24,20,", 0) == 0);
  const std::string header = regionsCsvHeader();
  REQUIRE(std::count(rows.begin(), rows.end(), ',') - 1 ==
          std::count(header.begin(), header.end(), ','));
  REQUIRE(std::count(rows.begin(), rows.end(), '\n') == 1);
  REQUIRE(regionsCsvRows("none.png", *analyse(Mask(8, 8, 1).view(), classes, {}), classes).empty());
}
