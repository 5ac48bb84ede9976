// Readers of published data sets whose masks are files: names, sizes, labels, and what they refuse.
#include "data_trees.h"
#include "scratch_folder.h"
#include "shared/input_presets.h"
#include "shared/options/rows.h"

using namespace limbus;
namespace fs = std::filesystem;

namespace {

std::vector<ClassSpec> named(const std::vector<std::string>& names) {
  std::vector<ClassSpec> specs;
  for (const std::string& name : names) specs.push_back({name, {}, ""});
  return specs;
}

void writeStrip(const fs::path& file, int width = 2) {
  writePixels(file, width, 1, Pixels(static_cast<std::size_t>(width), 9));
}

// The label of each class of a table in a mask of all of them, side by side.
void writeNumbers(const fs::path& file, const Pixels& numbers) {
  writePixels(file, static_cast<int>(numbers.size()), 1, numbers);
}

}  // namespace

TEST_CASE("published: tables have names, colours and numbers of their own, and known presets") {
  int tables = 0;
  for (const DatasetRow& row : datasets()) {
    CAPTURE(row.name);
    if (*row.preset != '\0') REQUIRE(findRow(inputPresets(), row.preset) != nullptr);
    if (row.table == nullptr) continue;
    ++tables;
    const ClassTable table = row.table();
    std::map<std::string, int> names;
    std::map<int, int> numbers;
    for (const ClassTable::Entry& entry : table.entries) {
      REQUIRE(++names[entry.name] == 1);
      REQUIRE(++numbers[entry.number] == 1);
      REQUIRE((entry.number >= 0 && entry.number < 255));
    }
  }
  REQUIRE(tables >= 7);
}

TEST_CASE("cityscapes: label numbers become the classes that are scored, the city the group") {
  const ScratchFolder scratch;
  const fs::path city = "train/bonn/bonn_000001_000019";
  const auto file = [&](const char* folder, const char* end) {
    return scratch / (std::string(folder) + "/" + city.string() + end);
  };
  writeStrip(file("leftImg8bit", "_leftImg8bit.png"), 5);
  writeNumbers(file("gtFine", "_gtFine_labelIds.png"), {7, 26, 33, 0, 29});
  writeNumbers(file("gtCoarse", "_gtCoarse_labelIds.png"), {8, 8, 8, 8, 3});
  const auto fine = opened("cityscapes", {scratch.path(), "train", {}, "{}"});
  REQUIRE(namesOf(*fine) == std::vector<std::string>{"bonn/bonn_000001_000019"});
  REQUIRE(fine->facts(0).group == "bonn");
  REQUIRE(sampleOf(*fine, 0).mask.pixels == Pixels{0, 13, 18, 255, 255});
  REQUIRE(fine->classes().size() == 19);
  const auto coarse = opened("cityscapes", {scratch.path(), "train", {}, R"({"coarse": true})"});
  REQUIRE(sampleOf(*coarse, 0).mask.pixels == Pixels{1, 1, 1, 1, 255});
  const auto three = opened("cityscapes", {scratch.path(), "train", named({"rest", "car", "road"}),
                                           R"({"others": "rest"})"});
  REQUIRE(sampleOf(*three, 0).mask.pixels == Pixels{2, 1, 0, 255, 255});
  REQUIRE(contains(refusal("cityscapes", {scratch.path(), "train", named({"car", "raod"}),
                                          R"({"others": "void"})"})
                       .message,
                   "unknown class 'raod'; known: road, "));
  REQUIRE(contains(
      refusal("cityscapes", {scratch.path(), "train", named({"car", "road"}), "{}"}).message,
      "leaves out 17 classes of the data set (sidewalk, "));
  fs::remove(file("gtFine", "_gtFine_labelIds.png"));
  writeNumbers(file("gtFine", "_gtFine_labelTrainIds.png"), {0, 13, 18, 255, 255});
  REQUIRE(sampleOf(*opened("cityscapes", {scratch.path(), "train", {}, "{}"}), 0).mask.pixels ==
          Pixels{0, 13, 18, 255, 255});
  fs::remove(file("gtFine", "_gtFine_labelTrainIds.png"));
  REQUIRE(contains(refusal("cityscapes", {scratch.path(), "train", {}, "{}"}).message,
                   "1 image has no mask like"));
}

TEST_CASE("voc: palettes, lists of ids and of paths") {
  const ScratchFolder scratch;
  const fs::path root = scratch / "VOCdevkit/VOC2012";
  for (const char* name : {"a", "b"}) {
    fs::create_directories(root / "JPEGImages");
    writeStrip(root / "JPEGImages" / (std::string(name) + ".png"), 3);  // told by content
    fs::rename(root / "JPEGImages" / (std::string(name) + ".png"),
               root / "JPEGImages" / (std::string(name) + ".jpg"));
  }
  // Colours of aeroplane, tvmonitor and void, as the palette has them.
  writePixels(root / "SegmentationClass/a.png", 3, 1, {128, 0, 0, 0, 64, 128, 224, 224, 192});
  writeNumbers(root / "SegmentationClassAug/b.png", {20, 0, 255});
  writeText(root / "ImageSets/Segmentation/train.txt", "a\n\n");
  writeText(root / "ImageSets/Segmentation/train_aug.txt",
            "/JPEGImages/a.jpg /SegmentationClass/a.png\r\n"
            "/JPEGImages/b.jpg /SegmentationClassAug/b.png\r\n");
  const auto train = opened("voc", {scratch.path(), "train", {}, "{}"});
  REQUIRE(namesOf(*train) == std::vector<std::string>{"a"});
  REQUIRE(sampleOf(*train, 0).mask.pixels == Pixels{1, 20, 255});
  const auto more = opened("voc", {scratch.path(), "train", {}, R"({"list": "train_aug"})"});
  REQUIRE(namesOf(*more) == std::vector<std::string>{"a", "b"});
  REQUIRE(sampleOf(*more, 1).mask.pixels == Pixels{20, 0, 255});
  REQUIRE(more->classes()[20].colour == std::array<std::uint8_t, 3>{0, 64, 128});
  fs::remove(root / "ImageSets/Segmentation/train_aug.txt");
  const Error unlisted = refusal("voc", {scratch.path(), "train", {}, R"({"list": "train_aug"})"});
  REQUIRE(unlisted.code == ErrorCode::notFound);
  REQUIRE(contains(unlisted.message,
                   "train_aug.txt: no such list, and SBD (benchmark_RELEASE), of which it is made, "
                   "is not there; `--set data.list=train` takes VOC's own images alone"));
  writePixels(root / "SegmentationClass/a.png", 3, 1, {128, 0, 0, 1, 64, 128, 224, 224, 192});
  REQUIRE(contains(refusal("voc", {scratch.path(), "train", {}, "{}"}).message,
                   "a.png: colour #014080 in 1 of 3 pixels, first at (1, 0)"));
  writeText(root / "ImageSets/Segmentation/train.txt", "a\nc\n");
  REQUIRE(contains(
      refusal("voc", {scratch.path(), "train", {}, "{}"}).message,
      "2 files that " + (root / "ImageSets/Segmentation/train.txt").string() + " names are not"));
}

TEST_CASE("ade20k: one less than the number, 0 takes no part") {
  const ScratchFolder scratch;
  writeStrip(scratch / "ADEChallengeData2016/images/training/a.png", 3);
  writeNumbers(scratch / "ADEChallengeData2016/annotations/training/a.png", {0, 1, 150});
  const auto set = opened("ade20k", {scratch.path(), "train", {}, "{}"});
  REQUIRE(sampleOf(*set, 0).mask.pixels == Pixels{255, 0, 149});
  REQUIRE(set->classes()[149].name == "flag");
  writeNumbers(scratch / "ADEChallengeData2016/annotations/training/a.png", {0, 1, 151});
  REQUIRE(contains(refusal("ade20k", {scratch.path(), "train", {}, "{}"}).message,
                   "label 151 in 1 of 3 pixels"));
}

TEST_CASE("ade20k-full: objects by name, parts and unknown ones apart") {
  const ScratchFolder scratch;
  const fs::path street = scratch / "ADE20K_2021_17_01/images/ADE/training/urban/street";
  const auto object = [](int number, const std::string& name, int level) {
    return "{\"name_ndx\": " + std::to_string(number) + ", \"name\": \"" + name +
           "\", \"parts\": {\"part_level\": " + std::to_string(level) +
           "}, \"polygon\": {\"x\": [1, 2], \"y\": [1, 2]}}";
  };
  const auto annotate = [&](const char* id, const std::string& objects) {
    writeText(street / (std::string(id) + ".json"),
              R"({"annotation": {"scene": ["outdoor", "street"], "object": [)" + objects + "]}}");
  };
  for (const char* id : {"a", "b"}) {
    writeStrip(street / (std::string(id) + ".png"), 4);
    fs::rename(street / (std::string(id) + ".png"), street / (std::string(id) + ".jpg"));
  }
  // 1831 person, 401 car twice with instances of their own (blue), nothing.
  writePixels(street / "a_seg.png", 4, 1, {71, 39, 1, 15, 145, 2, 10, 145, 3, 0, 0, 0});
  annotate("a", object(1831, "person, individual", 0) + "," + object(401, "car, auto", 0) + "," +
                    object(774, "door", 1));
  writePixels(street / "b_seg.png", 4, 1, {15, 145, 2, 15, 145, 2, 15, 145, 2, 0, 7, 3});
  annotate("b", object(401, "car, auto", 0) + "," + object(7, "caf\xE9", 0));  // in Latin-1
  const auto all = opened("ade20k-full", {scratch.path(), "train", {}, "{}"});
  REQUIRE(namesOf(*all) == std::vector<std::string>{"urban/street/a", "urban/street/b"});
  REQUIRE(namesOf(all->classes()) ==
          std::vector<std::string>{"car, auto", "caf\xC3\xA9", "person, individual"});
  REQUIRE(sampleOf(*all, 0).mask.pixels == Pixels{2, 0, 0, 255});
  REQUIRE(sampleOf(*all, 1).mask.pixels == Pixels{0, 0, 0, 1});
  REQUIRE(all->facts(0).attributes.at("scene") == "outdoor/street");
  const auto two = opened(
      "ade20k-full", {scratch.path(), "train", named({"rest", "car"}), R"({"others": "rest"})"});
  REQUIRE(sampleOf(*two, 0).mask.pixels == Pixels{0, 1, 1, 255});
  REQUIRE(contains(refusal("ade20k-full", {scratch.path(), "train", named({"door", "car"}),
                                           R"({"others": "void"})"})
                       .message,
                   "unknown class 'door'"));
  writePixels(street / "b_seg.png", 4, 1, {15, 145, 2, 20, 5, 2, 20, 5, 9, 0, 7, 3});
  REQUIRE(contains(refusal("ade20k-full", {scratch.path(), "train", {}, "{}"}).message,
                   "b_seg.png: object 517 in 2 of 4 pixels, first at (1, 0) (expected those that "
                   "the annotations name)"));
  writeText(street / "b.json", R"({"annotation": {"object": [{"name": "car"}]}})");
  REQUIRE(contains(refusal("ade20k-full", {scratch.path(), "train", {}, "{}"}).message,
                   "b.json: an object without name_ndx"));
  fs::remove(street / "b.json");
  REQUIRE(contains(refusal("ade20k-full", {scratch.path(), "train", {}, "{}"}).message,
                   "1 file is missing beside images"));
}

TEST_CASE("ade20k-full: the release of 2017 names objects by instance") {
  const ScratchFolder scratch;
  const fs::path street = scratch / "ADE20K_2016_07_26/images/training/s/street";
  writeStrip(street / "a.png", 5);
  fs::rename(street / "a.png", street / "a.jpg");
  writePixels(street / "a_seg.png", 5, 1,
              {70, 39, 9, 10, 145, 40, 10, 145, 200, 0, 0, 0, 70, 39, 9});
  const auto annotate = [&](const std::string& lines) { writeText(street / "a_atr.txt", lines); };
  annotate(
      "001 # 0 # 0 # person, individual # person # \"walking\"\r\n"
      "003 # 0 # 1 # car, auto # car # \"\"\r\n002 # 0 # 0 # car, auto # taxi # \"\"\r\n"
      "001 # 1 # 0 # head # head # \"\"\r\n");
  const auto set = opened("ade20k-full", {scratch.path(), "train", {}, "{}"});
  REQUIRE(namesOf(set->classes()) == std::vector<std::string>{"car, auto", "person, individual"});
  REQUIRE(sampleOf(*set, 0).mask.pixels == Pixels{1, 0, 0, 255, 1});
  REQUIRE(set->facts(0).attributes.at("scene") == "s/street");
  const auto cars = opened(
      "ade20k-full", {scratch.path(), "train", named({"rest", "car"}), R"({"others": "rest"})"});
  REQUIRE(sampleOf(*cars, 0).mask.pixels == Pixels{0, 1, 1, 255, 0});
  annotate("001 # 0 # 0 # person # person # \"\"\n002 # 0 # 0 # car # car # \"\"\n");
  REQUIRE(contains(refusal("ade20k-full", {scratch.path(), "train", {}, "{}"}).message,
                   "a_seg.png: an object that its list of objects does not have, of blue 200, "
                   "first at (2, 0)"));
  annotate("001 # 0 # 0 # person # person # \"\"\nsky\n");
  REQUIRE(contains(refusal("ade20k-full", {scratch.path(), "train", {}, "{}"}).message,
                   "a_atr.txt: line 2: expected"));
}

TEST_CASE("coco-stuff: categories less one") {
  const ScratchFolder scratch;
  writeStrip(scratch / "images/val2017/a.png", 3);
  writeNumbers(scratch / "stuffthingmaps/val2017/a.png", {0, 181, 255});
  const auto set = opened("coco-stuff", {scratch.path(), "validation", {}, "{}"});
  REQUIRE(sampleOf(*set, 0).mask.pixels == Pixels{0, 181, 255});
  REQUIRE(set->classes()[91].name == "banner");
  writeNumbers(scratch / "stuffthingmaps/val2017/a.png", {0, 182, 255});
  REQUIRE(contains(refusal("coco-stuff", {scratch.path(), "validation", {}, "{}"}).message,
                   "label 182"));
}

TEST_CASE("camvid: 32 colours are 11 classes") {
  const ScratchFolder scratch;
  writeStrip(scratch / "val/0016E5_1.png", 4);
  writePixels(scratch / "val_labels/0016E5_1_L.png", 4, 1,
              {64, 64, 0, 192, 128, 64, 0, 128, 64, 0, 0, 0});
  const auto set = opened("camvid", {scratch.path(), "validation", {}, "{}"});
  REQUIRE(sampleOf(*set, 0).mask.pixels == Pixels{9, 9, 1, 255});
  REQUIRE(set->facts(0).group == "0016E5");
  writePixels(scratch / "val_labels/0016E5_1_L.png", 4, 1,
              {64, 64, 1, 64, 64, 1, 0, 128, 64, 0, 0, 0});
  REQUIRE(contains(refusal("camvid", {scratch.path(), "validation", {}, "{}"}).message,
                   "colour #404001 in 2 of 4 pixels, first at (0, 0)"));
}

TEST_CASE("signate: colours, attributes, scored classes and the others") {
  const ScratchFolder scratch;
  for (int i = 0; i < 5; ++i) {
    const std::string name = "train_000" + std::to_string(i);
    writeStrip(scratch / ("seg_train_images/" + name + ".png"), 2);
    writePixels(scratch / ("seg_train_annotations/" + name + ".png"), 2, 1,
                {0, 0, 255, 0, 152, 225});
    writeText(scratch / ("seg_train_annotations/" + name + ".json"),
              R"({"attributes": {"route": "Tokyo1", "timeofday": "night"}, "frameIndex": 3})");
  }
  writeStrip(scratch / "seg_test_images/test_0000.png");
  const auto all = opened("signate", {scratch.path(), "train", {}, "{}"});
  REQUIRE(all->size() == 5);
  REQUIRE(sampleOf(*all, 0).mask.pixels == Pixels{0, 10});
  REQUIRE(all->facts(4).attributes.at("route-timeofday") == "Tokyo1-night");
  const auto held = opened("signate", {.root = scratch.path(),
                                       .split = "validation",
                                       .classes = named({"other", "car"}),
                                       .options = R"({"others": "other"})",
                                       .divide = true});
  REQUIRE(namesOf(*held) == std::vector<std::string>{"train_0004"});
  REQUIRE(sampleOf(*held, 0).mask.pixels == Pixels{1, 0});
  const auto test = opened("signate", {scratch.path(), "test", {}, "{}"});
  REQUIRE(sampleOf(*test, 0).mask.pixels.empty());
  REQUIRE_FALSE(all->divided());
  REQUIRE(test->divided());
  writeText(scratch / "seg_train_annotations/train_0001.json", "{\"attributes\": ");
  REQUIRE(
      contains(refusal("signate", {scratch.path(), "train", {}, "{}"}).message, "train_0001.json"));
}

TEST_CASE("openeds2020: sequences, labelled and not") {
  const ScratchFolder scratch;
  const fs::path root = scratch / "openEDS2020-SparseSegmentation/participant";
  for (int s = 0; s < 5; ++s) {
    const fs::path folder = root / ("S_" + std::to_string(s));
    for (int i = 0; i < 3; ++i) writeStrip(folder / (std::to_string(i) + ".png"));
    Mask mask(2, 1, 1);
    mask.pixels = {3, static_cast<std::uint8_t>(s % 4)};
    REQUIRE(writeNpyMask(folder / "label_1.npy", mask.view()));
  }
  const auto all = opened("openeds2020", {scratch.path(), "train", classes(4), "{}"});
  REQUIRE(namesOf(*all) == std::vector<std::string>{"S_0/1", "S_1/1", "S_2/1", "S_3/1", "S_4/1"});
  REQUIRE(all->facts(2).group == "S_2");
  REQUIRE(sampleOf(*all, 2).mask.pixels == Pixels{3, 2});
  const auto more =
      opened("openeds2020", {scratch.path(), "train", classes(4), R"({"unlabelled": true})"});
  REQUIRE(more->size() == 15);
  REQUIRE(sampleOf(*more, 0).mask.pixels.empty());
  const auto test = opened("openeds2020", {scratch.path(), "test", classes(4), "{}"});
  REQUIRE(test->size() == 10);
  REQUIRE_FALSE(all->divided());
  REQUIRE(test->divided());
  const auto held = opened(
      "openeds2020",
      {.root = scratch.path(), .split = "validation", .classes = classes(4), .divide = true});
  REQUIRE(namesOf(*held) == std::vector<std::string>{"S_4/1"});
  const std::string refused =
      refusal("openeds2020", {scratch.path(), "train", classes(3), "{}"}).message;
  INFO(refused);
  REQUIRE(contains(refused, "label 3 (expected 0 to 2"));
  REQUIRE(contains(refused, ": S_0/label_1.npy, S_1/label_1.npy, "));
  fs::remove(root / "S_3/1.png");
  REQUIRE(contains(refusal("openeds2020", {scratch.path(), "train", classes(4), "{}"}).message,
                   "1 label has no image: " + (root / "S_3/label_1.npy").string()));
}

TEST_CASE("mapillary: classes of the config, those that are not evaluated take no part") {
  const ScratchFolder scratch;
  writeText(scratch / "config_v1.2.json",
            R"({"labels": [{"name": "bird", "color": [1, 2, 3], "evaluate": true},
                           {"name": "mount", "color": [4, 5, 6], "evaluate": false},
                           {"name": "road", "color": [7, 8, 9], "evaluate": true}]})");
  writeStrip(scratch / "training/images/a.png", 3);
  writeNumbers(scratch / "training/v1.2/labels/a.png", {0, 1, 2});
  const auto set = opened("mapillary", {scratch.path(), "train", {}, "{}"});
  REQUIRE(sampleOf(*set, 0).mask.pixels == Pixels{0, 255, 1});
  REQUIRE(contains(
      refusal("mapillary", {scratch.path(), "train", {}, R"({"version": "v2.0"})"}).message,
      "no config_v2.0.json, which names the classes"));
  writeNumbers(scratch / "training/v1.2/labels/a.png", {0, 1, 3});
  REQUIRE(contains(refusal("mapillary", {scratch.path(), "train", {}, "{}"}).message, "label 3"));
  writeText(scratch / "config_v1.2.json", R"({"classes": ["bird", "road"]})");
  REQUIRE(contains(refusal("mapillary", {scratch.path(), "train", {}, "{}"}).message,
                   "config_v1.2.json: expected a list under \"labels\""));
}

TEST_CASE("fixtures: real trees of published data sets") {
  if (!fs::exists(datumaroAssets())) SKIP("no " << datumaroAssets() << "; set LIMBUS_DATA");
  const auto voc =
      opened("voc", {datumaroAssets() / "voc_dataset/voc_dataset1", "train", {}, "{}"});
  REQUIRE(namesOf(*voc) == std::vector<std::string>{"2007_000001"});
  const auto city = opened(
      "cityscapes", {datumaroAssets() / "cityscapes_dataset/train_dataset", "test", {}, "{}"});
  REQUIRE(city->size() == 2);
  REQUIRE(city->facts(0).group == "defaultcity");
  const auto camvid = opened("camvid", {datumaroAssets() / "camvid_dataset", "test", {}, "{}"});
  REQUIRE(namesOf(*camvid) == std::vector<std::string>{"0001TP_008550", "0001TP_008580"});
  for (const char* version : {"v1.2", "v2.0"}) {
    const auto vistas = opened(
        "mapillary", {datumaroAssets() / "mapillary_vistas_dataset" / version, "train", {}, "{}"});
    REQUIRE(vistas->classes().size() == 3);
    REQUIRE(sampleOf(*vistas, 0).mask.width == 5);
  }
  const auto ade =
      opened("ade20k-full", {datumaroAssets() / "ade20k2020_dataset/dataset", "train", {}, "{}"});
  REQUIRE(namesOf(*ade) == std::vector<std::string>{"street/1"});
  REQUIRE(namesOf(ade->classes())[0] == "car, auto, automobile, machine, motorcar");
  CHECK(countsText(histogram(*ade)) == "0: 15, 1: 5, 255: 5");
  const auto first =
      opened("ade20k-full", {datumaroAssets() / "ade20k2017_dataset/dataset", "train", {}, "{}"});
  REQUIRE(namesOf(first->classes())[1] == "sky");
  CHECK(countsText(histogram(*first)) == "0: 6, 1: 3, 255: 3");
  CHECK(countsText(histogram(*voc)) == "2: 200");
  CHECK(countsText(histogram(*city)) == "3: 1, 14: 3, 16: 2, 255: 4");
  CHECK(countsText(histogram(*camvid)) == "0: 2, 1: 3, 3: 1, 5: 2, 9: 2");
}

TEST_CASE("real data: CamVid by its own name") {
  if (!fs::exists(dataFolder() / "camvid")) SKIP("no " << dataFolder() << "; set LIMBUS_DATA");
  const auto set = opened("camvid", {dataFolder() / "camvid", "validation", {}, "{}"});
  REQUIRE(set->size() == 101);
  const Sample street = sampleOf(*set, 0);
  REQUIRE((street.image.width == 480 && street.image.height == 360));
  REQUIRE(histogram(street.mask).count(3) == 1);
}
