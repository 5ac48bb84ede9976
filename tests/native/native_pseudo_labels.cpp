// limbus pseudo-label: predictions that are sure enough become labels.
#include <torch/torch.h>

#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_floating_point.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <csignal>
#include <nlohmann/json.hpp>

#include "command_line.h"
#include "native/commands/parts/exit_code.h"
#include "native/commands/pseudo_label/files.h"
#include "native/commands/pseudo_label/record.h"
#include "native/commands/pseudo_label/rounds.h"
#include "native/commands/pseudo_label/unlabelled_images.h"
#include "native/data/files/image_files.h"
#include "native/data/more_data.h"
#include "native/infer/pseudo_labels.h"
#include "native/system/files.h"
#include "native/train/files/checkpoint.h"
#include "native/train/train.h"
#include "native_catch.h"
#include "own_images.h"
#include "same_weights.h"
#include "shared/graph/builder.h"
#include "tiny_model.h"

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::WithinAbs;
using namespace limbus;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

constexpr int kClasses = 4;
constexpr int kGrey[kClasses] = {0, 80, 160, 240};  // what each class looks like

// Logits s (c x - c^2 / 2) for the class that looks like c: the nearest grey level wins, at half
// way between two both are as probable.
std::string perfectOnnx() {
  Builder b("perfect", 1);
  const Graph graph =
      b.finish(b.conv(b.input(), "classifier", {.out = kClasses, .kernel = 1, .bias = true}));
  Weights weights = Executor(graph, 1).weights();
  constexpr double kSharpness = 2000;
  for (std::size_t k = 0; k < kClasses; ++k) {
    const double level = kGrey[k] / 255.0;
    weights.at("classifier.weight").values[k] = static_cast<float>(kSharpness * level);
    weights.at("classifier.bias").values[k] = static_cast<float>(-kSharpness * level * level / 2);
  }
  Manifest manifest = tinyManifest();
  manifest.input.mean = {};
  manifest.input.std = {};
  return writeOnnx(graph, weights, manifest, {}).value();
}

struct Painted {
  Image image;
  Mask mask;
};

// A mask of all classes and an image that shows it, uneven within each class.
Painted painted(int number) {
  Painted one{Image(40, 24, 1), Mask(40, 24, 1)};
  for (int y = 0; y < 24; ++y) {
    for (int x = 0; x < 40; ++x) {
      const int k = (x / (7 + number) + y / 5) % kClasses;
      one.mask.row(y)[x] = static_cast<std::uint8_t>(k);
      one.image.row(y)[x] =
          static_cast<std::uint8_t>(std::clamp(kGrey[k] + (x * 7 + y * 3) % 21 - 10, 0, 255));
    }
  }
  return one;
}

struct PaintedFolder {
  ScratchFolder scratch;
  fs::path model = scratch / "perfect.onnx";
  fs::path images = scratch / "more";

  explicit PaintedFolder(int count) {
    REQUIRE(writeBytes(model, perfectOnnx(), false));
    fs::create_directories(images / "deep");
    for (int i = 0; i < count; ++i) {
      const fs::path folder = i % 2 == 0 ? images : images / "deep";
      REQUIRE(writePng(folder / (std::to_string(i) + ".png"), painted(i).image.view(), false));
    }
  }
  std::vector<UnlabelledImage> found() const {
    std::vector<UnlabelledImage> all;
    for (int i = 0; fs::exists(file(i)); ++i) all.push_back({file(i)});
    return all;
  }
  fs::path file(int i) const {
    return (i % 2 == 0 ? images : images / "deep") / (std::to_string(i) + ".png");
  }
  Ensemble open() const {
    return Ensemble::open({.models = {{model, 1}}, .device = "cpu", .selfCheck = false}).value();
  }
};

// As training reads them.
std::unique_ptr<Dataset> readBack(const fs::path& folder) {
  const std::string also = "data.also=[" + pseudoLabelData(folder).dump() + "]";
  const Result<Recipe> recipe = parseRecipe(kOwnRecipe, {also});
  REQUIRE(recipe);
  auto sets = openMoreData(recipe->also, "", recipe->classes, "data.also");
  REQUIRE(sets);
  REQUIRE(sets->size() == 1);
  return std::move(sets->front());
}

const DatasetRow& rowOf(const std::string& dataset) { return *findRow(datasets(), dataset); }

// Two pixels wide, three classes.
Planes planesOf(std::vector<float> values) {
  Planes planes{3, static_cast<int>(values.size() / 3), 1};
  planes.values = std::move(values);
  return planes;
}

json roundsIn(const fs::path& out) { return json::parse(readBytes(out / "rounds.json").value()); }

}  // namespace

TEST_CASE("pseudo-labels: of a perfect teacher they are its masks, as our reader reads them") {
  const PaintedFolder folder(3);
  Ensemble model = folder.open();
  const fs::path out = folder.scratch / "labels";
  const auto counts = writePseudoLabels(folder.found(), model, {}, out, true, rowOf("folder"));
  REQUIRE(counts);
  REQUIRE(*counts);
  CHECK((*counts)->kept == 3);
  CHECK((*counts)->pixels == 3 * 40 * 24);
  CHECK((*counts)->keptPixels == (*counts)->pixels);
  const std::unique_ptr<Dataset> read = readBack(out);
  REQUIRE(read->size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    const Painted truth = painted(static_cast<int>(i));
    const Result<Sample> sample = read->get(i, 0);
    REQUIRE(sample);
    CHECK(sample->image.pixels == truth.image.pixels);
    CHECK(sample->mask.pixels == truth.mask.pixels);
  }
  const auto found = foundPseudoLabels(out);
  REQUIRE(found);
  REQUIRE(*found);
  CHECK((*found)->json() == (*counts)->json());
}

TEST_CASE("pseudo-labels: of OpenEDS they lie and are called as in the data set") {
  const auto [dataset, label] = GENERATE(table<std::string, std::string>(
      {{"openeds2019", "labels/1.npy"}, {"openeds2020", "deep/label_1.npy"}}));
  const PaintedFolder folder(3);
  std::vector<UnlabelledImage> images = folder.found();
  fs::create_directories(folder.scratch / "other/deep");  // of one name with another
  images.push_back({folder.scratch / "other/deep/1.png"});
  REQUIRE(writePng(images.back().file, painted(3).image.view(), false));
  images.push_back({folder.images / "deep/000005-1.png"});  // as a number would make it
  REQUIRE(writePng(images.back().file, painted(4).image.view(), false));
  images.push_back({folder.images / "deep/1.jpg"});  // told by its content
  REQUIRE(writePng(images.back().file, painted(5).image.view(), false));
  Ensemble model = folder.open();
  const fs::path out = folder.scratch / "labels";
  REQUIRE(writePseudoLabels(images, model, {}, out, true, rowOf(dataset)));
  CHECK(readLabels(out / label)->pixels == painted(1).mask.pixels);
  CHECK(fs::exists(out / fs::path(label).parent_path() /
                   (dataset == "openeds2019" ? "000003-1.npy" : "label_000003-1.npy")));
  CHECK_FALSE(fs::exists(out / "masks"));
  const std::unique_ptr<Dataset> read = readBack(out);
  REQUIRE(read->size() == 6);
  for (std::size_t i = 0; i < 6; ++i) {
    CHECK(read->get(i, 0)->mask.pixels == painted(static_cast<int>(i)).mask.pixels);
  }
}

TEST_CASE("pseudo-labels: what the teacher is not sure of is void, too little of it no label") {
  const PaintedFolder folder(2);
  Image half = painted(0).image;  // a third lies between two classes
  Mask truth = painted(0).mask;
  for (int y = 0; y < 8; ++y) {
    for (int x = 0; x < 40; ++x) {
      half.row(y)[x] = 40;
      truth.row(y)[x] = kVoidLabel;
    }
  }
  REQUIRE(writePng(folder.file(0), half.view(), false));
  REQUIRE(writeBytes(folder.images / "broken.png", "no picture", false));
  std::vector<UnlabelledImage> images = folder.found();
  images.push_back({folder.images / "broken.png"});
  Ensemble model = folder.open();
  const auto counts =
      writePseudoLabels(images, model, {}, folder.scratch / "some", true, rowOf("folder"));
  REQUIRE(counts);
  CHECK((*counts)->kept == 2);
  CHECK((*counts)->unreadable == 1);
  CHECK((*counts)->keptPixels == 2 * 40 * 24 - 8 * 40);
  CHECK(readBack(folder.scratch / "some")->get(0, 0)->mask.pixels == truth.pixels);

  PseudoLabelRules strict;
  strict.leastKept = 0.7;  // of the first two thirds are kept
  const auto fewer =
      writePseudoLabels(images, model, strict, folder.scratch / "fewer", true, rowOf("folder"));
  REQUIRE(fewer);
  CHECK((*fewer)->kept == 1);
  CHECK(readBack(folder.scratch / "fewer")->size() == 1);

  images.erase(images.begin() + 1);
  const auto none =
      writePseudoLabels(images, model, strict, folder.scratch / "none", true, rowOf("folder"));
  REQUIRE_FALSE(none);
  CHECK_THAT(none.error().message, ContainsSubstring("none of 2 images passes"));
  CHECK_FALSE(fs::exists(folder.scratch / "none"));
}

TEST_CASE("pseudo-labels: other rules are taken until there are labels by them") {
  const ScratchFolder scratch;
  const auto recordOf = [](double threshold, bool labelled) {
    PseudoLabelRecord record{
        .request = {{"recipe", {{"batch", 2}, {"pseudoLabels", {{"thresholds", threshold}}}}}},
        .metric = "mIoU",
        .classes = {"skin"},
        .rounds = {{.round = 0, .epochs = 1, .bestEpoch = 1, .best = 0.5}}};
    if (labelled) {
      record.rounds[0].labels = PseudoLabelCounts{.images = 1,
                                                  .kept = 1,
                                                  .pixels = 4,
                                                  .keptPixels = 4,
                                                  .least = {0.5},
                                                  .classPixels = {4},
                                                  .classKept = {4}};
    }
    return record;
  };
  const fs::path file = scratch / "rounds.json";
  REQUIRE(writeRecord(file, recordOf(0.9, false)));
  CHECK(readRecord(file, recordOf(0.5, false)).value().request == recordOf(0.5, false).request);
  const auto refuses = [&] {
    CHECK_THAT(readRecord(file, recordOf(0.5, false)).error().message,
               ContainsSubstring("another 'recipe.pseudoLabels.thresholds'"));
  };
  fs::create_directory(scratch / "labels1");  // its round was stopped
  refuses();
  fs::remove(scratch / "labels1");
  REQUIRE(writeRecord(file, recordOf(0.9, true)));
  refuses();
}

TEST_CASE("pseudo-labels: each class keeps its most confident share, if it reaches the threshold") {
  // Four pixels of class 0 at 0.9, 0.8, 0.7, 0.6 and two of class 2 at 0.5 and 0.4.
  const Planes planes = planesOf({0.9F, 0.8F, 0.7F, 0.6F, 0.2F, 0.3F,  //
                                  0.1F, 0.1F, 0.2F, 0.2F, 0.3F, 0.3F,  //
                                  0.0F, 0.1F, 0.1F, 0.2F, 0.5F, 0.4F});
  Confidences all(3);
  all.add(planes);
  PseudoLabelRules rules;
  rules.thresholds = {0};
  rules.share = 0.5;
  const std::vector<double> least = leastConfidences(rules, 3, &all);
  CHECK_THAT(least[0], WithinAbs(0.8, 1e-4));
  CHECK(least[1] == 0);
  CHECK_THAT(least[2], WithinAbs(0.5, 1e-4));
  const PseudoLabel label = pseudoLabelOf(planes, least);
  CHECK(label.mask.pixels == std::vector<std::uint8_t>{0, 0, 255, 255, 2, 255});
  CHECK(label.pixels == std::vector<std::int64_t>{4, 0, 2});
  CHECK(label.kept == std::vector<std::int64_t>{2, 0, 1});
  CHECK_THAT(label.keptShare(), WithinAbs(0.5, 1e-12));
  CHECK_THAT(label.meanConfidence, WithinAbs(3.9 / 6, 1e-6));

  rules.thresholds = {0.85, 0.1, 0.1};
  CHECK_THAT(leastConfidences(rules, 3, &all)[0], WithinAbs(0.85, 1e-12));
  rules.leastKept = 0.6;
  CHECK_FALSE(isKept(label, rules));
  rules.leastKept = 0.5;
  CHECK(isKept(label, rules));
  rules.leastConfidence = 0.7;
  CHECK_FALSE(isKept(label, rules));
}

TEST_CASE("pseudo-labels: images that have a label or lie in held sequences are left out") {
  const ScratchFolder scratch;
  // Five sequences of two frames, the first of each labelled; the fifth is for validation.
  for (int s = 0; s < 5; ++s) {
    const fs::path sequence = scratch / ("S_" + std::to_string(s));
    fs::create_directories(sequence);
    for (const char* frame : {"0.png", "1.png"}) {
      REQUIRE(writePng(sequence / frame, Image(64, 40, 1, 7).view(), false));
    }
    REQUIRE(writeNpyMask(sequence / "label_0.npy", Mask(64, 40, 1, 1).view(), false));
  }
  const Result<Recipe> recipe = parseRecipe(kOwnRecipe, {"data.dataset=openeds2020"});
  REQUIRE(recipe);
  const Result<UnlabelledImages> own = unlabelledImages(*recipe, scratch.path(), {});
  REQUIRE(own);
  CHECK(own->images.size() == 4);
  CHECK(own->held == 1);
  CHECK(own->images[0].group == "S_0");
  CHECK(own->images[0].file.filename() == "1.png");

  const Result<UnlabelledImages> named =
      unlabelledImages(*recipe, scratch.path(), {scratch / "S_0", scratch / "S_0/1.png"});
  REQUIRE(named);
  CHECK(named->images.size() == 1);
  CHECK(named->labelled == 1);

  const Result<UnlabelledImages> whole =  // the data set's own, by name
      unlabelledImages(*recipe, scratch.path(), {scratch.path()});
  REQUIRE(whole);
  CHECK(whole->images.size() == 4);
  CHECK(whole->held == 1);

  REQUIRE(writeBytes(scratch / "list.txt", "S_1/1.png\r\n\nS_2/1.png\n", false));
  CHECK(unlabelledImages(*recipe, scratch.path(), {scratch / "list.txt"})->images.size() == 2);
  REQUIRE(writeBytes(scratch / "list.txt", "S_1/7.png\n", false));
  CHECK_THAT(unlabelledImages(*recipe, scratch.path(), {scratch / "list.txt"}).error().message,
             ContainsSubstring("is not there"));
  CHECK_THAT(unlabelledImages(*recipe, scratch.path(), {scratch / "S_0/0.png"}).error().message,
             ContainsSubstring("no image without a label is left (1 have one"));
}

TEST_CASE("pseudo-labels: outlines are labels, images of training without a mask have none") {
  const ScratchFolder scratch;
  for (const char* file : {"train2017/a.png", "train2017/b.png", "test2017/c.png"}) {
    fs::create_directories((scratch / file).parent_path());
    REQUIRE(writePng(scratch / file, Image(8, 8, 1, 7).view(), false));
  }
  fs::create_directories(scratch / "annotations");
  const auto annotate = [&](const std::string& split, const std::string& images,
                            const std::string& outlines) {
    const std::string text = R"({"images": [)" + images + R"(], "annotations": [)" + outlines +
                             R"(], "categories": [{"id": 1, "name": "sclera"},
                                {"id": 2, "name": "iris"}, {"id": 3, "name": "pupil"}]})";
    REQUIRE(writeBytes(scratch / ("annotations/instances_" + split + "2017.json"), text, false));
  };
  const std::string outline =
      R"({"id": 1, "image_id": 1, "category_id": 1, "segmentation": [[0, 0, 4, 0, 4, 4]]})";
  const std::string image = R"({"id": 1, "file_name": ")";
  annotate("train", image + R"(a.png"})", outline);
  annotate("val", image + R"(../train2017/b.png"})", outline);
  fs::create_directories(scratch / "val2017");
  annotate("test", image + R"(c.png"})", outline);
  const Result<Recipe> recipe = parseRecipe(kOwnRecipe, {"data.dataset=coco"});
  REQUIRE(recipe);
  CHECK_THAT(unlabelledImages(*recipe, scratch.path(), {}).error().message,
             ContainsSubstring("no image without a label is left"));
  annotate("test", image + R"(c.png"})", "");  // of contests they are not given out
  const Result<UnlabelledImages> test = unlabelledImages(*recipe, scratch.path(), {});
  REQUIRE(test);
  CHECK(test->images.size() == 1);

  const OwnImages own(6);
  std::string list = "image,mask,split\n";
  for (int i = 0; i < 6; ++i) {
    const std::string name = std::to_string(i) + ".png";
    list += "images/" + name + "," + (i == 0 ? "" : "masks/" + name) +
            (i < 4 ? ",train\n" : ",validation\n");
  }
  REQUIRE(writeBytes(fs::path(own.data) / "list.csv", list, false));
  const Result<Recipe> listed = parseRecipe(kOwnRecipe, {"data.list=list.csv"});
  REQUIRE(listed);
  const auto left = unlabelledImages(*listed, own.data, {fs::path(own.data) / "images"});
  REQUIRE(left);
  REQUIRE(left->images.size() == 1);
  CHECK(left->images[0].file.filename() == "0.png");
  CHECK(left->labelled == 5);
}

TEST_CASE("pseudo-labels: a record of many rounds and classes is read again") {
  const ScratchFolder scratch;
  const std::vector<double> ofClasses(100, 12345678);
  PseudoLabelRecord record{.request = {{"recipe", {{"batch", 2}}}},
                           .metric = "mIoU",
                           .classes = std::vector<std::string>(100, "skin")};
  for (int i = 0; i < 900; ++i) {
    const PseudoLabelCounts labels{.images = 1,
                                   .kept = 1,
                                   .pixels = 4,
                                   .keptPixels = 4,
                                   .least = std::vector<double>(100, 0.5),
                                   .classPixels = ofClasses,
                                   .classKept = ofClasses};
    record.rounds.push_back(
        {.round = i, .labels = labels, .epochs = 1, .bestEpoch = 1, .best = 0.5});
  }
  const fs::path file = scratch / "rounds.json";
  REQUIRE(writeRecord(file, record));
  REQUIRE(fs::file_size(file) > 1 << 20);
  const Result<PseudoLabelRecord> read = readRecord(file, record);
  INFO((read ? "" : read.error().message));
  REQUIRE(read);
  CHECK(read->rounds.size() == 900);
}

namespace {

// Own images of which the last ones are kept apart as unlabelled.
struct Rounds : OwnImages {
  fs::path more = scratch / "more", out = scratch / "out";
  explicit Rounds(int labelled) : OwnImages(labelled + 3) {
    fs::create_directories(more);
    for (int i = labelled; i < labelled + 3; ++i) {
      const std::string name = std::to_string(i) + ".png";
      fs::rename(scratch / "data/images" / name, more / name);
      fs::remove(scratch / "data/masks" / name);
    }
  }
  std::vector<std::string> line(const fs::path& to, std::vector<std::string> rest) const {
    std::vector<std::string> all = {
        "pseudo-label", recipe,
        "--data",       data,
        "--unlabelled", more.string(),
        "--out",        to.string(),
        "--set",        R"(pseudoLabels={"thresholds":[0.1],"leastKept":0})"};
    all.insert(all.end(), rest.begin(), rest.end());
    return all;
  }
};

}  // namespace

TEST_CASE(
    "pseudo-labels: rounds of labels and runs, stopped and gone on with to the same weights") {
  const Rounds own(5);
  const Said said = limbusSays(own.line(own.out, {"--rounds", "2"}));
  INFO(said.err);
  REQUIRE(said.exitCode == 0);
  CHECK_THAT(said.out, ContainsSubstring("3 images without a label"));
  CHECK_THAT(said.out, ContainsSubstring("round 2 of 2: 3 of 3 images labelled"));
  CHECK_THAT(said.out, ContainsSubstring("pixels kept"));
  const json rounds = roundsIn(own.out);
  REQUIRE(rounds.at("rounds").size() == 3);  // the first on the labels alone
  CHECK_FALSE(rounds.at("rounds")[0].contains("labels"));
  CHECK(rounds.at("rounds")[2].at("labels").at("keptPixels") == 3 * 64 * 64);

  // The labels of round 2 are what round 1 predicts.
  const std::string masks = (own.scratch / "masks").string();
  REQUIRE(limbusSays({"predict", "--model", (own.out / "round1").string(), "--images",
                      own.more.string(), "--out", masks})
              .exitCode == 0);
  CHECK(readImage(own.out / "labels2/masks/000000-5.png")->pixels ==
        readImage(fs::path(masks) / "5.png")->pixels);
  // Round 2 is an ordinary run of what its config.json says.
  const fs::path again = own.scratch / "again";
  REQUIRE(limbusSays({"train", (own.out / "round2/config.json").string(), "--data", own.data,
                      "--out", again.string()})
              .exitCode == 0);
  requireSame(weightsIn(again), weightsIn(own.out / "round2"));

  const fs::path stopped = own.scratch / "stopped";
  const std::string second = (stopped / "round1/best.safetensors").string();
  const Said killed = limbusSays(own.line(stopped, {"--rounds", "2"}),
                                 "me=$(exec sh -c 'echo $PPID'); (until test -e '" + second +
                                     "'; do sleep 0.02; done; kill -KILL $me) &");
  REQUIRE(killed.exitCode == 137);
  const Said resumed = limbusSays(own.line(stopped, {"--rounds", "2", "--resume"}));
  INFO(resumed.err);
  REQUIRE(resumed.exitCode == 0);
  CHECK_THAT(resumed.out, !ContainsSubstring("round 0 of 2"));
  CHECK(roundsIn(stopped).at("rounds") == rounds.at("rounds"));
  requireSame(weightsIn(stopped / "round2"), weightsIn(own.out / "round2"));

  const Said more = limbusSays(own.line(own.out, {"--rounds", "3", "--resume", "--json"}));
  INFO(more.err);
  REQUIRE(more.exitCode == 0);
  CHECK(json::parse(more.out).at("rounds").size() == 4);
}

TEST_CASE("pseudo-labels: told to stop when a round's training has just ended, they stop there") {
  const Rounds own(5);
  PseudoLabelRequest request{.recipe = own.recipe, .unlabelled = {own.more}, .rounds = 1};
  request.overrides = {R"(pseudoLabels={"thresholds":[0.1],"leastKept":0})"};
  request.predictor.device = "cpu";
  request.train.data = own.data;
  request.train.run = own.out;
  request.train.quiet = true;
  request.train.afterEpoch = [](int) { std::raise(SIGTERM); };  // of one
  REQUIRE(pseudoLabelRounds(request));
  CHECK(chosenExit() == kStoppedExit);
  leaveWith(0);
  CHECK(roundsIn(own.out).at("rounds").size() == 1);
  CHECK_FALSE(fs::exists(own.out / "labels1"));
  const Said resumed = limbusSays(own.line(own.out, {"--resume"}));
  INFO(resumed.err);
  REQUIRE(resumed.exitCode == 0);
  CHECK(roundsIn(own.out).at("rounds").size() == 2);
}

TEST_CASE(
    "pseudo-labels: a given model makes the first labels; what does not go together is said") {
  const Rounds own(5);
  REQUIRE(own.train().exitCode == 0);
  const std::vector<std::string> model = {"--model", own.run};
  const Said said = limbusSays(own.line(own.out, model));
  INFO(said.err);
  REQUIRE(said.exitCode == 0);
  const json rounds = roundsIn(own.out).at("rounds");
  REQUIRE(rounds.size() == 2);
  CHECK_FALSE(fs::exists(own.out / "round0"));
  // Its own score comes first, as its training's validation gave it.
  CHECK(rounds[0].at("best") == readCheckpoint(own.run)->score.value());
  CHECK(rounds[0].at("bestEpoch") == 0);
  CHECK_THAT(said.out, ContainsSubstring("the given model: mIoU "));
  REQUIRE(limbusSays(own.line(own.out, {"--model", own.run, "--resume"})).exitCode == 0);
  CHECK(roundsIn(own.out).at("rounds") == rounds);
  // Views answer otherwise than a validation does.
  REQUIRE(limbusSays(own.line(own.scratch / "viewed", {"--model", own.run, "--tta", "none,flip-x"}))
              .exitCode == 0);
  CHECK(roundsIn(own.scratch / "viewed").at("rounds").size() == 1);

  CHECK_THAT(limbusSays(own.line(own.out, model)).err, ContainsSubstring("holds rounds already"));
  CHECK_THAT(limbusSays(own.line(own.out, {"--resume"})).err, ContainsSubstring("another 'models"));
  CHECK_THAT(limbusSays(own.line(own.run, model)).err, ContainsSubstring("exists already"));
  CHECK_THAT(limbusSays(own.line(own.scratch / "none", {"--resume"})).err,
             ContainsSubstring("leave --resume out"));
  CHECK_THAT(limbusSays(own.line(own.scratch / "caf\xe9", model)).err,
             ContainsSubstring("are UTF-8; choose another --out"));
  CHECK_FALSE(fs::exists(own.scratch / "caf\xe9"));
  CHECK_THAT(
      limbusSays(own.line(own.scratch / "two", {"--set", "pseudoLabels.thresholds=[0.5,0.5]"})).err,
      ContainsSubstring("expected 1 or 4"));
  CHECK_THAT(limbusSays(own.line(own.scratch / "sure",
                                 {"--model", own.run, "--set", "pseudoLabels.leastConfidence=1"}))
                 .err,
             ContainsSubstring("none of 3 images passes"));
}
