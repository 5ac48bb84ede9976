// Datasets: what they read, what they refuse, and that they name all offenders.
#include <algorithm>
#include <fstream>

#include "data_trees.h"
#include "native/data/files/image_files.h"
#include "native/data/files/npy.h"
#include "native/system/files.h"
#include "scratch_folder.h"
#include "shared/eyes/eyes.h"

using namespace limbus;
namespace fs = std::filesystem;

namespace {

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

TEST_CASE("openeds2019: the mapping of persons makes groups") {
  const ScratchFolder scratch;
  const fs::path inner = scratch / "Semantic_Segmentation_Dataset";
  writeEyes(inner, "train", 3);
  const std::string name = "OpenEDS_train_userID_mapping_to_images.json";
  writeText(scratch / name, R"([{"id": "U2", "semantic_segmenation_images": ["eye1001.png"]},
      {"id": "U1", "semantic_segmenation_images": ["eye1000.png", "elsewhere.png"]},
      {"id": "U3", "sequence_images": ["1.png"]}])");
  for (const fs::path& root : {scratch.path(), inner}) {
    const auto set = opened("openeds2019", {root, "train", classes(4), "{}"});
    REQUIRE(set->facts(0).group == "U1");
    REQUIRE(set->facts(1).group == "U2");
    REQUIRE(set->facts(2).group.empty());
  }
  for (const char* wrong : {R"({"id": "U1"})", R"([{"id": 3}])",
                            R"([{"id": "U1", "semantic_segmenation_images": [3]}])"}) {
    writeText(scratch / name, wrong);
    const std::string message =
        refusal("openeds2019", {scratch.path(), "train", classes(4), "{}"}).message;
    REQUIRE(contains(message, name + ": expected a list of people with id"));
  }
}

TEST_CASE("openeds2019: every kind of offender is counted, and a handful named by reason") {
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
    REQUIRE(countOf(message, ".npy") == 5);
    REQUIRE(countOf(message, scratch.path().string()) == 1);
    REQUIRE(contains(message, "train/labels/: " + numbered(0) + ".npy, " + numbered(1) + ".npy, "));
    REQUIRE(contains(message, "and 20 more"));
  }
  SECTION("label 7 in a set of four classes") {
    for (int i : {3, 8}) REQUIRE(writeNpyMask(label(i), Mask(6, 4, 1, 7).view()));
    const std::string message = refusal("openeds2019", request).message;
    REQUIRE(contains(message, "2 masks have labels that are not classes"));
    REQUIRE(contains(message, "train/labels/: label 7 (expected 0 to 3, or 255 for void): " +
                                  numbered(3) + ".npy, " + numbered(8) + ".npy"));
    REQUIRE(writeNpyMask(label(9), Mask(6, 4, 1, 9).view()));
    REQUIRE(contains(refusal("openeds2019", request).message,
                     numbered(8) + ".npy; " + numbered(9) +
                         ".npy: label 9 in 24 of 24 pixels, first at (0, 0) (expected 0 to 3"));
    for (int i = 10; i < 16; ++i) {
      REQUIRE(writeNpyMask(label(i), Mask(6, 4, 1, static_cast<std::uint8_t>(i)).view()));
    }
    REQUIRE(contains(refusal("openeds2019", request).message, "; and 3 more for other reasons"));
  }
  SECTION("masks of another size") {
    for (int i = 0; i < 22; ++i) REQUIRE(writeNpyMask(label(i), Mask(6, 5, 1).view()));
    const std::string message = refusal("openeds2019", request).message;
    REQUIRE(contains(message, "22 masks differ in size from their images"));
    REQUIRE(countOf(message, "image 6x4, mask 6x5: ") == 1);
    REQUIRE(countOf(message, ".npy") == 5);
    REQUIRE(contains(message, ".npy and 17 more"));
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
  REQUIRE(
      contains(refusal("openeds", request).message,
               "unknown dataset 'openeds'; known: openeds2019, openeds2020, folder, rendered, "));
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
  REQUIRE(contains(refusal("rendered", {"", "train", classes(3), "{}"}).message, "data.others"));
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

TEST_CASE("rendered: labels go to the classes of their roles or names; cameras are in the names") {
  const auto opened = [](std::vector<ClassSpec> classes) {
    return openDataset("rendered", {"", "train", std::move(classes),
                                    R"({"presets": ["desk", "webcam"], "count": 2})"});
  };
  const auto plain = opened({});
  REQUIRE(plain);
  CHECK((*plain)->classes().at(3).role == "pupil");
  CHECK((*plain)->facts(1).id == "webcam-1");
  const Sample own = *(*plain)->get(1, 0);
  CHECK(own.id == "webcam-1");
  const auto turned =
      opened({{"background", {}, ""}, {"hole", {}, "pupil"}, {"iris", {}, ""}, {"sclera", {}, ""}});
  REQUIRE(turned);
  const Sample other = *(*turned)->get(1, 0);
  const std::uint8_t label[] = {0, 3, 2, 1};
  for (std::size_t i = 0; i < own.mask.pixels.size(); ++i) {
    REQUIRE(other.mask.pixels[i] == label[own.mask.pixels[i]]);
  }
  // None of these names: in order. Some of them, elsewhere: which are the others?
  CHECK((*opened(classes(4)))->get(1, 0)->mask.pixels == own.mask.pixels);
  const auto mixed =
      opened({{"pupil", {}, ""}, {"skin", {}, ""}, {"white", {}, ""}, {"iris", {}, ""}});
  REQUIRE(!mixed);
  CHECK(contains(mixed.error().message, "the recipe's lack background, sclera"));
}

TEST_CASE("eyes: classes that the recipe leaves out become what it says") {
  const std::vector<ClassSpec> own = {{"skin", {}, ""}, {"iris", {}, ""}, {"hole", {}, "pupil"}};
  const ScratchFolder scratch;
  writeEyes(scratch / "eyes", "train", 1);
  const auto openedAs = [&](const char* dataset, const std::string& others) {
    const fs::path root = dataset == std::string("rendered") ? fs::path() : scratch / "eyes";
    return openDataset(dataset, {root, "train", own, R"({"others": ")" + others + "\"}"});
  };
  const auto labels = [](const std::string& others) {
    const std::uint8_t rest = others == "void" ? kVoidLabel : 0;
    return std::array<std::uint8_t, 4>{rest, rest, 1, 2};
  };
  for (const char* others : {"skin", "void"}) {
    CAPTURE(others);
    const auto rendered = openedAs("rendered", others), read = openedAs("openeds2019", others);
    REQUIRE(rendered);
    REQUIRE(read);
    const Render whole = *renderEye("openeds2019", 1, 0);
    const Mask mask = (*rendered)->get(0, 0)->mask, stored = (*read)->get(0, 0)->mask;
    for (std::size_t i = 0; i < mask.pixels.size(); ++i) {
      REQUIRE(mask.pixels[i] == labels(others)[whole.mask.pixels[i]]);
    }
    CHECK(stored.pixels[1] == labels(others)[1]);
    CHECK(stored.pixels[2] == labels(others)[2]);
    CHECK(stored.pixels[3] == labels(others)[3]);
  }
  for (const char* dataset : {"rendered", "openeds2019"}) {
    const auto unknown = openedAs(dataset, "skn");
    REQUIRE(!unknown);
    CHECK(contains(unknown.error().message, "data.others: unknown class 'skn'"));
  }
}
