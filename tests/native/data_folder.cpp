// The generic folder: where it finds images and masks, and what it refuses.
#include <algorithm>
#include <catch2/generators/catch_generators.hpp>

#include "data_trees.h"
#include "native/data/sets/named_files.h"
#include "scratch_folder.h"

using namespace limbus;
namespace fs = std::filesystem;

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
                   "1 image has no mask"));
  REQUIRE(writeNpyMask(scratch / "valannot/b.npy", mask.view()));
  const auto dataset = openDataset("folder", {scratch.path(), "validation", classes(3), options});
  REQUIRE(dataset);
  for (std::size_t i : {0, 1}) {
    REQUIRE((*dataset)->get(i, 0)->mask.pixels == std::vector<std::uint8_t>{0, 1, 255, 255, 2, 0});
  }
  REQUIRE(writePng(scratch / "valannot/b.png", mask.view()));
  REQUIRE(contains(refusal("folder", {scratch.path(), "validation", classes(3), options}).message,
                   "another file of this name"));
  const auto bare = openDataset(
      "folder", {scratch.path(), "train", classes(3), R"({"images": "val", "masks": ""})"});
  REQUIRE(bare);
  REQUIRE((*bare)->get(0, 0)->mask.pixels.empty());
  REQUIRE(contains(
      refusal("folder", {scratch.path(), "test", classes(3), options, false, true}).message,
      "val holds the images of all splits, not those of 'test'; leave --split out"));
}

TEST_CASE("folder: the usual places are found") {
  const auto [image, mask] = GENERATE(table<std::string, std::string>({
      {"train/images/a.png", "train/masks/a.png"},
      {"training/img/a.png", "training/lbl/a.png"},
      {"images/train/a.png", "labels/train/a.png"},
      {"train/a.png", "trainannot/a.png"},
      {"train/a.png", "train_labels/a_L.png"},
      {"images/a.png", "masks/a.png"},
      {"JPEGImages/a.png", "SegmentationClass/a.png"},
      {"images/night/deep/a.png", "annotations/night/deep/a_gt.png"},
      {"a.png", "a_mask.png"},
      {"val_a.png", "val_a_L.png"},
      {"train/deep/a.png", "train/deep/a_gt.png"},
      {"images/a.png", "images/a_labels.png"},
  }));
  CAPTURE(image, mask);
  const ScratchFolder scratch;
  writePair(scratch / image, scratch / mask, {1, 0});
  const auto set = opened("folder", {scratch.path(), "train", classes(3), "{}"});
  REQUIRE(set->size() == 1);
  REQUIRE(sampleOf(*set, 0).mask.pixels == Pixels{1, 0});
  REQUIRE(set->facts(0).image == scratch / image);
  REQUIRE(set->facts(0).mask == scratch / mask);
  REQUIRE(set->divided() == (image.find("train") != std::string::npos));
}

TEST_CASE("folder: masks that are not found, or called otherwise, are told with the remedy") {
  const ScratchFolder scratch;
  const DataQuestion question{scratch.path(), "train", classes(2), "{}"};
  writeImage(scratch / "training/image_2/a.png");
  writeImage(scratch / "training/semantic/a.png");
  REQUIRE(contains(refusal("folder", question).message,
                   "no masks found beside " + (scratch / "training").string() +
                       "; name their folder or pattern with data.masks"));
  fs::remove_all(scratch / "training");
  writePair(scratch / "images/img_a.png", scratch / "masks/gt_a.png", {0, 1});
  const std::string message = refusal("folder", question).message;
  REQUIRE(contains(message, "1 image has no mask in " + (scratch / "masks").string() + ": "));
  REQUIRE(contains(message,
                   "data.images \"images/img_{name}.png\" and data.masks "
                   "\"masks/gt_{name}.png\""));
  const std::string patterns =
      R"({"images": "images/img_{name}.png", "masks": "masks/gt_{name}.png"})";
  REQUIRE(opened("folder", {scratch.path(), "train", classes(2), patterns})->size() == 1);
}

TEST_CASE("folder: patterns name samples by what stands for {name}") {
  const ScratchFolder scratch;
  writePair(scratch / "in/shot_1.png", scratch / "in/shot_1_gt.png", {0, 1});
  writePair(scratch / "in/b/shot_2.png", scratch / "in/b/shot_2_gt.png", {1, 1});
  const std::string options = R"({"images": "in/{name}.png", "masks": "in/*_gt.png"})";
  const auto set = opened("folder", {scratch.path(), "train", classes(2), options});
  REQUIRE(namesOf(*set) == std::vector<std::string>{"b/shot_2", "shot_1"});
  REQUIRE(sampleOf(*set, 1).mask.pixels == Pixels{0, 1});
  REQUIRE(contains(refusal("folder", {scratch.path(), "train", classes(2),
                                      R"({"images": "in/*_*.png", "masks": ""})"})
                       .message,
                   "one place for the name"));
  REQUIRE(contains(refusal("folder", {scratch.path(), "train", classes(2),
                                      R"({"images": "in/*.webp", "masks": ""})"})
                       .message,
                   "no images there, such as .png, .jpg or .tif files"));
}

TEST_CASE("folder: links to folders are followed, but not round and round") {
  const ScratchFolder scratch;
  for (const char* part : {"images", "masks"}) {
    fs::create_directories(scratch / "set" / part / "own");
    fs::create_directory_symlink(scratch / "far" / part, scratch / "set" / part / "near");
  }
  writePair(scratch / "set/images/own/1.png", scratch / "set/masks/own/1.png", {0, 1});
  writePair(scratch / "far/images/2.png", scratch / "far/masks/2.png", {0, 1});
  fs::create_directory_symlink(".", scratch / "set/images/own/self");
  fs::create_directory_symlink("../..", scratch / "set/images/above");
  fs::create_directory_symlink("nowhere", scratch / "set/images/none");
  fs::create_directory_symlink(scratch / "set/images/own", scratch / "far/images/back");
  fs::create_directory_symlink(scratch / "far/images", scratch / "set/images/own/forth");
  const auto images = namedFiles(scratch / "set/images", {".png"});
  REQUIRE(images);
  std::vector<std::string> names;
  for (const auto& [name, file] : *images) names.push_back(name);
  CHECK(names == std::vector<std::string>{"near/2", "own/1", "own/forth/2"});
  for (const char* link : {"set/images/own/forth", "far/images/back"}) fs::remove(scratch / link);
  CHECK(opened("folder", {scratch / "set", "train", classes(2), "{}"})->size() == 2);
}

TEST_CASE("folder: all images are not those of a part that has no folder beside one that has") {
  const ScratchFolder scratch;
  const auto write = [&](const std::string& images, const std::string& masks) {
    writePair(scratch / images / "a.png", scratch / masks / "a.png", {0, 1});
    writePair(scratch / images / "b.png", scratch / masks / "b.png", {0, 1});
  };
  write("images/train", "masks/train");
  write("images/test", "masks/test");
  REQUIRE(opened("folder", {scratch.path(), "train", classes(2), "{}"})->size() == 2);
  REQUIRE(opened("folder", {scratch.path(), "test", classes(2), "{}"})->size() == 2);
  const Error none = refusal("folder", {scratch.path(), "validation", classes(2), "{}"});
  REQUIRE(none.code == ErrorCode::notFound);
  REQUIRE(contains(none.message, "data.split"));
  REQUIRE(contains(none.message, "no such folder beside"));

  const ScratchFolder other;  // a test part alone divides nothing
  writePair(other / "images/a.png", other / "masks/a.png", {0, 1});
  writePair(other / "test/images/t.png", other / "test/masks/t.png", {0, 1});
  REQUIRE(opened("folder", {other.path(), "train", classes(2), "{}"})->size() == 1);
  REQUIRE(opened("folder", {other.path(), "test", classes(2), "{}"})->size() == 1);
}

TEST_CASE("folder: a list with a byte order mark, quotes, splits, groups and attributes") {
  const ScratchFolder scratch;
  writePair(scratch / "in/a, b.png", scratch / "gt/a.png", {0, 1});
  writePair(scratch / "in/c.png", scratch / "gt/c.png", {1, 1});
  writePair(scratch / "in/d.png", scratch / "gt/d.png", {0, 0});
  writeText(scratch / "lists/all.csv",
            "\xEF\xBB\xBFimage,mask,split,group,route\r\n"
            "\"../in/a, b.png\",../gt/a.png,train,person 7,\"the \"\"old\"\" road\"\r\n"
            "in/c.png,gt/c.png,val,person 8,city\r\n\r\n"
            "in/d.png,gt/d.png,train,person 7,city\r\n");
  const std::string options = R"({"list": "lists/all.csv"})";
  const auto train = opened("folder", {scratch.path(), "train", classes(2), options});
  REQUIRE(namesOf(*train) == std::vector<std::string>{"../in/a, b", "in/d"});
  REQUIRE(train->facts(0).group == "person 7");
  REQUIRE(train->facts(0).attributes.at("route") == "the \"old\" road");
  REQUIRE(sampleOf(*train, 0).mask.pixels == Pixels{0, 1});
  const auto validation = opened("folder", {scratch.path(), "validation", classes(2), options});
  REQUIRE(namesOf(*validation) == std::vector<std::string>{"in/c"});

  writeText(scratch / "train.csv", "in/c.png;gt/c.png\nin/d.png;\n");
  const auto plain =
      opened("folder", {scratch.path(), "train", classes(2), R"({"list": "{split}.csv"})"});
  REQUIRE(plain->size() == 2);
  REQUIRE(sampleOf(*plain, 1).mask.pixels.empty());

  fs::copy_file(scratch / "in/c.png", scratch / "in/c.jpg");  // told by its content
  writeText(scratch / "train.csv", "in/c.jpg;gt/c.png\nin/c.png;gt/d.png\n");
  const auto alike =
      opened("folder", {scratch.path(), "train", classes(2), R"({"list": "{split}.csv"})"});
  REQUIRE(namesOf(*alike) == std::vector<std::string>{"in/c", "in/c.png"});
  REQUIRE(sampleOf(*alike, 1).mask.pixels == Pixels{0, 0});
}

TEST_CASE("folder: what is wrong with a list is said, all at once") {
  const ScratchFolder scratch;
  writePair(scratch / "a.png", scratch / "m.png", {0, 1});
  const auto message = [&](const std::string& text) {
    writeText(scratch / "list.csv", text);
    return refusal("folder", {scratch.path(), "train", classes(2), R"({"list": "list.csv"})"})
        .message;
  };
  REQUIRE(contains(message("image,mask\na.png,m.png\nb.png,m.png\nc.png,x.png\n"),
                   "3 files that " + (scratch / "list.csv").string() +
                       " names are not there: line 3 b.png, line 4 c.png, line 4 x.png"));
  REQUIRE(contains(message("image,mask,split\na.png,m.png,holdout\n"),
                   "line 2: split 'holdout', expected train, validation or test"));
  REQUIRE(contains(message("a.png,m.png,train\n"), "line 1: 3 fields, 2 were expected"));
  REQUIRE(contains(message("image,mask\n\"a.png,m.png\n"),
                   "line 2: a quote is opened and never closed"));
  REQUIRE(contains(message("a.png,m.png\na.png,m.png\n"), "a.png is named twice"));
  REQUIRE(contains(message(""), "the list is empty"));
}

TEST_CASE("folder: one report names all that is wrong") {
  const ScratchFolder scratch;
  for (const char* name : {"a", "b", "c", "d"}) {
    writePair(scratch / ("images/" + std::string(name) + ".png"),
              scratch / ("masks/" + std::string(name) + ".png"), {0, 1});
  }
  writePixels(scratch / "masks/a.png", 1, 1, {0});
  writePixels(scratch / "masks/b.png", 2, 1, {0, 44});
  writeText(scratch / "masks/c.png", "not a PNG");
  const std::string message =
      refusal("folder", {scratch.path(), "train", classes(3), "{}"}).message;
  REQUIRE(contains(message, "1 file cannot be read: " + (scratch / "masks/c.png").string()));
  REQUIRE(contains(message, "; 1 mask differs in size from its image: " +
                                (scratch / "masks/a.png").string() + ": image 2x1, mask 1x1; "));
  REQUIRE(contains(message,
                   "1 mask has labels that are not classes: " + (scratch / "masks/b.png").string() +
                       ": label 44 in 1 of 2 pixels, first at (1, 0)"));
  REQUIRE(opened("folder", {scratch.path(), "train", classes(3), R"({"audit": false})"})->size() ==
          4);
}

TEST_CASE("folder: 20,000 small files open") {
  const ScratchFolder scratch;
  writePair(scratch / "images/0.png", scratch / "masks/0.png", {0, 1});
  for (int i = 1; i < 10000; ++i) {  // links: what counts is how many there are
    const std::string name = std::to_string(i) + ".png";
    fs::create_hard_link(scratch / "images/0.png", scratch / ("images/" + name));
    fs::create_hard_link(scratch / "masks/0.png", scratch / ("masks/" + name));
  }
  REQUIRE(opened("folder", {scratch.path(), "train", classes(2), "{}"})->size() == 10000);
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

TEST_CASE("real data: nuclei and streets open without a word about where they lie") {
  if (!fs::exists(dataFolder() / "nuclei")) SKIP("no " << dataFolder() << "; set LIMBUS_DATA");
  const auto nuclei = opened(
      "folder",
      {.root = dataFolder() / "nuclei", .split = "train", .classes = classes(2), .divide = true});
  REQUIRE(nuclei->size() == 429);
  for (const auto& [split, size] : {std::pair("train", 367), std::pair("validation", 101)}) {
    const auto streets =
        opened("folder", {dataFolder() / "camvid", split, classes(11), R"({"void": 11})"});
    REQUIRE(streets->size() == static_cast<std::size_t>(size));
  }
}

TEST_CASE("fixtures: folders of other tools") {
  const fs::path root = dataFolder() / "fixtures";
  if (!fs::exists(root)) SKIP("no " << root << "; set LIMBUS_DATA");
  const fs::path common = root / "datumaro_assets/common_semantic_segmentation_dataset";
  const auto plain = opened("folder", {common / "dataset", "test", {}, "{}"});
  REQUIRE(namesOf(*plain) == std::vector<std::string>{"0001", "0002"});
  REQUIRE(plain->classes()[4].name == "Road");
  const auto odd = opened("folder", {common / "non_standard_dataset/segmentation",
                                     "test",
                                     {},
                                     R"({"images": "images/image_*", "masks": "masks/gt_*"})"});
  REQUIRE(namesOf(*odd) == std::vector<std::string>{"0001", "0002"});
  const auto keras = opened("folder", {root / "keras_segmentation_example/test/example_dataset",
                                       "train",
                                       {},
                                       R"({"images": "images_prepped_train",
                                           "masks": "annotations_prepped_train"})"});
  REQUIRE(keras->size() == 5);
}
