// limbus evaluate beyond one table: labels that mean other things, scores by image and by group.
// The model is one whose masks are known: the level of a pixel is its class.
#include <catch2/matchers/catch_matchers_floating_point.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <map>

#include "command_line.h"
#include "core_cases.h"
#include "native/commands/evaluate/class_map.h"
#include "native/data/files/csv.h"
#include "native/data/files/image_files.h"
#include "native/system/files.h"
#include "native_catch.h"
#include "shared/metrics/metrics.h"
#include "shared/onnx/interface.h"
#include "shared/onnx/metadata.h"

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::WithinAbs;
using namespace limbus;
namespace fs = std::filesystem;

namespace {

const std::vector<ClassSpec> kEye = {{"background", {0, 0, 0}, "background"},
                                     {"sclera", {80, 120, 255}, "sclera"},
                                     {"iris", {60, 200, 90}, "iris"},
                                     {"pupil", {255, 80, 60}, "pupil"}};

// An eye whose centre lies beside the middle, in classes.
Mask eyeMask(int right, int down) {
  Mask mask(64, 48, 1);
  for (int y = 0; y < 48; ++y) {
    for (int x = 0; x < 64; ++x) {
      const int off = (x - 32 - right) * (x - 32 - right) + (y - 24 - down) * (y - 24 - down);
      mask.row(y)[x] = off < 36 ? 3 : off < 169 ? 2 : off < 400 ? 1 : 0;
    }
  }
  return mask;
}

struct Shift {
  const char* name;
  int right, down;
};
const std::vector<Shift> kShifts = {{"ann_0", 0, 0}, {"ann_1", 3, 4}, {"bob,1_0", 0, -2}};

// Labels of eyes in the middle; what the model sees is shifted.
struct KnownEyes {
  ScratchFolder scratch;
  std::string model = (scratch / "levels.onnx").string();

  KnownEyes() {
    const std::string bytes = readBytes(cases::path("foreign/planes.onnx")).value();
    const OnnxFacts facts = inspectOnnx(bytes).value();
    Manifest manifest = draftManifest(facts, imageInterface(facts).value());
    manifest.input.width = 64;
    manifest.input.height = 48;
    manifest.input.colour = Colour::grey;
    manifest.classes = kEye;
    REQUIRE(writeBytes(model, withManifest(bytes, manifest).value()));
  }

  // `label`: of each class.
  std::string data(const std::string& name, const std::array<std::uint8_t, 4>& label) const {
    constexpr std::array<std::uint8_t, 4> kLevels = {20, 80, 160, 230};
    for (const char* part : {"images", "masks"}) fs::create_directories(scratch / name / part);
    for (const Shift& shift : kShifts) {
      Image image = eyeMask(shift.right, shift.down);
      for (std::uint8_t& pixel : image.pixels) pixel = kLevels[pixel];
      Mask mask = eyeMask(0, 0);
      for (std::uint8_t& pixel : mask.pixels) pixel = label[pixel];
      const std::string file = std::string(shift.name) + ".png";
      REQUIRE(writePng(scratch / name / "images" / file, image.view()));
      REQUIRE(writePng(scratch / name / "masks" / file, mask.view()));
    }
    return (scratch / name).string();
  }

  Said evaluate(const std::string& data, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words = {"evaluate", "--model", model, "--dataset",
                                      "folder",   "--data",  data,  "--json"};
    words.insert(words.end(), more.begin(), more.end());
    return limbusSays(words);
  }
};

ConfusionMatrix countsOf(const Shift& shift) {
  ConfusionMatrix counts(4);
  REQUIRE(counts.add(eyeMask(0, 0).view(), eyeMask(shift.right, shift.down).view()));
  return counts;
}

// Squares of 4x4 in rows, and below them two discs that touch, or not quite.
Mask dotsMask(int squares, bool apart) {
  Mask mask(64, 48, 1);
  for (int y = 0; y < 48; ++y) {
    for (int x = 0; x < 64; ++x) {
      const bool square = y < 24 && x % 8 < 4 && y % 8 < 4 && x / 8 + y / 8 * 8 < squares;
      const bool left = (x - 20) * (x - 20) + (y - 38) * (y - 38) <= 37;
      const bool right = (x - 32) * (x - 32) + (y - 38) * (y - 38) <= 37;
      mask.row(y)[x] = (square || left || right) && !(apart && x == 26 && y > 24) ? 1 : 0;
    }
  }
  return mask;
}

}  // namespace

TEST_CASE("evaluate: a line for each image, with the distances between centres", "[evaluate]") {
  const KnownEyes eyes;
  const std::string data = eyes.data("eyes", {0, 1, 2, 3});
  const fs::path file = eyes.scratch / "images.csv";
  const Said said = eyes.evaluate(data, {"--per-image", file.string(), "--group-by", "^(.*?)_"});
  INFO(said.err);
  REQUIRE(said.exitCode == 0);
  CHECK(said.err.empty());
  const std::vector<CsvRow> rows = parseCsv(readBytes(file).value()).value();
  REQUIRE(rows.size() == kShifts.size() + 1);
  const std::vector<std::string>& head = rows[0].fields;
  CHECK(head == std::vector<std::string>{"image", "group", "pixels", "pixelAccuracy", "mIoU",
                                         "mDice", "iou background", "iou sclera", "iou iris",
                                         "iou pupil", "dice background", "dice sclera", "dice iris",
                                         "dice pupil", "pupilCentreErrorPx", "irisCentreErrorPx"});
  for (std::size_t i = 0; i < kShifts.size(); ++i) {
    const Shift& shift = kShifts[i];
    INFO(shift.name);
    std::map<std::string, std::string> row;
    for (std::size_t k = 0; k < head.size(); ++k) row[head[k]] = rows[i + 1].fields.at(k);
    const Scores scores = score("dataset", {countsOf(shift)}).value();
    CHECK(row["image"] == shift.name);
    CHECK(row["group"] == std::string(shift.name).substr(0, std::string(shift.name).find('_')));
    CHECK(row["pixels"] == "3072");
    CHECK_THAT(std::stod(row["mIoU"]), WithinAbs(scores.mIoU, 1e-6));
    CHECK_THAT(std::stod(row["iou iris"]), WithinAbs(*scores.classes[2].iou, 1e-6));
    CHECK_THAT(std::stod(row["dice pupil"]), WithinAbs(*scores.classes[3].dice, 1e-6));
    const double off = std::hypot(shift.right, shift.down);
    CHECK_THAT(std::stod(row["pupilCentreErrorPx"]), WithinAbs(off, 0.02));
    CHECK_THAT(std::stod(row["irisCentreErrorPx"]), WithinAbs(off, 0.02));
  }
  const Json groups = Json::parse(said.out).at("groups");
  REQUIRE(groups.size() == 2);
  CHECK(groups[0].at("group") == "ann");
  CHECK(groups[0].at("images") == 2);
  CHECK(groups[1].at("group") == "bob,1");
  const Scores ann = score("dataset", {countsOf(kShifts[0]), countsOf(kShifts[1])}).value();
  CHECK_THAT(groups[0].at("mIoU").get<double>(), WithinAbs(ann.mIoU, 1e-12));
  CHECK_THAT(groups[0].at("classes")[3].at("iou").get<double>(),
             WithinAbs(*ann.classes[3].iou, 1e-12));

  const Said again = eyes.evaluate(data, {"--per-image", file.string()});
  CHECK(again.exitCode != 0);
  CHECK_THAT(again.err, ContainsSubstring("images.csv"));
  CHECK(eyes.evaluate(data, {"--per-image", file.string(), "--force"}).exitCode == 0);
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"^([a-z]+)_", "1 image has no group by --group-by ^([a-z]+)_: bob,1_0"},
      {"group", "3 images have no group by --group-by group"},
      {"(", "--group-by: expected group, an attribute or a regular expression, got '('"}};
  for (const auto& [by, message] : wrong) {
    const Said refused = eyes.evaluate(data, {"--group-by", by});
    CHECK(refused.exitCode != 0);
    CHECK(refused.errLines() == 1);
    CHECK_THAT(refused.err, ContainsSubstring(message));
  }
}

TEST_CASE("evaluate: parts are counted beside those of the true mask", "[evaluate]") {
  const KnownEyes eyes;
  const std::string bytes = readBytes(eyes.model).value();
  Manifest manifest = inspectOnnx(bytes).value().manifest.value();
  manifest.classes = {{"background", {0, 0, 0}, "background"},
                      {"dot", {80, 120, 255}, ""},
                      {"ring", {60, 200, 90}, ""},
                      {"line", {255, 80, 60}, ""}};
  manifest.regions = {.rule = RegionRule::all, .minAreaPx = 10, .neck = 0.4};
  REQUIRE(writeBytes(eyes.model, withManifest(bytes, manifest).value()));
  // Two discs more each, touching in what the model sees: 10 of 10, 11 of 10, 12 of 10.
  const std::string data = (eyes.scratch / "dots").string();
  for (const char* part : {"images", "masks"}) fs::create_directories(fs::path(data) / part);
  for (int more = 0; more < 3; ++more) {
    Image image = dotsMask(8 + more, false);
    for (std::uint8_t& pixel : image.pixels) pixel = pixel == 1 ? 80 : 20;
    const std::string file = std::to_string(more) + ".png";
    REQUIRE(writePng(fs::path(data) / "images" / file, image.view()));
    REQUIRE(writePng(fs::path(data) / "masks" / file, dotsMask(8, true).view()));
  }
  const fs::path csv = eyes.scratch / "dots.csv";
  const Said said = eyes.evaluate(data, {"--per-image", csv.string()});
  INFO(said.err);
  REQUIRE(said.exitCode == 0);
  const Json counts = Json::parse(said.out).at("counts");
  REQUIRE(counts.size() == 3);
  CHECK(counts[0].at("name") == "dot");
  CHECK(counts[0].at("truth") == 30);
  CHECK(counts[0].at("found") == 33);
  CHECK(counts[0].at("imagesWithin10Percent") == 2);
  CHECK_THAT(counts[0].at("shareWithin10Percent").get<double>(), WithinAbs(2.0 / 3, 1e-12));
  CHECK_THAT(counts[0].at("medianErrorShare").get<double>(), WithinAbs(0.1, 1e-12));
  // 0, 1/10 and 2/10
  CHECK_THAT(counts[0].at("meanAbsoluteErrorShare").get<double>(), WithinAbs(0.1, 1e-12));
  CHECK(counts[1].at("imagesWithin10Percent") == 3);  // none of none
  CHECK(counts[1].at("medianErrorShare").is_null());
  CHECK(counts[1].at("meanAbsoluteErrorShare").is_null());
  const std::vector<CsvRow> rows = parseCsv(readBytes(csv).value()).value();
  std::map<std::string, std::string> last;
  for (std::size_t i = 0; i < rows[0].fields.size(); ++i) {
    last[rows[0].fields[i]] = rows[3].fields.at(i);
  }
  CHECK(last["true count dot"] == "10");
  CHECK(last["count dot"] == "12");
  const fs::path report = eyes.scratch / "report";
  REQUIRE(eyes.evaluate(data, {"--report", report.string()}).exitCode == 0);
  const std::string page = readBytes(report / "index.html").value();
  CHECK_THAT(page, ContainsSubstring("<title>2: found 12 of 10</title>"));
  CHECK_THAT(page, ContainsSubstring("<td class=\"n\">12 of 10</td>"));
  const Json perImage = Json::parse(readBytes(report / "scores.json").value()).at("perImage");
  CHECK(perImage[2].at("counts").at("dot") == Json{{"truth", 10}, {"found", 12}});
  const Said told = limbusSays(
      {"evaluate", "--model", eyes.model, "--dataset", "folder", "--data", data, "--map", "1:dot"});
  CHECK_THAT(told.out, ContainsSubstring("dot counted: 33 of 30; within 10 % in 2 of 3 images "
                                         "(66.7 %), off by +10.0 % (median)"));
  CHECK(told.out.find("ring counted") == std::string::npos);  // no label means it

  manifest.regions.neck = 0;  // then only where it is asked for, and what touches is one
  REQUIRE(writeBytes(eyes.model, withManifest(bytes, manifest).value()));
  CHECK_FALSE(Json::parse(eyes.evaluate(data).out).contains("counts"));
  const Json asked = Json::parse(eyes.evaluate(data, {"--counts"}).out).at("counts");
  CHECK(asked[0].at("truth") == 30);
  CHECK(asked[0].at("found") == 30);
}

TEST_CASE("evaluate: attributes and groups of the data set's own divide too", "[evaluate]") {
  const KnownEyes eyes;
  const std::string data = eyes.data("eyes", {0, 1, 2, 3});
  REQUIRE(writeBytes(eyes.scratch / "eyes/all.csv",
                     "image,mask,group,light\n"
                     "images/ann_0.png,masks/ann_0.png,ann,dark\n"
                     "images/ann_1.png,masks/ann_1.png,ann,bright\n"
                     "\"images/bob,1_0.png\",\"masks/bob,1_0.png\",bob,dark\n"));
  const auto namesBy = [&](const std::string& by) {
    const Said said = eyes.evaluate(data, {"--option", "list=all.csv", "--group-by", by});
    INFO(said.err);
    REQUIRE(said.exitCode == 0);
    std::string names;
    const Json answer = Json::parse(said.out);
    for (const Json& group : answer.at("groups")) {
      names += group.at("group").get<std::string>() + group.at("images").dump() + " ";
    }
    return names;
  };
  CHECK(namesBy("group") == "ann2 bob1 ");
  CHECK(namesBy("light") == "bright1 dark2 ");
}

TEST_CASE("evaluate: a map takes names, joins classes, and is asked for where it lacks",
          "[evaluate]") {
  const KnownEyes eyes;
  const auto iouOf = [](const Said& said, std::size_t place, const std::string& name) {
    INFO(said.err);
    REQUIRE(said.exitCode == 0);
    const Json one = Json::parse(said.out).at("classes").at(place);
    CHECK(one.at("name") == name);
    return one.at("iou").get<double>();
  };
  ConfusionMatrix inner(2);  // iris and pupil against the rest
  for (const Shift& shift : kShifts) {
    const ConfusionMatrix counts = countsOf(shift);
    for (int t = 0; t < 4; ++t) {
      for (int p = 0; p < 4; ++p) inner.count(t > 1, p > 1, counts.at(t, p));
    }
  }
  const double wanted = *score("dataset", {inner})->classes[1].iou;

  const std::string coarse = eyes.data("coarse", {0, 0, 1, 1});
  CHECK_THAT(iouOf(eyes.evaluate(coarse, {"--map", "1:2,1:3"}), 1, "iris+pupil"),
             WithinAbs(wanted, 1e-12));
  REQUIRE(writeBytes(fs::path(coarse) / "classes.json",
                     R"([{"name": "outside", "id": 0}, {"name": "ring", "id": 1}])"));
  CHECK_THAT(iouOf(eyes.evaluate(coarse, {"--map", "ring:iris,ring:pupil"}), 1, "iris+pupil"),
             WithinAbs(wanted, 1e-12));
  // Several of theirs are one of ours.
  const std::string fine = eyes.data("fine", {0, 7, 5, 6});
  const Said joined = eyes.evaluate(fine, {"--map", "5:iris,6:iris,6:pupil"});
  CHECK_THAT(iouOf(joined, 1, "iris+pupil"), WithinAbs(wanted, 1e-12));
  CHECK(joined.err.empty());
  const Said unheld = eyes.evaluate(coarse, {"--map", "9:iris,1:iris"});
  CHECK(unheld.exitCode == 0);
  CHECK(unheld.errLines() == 1);
  CHECK_THAT(unheld.err, ContainsSubstring("--map: no mask holds 9; they hold 0 (outside), 1"));

  // There is a rest where something is left for it.
  const std::string all = "0:background,1:sclera,2:iris,3:pupil";
  const auto classesOf = [&](const std::string& data) {
    const Said said = eyes.evaluate(data, {"--map", all});
    INFO(said.err);
    REQUIRE(said.exitCode == 0);
    return Json::parse(said.out).at("classes").size();
  };
  const std::string known = eyes.data("known", {0, 1, 2, 3});
  CHECK(classesOf(known) == 4);
  CHECK(Json::parse(eyes.evaluate(known, {"--map", all}).out).at("mIoU") ==
        Json::parse(eyes.evaluate(known).out).at("mIoU"));
  CHECK(classesOf(eyes.data("more", {0, 1, 2, 9})) == 5);

  const std::string turned = eyes.data("turned", {0, 3, 2, 1});
  const Said hinted = eyes.evaluate(turned);
  CHECK(hinted.exitCode == 0);
  CHECK(hinted.errLines() == 1);
  CHECK_THAT(hinted.err, ContainsSubstring("--map 1:pupil,3:sclera"));
  CHECK(eyes.evaluate(turned, {"--map", "1:pupil,2:iris,3:sclera"}).err.empty());
  const Said absent = eyes.evaluate(eyes.data("absent", {0, 0, 0, 3}));
  CHECK_THAT(absent.err, ContainsSubstring("no label means sclera, iris"));

  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"1", "--map: expected THEIRS:OURS[,...], got '1'"},
      {"1:4", "--map: expected a class of the model, 0 to 3 or its name, got '4'"},
      {"255:1", "--map: expected a label of the data set, 0 to 254 or its name, got '255'"},
      {":1", "--map: expected a label of the data set"},
      {"road:1", "--map: 'road' is a name, but the data set names no classes; say its number"},
      {"1:irs",
       "--map: unknown class of the model 'irs'; known: background, sclera, iris, pupil; "
       "did you mean 'iris'?"},
      {"1:2,1:2", "--map: '1:2' is named twice"}};
  for (const auto& [map, message] : wrong) {
    const Said refused = eyes.evaluate(fine, {"--map", map});
    CHECK(refused.exitCode == 2);
    CHECK(refused.errLines() == 1);
    CHECK_THAT(refused.err, ContainsSubstring(message));
  }
}

TEST_CASE("evaluate: labels that no map names are the model's class of that name", "[evaluate]") {
  std::vector<ClassSpec> own = kEye;
  own[0].name = "rest";
  const ClassMap map = parseClassMap("0:rest,2:iris,3:pupil", own, {}).value();
  CHECK(map.names == std::vector<std::string>{"rest", "iris", "pupil"});
  CHECK((map.truth[0] == 0 && map.truth[1] == 0 && map.truth[2] == 1 && map.truth[3] == 2));
  CHECK((map.prediction[0] == 0 && map.prediction[1] == 0 && map.prediction[3] == 2));
  const ClassMap joined = parseClassMap("0:rest,0:iris,3:pupil", own, {}).value();
  CHECK(joined.names == std::vector<std::string>{"rest+iris", "pupil"});
}

TEST_CASE("evaluate: a joined class is measured as one on both sides", "[evaluate]") {
  const ClassMap map = parseClassMap("1:2,1:3,4:1", kEye, {}).value();
  CHECK(map.names == std::vector<std::string>{"rest", "sclera", "iris+pupil"});
  CHECK((map.truth[1] == 2 && map.truth[4] == 1 && map.truth[0] == 0 && map.truth[255] == 255));
  CHECK((map.prediction[2] == 2 && map.prediction[3] == 2 && map.prediction[0] == 0));
  CHECK((map.ours[1] == 2 && map.measured[3] == 2 && map.measured[1] == 1));
}

TEST_CASE("evaluate: labels that no map names are measured as background", "[evaluate]") {
  const std::vector<ClassSpec> turned = {kEye[3], kEye[0], kEye[2]};
  CHECK(parseClassMap("1:pupil,2:iris", turned, {}).value().ours[7] == 1);
  std::vector<ClassSpec> named = turned;
  named[1].role = "";
  CHECK(parseClassMap("1:pupil,2:iris", named, {}).value().ours[7] == 1);
  const std::vector<ClassSpec> parts = {kEye[3], kEye[2]};
  CHECK(parseClassMap("1:pupil,2:iris", parts, {}).value().ours[7] == kVoidLabel);
}

TEST_CASE("evaluate: frames are smoothed by their neighbours, those without a label too") {
  const KnownEyes eyes;
  constexpr std::array<std::uint8_t, 4> kLevels = {20, 80, 160, 230};
  const fs::path sequence = eyes.scratch / "S_0";
  fs::create_directories(sequence);
  for (int frame = 0; frame < 3; ++frame) {  // the one with a label is off
    Image image = eyeMask(frame == 1 ? 5 : 0, 0);
    for (std::uint8_t& pixel : image.pixels) pixel = kLevels[pixel];
    REQUIRE(writePng(sequence / (std::to_string(frame) + ".png"), image.view()));
  }
  REQUIRE(writeNpyMask(sequence / "label_1.npy", eyeMask(0, 0).view()));
  const auto scored = [&](const std::vector<std::string>& more) {
    std::vector<std::string> words = {
        "evaluate", "--model",  eyes.model,        "--data",    eyes.scratch.path().string(),
        "--json",   "--option", "unlabelled=true", "--dataset", "openeds2020"};
    words.insert(words.end(), more.begin(), more.end());
    return limbusSays(words);
  };
  const auto accuracy = [&](const std::string& smooth) {
    const Said said = scored({"--smooth", smooth});
    INFO(said.err);
    REQUIRE(said.exitCode == 0);
    CHECK(Json::parse(said.out).at("images") == 1);
    return Json::parse(said.out).at("pixelAccuracy").get<double>();
  };
  ConfusionMatrix alone(4);
  REQUIRE(alone.add(eyeMask(0, 0).view(), eyeMask(5, 0).view()));
  CHECK_THAT(accuracy("window:frames=0"),
             WithinAbs(score("dataset", {alone})->pixelAccuracy, 1e-12));
  CHECK(accuracy("window:frames=1") > score("dataset", {alone})->pixelAccuracy);
  const Said bare = scored({});
  INFO(bare.err);
  REQUIRE(bare.exitCode == 0);
  CHECK(Json::parse(bare.out).at("images") == 1);
  CHECK_THAT(bare.err, ContainsSubstring("2 of 3 images have no label and are not scored"));
  const Said renders = limbusSays({"evaluate", "--model", eyes.model, "--dataset", "rendered",
                                   "--option", "validationCount=2", "--smooth", "window"});
  CHECK(renders.exitCode == 2);
  CHECK_THAT(renders.err, ContainsSubstring("--smooth is for images in files"));
}

TEST_CASE("evaluate: plain images are told from a contest's layout", "[evaluate]") {
  const KnownEyes eyes;
  const std::string data = eyes.data("eyes", {0, 1, 2, 3});
  const Said said = limbusSays({"evaluate", "--model", eyes.model, "--data", data});
  CHECK(said.exitCode == 1);
  CHECK(said.errLines() == 1);
  CHECK_THAT(said.err, ContainsSubstring("--dataset folder"));
}
