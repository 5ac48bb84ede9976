// Inference: any image size, the same mask as the trained network gives, overlays and tables.
#include <algorithm>
#include <sstream>

#include "native/data/files/png.h"
#include "native/infer/model.h"
#include "native/infer/overlay.h"
#include "native/system/files.h"
#include "native_catch.h"
#include "scratch_folder.h"
#include "shared/eyes/eyes.h"
#include "shared/random.h"
#include "shared/vision/preprocess.h"
#include "tiny_model.h"

using namespace limbus;

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

TEST_CASE("infer: too small an image is answered with the size that would do") {
  const ScratchFolder scratch;
  const Graph graph = buildNet("ritnet").value();
  Manifest manifest = tinyManifest();
  manifest.input.multiple = 1;
  REQUIRE(writeBytes(scratch / "ritnet.onnx",
                     writeOnnx(graph, Executor(graph, 3).weights(), manifest, {}).value()));
  const std::unique_ptr<Predictor> model = predictorAt(scratch / "ritnet.onnx");
  CHECK(predictMask(*model, Image(50, 16, 1).view()));
  const Result<Mask> refused = predictMask(*model, Image(50, 9, 1).view());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find("the next size up that fits is 16 high and 50 wide") !=
        std::string::npos);
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

  // Of streets the first class is as good as any other.
  std::vector<ClassSpec> street = classes;
  street[0] = {"sky", {0, 200, 255}, ""};
  const Analysis whole = *analyse(mask.view(), street, {});
  const Image all = paintOverlay(image.view(), mask.view(), whole, street);
  REQUIRE((all.row(2)[6] == 50 && all.row(2)[7] == 150 && all.row(2)[8] == 178));
  REQUIRE((all.row(0)[0] == 0 && all.row(0)[1] == 200 && all.row(0)[2] == 255));
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
  const std::string none =
      regionsCsvRows("none.png", *analyse(Mask(8, 8, 1).view(), classes, {}), classes);
  REQUIRE(none == "none.png,,,,,,,,,,,,,,,\n");
}

TEST_CASE("infer: numbers of regions stand on exactly their pixels, parts and rings too") {
  const std::vector<ClassSpec> classes = {
      {"rest", {}, "background"}, {"cell", {9, 9, 9}, ""}, {"other", {8, 8, 8}, ""}};
  for (const std::uint32_t seed : {1U, 2U, 3U, 4U}) {
    Random random(seed, 0, 0, Purpose::test);
    Mask mask(300, 200, 1);
    for (int i = 0; i < 90; ++i) {  // discs and rings that touch and lie within one another
      const int x0 = random.integer(0, 299), y0 = random.integer(0, 199);
      const int outer = random.integer(2, 22), inner = random.chance(0.4) ? outer - 2 : 0;
      const auto label = static_cast<std::uint8_t>(random.integer(0, 2));
      for (int y = 0; y < mask.height; ++y) {
        for (int x = 0; x < mask.width; ++x) {
          const int squared = (x - x0) * (x - x0) + (y - y0) * (y - y0);
          if (squared <= outer * outer && squared >= inner * inner) mask.row(y)[x] = label;
        }
      }
    }
    for (int i = 0; i < 2000; ++i) {
      mask.pixels[static_cast<std::size_t>(random.integer(0, 300 * 200 - 1))] =
          static_cast<std::uint8_t>(random.integer(0, 2));
    }
    for (const double neck : {0.0, 0.6}) {
      for (const int least : {1, 16}) {
        CAPTURE(seed, neck, least);
        const RegionSpec rule{.minAreaPx = least, .neck = neck};
        const Analysis analysis = *analyse(mask.view(), classes, rule);
        REQUIRE(analysis.regions.size() > 20);
        const Result<Image> numbers = regionNumbers(mask.view(), analysis, rule);
        REQUIRE(numbers);
        struct Sum {
          std::int64_t areaPx = 0, x = 0, y = 0;
        };
        std::vector<Sum> sums(analysis.regions.size() + 1);
        for (int y = 0; y < mask.height; ++y) {
          for (int x = 0; x < mask.width; ++x) {
            const std::uint8_t* pair = numbers->row(y) + 2 * x;
            Sum& sum = sums.at(static_cast<std::size_t>(pair[0] * 256 + pair[1]));
            ++sum.areaPx;
            sum.x += x;
            sum.y += y;
          }
        }
        int wrong = 0;
        for (std::size_t i = 0; i < analysis.regions.size(); ++i) {
          const Region& region = analysis.regions[i];
          const Sum& sum = sums[i + 1];
          const auto area = static_cast<double>(region.areaPx);
          wrong += sum.areaPx != region.areaPx ||
                   std::abs(static_cast<double>(sum.x) - region.centroidX * area) > 1e-3 ||
                   std::abs(static_cast<double>(sum.y) - region.centroidY * area) > 1e-3;
        }
        CHECK(wrong == 0);
      }
    }
  }
  Image pairs(2, 1, 2);
  pairs.pixels = {0, 3, 1, 2};
  const Result<std::string> png = encodePng(pairs.view());
  REQUIRE(png);
  CHECK(isPngOf16Bits(*png));
  CHECK(decodePng(*png)->pixels == std::vector<std::uint8_t>{0, 1});  // high bytes
}
