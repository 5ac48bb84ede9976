// Options that change an answer, seen to do so by models of which everything is known.
#include <catch2/matchers/catch_matchers_floating_point.hpp>
#include <nlohmann/json.hpp>

#include "command_line.h"
#include "native/data/files/csv.h"
#include "native/data/files/image_files.h"
#include "native/system/files.h"
#include "native_catch.h"
#include "shared/graph/builder.h"
#include "shared/model/onnx_model.h"

using Catch::Matchers::WithinAbs;
using namespace limbus;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

constexpr std::uint8_t kDark = 0, kBright = 255;

// Logits of two classes: 0 and `slope` times the pixel's level, from -1 to 1, plus `offset`.
struct PixelModel {
  float slope, offset;
  double neck = 0;
};
// The class is 1 where a pixel is bright.
constexpr PixelModel kByLevel{.slope = 1, .offset = 0};

Result<std::string> onnxOf(const PixelModel& model) {
  Builder b("pixel", 1);
  const Graph graph = b.finish(b.conv(b.input(), "classifier", {.out = 2, .bias = true}));
  const Weights weights = {{"classifier.weight", {{2, 1, 1, 1}, {0, model.slope}}},
                           {"classifier.bias", {{2}, {0, model.offset}}}};
  Manifest manifest;
  manifest.name = "pixel";
  manifest.input.width = 64;
  manifest.input.height = 48;
  manifest.input.mean = {0.5};
  manifest.input.std = {0.5};
  manifest.classes = {{"background", {0, 0, 0}, "background"}, {"dot", {80, 120, 255}, ""}};
  manifest.regions = {.rule = RegionRule::all, .minAreaPx = 10, .neck = model.neck};
  return writeOnnx(graph, weights, manifest, {});
}

// Of class 1 from column `left` on.
Mask rightOf(int left) {
  Mask mask(64, 48, 1);
  for (int y = 0; y < mask.height; ++y) {
    for (int x = left; x < mask.width; ++x) mask.row(y)[x] = 1;
  }
  return mask;
}

struct PixelModels {
  ScratchFolder scratch;
  std::string data = (scratch / "data").string(), images = data + "/images";

  PixelModels() {
    for (const char* part : {"images", "masks"}) fs::create_directories(fs::path(data) / part);
  }

  std::string model(const std::string& name, const PixelModel& model) const {
    const Result<std::string> bytes = onnxOf(model);
    REQUIRE(bytes);
    REQUIRE(writeBytes(scratch / name, *bytes, false));
    return (scratch / name).string();
  }
  // What kByLevel takes for `seen`, of which `truth` is the label.
  void add(const std::string& name, const Mask& seen, const Mask& truth) const {
    Image image = seen;
    for (std::uint8_t& pixel : image.pixels) pixel = pixel == 1 ? kBright : kDark;
    REQUIRE(writePng(fs::path(images) / (name + ".png"), image.view(), false));
    REQUIRE(writePng(fs::path(data) / "masks" / (name + ".png"), truth.view(), false));
  }
  json evaluated(std::vector<std::string> words) const {
    words.insert(words.begin(), {"evaluate", "--dataset", "folder", "--data", data, "--json"});
    const Said said = limbusSays(words);
    INFO(said.err);
    REQUIRE(said.exitCode == 0);
    return json::parse(said.out);
  }
};

}  // namespace

TEST_CASE("cli: borders count as found within the tolerance that is asked for") {
  const PixelModels known;
  known.add("0", rightOf(23), rightOf(20));
  const std::string model = known.model("level.onnx", kByLevel);
  const auto f1 = [&](const std::vector<std::string>& tolerance) {
    std::vector<std::string> words = {"--model", model, "--boundary"};
    words.insert(words.end(), tolerance.begin(), tolerance.end());
    const json dot = known.evaluated(words).at("classes")[1];
    CHECK(dot.at("hausdorff95Px") == 3);
    return dot.at("boundaryF1").get<double>();
  };
  CHECK(f1({}) == 0);  // within 0.6 of a diagonal of 80 px
  CHECK(f1({"--tolerance", "2.9"}) == 0);
  CHECK(f1({"--tolerance", "3"}) == 1);
}

TEST_CASE("cli: evaluate scores the first images alone where it is told to") {
  const PixelModels known;
  for (const char* right : {"0", "1"}) known.add(right, rightOf(32), rightOf(32));
  known.add("2", rightOf(0), rightOf(32));
  const std::string model = known.model("level.onnx", kByLevel);
  const auto scored = [&](const std::string& limit, int images, double accuracy) {
    INFO(limit);
    const json answer = known.evaluated({"--model", model, "--limit", limit});
    CHECK(answer.at("images") == images);
    CHECK_THAT(answer.at("pixelAccuracy").get<double>(), WithinAbs(accuracy, 1e-9));
  };
  scored("2", 2, 1);
  for (const char* all : {"0", "9"}) scored(all, 3, 2.5 / 3);
}

// One is sure of class 1 by 8, the other of class 0 by 2: of probabilities, 0.9997 and 0.12, the
// mean is above a half up to a weight of 1.3 of the other, of logits up to 4.
TEST_CASE("cli: the mean of several models is by their weights, of probabilities or logits") {
  const PixelModels known;
  known.add("0", rightOf(64), rightOf(0));  // all of class 1
  const std::string sure = known.model("sure.onnx", {.slope = 0, .offset = 8});
  const std::string other = known.model("other.onnx", {.slope = 0, .offset = -2});
  const std::string masks = (known.scratch / "masks").string();
  const auto answer = [&](const std::vector<std::string>& words) {
    std::vector<std::string> line = {"predict", "--images", known.images,
                                     "--out",   masks,      "--force"};
    line.insert(line.end(), words.begin(), words.end());
    REQUIRE(limbusSays(line).exitCode == 0);
    return int{readLabels(fs::path(masks) / "0.png")->pixels[0]};
  };
  CHECK(answer({"--model", other}) == 0);
  CHECK(answer({"--model", sure, "--model", other}) == 1);
  CHECK(answer({"--model", sure + "=2", "--model", other + "=2"}) == 1);
  std::vector<std::string> two = {"--model", sure, "--model", other + "=2"};
  CHECK(answer(two) == 0);
  CHECK(known.evaluated(two).at("pixelAccuracy") == 0);
  two.insert(two.end(), {"--mean", "logits"});
  CHECK(answer(two) == 1);
  CHECK(known.evaluated(two).at("pixelAccuracy") == 1);
  two.emplace_back("--one-at-a-time");
  CHECK(answer(two) == 1);
  two[3] = other + "=5";
  CHECK(answer(two) == 0);
}

TEST_CASE("cli: the table of regions may lie among the masks, in a folder that is not there yet") {
  const PixelModels known;
  known.add("0", rightOf(20), rightOf(20));
  const fs::path out = known.scratch / "masks";
  const std::vector<std::string> words = {
      "predict",    "--model",    known.model("near.onnx", kByLevel),
      "--images",   known.images, "--out",
      out.string(), "--regions",  (out / "regions.csv").string()};
  const Said said = limbusSays(words);
  INFO(said.err);
  REQUIRE(said.exitCode == 0);
  CHECK(fs::exists(out / "0.png"));
  CHECK(parseCsv(textOf(out / "regions.csv")).value().size() == 2);  // a heading, one dot
}

TEST_CASE("cli: what touches is measured as one, or apart where the model's regions have a neck") {
  const PixelModels known;
  Mask discs(64, 48, 1);
  for (int y = 0; y < discs.height; ++y) {
    for (int x = 0; x < discs.width; ++x) {
      const int left = (x - 20) * (x - 20), right = (x - 32) * (x - 32), down = (y - 24) * (y - 24);
      discs.row(y)[x] = std::min(left, right) + down <= 37 ? 1 : 0;
    }
  }
  known.add("0", discs, discs);
  const auto centres = [&](double neck) {
    const std::string model =
        known.model("neck.onnx", {.slope = kByLevel.slope, .offset = 0, .neck = neck});
    const std::string csv = (known.scratch / "regions.csv").string();
    const Said said =
        limbusSays({"predict", "--model", model, "--images", known.images, "--out",
                    (known.scratch / "masks").string(), "--regions", csv, "--json", "--force"});
    INFO(said.err);
    REQUIRE(said.exitCode == 0);
    std::vector<double> told, written;
    const json answer = json::parse(said.out);
    for (const json& region : answer[0].at("analysis").at("regions")) {
      told.push_back(region.at("centroidX"));
    }
    const std::vector<CsvRow> rows = parseCsv(textOf(csv)).value();
    for (std::size_t i = 1; i < rows.size(); ++i) written.push_back(std::stod(rows[i].fields[4]));
    CHECK(written == told);
    return written;
  };
  CHECK(centres(0) == std::vector<double>{26});
  const std::vector<double> apart = centres(0.4);
  REQUIRE(apart.size() == 2);
  CHECK_THAT(apart[0], WithinAbs(20, 0.5));
  CHECK_THAT(apart[1], WithinAbs(32, 0.5));
}
