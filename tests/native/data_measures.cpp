// What `limbus data` says of a data set and makes of it: numbers, problems, the generic folder.
#include <cmath>

#include "data_trees.h"
#include "native/data/audit.h"
#include "native/data/fingerprint.h"
#include "native/data/sets/generic_folder.h"
#include "native/data/statistics.h"
#include "scratch_folder.h"

using namespace limbus;
namespace fs = std::filesystem;

namespace {

// Something to see: a smooth field that differs from seed to seed.
Image scene(int width, int height, double seed) {
  Image image(width, height, 1);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const double u = 6.28 * x / width, v = 6.28 * y / height;
      image.row(y)[x] = static_cast<std::uint8_t>(127 + 60 * std::sin(u * (1 + seed) + seed) +
                                                  60 * std::cos(v * (2 + seed) - 3 * seed));
    }
  }
  return image;
}

// At half the size, each pixel the mean of four.
Image halved(const Image& image) {
  Image half(image.width / 2, image.height / 2, 1);
  for (int y = 0; y < half.height; ++y) {
    for (int x = 0; x < half.width; ++x) {
      const std::uint8_t* above = image.row(2 * y) + 2 * x;
      const std::uint8_t* below = image.row(2 * y + 1) + 2 * x;
      half.row(y)[x] =
          static_cast<std::uint8_t>((above[0] + above[1] + below[0] + below[1] + 2) / 4);
    }
  }
  return half;
}

void writeScene(const fs::path& root, const std::string& split, const std::string& name,
                const Image& image, std::uint8_t label = 1) {
  Mask mask(image.width, image.height, 1);
  mask.pixels[0] = label;
  for (const char* folder : {"images", "masks"}) REQUIRE(makeFolder(root / split / folder));
  REQUIRE(writePng(root / split / "images" / (name + ".png"), image.view(), false));
  REQUIRE(writePng(root / split / "masks" / (name + ".png"), mask.view(), false));
}

const AuditKind& kind(const Audit& audit, const std::string& name) {
  for (const AuditKind& one : audit.kinds) {
    if (one.name == name) return one;
  }
  FAIL("no kind " << name);
  return audit.kinds.front();
}

}  // namespace

TEST_CASE("statistics: sizes, shares, mean and deviation, weights, counted by hand") {
  const ScratchFolder scratch;
  writePixels(scratch / "images/a.png", 2, 2, {0, 255, 0, 255});
  writePixels(scratch / "masks/a.png", 2, 2, {0, 0, 0, 1});
  writePixels(scratch / "images/b.png", 4, 1, {51, 51, 51, 51, 51, 51, 51, 51, 51, 51, 51, 51});
  writePixels(scratch / "masks/b.png", 4, 1, {0, 0, 255, 255});
  const auto set = opened("folder", {scratch.path(), "train", classes(3), "{}"});
  const DatasetStatistics numbers = *statisticsOf({set.get()});
  REQUIRE((numbers.images == 2 && numbers.labelled == 2 && numbers.colourImages == 1));
  REQUIRE(numbers.sizes == std::map<std::pair<int, int>, std::int64_t>{{{2, 2}, 1}, {{4, 1}, 1}});
  REQUIRE((numbers.labelledPixels == 6 && numbers.voidPixels == 2));
  REQUIRE(numbers.classes.size() == 3);
  REQUIRE((numbers.classes[0].pixels == 5 && numbers.classes[0].images == 2));
  REQUIRE((numbers.classes[1].pixels == 1 && numbers.classes[1].imagePixels == 4));
  REQUIRE((numbers.classes[2].pixels == 0 && numbers.classes[2].name == "c2"));
  // Two black, two white and four of 0.2: mean 2.8 / 8, squares 2.16 / 8.
  for (std::size_t c = 0; c < 3; ++c) {
    REQUIRE(std::abs(numbers.mean[c] - 0.35) < 1e-12);
    REQUIRE(std::abs(numbers.deviation[c] - std::sqrt(0.27 - 0.1225)) < 1e-12);
  }
  const auto weights = [&](ClassWeights which) { return classWeights(numbers, which); };
  const std::vector<double> inverse = weights(ClassWeights::inverseFrequency);
  REQUIRE((std::abs(inverse[0] - 0.6) < 1e-12 && std::abs(inverse[1] - 3) < 1e-12));
  REQUIRE(inverse[2] == 0);
  const std::vector<double> median = weights(ClassWeights::medianFrequency);  // of 5/6 and 1/4
  REQUIRE(std::abs(median[0] - 13.0 / 24 / (5.0 / 6)) < 1e-12);
  REQUIRE(std::abs(median[1] - 13.0 / 24 * 4) < 1e-12);
  REQUIRE(std::abs(weights(ClassWeights::enet)[1] - 1 / std::log(1.02 + 1.0 / 6)) < 1e-12);
}

TEST_CASE("fingerprints: another size, brightness or encoding is the same picture") {
  const Image image = scene(96, 64, 0.3);
  const auto print = [](const Image& one) { return *fingerprint(one.view()); };
  REQUIRE(nearlyEqual(print(image), print(halved(image))));
  Image bright = image;
  for (std::uint8_t& v : bright.pixels) v = static_cast<std::uint8_t>(40 + v / 2);
  REQUIRE(nearlyEqual(print(image), print(bright)));
  REQUIRE(contentHash(image.view()) != contentHash(bright.view()));
  REQUIRE_FALSE(nearlyEqual(print(image), print(scene(96, 64, 0.5))));
  REQUIRE_FALSE(fingerprint(Image(20, 20, 1, 77).view()));
}

TEST_CASE("audit: every kind of problem is found and named") {
  const ScratchFolder scratch;
  const fs::path root = scratch / "set";
  writeScene(root, "train", "a", scene(48, 32, 0.1));
  writeScene(root, "train", "a2", scene(48, 32, 0.1));
  writeScene(root, "train", "b", scene(48, 32, 0.7));
  writeScene(root, "train", "empty", scene(48, 32, 1.3), 0);
  writeScene(root, "train", "wrong", scene(48, 32, 1.9), 9);
  writeScene(root, "train", "size", scene(48, 32, 2.2));
  writeScene(root, "train", "broken", scene(48, 32, 2.7));
  writeScene(root, "validation", "copy", scene(48, 32, 0.7));
  writeScene(root, "validation", "small", halved(scene(48, 32, 1.3)));
  writeScene(root, "validation", "new", scene(48, 32, 3.1));
  writePixels(root / "train/masks/size.png", 1, 1, {0});
  writeText(root / "train/images/broken.png", "PNG");
  const auto part = [&](const char* split) {
    auto set =
        openDataset(chosen(datasets(), "folder"),
                    {.root = root, .split = split, .classes = classes(2), .unchecked = true});
    REQUIRE(set);
    return std::move(*set);
  };
  const auto train = part("train"), validation = part("validation");
  const Audit audit = *auditOf({{"train", train.get()}, {"validation", validation.get()}});
  REQUIRE(audit.images == 10);
  const auto items = [&](const char* name) { return kind(audit, name).items; };
  using Items = std::vector<std::string>;
  REQUIRE(items("unreadable").size() == 1);
  REQUIRE(contains(items("unreadable")[0], "broken.png: neither PNG"));
  REQUIRE(items("sizes").size() == 1);
  REQUIRE(contains(items("sizes")[0], "size.png: image 48x32, mask 1x1"));
  REQUIRE(items("labels").size() == 1);
  REQUIRE(contains(items("labels")[0], "wrong.png: label 9 in 1 of 1536 pixels"));
  REQUIRE(items("emptyMasks") == Items{"train/empty"});
  REQUIRE(items("duplicates") == Items{"validation/copy is train/b"});
  REQUIRE(items("nearDuplicates") == Items{"validation/small is like train/empty"});
  REQUIRE(items("repeats") == Items{"train/a2 is train/a"});
  REQUIRE(items("leakage").empty());
  REQUIRE(audit.problems() == 5);
}

TEST_CASE("audit: masks that number their objects are told, whatever the recipe makes of them") {
  const ScratchFolder scratch;
  Pixels objects(20, 0), broken = objects;
  for (int i = 0; i < 9; ++i) {
    objects[static_cast<std::size_t>(2 * i)] = static_cast<std::uint8_t>(i + 1);
    broken[static_cast<std::size_t>(2 * i)] = static_cast<std::uint8_t>(i % 8 + 1);  // 1 twice
  }
  for (const auto& [name, pixels] : {std::pair("objects", objects), std::pair("classes", broken)}) {
    writePixels(scratch / "images" / (std::string(name) + ".png"), 20, 1, objects);
    writePixels(scratch / "masks" / (std::string(name) + ".png"), 20, 1, pixels);
  }
  const auto numbered = [&](const std::vector<ClassSpec>& named, const std::string& options) {
    const auto data = chooseRow(datasets(), "dataset", "folder", Json::parse(options), "data");
    REQUIRE(data);
    const auto set = openDataset(
        *data, {.root = scratch.path(), .split = "test", .classes = named, .unchecked = true});
    REQUIRE(set);
    return kind(*auditOf({{"all", set->get()}}), "numbered").items;
  };
  const std::vector<std::string> told = {"all/objects: 1 to 9, each of one part"};
  CHECK(numbered({}, "{}") == told);
  CHECK(numbered(classes(2), "{}") == told);
  CHECK(numbered(classes(10), "{}").empty());
  CHECK(numbered(classes(2), R"({"labels": "instances"})").empty());
}

TEST_CASE("audit: classes that one image alone holds, or none, are noted") {
  const ScratchFolder scratch;
  const auto notes = [&](const char* colours) {
    const auto data = chooseRow(datasets(), "dataset", "folder", Json::parse("{}"), "data");
    const auto set = openDataset(*data, {.root = scratch / colours, .split = "test"});
    REQUIRE(set);
    return kind(*auditOf({{"all", set->get()}}), "rareClasses").items;
  };
  for (int i = 0; i < 10; ++i) {
    const std::string name = "i" + std::to_string(i) + ".png";
    const std::uint8_t stray = i == 4 ? 7 : 0;
    for (const char* folder : {"numbers", "colours"}) {
      writePixels(scratch / folder / "images" / name, 3, 1,
                  {1, 2, static_cast<std::uint8_t>(50 + 5 * i)});
    }
    writePixels(scratch / "numbers/masks" / name, 3, 1, {0, 3, stray});
    writePixels(scratch / "colours/masks" / name, 3, 1, {0, 0, 0, 9, 0, 0, stray, 0, stray});
  }
  CHECK(notes("numbers") == std::vector<std::string>{"1 to 2: in no image", "4 to 6: in no image",
                                                     "7: in all/i4 alone"});
  CHECK(notes("colours") == std::vector<std::string>{"#070007: in all/i4 alone"});
  fs::remove(scratch / "numbers/masks/i9.png");
  fs::remove(scratch / "numbers/images/i9.png");
  CHECK(notes("numbers").size() == 2);  // of few images each may well be the only one
}

TEST_CASE("audit: a subject in two splits") {
  const ScratchFolder scratch;
  for (const char* name : {"a", "b", "c"}) {
    writePixels(scratch / (std::string(name) + ".png"), 2, 1, {1, 9});
  }
  writeText(scratch / "l.csv",
            "image,split,group\na.png,train,anna\nb.png,val,anna\nc.png,val,berta\n");
  const DataQuestion train{scratch.path(), "train", classes(2), R"({"list": "l.csv"})"};
  DataQuestion validation = train;
  validation.split = "validation";
  const auto one = opened("folder", train), other = opened("folder", validation);
  const Audit audit = *auditOf({{"train", one.get()}, {"validation", other.get()}});
  REQUIRE(kind(audit, "leakage").items ==
          std::vector<std::string>{"anna is in train and validation"});
}

TEST_CASE("convert: any data set becomes a folder that opens without options") {
  const ScratchFolder scratch;
  const fs::path from = scratch / "vistas", to = scratch / "plain";
  writeText(from / "config_v1.2.json", R"({"labels": [{"name": "bird", "color": [1, 2, 3]},
                                                      {"name": "x", "color": [4, 5, 6],
                                                       "evaluate": false},
                                                      {"name": "road", "color": [7, 8, 9]}]})");
  writePixels(from / "training/images/deep/a.png", 3, 1, {9, 8, 7});
  writePixels(from / "training/v1.2/labels/deep/a.png", 3, 1, {0, 1, 2});
  const auto set = opened("mapillary", {from, "train", {}, "{}"});
  REQUIRE(makeFolder(to));
  REQUIRE(writeGenericFolder({{"train", set.get()}}, to));
  const auto plain = opened("folder", {to, "train", {}, "{}"});
  REQUIRE(namesOf(*plain) == std::vector<std::string>{"deep/a"});
  REQUIRE(sampleOf(*plain, 0).mask.pixels == Pixels{0, 255, 1});
  REQUIRE(plain->classes()[1].name == "road");
  REQUIRE(*readBytes(plain->facts(0).image) == *readBytes(from / "training/images/deep/a.png"));
  REQUIRE_FALSE(fs::exists(to / "samples.csv"));
}

TEST_CASE("convert: groups and attributes go into a list") {
  const ScratchFolder scratch;
  writePixels(scratch / "a.png", 2, 1, {1, 9});
  writePixels(scratch / "m.png", 2, 1, {1, 0});
  writeText(scratch / "l.csv", "image,mask,group,road\na.png,m.png,\"anna, 7\",wet\n");
  const auto set = opened("folder", {scratch.path(), "train", classes(2), R"({"list": "l.csv"})"});
  REQUIRE(makeFolder(scratch / "plain"));
  REQUIRE(writeGenericFolder({{"", set.get()}}, scratch / "plain"));
  const auto plain =
      opened("folder", {scratch / "plain", "train", classes(2), R"({"list": "samples.csv"})"});
  REQUIRE(plain->facts(0).group == "anna, 7");
  REQUIRE(plain->facts(0).attributes.at("road") == "wet");
  REQUIRE(sampleOf(*plain, 0).mask.pixels == Pixels{1, 0});
}
