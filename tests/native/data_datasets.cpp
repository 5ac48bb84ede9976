// Datasets: what they read, what they refuse, and that they name all offenders.
#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "data_by_name.h"
#include "native/data/dataset.h"
#include "native/data/image_files.h"
#include "native/data/npy.h"
#include "native/system/files.h"
#include "result_text.h"
#include "scratch_folder.h"

using namespace limbus;
namespace fs = std::filesystem;

namespace {

fs::path dataFolder() {
  const char* folder = std::getenv("LIMBUS_DATA");
  return folder != nullptr ? fs::path(folder) : fs::path("../shared/data");
}

// "c0", "c1", ... of colours #000000, #0a1400, #142800, ...
std::vector<ClassSpec> classes(int count) {
  std::vector<ClassSpec> specs;
  for (int i = 0; i < count; ++i) {
    const auto shade = static_cast<std::uint8_t>(10 * i);
    specs.push_back(
        {"c" + std::to_string(i), {shade, static_cast<std::uint8_t>(2 * shade), 0}, ""});
  }
  return specs;
}

std::string numbered(int index) { return "eye" + std::to_string(1000 + index); }

// `count` images of 6x4 with labels 0 to 3 in the OpenEDS layout.
void writeEyes(const fs::path& root, const std::string& split, int count) {
  REQUIRE(makeFolder(root / split / "images"));
  REQUIRE(makeFolder(root / split / "labels"));
  for (int i = 0; i < count; ++i) {
    Image image(6, 4, 1, static_cast<std::uint8_t>(i));
    Mask mask(6, 4, 1);
    for (int p = 0; p < 24; ++p) mask.pixels[p] = static_cast<std::uint8_t>(p % 4);
    mask.row(0)[5] = 3;
    REQUIRE(writePng(root / split / "images" / (numbered(i) + ".png"), image.view(), false));
    REQUIRE(writeNpyMask(root / split / "labels" / (numbered(i) + ".npy"), mask.view(), false));
  }
}

Error refusal(const std::string& dataset, const DataQuestion& request) {
  const Result<std::unique_ptr<Dataset>> opened = openDataset(dataset, request);
  REQUIRE_FALSE(opened);
  REQUIRE(opened.error().message.find('\n') == std::string::npos);
  return opened.error();
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

int countOf(const std::string& text, const std::string& part) {
  int count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

}  // namespace

TEST_CASE("openeds2019: images and labels in order, whatever way round the labels are stored") {
  const ScratchFolder scratch;
  writeEyes(scratch.path(), "train", 3);
  const Mask upright = *readLabels(scratch / ("train/labels/" + numbered(1) + ".npy"));
  Mask turned(4, 6, 1);  // as mirrors of the data set store it
  for (int y = 0; y < 6; ++y) {
    for (int x = 0; x < 4; ++x) turned.row(y)[x] = upright.row(x)[y];
  }
  REQUIRE(writeNpyMask(scratch / ("train/labels/" + numbered(1) + ".npy"), turned.view()));
  const auto dataset = openDataset("openeds2019", {scratch.path(), "train", classes(4), "{}"});
  REQUIRE(dataset);
  REQUIRE((*dataset)->size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    const Result<Sample> sample = (*dataset)->get(i, 0);
    REQUIRE(sample);
    REQUIRE(sample->id == numbered(static_cast<int>(i)));
    REQUIRE(sample->image.pixels[0] == i);
    REQUIRE(sample->mask.pixels == upright.pixels);
  }
}

TEST_CASE("openeds2019: the original's outer folder, and a test split without labels") {
  const ScratchFolder scratch;
  writeEyes(scratch / "Semantic_Segmentation_Dataset", "test", 2);
  fs::remove_all(scratch / "Semantic_Segmentation_Dataset/test/labels");
  const auto dataset = openDataset("openeds2019", {scratch.path(), "test", classes(4), "{}"});
  REQUIRE(dataset);
  REQUIRE((*dataset)->size() == 2);
  REQUIRE((*dataset)->get(0, 0)->mask.pixels.empty());
}

TEST_CASE("openeds2019: every kind of offender is named, up to 20, with the count") {
  const ScratchFolder scratch;
  writeEyes(scratch.path(), "train", 30);
  const auto label = [&](int index) {
    return scratch / ("train/labels/" + numbered(index) + ".npy");
  };
  const DataQuestion request{scratch.path(), "train", classes(4), "{}"};
  SECTION("missing labels") {
    for (int i = 0; i < 25; ++i) fs::remove(label(i));
    const std::string message = refusal("openeds2019", request).message;
    REQUIRE(contains(message, "25 labels are missing"));
    REQUIRE(countOf(message, ".npy") == 20);
    REQUIRE(countOf(message, scratch.path().string()) == 1);
    REQUIRE(contains(message, "train/labels/: " + numbered(0) + ".npy, " + numbered(1) + ".npy, "));
    REQUIRE(contains(message, "and 5 more"));
  }
  SECTION("label 7 in a set of four classes") {
    for (int i : {3, 8}) REQUIRE(writeNpyMask(label(i), Mask(6, 4, 1, 7).view()));
    const std::string message = refusal("openeds2019", request).message;
    REQUIRE(contains(message, "2 masks have labels that are not classes"));
    REQUIRE(contains(message, numbered(3) + ".npy: label 7 (expected 0 to 3, or 255 for void)"));
    REQUIRE(contains(message, numbered(8) + ".npy"));
  }
  SECTION("masks of another size") {
    for (int i = 0; i < 22; ++i) REQUIRE(writeNpyMask(label(i), Mask(6, 5, 1).view()));
    const std::string message = refusal("openeds2019", request).message;
    REQUIRE(contains(message, "22 masks differ in size from their images"));
    REQUIRE(contains(message, "image 6x4, mask 6x5"));
    REQUIRE(countOf(message, ".npy") == 20);
  }
  SECTION("a truncated label") {
    const std::string bytes = *readBytes(label(4));
    std::ofstream(label(4), std::ios::binary | std::ios::trunc)
        << bytes.substr(0, bytes.size() - 3);
    const std::string message = refusal("openeds2019", request).message;
    REQUIRE(contains(message, numbered(4) + ".npy: the .npy ends early"));
  }
}

TEST_CASE("datasets: missing folders, unknown names and options say what is known") {
  const ScratchFolder scratch;
  writeEyes(scratch.path(), "train", 1);
  const DataQuestion request{scratch.path(), "train", classes(4), "{}"};
  REQUIRE(contains(refusal("openeds", request).message,
                   "unknown dataset 'openeds'; known: openeds2019, folder, rendered"));
  REQUIRE(contains(refusal("openeds2019", {scratch / "nowhere", "train", classes(4), "{}"}).message,
                   "nowhere: no such folder"));
  REQUIRE(contains(refusal("openeds2019", {scratch.path(), "validation", classes(4), "{}"}).message,
                   "validation/images: no such folder"));
  REQUIRE(contains(refusal("openeds2019", {scratch.path(), "val", classes(4), "{}"}).message,
                   "unknown split 'val'"));
  REQUIRE(contains(refusal("openeds2019", {"", "train", classes(4), "{}"}).message, "--data"));
  REQUIRE(
      contains(refusal("openeds2019", {scratch.path(), "train", classes(4), "{\"x\": 1}"}).message,
               "data.x: unknown key"));
  REQUIRE(
      contains(refusal("rendered", {"", "train", classes(4), "{\"preset\": \"opneeds\"}"}).message,
               "unknown preset \"opneeds\"; known: "));
  REQUIRE(contains(refusal("rendered", {"", "train", classes(3), "{}"}).message, "4 classes"));
}

TEST_CASE("folder: patterns, void, masks as PNG or npy, missing ones named") {
  const ScratchFolder scratch;
  for (const char* name : {"val", "valannot"}) fs::create_directory(scratch / name);
  Mask mask(3, 2, 1);
  mask.pixels = {0, 1, 11, 11, 2, 0};
  REQUIRE(writePng(scratch / "val/a.png", Image(3, 2, 3, 9).view()));
  REQUIRE(writePng(scratch / "val/b.png", Image(3, 2, 1, 9).view()));
  REQUIRE(writePng(scratch / "valannot/a.png", mask.view()));
  const std::string options = R"({"images": "val", "masks": "valannot", "void": 11})";
  REQUIRE(contains(refusal("folder", {scratch.path(), "validation", classes(3), options}).message,
                   "1 images have no mask"));
  REQUIRE(writeNpyMask(scratch / "valannot/b.npy", mask.view()));
  const auto dataset = openDataset("folder", {scratch.path(), "validation", classes(3), options});
  REQUIRE(dataset);
  for (std::size_t i : {0, 1}) {
    REQUIRE((*dataset)->get(i, 0)->mask.pixels == std::vector<std::uint8_t>{0, 1, 255, 255, 2, 0});
  }
  REQUIRE(writePng(scratch / "valannot/b.png", mask.view()));
  REQUIRE(contains(refusal("folder", {scratch.path(), "validation", classes(3), options}).message,
                   "another mask of this name"));
  const auto bare = openDataset(
      "folder", {scratch.path(), "train", classes(3), R"({"images": "val", "masks": ""})"});
  REQUIRE(bare);
  REQUIRE((*bare)->get(0, 0)->mask.pixels.empty());
  REQUIRE(contains(
      refusal("folder", {scratch.path(), "test", classes(3), options, false, true}).message,
      "val holds the images of all splits, not those of 'test'; leave --split out"));
}

TEST_CASE("folder: masks of colours, by the classes' colours, also in palettes") {
  const ScratchFolder scratch;
  for (const char* name : {"images", "masks"}) fs::create_directory(scratch / name);
  const auto write = [&](const std::string& name, std::vector<std::uint8_t> pixels) {
    Image mask(2, 1, 3);
    mask.pixels = std::move(pixels);
    REQUIRE(writePng(scratch / ("images/" + name), Image(2, 1, 1, 9).view()));
    REQUIRE(writePng(scratch / ("masks/" + name), mask.view()));
  };
  write("a.png", {20, 40, 0, 10, 20, 0});
  write("b.png", {0, 0, 0, 20, 40, 0});
  const auto dataset = openDataset("folder", {scratch.path(), "train", classes(3), "{}"});
  REQUIRE(dataset);
  REQUIRE((*dataset)->get(0, 0)->mask.pixels == std::vector<std::uint8_t>{2, 1});
  REQUIRE((*dataset)->get(1, 0)->mask.pixels == std::vector<std::uint8_t>{0, 2});
  const auto hollow =
      openDataset("folder", {scratch.path(), "train", classes(3), R"({"voidColour": "#000000"})"});
  REQUIRE(hollow);
  REQUIRE((*hollow)->get(1, 0)->mask.pixels == std::vector<std::uint8_t>{kVoidLabel, 2});
  REQUIRE(contains(
      refusal("folder", {scratch.path(), "train", classes(3), R"({"voidColour": "black"})"})
          .message,
      "data.voidColour: expected a colour like \"#ff8800\", got \"black\""));
  REQUIRE(contains(
      refusal("folder", {scratch.path(), "train", classes(3), R"({"labels": "numbers"})"}).message,
      "2 masks have labels that are not classes"));

  write("c.png", {0, 0, 0, 20, 40, 1});
  REQUIRE(
      contains(refusal("folder", {scratch.path(), "train", classes(3), "{}"}).message,
               "1 masks have labels that are not classes: " + (scratch / "masks/c.png").string() +
                   ": colour #142801 at (1, 0) (expected #000000 c0, #0a1400 c1, #142800 c2)"));
}

TEST_CASE("datasets: a validation folder may be called val") {
  const ScratchFolder scratch;
  writeEyes(scratch / "eyes", "val", 2);
  const auto eyes = openDataset("openeds2019", {scratch / "eyes", "validation", classes(4), "{}"});
  REQUIRE(eyes);
  REQUIRE((*eyes)->size() == 2);
  for (const char* name : {"plain/val/images", "plain/val/masks", "turned/images/val"}) {
    REQUIRE(makeFolder(scratch / name));
    REQUIRE(writePng(scratch / (std::string(name) + "/a.png"), Image(3, 2, 1, 1).view()));
  }
  const auto plain = openDataset("folder", {scratch / "plain", "validation", classes(2), "{}"});
  REQUIRE(plain);
  REQUIRE((*plain)->get(0, 0)->mask.pixels == std::vector<std::uint8_t>(6, 1));
  const auto turned = openDataset("folder", {scratch / "turned", "validation", classes(2),
                                             R"({"images": "images/{split}", "masks": ""})"});
  REQUIRE(turned);
  REQUIRE((*turned)->size() == 1);
  REQUIRE(contains(refusal("folder", {scratch / "plain", "test", classes(2), "{}"}).message,
                   "images: no such folder"));
}

TEST_CASE("rendered: the same for the same options, splits apart, fresh epochs new") {
  const std::string options =
      R"({"count": 6, "validationCount": 3, "seed": 4, "width": 96, "height": 128)";
  const auto train = openDataset("rendered", {"", "train", classes(4), options + "}"});
  const auto fresh =
      openDataset("rendered", {"", "train", classes(4), options + R"(, "fresh": true})"});
  const auto validation =
      openDataset("rendered", {"", "validation", classes(4), options + R"(, "fresh": true})"});
  REQUIRE((train && fresh && validation));
  REQUIRE((*train)->size() == 6);
  REQUIRE((*validation)->size() == 3);
  const Sample one = *(*train)->get(2, 0);
  REQUIRE((one.image.width == 96 && one.image.height == 128));
  REQUIRE((one.mask.width == 96 && one.mask.height == 128));
  REQUIRE(*std::max_element(one.mask.pixels.begin(), one.mask.pixels.end()) <= 3);
  REQUIRE((*train)->get(2, 5)->image.pixels == one.image.pixels);
  REQUIRE((*fresh)->get(2, 0)->image.pixels == one.image.pixels);
  REQUIRE((*fresh)->get(2, 1)->image.pixels != one.image.pixels);
  REQUIRE((*validation)->get(2, 0)->image.pixels == (*validation)->get(2, 1)->image.pixels);
  for (std::size_t i = 0; i < 3; ++i) {
    REQUIRE((*validation)->get(i, 0)->image.pixels != (*train)->get(i, 0)->image.pixels);
  }
}

TEST_CASE("real data: eyes and streets open with their labels") {
  if (!fs::exists(dataFolder() / "eyes/inp")) SKIP("no " << dataFolder() << "; set LIMBUS_DATA");
  const auto eyes = openDataset("folder", {dataFolder() / "eyes/inp", "test", classes(3), "{}"});
  REQUIRE(eyes);
  REQUIRE((*eyes)->size() == 428);
  const Sample eye = *(*eyes)->get(0, 0);
  REQUIRE((eye.image.width == 200 && eye.image.channels == 1));
  REQUIRE(std::count(eye.mask.pixels.begin(), eye.mask.pixels.end(), 2) > 50);
  const auto streets =
      openDataset("folder", {dataFolder() / "camvid", "validation", classes(11),
                             R"({"images": "val", "masks": "valannot", "void": 11})"});
  REQUIRE(streets);
  REQUIRE((*streets)->size() == 101);
  REQUIRE((*streets)->get(0, 0)->image.channels == 3);
}
