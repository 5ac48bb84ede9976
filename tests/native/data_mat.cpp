// MATLAB's files as masks: where the mask stands, what numbers it may have, and the data sets of
// them.
#include "data_trees.h"
#include "mat_text.h"
#include "native/data/files/mat.h"
#include "scratch_folder.h"

using namespace limbus;
namespace fs = std::filesystem;

namespace {

bool withoutMat() {
  const auto size = matSize(mat::file(mat::matrix("S", 1, {0})));
  return !size && size.error().code == ErrorCode::unsupported;
}

std::string refused(const std::string& bytes) {
  const Result<Mask> mask = decodeMatMask(bytes);
  REQUIRE_FALSE(mask);
  return mask.error().message;
}

void writePngAs(const fs::path& file, int width) {
  const fs::path png = fs::path(file).replace_extension(".png");
  writePixels(png, width, 1, Pixels(static_cast<std::size_t>(width), 9));
  fs::rename(png, file);  // told by content
}

}  // namespace

TEST_CASE("mat: SBD's field, COCO-Stuff's matrix or the only one, of any type") {
  if (withoutMat()) SKIP("a build without matio");
  const Pixels expected = {0, 1, 2, 3, 4, 255};
  const std::vector<double> values(expected.begin(), expected.end());
  const std::string name = mat::array(4, "name", 1, 2, mat::element(4, mat::number('a', 2)));
  for (const std::string& bytes :
       {mat::sbd(3, values), mat::file(mat::matrix("S", 3, values, mat::kUint16)),
        mat::file(mat::matrix("T", 1, {5}) +
                  mat::compressed(mat::matrix("S", 3, values, mat::kDouble))),
        mat::file(mat::matrix("whatever", 3, values)),
        mat::file(name + mat::matrix("whatever", 3, values))}) {
    REQUIRE(isMat(bytes));
    const Result<ImageSize> size = matSize(bytes);
    REQUIRE((size && size->width == 3 && size->height == 2));
    const Result<Mask> mask = decodeMatMask(bytes);
    INFO((mask ? "" : mask.error().message));
    REQUIRE(mask);
    REQUIRE(mask->pixels == expected);
  }
}

TEST_CASE("mat: other names, other numbers and damage are said") {
  if (withoutMat()) SKIP("a build without matio");
  REQUIRE(contains(refused(mat::file(mat::matrix("A", 1, {1}) + mat::matrix("B", 1, {2}))),
                   "expected GTcls.Segmentation, S or one matrix alone, the file holds A, B"));
  REQUIRE(contains(
      refused(mat::file(mat::structure("GTinst", {"Segmentation"}, {mat::matrix("", 1, {7})}))),
      "the file holds GTinst"));
  REQUIRE(contains(
      refused(mat::file(mat::structure("GTcls", {"Boundaries"}, {mat::matrix("", 1, {7})}))),
      "the file holds GTcls"));
  REQUIRE(contains(refused(mat::file("")), "the file holds no variable"));
  REQUIRE(contains(refused(mat::file(mat::matrix("S", 2, {0, 1, 256, 0}, mat::kUint16))),
                   "label 256 at (0, 1); labels are whole numbers from 0 to 255"));
  REQUIRE(contains(refused(mat::file(mat::matrix("S", 2, {0, 1.5}, mat::kDouble))),
                   "label 1.5 at (1, 0)"));
  REQUIRE(contains(refused(mat::file(mat::matrix("S", 2, {0, -1}, mat::kDouble))), "label -1"));
  REQUIRE(contains(refused(mat::file("", "7.3")), "save it with -v7"));
  std::string broken = mat::sbd(8, std::vector<double>(64, 1));
  broken[138] = 7;  // a kind of block that zlib does not have
  REQUIRE_FALSE(decodeMatMask(broken));
  for (const std::string& whole : {mat::file(mat::matrix("S", 8, std::vector<double>(64, 1))),
                                   mat::sbd(8, std::vector<double>(64, 1))}) {
    for (std::size_t length = 129; length < whole.size(); length += 5) {
      CAPTURE(length);
      REQUIRE_FALSE(decodeMatMask(std::string_view(whole).substr(0, length)));
    }
  }
}

TEST_CASE("sbd: alone, and for the masks that VOC lacks") {
  if (withoutMat()) SKIP("a build without matio");
  const ScratchFolder scratch;
  const fs::path sbd = scratch / "benchmark_RELEASE/dataset";
  const fs::path voc = scratch / "VOCdevkit/VOC2012";
  for (const char* id : {"a", "b", "c"}) {
    fs::create_directories(voc / "JPEGImages");
    fs::create_directories(sbd / "img");
    writePngAs(sbd / "img" / (std::string(id) + ".jpg"), 3);
    writePngAs(voc / "JPEGImages" / (std::string(id) + ".jpg"), 3);
  }
  writeText(sbd / "cls/a.mat", mat::sbd(3, {0, 1, 20}));
  writeText(sbd / "cls/b.mat", mat::sbd(3, {0, 2, 2}));
  writeText(sbd / "cls/c.mat", mat::sbd(3, {0, 3, 3}));
  writeText(sbd / "train.txt", "a\nb\n");
  writeText(sbd / "val.txt", "c\n");
  const auto alone = opened("voc", {scratch / "benchmark_RELEASE", "train", {}, "{}"});
  REQUIRE(namesOf(*alone) == std::vector<std::string>{"a", "b"});
  CHECK(countsText(histogram(*alone)) == "0: 2, 1: 1, 2: 2, 20: 1");
  REQUIRE(sampleOf(*alone, 0).mask.pixels == Pixels{0, 1, 20});
  const auto held = opened("voc", {scratch / "benchmark_RELEASE", "validation", {}, "{}"});
  REQUIRE(namesOf(*held) == std::vector<std::string>{"c"});

  const fs::path lists = voc / "ImageSets/Segmentation";
  writePixels(voc / "SegmentationClass/a.png", 3, 1, {5, 5, 255});
  writePixels(voc / "SegmentationClass/c.png", 3, 1, {6, 6, 6});
  writeText(lists / "train.txt", "a\n");
  writeText(lists / "val.txt", "c\n");
  const std::string more = R"({"list": "train_aug"})";
  const auto made = opened("voc", {scratch.path(), "train", {}, more});
  REQUIRE(namesOf(*made) == std::vector<std::string>{"a", "b"});  // c is VOC's validation
  REQUIRE(sampleOf(*made, 0).mask.pixels == Pixels{5, 5, 255});   // VOC's own mask
  REQUIRE(sampleOf(*made, 1).mask.pixels == Pixels{0, 2, 2});
  writeText(lists / "train_aug.txt", "/JPEGImages/b.jpg /SegmentationClassAug/b.png\n");
  const auto listed = opened("voc", {scratch.path(), "train", {}, more});
  REQUIRE(namesOf(*listed) == std::vector<std::string>{"b"});
  REQUIRE(sampleOf(*listed, 0).mask.pixels == Pixels{0, 2, 2});
  fs::rename(scratch / "benchmark_RELEASE", scratch / "elsewhere");
  REQUIRE(contains(refusal("voc", {scratch.path(), "train", {}, more}).message,
                   "SegmentationClassAug/b.png"));
  REQUIRE(
      opened("voc", {scratch.path(), "train", {}, R"({"list": "train_aug", "sbd": "elsewhere"})"})
          ->size() == 1);
  REQUIRE(contains(refusal("voc", {scratch.path(), "train", {}, R"({"sbd": "nowhere"})"}).message,
                   "nowhere: no folder cls of SBD in it"));
  writeText(scratch / "elsewhere/dataset/cls/b.mat",
            mat::file(mat::matrix("A", 1, {1}) + mat::matrix("B", 1, {1})));
  REQUIRE(contains(
      refusal("voc", {scratch.path(), "train", {}, R"({"list": "train_aug", "sbd": "elsewhere"})"})
          .message,
      "b.mat: no mask: expected GTcls.Segmentation"));
}

TEST_CASE("coco-stuff 10k: lists, matrices of categories, 0 takes no part") {
  if (withoutMat()) SKIP("a build without matio");
  const ScratchFolder scratch;
  fs::create_directories(scratch / "images");
  for (const char* id : {"a", "b"}) writePngAs(scratch / "images" / (std::string(id) + ".jpg"), 3);
  writeText(scratch / "annotations/a.mat", mat::file(mat::matrix("S", 3, {0, 1, 182})));
  writeText(scratch / "annotations/b.mat", mat::file(mat::matrix("S", 3, {2, 2, 2})));
  writeText(scratch / "imageLists/train.txt", "a\n");
  writeText(scratch / "imageLists/test.txt", "b\n");
  const auto train = opened("coco-stuff", {scratch.path(), "train", {}, "{}"});
  REQUIRE(namesOf(*train) == std::vector<std::string>{"a"});
  REQUIRE(sampleOf(*train, 0).mask.pixels == Pixels{255, 0, 181});
  const auto held = opened("coco-stuff", {scratch.path(), "validation", {}, "{}"});
  REQUIRE(countsText(histogram(*held)) == "1: 3");
  writeText(scratch / "imageLists/train.txt", "a\nc\n");
  REQUIRE(contains(refusal("coco-stuff", {scratch.path(), "train", {}, "{}"}).message,
                   "2 files that " + (scratch / "imageLists/train.txt").string()));
}

TEST_CASE("folder: masks may be matrices") {
  if (withoutMat()) SKIP("a build without matio");
  const ScratchFolder scratch;
  writePngAs(scratch / "images/a.png", 3);
  writeText(scratch / "masks/a.mat", mat::file(mat::matrix("mask", 3, {0, 1, 2})));
  const auto set = opened("folder", {scratch.path(), "train", classes(3), "{}"});
  REQUIRE(sampleOf(*set, 0).mask.pixels == Pixels{0, 1, 2});
}
