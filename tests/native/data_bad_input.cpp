// What every reader of mask files refuses, and that it names the file: one tree for each, all
// alike.
#include <functional>

#include "data_trees.h"
#include "native/data/files/csv.h"
#include "native/data/files/image_files.h"
#include "scratch_folder.h"

using namespace limbus;
namespace fs = std::filesystem;

namespace {

// 3x1, 16 bits of grey: 0, 300, 1.
const std::string kSixteenBits =
    "89504e470d0a1a0a0000000d49484452000000030000000110000000006e1b972b0000000f49444154789c"
    "63606060d4616004000090002f311812ba0000000049454e44ae426082";

struct Reader {
  const char *dataset, *image, *mask;
  Pixels good;      // a mask of 3x1, numbers or colours
  int classes = 0;  // of the recipe; 0: the data set's own
  const char* list = "";
  const char* listed = "";
};

std::vector<Reader> readers() {
  return {
      {"folder", "images/a.png", "masks/a.png", {0, 1, 2}, 3},
      {"openeds2019", "train/images/a.png", "train/labels/a.npy", {0, 1, 2}, 4},
      {"openeds2020", "participant/S_0/1.png", "participant/S_0/label_1.npy", {0, 1, 2}, 4},
      {"camvid",
       "train/0016E5_1.png",
       "train_labels/0016E5_1_L.png",
       {64, 64, 0, 0, 0, 0, 0, 0, 0}},
      {"voc",
       "JPEGImages/a.jpg",
       "SegmentationClass/a.png",
       {0, 1, 255},
       0,
       "ImageSets/Segmentation/train.txt",
       "a\r\n"},
      {"cityscapes",
       "leftImg8bit/train/bonn/b_leftImg8bit.png",
       "gtFine/train/bonn/b_gtFine_labelIds.png",
       {7, 8, 0}},
      {"ade20k", "images/training/a.jpg", "annotations/training/a.png", {0, 1, 150}},
      {"coco-stuff", "images/train2017/a.jpg", "annotations/train2017/a.png", {0, 1, 255}},
      {"mapillary",
       "training/images/a.jpg",
       "training/v1.2/labels/a.png",
       {0, 1, 0},
       0,
       "config_v1.2.json",
       R"({"labels": [{"name": "a", "color": [1, 2, 3]}, {"name": "b", "color": [4, 5, 6]}]})"},
      {"signate",
       "seg_train_images/train_0000.jpg",
       "seg_train_annotations/train_0000.png",
       {0, 0, 255, 0, 0, 255, 0, 0, 255}},
  };
}

// A tree of one sample.
struct Tree {
  ScratchFolder scratch;
  fs::path image, mask;

  explicit Tree(const Reader& reader) : image(scratch / reader.image), mask(scratch / reader.mask) {
    put(image, {9, 9, 9});
    put(mask, reader.good);
    if (*reader.list != '\0') writeText(scratch / reader.list, reader.listed);
  }
  static void put(const fs::path& file, const Pixels& pixels, int width = 3) {
    writePixels(file.string() + ".png", width, 1, pixels);
    fs::rename(file.string() + ".png", file);  // formats are told by content
  }
  DataQuestion question(const Reader& reader) const {
    return {.root = scratch.path(),
            .split = "train",
            .classes = classes(reader.classes),
            .options = "{}"};
  }
};

}  // namespace

TEST_CASE("bad input: every reader of masks names the file, and what is wrong with it") {
  struct Damage {
    const char* what;
    std::function<void(const Tree&)> make;
    bool ofImage;
    const char* said;
  };
  const std::vector<Damage> damages = {
      {"a mask of 16 bits", [](const Tree& t) { writeText(t.mask, bytesOfHex(kSixteenBits)); },
       false, ""},
      {"a mask cut short",
       [](const Tree& t) { writeText(t.mask, readBytes(t.mask).value().substr(0, 50)); }, false,
       ""},
      {"a mask of another size", [](const Tree& t) { Tree::put(t.mask, {0}, 1); }, false,
       "image 3x1, mask 1x1"},
      {"text in place of a mask", [](const Tree& t) { writeText(t.mask, "hello"); }, false,
       "by its first bytes"},
      {"no mask", [](const Tree& t) { fs::remove(t.mask); }, false, ""},
      {"an empty image", [](const Tree& t) { writeText(t.image, ""); }, true, "the file is empty"},
      {"an image cut short",
       [](const Tree& t) { writeText(t.image, readBytes(t.image).value().substr(0, 20)); }, true,
       ""},
  };
  for (const Reader& reader : readers()) {
    {
      const Tree tree(reader);
      const auto set = opened(reader.dataset, tree.question(reader));
      REQUIRE(set->size() == 1);
      REQUIRE(sampleOf(*set, 0).mask.width == 3);
    }
    for (const Damage& damage : damages) {
      INFO(reader.dataset << ": " << damage.what);
      // Most frames of OpenEDS 2020 have no label.
      if (std::string(reader.dataset) == "openeds2020" && std::string(damage.what) == "no mask") {
        continue;
      }
      const Tree tree(reader);
      damage.make(tree);
      const std::string message = refusal(reader.dataset, tree.question(reader)).message;
      INFO(message);
      const fs::path& file = damage.ofImage ? tree.image : tree.mask;
      // What is missing may be told by the image that wants it.
      const bool named = contains(message, file.filename().string()) ||
                         (!fs::exists(file) && contains(message, tree.image.filename().string()));
      REQUIRE(named);
      REQUIRE(contains(message, damage.said));
    }
  }
}

TEST_CASE("bad input: labels are read from no JPEG, and converting one would not help") {
  const ScratchFolder scratch;
  writeText(scratch / "mask.jpg", "\xff\xd8\xff\xe0");
  const Result<Image> labels = readLabels(scratch / "mask.jpg");
  REQUIRE_FALSE(labels);
  CHECK(contains(labels.error().message, "a JPEG, which blurs labels"));
  CHECK_FALSE(contains(labels.error().message, "convert"));
}

TEST_CASE("bad input: a folder of something else hears how the data set is laid out") {
  for (const DatasetRow& row : datasets()) {
    if (!row.needsRoot) continue;
    const ScratchFolder scratch;
    writeText(scratch / "notes.txt", "nothing of it");
    const std::string message =
        refusal(row.name, {scratch.path(), "train", classes(4), "{}"}).message;
    INFO(message);
    CHECK(contains(message, std::string(row.name) + " is laid out as " + row.summary +
                                "; another layout: --dataset"));
  }
}

TEST_CASE("bad input: a missing split hears what else it may be called") {
  const ScratchFolder scratch;
  writeText(scratch / "ImageSets/Segmentation/train.txt", "");
  const std::string message = refusal("voc", {scratch.path(), "validation", {}, "{}"}).message;
  INFO(message);
  CHECK(contains(message, "'validation' may be called val or valid; voc is laid out as "));
}

TEST_CASE("bad input: lists may begin with a byte order mark") {
  const ScratchFolder scratch;
  writeText(scratch / "a.txt", "\xEF\xBB\xBFone\r\n");
  REQUIRE(readText(scratch / "a.txt").value() == "one\r\n");
  REQUIRE_FALSE(readText(scratch / "b.txt"));
  for (const Reader& reader : readers()) {
    if (std::string(reader.dataset) != "voc") continue;
    const Tree tree(reader);
    writeText(tree.scratch / reader.list, std::string("\xEF\xBB\xBF") + reader.listed);
    REQUIRE(namesOf(*opened("voc", tree.question(reader))) == std::vector<std::string>{"a"});
  }
  writeText(scratch / "data.yaml", "\xEF\xBB\xBFnames: [a, b]\n");
  writePixels(scratch / "images/train/x.png", 4, 4, Pixels(16, 9));
  writeText(scratch / "labels/train/x.txt",
            "\xEF\xBB\xBF"
            "1 0 0 1 0 1 1 0 1\n");
  const auto yolo = opened("yolo", {scratch.path(), "train", {}, "{}"});
  REQUIRE(yolo->size() == 1);
  REQUIRE(histogram(sampleOf(*yolo, 0).mask).size() == 1);
}
