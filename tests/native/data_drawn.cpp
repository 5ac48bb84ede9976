// Readers of outlines: what they draw, and what they refuse. Each pixel is counted by hand.
#include "data_trees.h"
#include "native/data/sets/shapes.h"
#include "scratch_folder.h"

using namespace limbus;
namespace fs = std::filesystem;

namespace {

void writeGrey(const fs::path& file, int width, int height) {
  writePixels(file, width, height,
              Pixels(static_cast<std::size_t>(width) * static_cast<std::size_t>(height), 9));
}

// Both splits have a car alone, in the first pixel of two: of the recipe's classes a road is
// missing.
void onlyTrainingWantsAll(const char* dataset, const ScratchFolder& scratch) {
  const std::vector<ClassSpec> classes = {{"background", {}}, {"road", {1}}, {"car", {2}}};
  const auto held = opened(dataset, {scratch.path(), "validation", classes, "{}"});
  REQUIRE(sampleOf(*held, 0).mask.pixels == Pixels{2, 0});
  REQUIRE(contains(refusal(dataset, {scratch.path(), "train", classes, "{}"}).message,
                   "the data set does not have this class of the recipe"));
}

}  // namespace

TEST_CASE("shapes: a pixel belongs to the outline that holds its centre; later ones lie above") {
  const Shape square{.label = 1, .outlines = {{{1, 1}, {3, 1}, {3, 3}, {1, 3}}}};
  const Shape triangle{.label = 2, .outlines = {{{0, 0}, {4, 0}, {0, 4}}}};
  REQUIRE(drawShapes({square}, {4, 4}, 0).pixels ==
          Pixels{0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0});
  // Centres on the border of the triangle (x + y = 4) are outside: its right border is not its own.
  REQUIRE(drawShapes({square, triangle}, {4, 4}, 255).pixels ==
          Pixels{2, 2, 2, 255, 2, 2, 1, 255, 2, 1, 1, 255, 255, 255, 255, 255});
  const Shape beyond{.label = 3, .outlines = {{{-5, 2.4}, {9, 2.4}, {9, 3.6}, {-5, 3.6}}}};
  REQUIRE(drawShapes({beyond}, {4, 4}, 0).pixels ==
          Pixels{0, 0, 0, 0, 0, 0, 0, 0, 3, 3, 3, 3, 3, 3, 3, 3});
  REQUIRE(shapeProblem(beyond, {4, 4}).empty());
  REQUIRE(contains(shapeProblem({.label = 1, .outlines = {{{5, 1}, {7, 1}, {7, 3}}}}, {4, 4}),
                   "outside the image of 4x4, from (5, 1) on"));
  REQUIRE(contains(shapeProblem({.label = 1, .outlines = {{{0, 1}, {2, 1}}}}, {4, 4}),
                   "an outline of 2 points"));
}

TEST_CASE("shapes: objects of one label are parted where they touch, those of one group are not") {
  const auto column = [](int label, double left, double right, int group = kNoGroup) {
    return Shape{.label = label,
                 .outlines = {{{left, 0}, {right, 0}, {right, 1}, {left, 1}}},
                 .group = group};
  };
  const std::vector<Shape> touching = {column(1, 0, 2), column(1, 2, 4), column(2, 4, 6)};
  REQUIRE(drawShapes(touching, {6, 1}, 0).pixels == Pixels{1, 1, 1, 1, 2, 2});
  REQUIRE(drawShapes(touching, {6, 1}, 0, true).pixels == Pixels{1, 1, 0, 1, 2, 2});
  const std::vector<Shape> grouped = {column(1, 0, 2, 7), column(1, 2, 4, 7), column(1, 4, 6)};
  REQUIRE(drawShapes(grouped, {6, 1}, 3, true).pixels == Pixels{1, 1, 1, 1, 3, 1});
  const std::vector<Shape> unlabelled = {column(kVoidLabel, 0, 2), column(kVoidLabel, 2, 4)};
  REQUIRE(drawShapes(unlabelled, {4, 1}, 0, true).pixels == Pixels{255, 255, 255, 255});
}

TEST_CASE("shapes: runs go down the columns; compressed ones are pycocotools'") {
  const Shape runs{.label = 1, .outlines = {}, .runs = {1, 2, 3}, .runsSize = {3, 2}};
  REQUIRE(drawShapes({runs}, {3, 2}, 0).pixels == Pixels{0, 1, 0, 1, 0, 0});
  REQUIRE(shapeProblem(runs, {3, 2}).empty());
  REQUIRE(contains(shapeProblem(runs, {2, 3}), "runs for an image of 3x2"));
  REQUIRE(contains(
      shapeProblem({.label = 1, .outlines = {}, .runs = {1, 9}, .runsSize = {3, 2}}, {3, 2}),
      "runs of 10 pixels"));
  // From pycocotools' maskApi.c: from the third on less the last but one, five bits a character.
  REQUIRE(*runsOfText("123") == std::vector<std::uint32_t>{1, 2, 3});
  REQUIRE(*runsOfText("PPYo0").map([](auto) { return 1; }) == 1);
  REQUIRE(*runsOfText("1231") == std::vector<std::uint32_t>{1, 2, 3, 3});
  REQUIRE(*runsOfText("52203") == std::vector<std::uint32_t>{5, 2, 2, 2, 5});
  REQUIRE(*runsOfText("523O") == std::vector<std::uint32_t>{5, 2, 3, 1});
  REQUIRE_FALSE(runsOfText("P"));
  REQUIRE_FALSE(runsOfText("1\x7f"));
  REQUIRE_FALSE(runsOfText("O"));
}

TEST_CASE("coco: outlines and runs by category, small objects over large ones") {
  const ScratchFolder scratch;
  writeGrey(scratch / "train2017/a.png", 4, 2);
  const auto write = [&](const std::string& annotations) {
    writeText(scratch / "annotations/instances_train2017.json",
              R"({"images": [{"id": 5, "file_name": "a.png", "width": 4, "height": 2}],
                  "categories": [{"id": 1, "name": "cat"}, {"id": 7, "name": "dog"}],
                  "annotations": [)" +
                  annotations + "]}");
  };
  write(R"({"id": 1, "image_id": 5, "category_id": 7, "area": 2,
            "segmentation": {"size": [2, 4], "counts": [0, 2, 6]}},
           {"id": 2, "image_id": 5, "category_id": 1, "area": 6,
            "segmentation": [[0, 0, 3, 0, 3, 2, 0, 2]]},
           {"id": 3, "image_id": 5, "category_id": 1, "segmentation": []})");
  const auto set = opened("coco", {scratch.path(), "train", {}, "{}"});
  REQUIRE(namesOf(*set) == std::vector<std::string>{"a"});
  REQUIRE(set->classes()[2].name == "dog");
  REQUIRE(sampleOf(*set, 0).mask.pixels == Pixels{2, 1, 1, 0, 2, 1, 1, 0});
  const std::vector<ClassSpec> dogs = {{"rest", {}, ""}, {"dog", {}, ""}};
  const auto two = opened("coco", {scratch.path(), "train", dogs, R"({"others": "rest"})"});
  REQUIRE(sampleOf(*two, 0).mask.pixels == Pixels{1, 0, 0, 0, 1, 0, 0, 0});
  for (const auto& [annotation, problem] : {
           std::pair(R"({"id": 4, "image_id": 5, "category_id": 2, "segmentation": []})",
                     "id 4: category_id 2 is not among the categories"),
           std::pair(R"({"id": 4, "image_id": 6, "category_id": 1, "segmentation": []})",
                     "id 4: image_id 6 is not among the images"),
           std::pair(R"({"id": 4, "image_id": 5, "category_id": 1, "segmentation": [[1, 2, 3]]})",
                     "outlines are lists of x, y"),
           std::pair(R"({"id": 4, "image_id": 5, "category_id": 1,
                         "segmentation": [[9, 9, 9, 8, 8, 8]]})",
                     "outside the image of 4x2, from (9, 9) on"),
           std::pair(R"({"id": 4, "image_id": 5, "category_id": 1,
                         "segmentation": {"size": [2, 4], "counts": [3]}})",
                     "runs of 3 pixels in an image of 4x2"),
       }) {
    write(annotation);
    CAPTURE(annotation);
    REQUIRE(contains(refusal("coco", {scratch.path(), "train", {}, "{}"}).message, problem));
  }
  fs::remove(scratch / "train2017/a.png");
  REQUIRE(contains(refusal("coco", {scratch.path(), "train", {}, "{}"}).message, "1 image that "));
  writeText(scratch / "annotations/instances_train2017.json", "{\"images\": [");
  REQUIRE(contains(refusal("coco", {scratch.path(), "train", {}, "{}"}).message,
                   "instances_train2017.json: not valid JSON: wrong at byte 12 of 12"));
  writeText(scratch / "annotations/instances_train2017.json", "{\"images\": []}");
  REQUIRE(contains(refusal("coco", {scratch.path(), "train", {}, "{}"}).message,
                   "expected COCO's JSON"));
}

TEST_CASE("coco, labelme: objects that touch are one region, with apart each is its own") {
  const ScratchFolder scratch;
  writeGrey(scratch / "coco/train2017/a.png", 4, 1);
  writeText(scratch / "coco/annotations/instances_train2017.json",
            R"({"images": [{"id": 5, "file_name": "a.png"}],
                "categories": [{"id": 1, "name": "cell"}],
                "annotations": [
                  {"id": 1, "image_id": 5, "category_id": 1, "area": 3,
                   "segmentation": [[0, 0, 2, 0, 2, 1, 0, 1]]},
                  {"id": 2, "image_id": 5, "category_id": 1, "area": 2,
                   "segmentation": [[2, 0, 4, 0, 4, 1, 2, 1]]}]})");
  writeGrey(scratch / "labelme/a.png", 4, 1);
  const auto write = [&](const std::string& group) {
    const std::string shape =
        R"({"label": "cell", "shape_type": "rectangle", "group_id": )" + group;
    writeText(scratch / "labelme/a.json", R"({"imagePath": "a.png", "shapes": [)" + shape +
                                              R"(, "points": [[0, 0], [2, 1]]}, )" + shape +
                                              R"(, "points": [[2, 0], [4, 1]]}]})");
  };
  write("null");
  const auto drawn = [&](const std::string& name, const std::string& options) {
    return sampleOf(*opened(name, {scratch / name, "train", {}, options}), 0).mask.pixels;
  };
  for (const char* name : {"coco", "labelme"}) {
    CAPTURE(name);
    REQUIRE(drawn(name, "{}") == Pixels{1, 1, 1, 1});
    REQUIRE(drawn(name, R"({"apart": true})") == Pixels{1, 1, 0, 1});
  }
  write("3");
  REQUIRE(drawn("labelme", R"({"apart": true})") == Pixels{1, 1, 1, 1});
}

TEST_CASE("coco: one file for all images divides nothing") {
  const ScratchFolder scratch;
  std::string images;
  for (int i = 0; i < 10; ++i) {
    const std::string number = std::to_string(i);
    writeGrey(scratch / "images" / (number + ".png"), 4, 2);
    images +=
        (i == 0 ? "" : ", ") + ("{\"id\": " + number) + ", \"file_name\": \"" + number + ".png\"}";
  }
  writeText(scratch / "annotations/all.json",
            R"({"categories": [{"id": 1, "name": "cat"}], "annotations": [], "images": [)" +
                images + "]}");
  DataQuestion question{
      scratch.path(), "train", {}, R"({"annotations": "annotations/all.json"})", true};
  const auto train = opened("coco", question);
  question.split = "validation";
  const auto validation = opened("coco", question);
  REQUIRE_FALSE(train->divided());
  REQUIRE(train->size() == 8);
  REQUIRE(namesOf(*validation) == std::vector<std::string>{"4", "9"});
  question.divide = false;
  REQUIRE(opened("coco", question)->size() == 10);
  question.splitNamed = true;
  REQUIRE(contains(refusal("coco", question).message,
                   "all.json: one file without {split} is taken as a whole; leave --split out"));
  // Its images may lie where one split's do.
  std::filesystem::rename(scratch / "images", scratch / "val2017");
  question.splitNamed = false;
  REQUIRE(opened("coco", question)->size() == 10);
}

TEST_CASE("yolo: outlines of the image's sides, every form of names") {
  const ScratchFolder scratch;
  writeGrey(scratch / "images/train/a.png", 4, 2);
  writeGrey(scratch / "images/train/b.png", 4, 2);
  writeText(scratch / "labels/train/a.txt", "1 0 0 0.5 0 0.5 1 0 1\n0 0.75 0 1 0 1 1 0.75 1\n");
  for (const char* names : {"names:\n  0: cat  # one\n  1: 'dog'\n", "names: [cat, \"dog\"]\n",
                            "names:  # [two]\n- cat\n- dog\nnc: 2\n",
                            "names: [ 'cat',  # one, of two\n         dog ]  # YOLOv5\nnc: 2\n",
                            "names: {0: cat, 1: dog}\n", "names: {'0': cat,\n 1: \"dog\",}\n"}) {
    writeText(scratch / "data.yaml", std::string("train: images/train\n") + names);
    CAPTURE(names);
    const auto set = opened("yolo", {scratch.path(), "train", {}, "{}"});
    REQUIRE(namesOf(*set) == std::vector<std::string>{"a", "b"});
    REQUIRE(set->classes()[2].name == "dog");
    REQUIRE(sampleOf(*set, 0).mask.pixels == Pixels{2, 2, 0, 1, 2, 2, 0, 1});
    REQUIRE(histogram(sampleOf(*set, 1).mask) == Counts{{0, 8}});
  }
  writeText(scratch / "data.yaml", "names: [\"cat, the \\tame\", 'dog # [2]', driver's ] # [x]\n");
  const auto quoted = opened("yolo", {scratch.path(), "train", {}, "{}"})->classes();
  REQUIRE(quoted.size() == 4);
  REQUIRE(quoted[1].name == "cat, the \\tame");
  REQUIRE(quoted[2].name == "dog # [2]");
  REQUIRE(quoted[3].name == "driver's");
  for (const char* names : {"names: [cat, dog\n", "names: {1: cat, 0: dog}\n",
                            "names: {cat, dog}\n", "names: []\n", "names: &all [cat]\n"}) {
    writeText(scratch / "data.yaml", names);
    CAPTURE(names);
    REQUIRE(contains(refusal("yolo", {scratch.path(), "train", {}, "{}"}).message,
                     "data.yaml: expected names:"));
  }
  writeText(scratch / "data.yaml", "names: [cat, dog]\n");
  writeText(scratch / "labels/train/b.txt", "1 0.5 0.5 0.2 0.2\n2 0 0 1 0 1 1\n0 0 0 1 0 1 7\nx\n");
  const std::string message = refusal("yolo", {scratch.path(), "train", {}, "{}"}).message;
  REQUIRE(contains(message, "4 labels are wrong"));
  REQUIRE(contains(message, "b.txt line 1: a box, not an outline"));
  REQUIRE(contains(message, "b.txt line 2: class 2, expected 0 to 1"));
  REQUIRE(contains(message, "b.txt line 3: a point at (1, 7)"));
  REQUIRE(contains(message, "b.txt line 4: something else than numbers"));
  writeText(scratch / "data.yaml", "nc: 2\n");
  REQUIRE(contains(refusal("yolo", {scratch.path(), "train", {}, "{}"}).message,
                   "data.yaml: expected names:"));
}

TEST_CASE("yolo: labels of other names than the images' are no background") {
  const ScratchFolder scratch;
  writeText(scratch / "data.yaml", "names: [cat]\n");
  for (const char* name : {"a", "b"}) {
    writeGrey(scratch / "images/train" / (std::string(name) + ".png"), 4, 2);
    writeText(scratch / "labels/train" / (std::string(name) + ".png.txt"),
              "0 0 0 0.5 0 0.5 1 0 1\n");
  }
  const DataQuestion question{scratch.path(), "train", {}, "{}"};
  const std::string message = refusal("yolo", question).message;
  REQUIRE(contains(message, "2 labels belong to no image: "));
  REQUIRE(contains(message, "a.png.txt"));
  REQUIRE(contains(message, "2 images of " + (scratch / "images/train").string() + " have none"));
  for (const char* name : {"a", "b"}) {  // beside labels of all images those of others may lie
    fs::copy(scratch / "labels/train/a.png.txt",
             scratch / "labels/train" / (std::string(name) + ".txt"));
  }
  REQUIRE(histogram(*opened("yolo", question)) == Counts{{0, 8}, {1, 8}});
  for (const char* name : {"a.png.txt", "b.png.txt", "b.txt"}) {
    fs::remove(scratch / "labels/train" / name);
  }
  for (const char* list : {"classes.txt", "train.txt"}) {
    writeText(scratch / "labels/train" / list, "cat\n");
  }
  REQUIRE(histogram(*opened("yolo", question)) == Counts{{0, 12}, {1, 4}});
}

TEST_CASE("yolo: names of classes that are not UTF-8 are refused") {
  const ScratchFolder scratch;
  writeGrey(scratch / "images/train/a.png", 4, 2);
  writeText(scratch / "labels/train/a.txt", "1 0 0 0.5 0 0.5 1 0 1\n");
  writeText(scratch / "data.yaml", "names: [cat, caf\xe9]\n");
  const std::string message = refusal("yolo", {scratch.path(), "train", {}, "{}"}).message;
  REQUIRE(contains(message, "the class 'caf\xe9' is not UTF-8; save the file that names it"));
  writeText(scratch / "data.yaml", "names: [cat, caf\xc3\xa9]\n");
  REQUIRE(opened("yolo", {scratch.path(), "train", {}, "{}"})->classes().size() == 3);
}

TEST_CASE("labelme: polygons and rectangles of the program's JSON") {
  const ScratchFolder scratch;
  writeGrey(scratch / "a.png", 4, 2);
  writeText(scratch / "a.json", R"({"imagePath": "..\\)" + scratch.path().filename().string() +
                                    R"(\\a.png", "shapes": [
                 {"label": "road", "points": [[0, 0], [4, 0], [4, 2], [0, 2]],
                  "shape_type": "polygon"},
                 {"label": "car", "points": [[1, 0], [2, 1]], "shape_type": "rectangle"},
                 {"label": "tip", "points": [[1, 0]], "shape_type": "point"}]})");
  const auto set = opened("labelme", {scratch.path(), "test", {}, "{}"});
  REQUIRE(set->classes().size() == 3);
  REQUIRE(set->classes()[1].name == "car");
  REQUIRE(sampleOf(*set, 0).mask.pixels == Pixels{2, 1, 2, 2, 2, 2, 2, 2});
  writeText(scratch / "b.json", R"({"imagePath": "b.png", "shapes": []})");
  writeText(scratch / "c.json", R"({"imagePath": "a.png", "shapes": [{"label": "x"}]})");
  const std::string message = refusal("labelme", {scratch.path(), "test", {}, "{}"}).message;
  REQUIRE(contains(message, "2 files are wrong"));
  REQUIRE(contains(message, "b.json: its image b.png is not there"));
  REQUIRE(contains(message, "c.json: a shape without label or points"));
}

TEST_CASE("labelme: a split may lack classes of the recipe, training may not") {
  const ScratchFolder scratch;
  for (const char* split : {"train", "validation"}) {
    writeGrey(scratch / split / "a.png", 2, 1);
    writeText(scratch / split / "a.json",
              R"({"imagePath": "a.png", "shapes": [{"label": "car", "shape_type": "rectangle",
                  "points": [[0, 0], [1, 1]]}]})");
  }
  onlyTrainingWantsAll("labelme", scratch);
}

TEST_CASE("labelme: __ignore__ is void, _background_ background") {
  const ScratchFolder scratch;
  writeGrey(scratch / "a.png", 4, 2);
  const auto shape = [](const std::string& label, const std::string& points) {
    return R"({"label": ")" + label + R"(", "shape_type": "rectangle", "points": )" + points + "}";
  };
  writeText(scratch / "a.json", R"({"imagePath": "a.png", "shapes": [)" +
                                    shape("apple", "[[0, 0], [4, 1]]") + "," +
                                    shape("_background_", "[[1, 0], [2, 1]]") + "," +
                                    shape("__ignore__", "[[2, 0], [3, 2]]") + "]}");
  const auto set = opened("labelme", {scratch.path(), "test", {}, "{}"});
  REQUIRE(set->classes().size() == 2);
  REQUIRE(set->classes()[0].name == "background");
  REQUIRE(sampleOf(*set, 0).mask.pixels == Pixels{1, 0, 255, 1, 0, 0, 255, 0});
}

TEST_CASE("cvat: polygons, boxes and masks in their order, subsets as splits") {
  const ScratchFolder scratch;
  writeGrey(scratch / "images/a.png", 4, 2);
  const auto write = [&](const std::string& elements) {
    writeText(scratch / "annotations.xml",
              R"(<?xml version="1.0"?><annotations><meta><task><labels><label><name>road</name>)"
              R"(</label><label><name>car</name></label></labels></task></meta>)"
              R"(<image id="0" name="a.png" width="4" height="2" subset="Train">)" +
                  elements + "</image></annotations>");
  };
  write(R"(<box label="car" xtl="0" ytl="0" xbr="1" ybr="1" z_order="2"/>)"
        R"(<polygon label="road" points="0,0;4,0;4,2;0,2" z_order="1"/>)"
        R"(<mask label="car" rle="1, 2, 1" left="2" top="0" width="2" height="2" z_order="3"/>)"
        R"(<points label="car" points="1,1"/>)");
  const auto built = openDataset("cvat", {scratch.path(), "train", {}, "{}"});
  if (!built && built.error().code == ErrorCode::unsupported) SKIP(built.error().message);
  const auto set = opened("cvat", {scratch.path(), "train", {}, "{}"});
  REQUIRE(sampleOf(*set, 0).mask.pixels == Pixels{2, 1, 1, 2, 1, 1, 2, 1});
  REQUIRE(opened("cvat", {scratch.path(), "validation", {}, "{}"})->size() == 0);
  write(R"(<mask label="car" rle="1" left="3" top="0" width="2" height="2"/>)");
  REQUIRE(contains(refusal("cvat", {scratch.path(), "train", {}, "{}"}).message,
                   "a.png: a mask outside the image"));
  for (const char* beyond :
       {R"(<mask label="car" rle="0, 1" left="2147483647" top="0" width="1" height="1"/>)",
        R"(<mask label="car" rle="0, 1" left="0" top="2147483647" width="1" height="2"/>)"}) {
    write(beyond);
    REQUIRE(contains(refusal("cvat", {scratch.path(), "train", {}, "{}"}).message,
                     "a.png: a mask outside the image"));
  }
  writeText(scratch / "annotations.xml",
            R"(<annotations><image name="a.png" width="16384" height="16384">)"
            R"(<mask label="car" rle="1" left="0" top="0" width="1" height="1"/></image>)"
            R"(</annotations>)");
  REQUIRE(contains(refusal("cvat", {scratch.path(), "train", {}, "{}"}).message,
                   "a.png: masks for an image of another size than 4x2"));
  for (const char* none : {"nan", "inf", "-1e300"}) {
    write(R"(<box label="car" xtl=")" + std::string(none) + R"(" ytl="0" xbr="1" ybr="1"/>)");
    REQUIRE(contains(refusal("cvat", {scratch.path(), "train", {}, "{}"}).message,
                     "an outline with a coordinate that is none"));
  }
  write(R"(<polygon label="road" points="0,0;4,0;4,2;0,2"/>)"
        R"(<box label="" xtl="0" ytl="0" xbr="1" ybr="2" z_order="1"/>)");
  REQUIRE(sampleOf(*opened("cvat", {scratch.path(), "train", {}, "{}"}), 0).mask.pixels ==
          Pixels{255, 1, 1, 1, 255, 1, 1, 1});
  write("<polygon");
  REQUIRE(contains(refusal("cvat", {scratch.path(), "train", {}, "{}"}).message,
                   "annotations.xml: no XML: "));
}

TEST_CASE("cvat: a project's labels are classes in its order; a.jpg and a.png are two samples") {
  const ScratchFolder scratch;
  writeGrey(scratch / "images/a.png", 4, 2);
  writeGrey(scratch / "images/a.jpg", 4, 2);  // told by content
  writeText(scratch / "annotations.xml",
            R"(<annotations><meta><project><labels><label><name>road</name></label>)"
            R"(<label><name>car</name></label></labels></project></meta>)"
            R"(<image name="a.png" width="4" height="2">)"
            R"(<box label="car" xtl="0" ytl="0" xbr="1" ybr="1"/></image>)"
            R"(<image name="a.jpg" width="4" height="2"/></annotations>)");
  const auto built = openDataset("cvat", {scratch.path(), "train", {}, "{}"});
  if (!built && built.error().code == ErrorCode::unsupported) SKIP(built.error().message);
  const auto set = opened("cvat", {scratch.path(), "train", {}, "{}"});
  REQUIRE(namesOf(set->classes()) == std::vector<std::string>{"background", "road", "car"});
  REQUIRE(namesOf(*set) == std::vector<std::string>{"a", "a.jpg"});
}

TEST_CASE(
    "cvat: a split without a list of labels may lack classes of the recipe, training may not") {
  const ScratchFolder scratch;
  writeGrey(scratch / "images/a.png", 2, 1);
  for (const char* split : {"train", "validation"}) {
    writeText(scratch / (std::string(split) + ".xml"),
              R"(<annotations><image name="a.png" width="2" height="1">)"
              R"(<box label="car" xtl="0" ytl="0" xbr="1" ybr="1"/></image></annotations>)");
  }
  const auto built = openDataset("cvat", {scratch.path(), "train", {}, "{}"});
  if (!built && built.error().code == ErrorCode::unsupported) SKIP(built.error().message);
  onlyTrainingWantsAll("cvat", scratch);
}

TEST_CASE("coco: a.jpg and a.png are two samples") {
  const ScratchFolder scratch;
  writeGrey(scratch / "train2017/a.png", 2, 1);
  writeGrey(scratch / "train2017/a.jpg", 2, 1);
  writeText(scratch / "annotations/instances_train2017.json",
            R"({"images": [{"id": 1, "file_name": "a.png"}, {"id": 2, "file_name": "a.jpg"}],
                "categories": [{"id": 1, "name": "cell"}], "annotations": []})");
  const auto set = opened("coco", {scratch.path(), "train", {}, "{}"});
  REQUIRE(namesOf(*set) == std::vector<std::string>{"a", "a.jpg"});
}

TEST_CASE("cvat: ellipses, and what is turned; what else draws is refused") {
  const ScratchFolder scratch;
  writeGrey(scratch / "images/a.png", 6, 6);
  const auto write = [&](const std::string& elements) {
    writeText(scratch / "annotations.xml",
              R"(<annotations><image id="0" name="a.png" width="6" height="6">)" + elements +
                  "</image></annotations>");
  };
  write("");
  const auto built = openDataset("cvat", {scratch.path(), "train", {}, "{}"});
  if (!built && built.error().code == ErrorCode::unsupported) SKIP(built.error().message);
  const auto drawn = [&](const std::string& element) {
    write(element);
    return sampleOf(*opened("cvat", {scratch.path(), "train", {}, "{}"}), 0).mask.pixels;
  };
  const Pixels lying = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1,
                        1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  const Pixels standing = {0, 0, 1, 1, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 1, 1, 0, 0,
                           0, 0, 1, 1, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 1, 1, 0, 0};
  // Half axes of 3.2 and 1.2: of the corner pixels of the strip (2.5/3.2)^2 + (0.5/1.2)^2 < 1.
  REQUIRE(drawn(R"(<ellipse label="x" cx="3" cy="3" rx="3.2" ry="1.2"/>)") == lying);
  REQUIRE(drawn(R"(<ellipse label="x" cx="3" cy="3" rx="3.2" ry="1.2" rotation="90"/>)") ==
          standing);
  const std::string box = R"(<box label="x" xtl="0.1" ytl="2.1" xbr="5.9" ybr="3.9")";
  REQUIRE(drawn(box + "/>") == lying);
  REQUIRE(drawn(box + R"( rotation="270.0"/>)") == standing);
  // A thin box turned by 45 degrees, clockwise: from the upper left to the lower right.
  const Pixels falling = drawn(R"(<box label="x" xtl="0" ytl="2.8" xbr="6" ybr="3.2" )"
                               R"(rotation="45"/>)");
  REQUIRE((falling[7] == 1 && falling[14] == 1 && falling[21] == 1 && falling[28] == 1));
  REQUIRE((falling[10] == 0 && falling[25] == 0));
  for (const char* nothing : {"tag", "polyline", "points", "skeleton"}) {
    REQUIRE(drawn("<" + std::string(nothing) + R"( label="x"/>)") == Pixels(36, 0));
  }
  for (const char* other : {"cuboid", "sphere"}) {
    write("<" + std::string(other) + R"( label="x"/>)");
    REQUIRE(contains(refusal("cvat", {scratch.path(), "train", {}, "{}"}).message,
                     "a.png: a <" + std::string(other) + ">, which is not read"));
  }
}

TEST_CASE("cvat: subsets of projects in folders of their own, frames of a video") {
  const ScratchFolder scratch;
  const auto write = [&](const std::vector<std::pair<std::string, std::string>>& images) {
    std::string text = "<annotations>";
    for (const auto& [name, subset] : images) {
      text += "<image name=\"" + name + "\" width=\"4\" height=\"2\" subset=\"" + subset + "\"/>";
    }
    writeText(scratch / "annotations.xml", text + "</annotations>");
  };
  for (const char* file : {"training/a.png", "Val/a.png", "default/b.png", "frame_000007.PNG"}) {
    writeGrey(scratch / "images" / file, 4, 2);
  }
  write({{"a.png", "training"}, {"a.png", "Val"}});
  const DataQuestion train{scratch.path(), "train", {}, "{}"};
  const DataQuestion validation{scratch.path(), "validation", {}, "{}"};
  const auto built = openDataset("cvat", train);
  if (!built && built.error().code == ErrorCode::unsupported) SKIP(built.error().message);
  REQUIRE(opened("cvat", train)->size() == 1);
  const auto held = opened("cvat", validation);
  REQUIRE(held->divided());
  REQUIRE(held->size() == 1);
  REQUIRE(held->facts(0).image == scratch / "images/Val/a.png");
  write({{"b.png", "default"}, {"frame_000007", ""}});  // no split: undivided
  const auto all = opened("cvat", train);
  REQUIRE_FALSE(all->divided());
  REQUIRE(namesOf(*all) == std::vector<std::string>{"b", "frame_000007"});
  REQUIRE(all->facts(1).image == scratch / "images/frame_000007.PNG");
  writeGrey(scratch / "images/more/b.png", 4, 2);
  write({{"b.png", "default"}, {"b.png", "more"}});  // of one name
  REQUIRE(namesOf(*opened("cvat", train)) == std::vector<std::string>{"default/b", "more/b"});
  write({{"a.png", "training"}, {"b.png", "default"}, {"frame_000007", ""}});
  REQUIRE(contains(refusal("cvat", train).message,
                   "some images are of the subsets Train, Validation or Test, others of 'default', "
                   "none; bring them"));
}

TEST_CASE("fixtures: real trees of outlines") {
  if (!fs::exists(datumaroAssets())) SKIP("no " << datumaroAssets() << "; set LIMBUS_DATA");
  const auto instances =
      opened("coco", {datumaroAssets() / "coco_dataset/coco_instances", "validation", {}, "{}"});
  REQUIRE(namesOf(*instances) == std::vector<std::string>{"b"});
  // b.jpg is 5x10: runs [0, 20, 30] fill its first two columns with b, over it 1x2 pixels of a.
  CHECK(countsText(histogram(*instances)) == "0: 30, 1: 2, 2: 18");
  const auto stuff =
      opened("coco", {datumaroAssets() / "coco_dataset/coco_stuff", "train", {}, "{}"});
  CHECK(countsText(histogram(*stuff)) == "0: 30, 1: 20");
  const auto yolo =
      opened("yolo", {datumaroAssets() / "yolo_dataset/yolov8_segmentation", "train", {}, "{}"});
  REQUIRE(yolo->classes().size() == 11);
  CHECK(countsText(histogram(*yolo)) == "0: 135, 3: 1, 5: 14");
  const auto cvat =
      openDataset("cvat", {datumaroAssets() / "cvat_dataset/for_images", "train", {}, "{}"});
  if (cvat) {  // one box, and an outline without a label
    REQUIRE(namesOf((*cvat)->classes()) ==
            std::vector<std::string>{"background", "label1", "label2"});
    CHECK(countsText(histogram(**cvat)) == "0: 153, 1: 8, 255: 3");
  } else {
    REQUIRE(cvat.error().code == ErrorCode::unsupported);
  }
  const auto labelme =
      openDataset("labelme", {datumaroAssets() / "labelme_dataset", "test", {}, "{}"});
  if (!labelme && labelme.error().code == ErrorCode::unsupported) SKIP(labelme.error().message);
  const auto set = opened("labelme", {datumaroAssets() / "labelme_dataset", "test", {}, "{}"});
  REQUIRE(namesOf(*set) == std::vector<std::string>{"img1"});
  REQUIRE((sampleOf(*set, 0).mask.width == 102 && sampleOf(*set, 0).mask.height == 77));
  // The licence plate is a mask of its own, of 10 pixels.
  REQUIRE(set->classes()[3].name == "license plate");
  CHECK(countsText(histogram(*set)) ==
        "0: 7202, 1: 110, 2: 129, 3: 10, 4: 116, 5: 195, 6: 86, 7: 6");
}
