// Smoothing: the same mean over neighbouring frames written out plainly.
#include <torch/torch.h>

#include <catch2/matchers/catch_matchers_floating_point.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <filesystem>

#include "command_line.h"
#include "native/data/files/image_files.h"
#include "native/infer/ensemble.h"
#include "native/infer/smoothing.h"
#include "native/system/files.h"
#include "native_catch.h"
#include "shared/eyes/eyes.h"
#include "tiny_model.h"

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::WithinAbs;
using namespace limbus;
namespace fs = std::filesystem;

namespace {

SmoothingKernel kernel(const std::string& text) {
  const Result<Chosen<SmoothingRow>> row = parseSmoothing(text);
  REQUIRE(row);
  return row->row->kernel(row->options);
}

std::vector<std::vector<std::size_t>> sequences(const std::vector<fs::path>& files,
                                                const std::string& pattern = "") {
  const auto found = sequencesOf(files, pattern);
  REQUIRE(found);
  return *found;
}

// One pixel of two classes, by the probability of the second.
Planes onePixel(double p) {
  Planes planes{2, 1, 1};
  planes.values = {static_cast<float>(1 - p), static_cast<float>(p)};
  return planes;
}

}  // namespace

TEST_CASE("smoothing: kernels") {
  CHECK(kernel("window:frames=1").weights == std::vector<double>{1, 1, 1});
  CHECK(kernel("window:frames=1").before == 1);
  CHECK(kernel("window:frames=0").weights == std::vector<double>{1});
  const SmoothingKernel past = kernel("exponential:keep=0.1");
  REQUIRE(past.weights.size() == 4);  // a thousandth is the least
  CHECK(past.before == 3);
  CHECK_THAT(past.weights[2], WithinAbs(0.1, 1e-12));
  CHECK(past.weights[3] == 1);
  const SmoothingKernel both = kernel("exponential:keep=0.1,both=true");
  REQUIRE(both.weights.size() == 7);
  CHECK(both.before == 3);
  CHECK_THAT(both.weights[4], WithinAbs(0.1, 1e-12));
  CHECK_THAT(both.weights[6], WithinAbs(0.001, 1e-12));
  CHECK_THAT(parseSmoothing("median").error().message, ContainsSubstring("known: exponential"));
}

TEST_CASE("smoothing: sequences are folders or what a pattern names, numbers counted as such") {
  const std::vector<fs::path> files = {"a/10.png", "a/9.png", "b/f2.png", "b/f10.png", "a/1.png"};
  CHECK(sequences(files) == std::vector<std::vector<std::size_t>>{{4, 1, 0}, {2, 3}});
  const std::vector<fs::path> flat = {"x_2.png", "y_1.png", "x_01.png"};
  CHECK(sequences(flat, "([a-z])_") == std::vector<std::vector<std::size_t>>{{2, 0}, {1}});
  CHECK_THAT(sequencesOf(flat, "(z)").error().message, ContainsSubstring("does not match x_2.png"));
  CHECK_THAT(sequencesOf(flat, "(").error().message, ContainsSubstring("no regular expression"));
}

TEST_CASE("smoothing: the weighted mean of what there is in reach, each frame looked at once") {
  // The third of five frames flickers; the fourth cannot be read; another sequence lies behind.
  const std::vector<double> second = {0.9, 0.8, 0.1, 0, 0.7, 0.1};
  std::vector<int> asked(second.size());
  const auto source = [&](std::size_t i) -> Result<Planes> {
    ++asked[i];
    if (i == 3) return fail(ErrorCode::badData, "broken");
    return onePixel(second[i]);
  };
  SmoothedMasks masks(source, {{0, 1, 2, 3, 4}, {5}}, kernel("window:frames=1"));
  std::vector<int> classes;
  for (const std::size_t i : masks.order()) {
    const Result<Mask> mask = masks.mask(i);
    classes.push_back(mask ? mask->pixels[0] : -1);
  }
  // Means 0.85, 0.6, 0.45 (of two), none, 0.7, 0.1.
  CHECK(classes == std::vector<int>{1, 1, 0, -1, 1, 0});
  CHECK(asked == std::vector<int>(second.size(), 1));

  // 0.1 + 0.5 * 0.8 + 0.25 * 0.9 over 1.75 is 0.414; with 0.9 as the factor 0.572.
  for (const auto& [text, wanted] :
       {std::pair("exponential:keep=0.5", 0), std::pair("exponential:keep=0.9", 1)}) {
    INFO(text);
    SmoothedMasks past(source, {{0, 1, 2}}, kernel(text));
    CHECK(past.mask(2)->pixels[0] == wanted);
  }
}

TEST_CASE("smoothing: predict averages a folder's frames, and without neighbours changes nothing") {
  const ScratchFolder scratch;
  const fs::path model = scratch / "tiny.onnx", images = scratch / "frames";
  REQUIRE(writeBytes(model, tinyOnnx(), false));
  fs::create_directories(images);
  std::vector<fs::path> files;
  for (int i = 8; i < 12; ++i) {
    files.push_back(images / (std::to_string(i) + ".png"));
    const Render render = *renderEye("usb", 4, static_cast<std::uint32_t>(i), 96, 64);
    REQUIRE(writePng(files.back(), render.image.view(), false));
  }
  const auto predicted = [&](const char* name, const std::vector<std::string>& more) {
    std::vector<std::string> line = {
        "predict",       "--model", model.string(),           "--images",
        images.string(), "--out",   (scratch / name).string()};
    line.insert(line.end(), more.begin(), more.end());
    const Said said = limbusSays(line);
    INFO(said.err);
    REQUIRE(said.exitCode == 0);
    std::vector<Image> masks;
    for (const fs::path& file : files) {
      masks.push_back(readImage(scratch / name / file.filename()).value());
    }
    return masks;
  };
  const std::vector<Image> plain = predicted("plain", {});
  const std::vector<Image> alone = predicted("alone", {"--smooth", "window:frames=0"});
  const std::vector<Image> apart =
      predicted("apart", {"--smooth", "window", "--sequences", "([0-9]+)\\.png"});
  const std::vector<Image> smooth = predicted("smooth", {"--smooth", "window:frames=1"});
  const Ensemble ensemble = Ensemble::open({.models = {{model, 1}}, .device = "cpu"}).value();
  std::vector<Planes> planes;
  for (const fs::path& file : files) {
    const Image image = readImage(file).value();
    planes.push_back(planesOf(*ensemble.field(0, image.view()), Averaged::probabilities).value());
  }
  bool differs = false;
  for (std::size_t i = 0; i < files.size(); ++i) {
    CHECK(alone[i].pixels == plain[i].pixels);
    CHECK(apart[i].pixels == plain[i].pixels);
    differs = differs || smooth[i].pixels != plain[i].pixels;
    Planes mean;
    const std::size_t first = i == 0 ? 0 : i - 1, last = std::min(i + 1, files.size() - 1);
    for (std::size_t k = first; k <= last; ++k) REQUIRE(addTo(mean, planes[k], 1));
    for (float& value : mean.values) value /= static_cast<float>(last - first + 1);
    CHECK(maskOf(fieldOf(mean, Averaged::probabilities))->pixels == smooth[i].pixels);
  }
  CHECK(differs);
}
