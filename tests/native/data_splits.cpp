// Splits: every sample in one part, groups whole, attributes spread, and a file that keeps them.
#include <algorithm>
#include <set>

#include "data_trees.h"
#include "native/data/splits.h"
#include "native/system/json_files.h"
#include "scratch_folder.h"

using namespace limbus;

namespace {

// 60 images of 12 subjects (0 has 5, 1 has 5, ...), by day and by night.
std::vector<SampleFacts> subjects() {
  std::vector<SampleFacts> samples;
  for (int i = 0; i < 60; ++i) {
    const std::string subject = "s" + std::to_string(i % 12);
    samples.push_back(
        {subject + "_" + std::to_string(i), subject, {{"time", i % 3 == 0 ? "night" : "day"}}});
  }
  return samples;
}

std::map<int, int> sizes(const std::vector<int>& folds) {
  std::map<int, int> counts;
  for (const int fold : folds) ++counts[fold];
  return counts;
}

Result<std::unique_ptr<Dataset>> openFolds(const ScratchFolder& scratch, const std::string& split,
                                           const SplitRules& rules) {
  return openDivided(
      chosen(datasets(), "folder"),
      {.root = scratch.path(), .split = split, .classes = classes(2), .divide = true}, rules);
}

}  // namespace

TEST_CASE("splits: parts of equal size, the same for the same seed") {
  const std::vector<SampleFacts> samples = subjects();
  SplitRules rules{.folds = 5};
  const std::vector<int> folds = *foldsOf(samples, rules);
  REQUIRE(sizes(folds) == std::map<int, int>{{0, 12}, {1, 12}, {2, 12}, {3, 12}, {4, 12}});
  REQUIRE(*foldsOf(samples, rules) == folds);
  rules.seed = 43;
  REQUIRE(*foldsOf(samples, rules) != folds);
}

TEST_CASE("splits: groups stay whole, by themselves or by a part of the name") {
  const std::vector<SampleFacts> samples = subjects();
  for (const char* by : {"", "^(s[0-9]+)_"}) {
    const std::vector<int> folds = *foldsOf(samples, {.folds = 4, .grouped = true, .groupBy = by});
    REQUIRE(sizes(folds) == std::map<int, int>{{0, 15}, {1, 15}, {2, 15}, {3, 15}});
    std::map<std::string, std::set<int>> where;
    for (std::size_t i = 0; i < folds.size(); ++i) where[samples[i].group].insert(folds[i]);
    REQUIRE(where.size() == 12);
    for (const auto& [group, parts] : where) REQUIRE(parts.size() == 1);
  }
  REQUIRE(contains(foldsOf(samples, {.folds = 13, .grouped = true}).error().message,
                   "13 parts of 12 groups: some would be empty"));
  REQUIRE(contains(foldsOf(samples, {.folds = 2, .grouped = true, .groupBy = "x"}).error().message,
                   "60 names do not match data.split.groupBy: s0_0, "));
  REQUIRE(contains(foldsOf(samples, {.folds = 2, .grouped = true, .groupBy = "("}).error().message,
                   "no regular expression"));
}

TEST_CASE("splits: the values of an attribute are spread over the parts") {
  const std::vector<SampleFacts> samples = subjects();
  const std::vector<int> folds = *foldsOf(samples, {.folds = 4, .stratify = "time"});
  std::map<std::pair<int, std::string>, int> counts;
  for (std::size_t i = 0; i < folds.size(); ++i) {
    ++counts[{folds[i], samples[i].attributes.at("time")}];
  }
  for (int fold = 0; fold < 4; ++fold) {
    REQUIRE(counts[{fold, "night"}] == 5);
    REQUIRE(counts[{fold, "day"}] == 10);
  }
  REQUIRE(contains(foldsOf(samples, {.folds = 4, .stratify = "route"}).error().message,
                   "60 samples have no attribute 'route': "));
  REQUIRE(contains(foldsOf(samples, {.folds = 4, .stratify = "route"}).error().message,
                   "and 55 more; known: time"));
  const std::vector<SampleFacts> bare = {{.id = "a", .group = ""}, {.id = "b", .group = ""}};
  REQUIRE(contains(foldsOf(bare, {.folds = 2, .stratify = "route"}).error().message,
                   "2 samples have no attribute 'route': a, b; none has any: they are the columns "
                   "of a list (data.list)"));
  REQUIRE(contains(foldsOf(bare, {.folds = 2, .grouped = true}).error().message,
                   "2 samples have no group: a, b; take it from their names with "
                   "data.split.groupBy"));
}

TEST_CASE("splits: training and validation of a folder, kept in a file") {
  const ScratchFolder scratch;
  for (int i = 0; i < 9; ++i) {
    const std::string name = std::to_string(i) + ".png";
    writePixels(scratch / ("images/" + name), 2, 1, {9, 9});
    writePixels(scratch / ("masks/" + name), 2, 1, {0, 1});
  }
  SplitRules rules{.folds = 3, .fold = 1, .file = (scratch / "folds.json").string()};
  const auto train = openFolds(scratch, "train", rules);
  const auto validation = openFolds(scratch, "validation", rules);
  REQUIRE((train && validation));
  REQUIRE((*train)->size() == 6);
  REQUIRE((*validation)->size() == 3);
  std::vector<std::string> names = namesOf(**train);
  for (const std::string& name : namesOf(**validation)) names.push_back(name);
  std::sort(names.begin(), names.end());
  REQUIRE(names == std::vector<std::string>{"0", "1", "2", "3", "4", "5", "6", "7", "8"});

  rules.seed = 99;  // the file decides
  REQUIRE(namesOf(**openFolds(scratch, "validation", rules)) == namesOf(**validation));
  rules.folds = 4;
  REQUIRE(contains(openFolds(scratch, "train", rules).error().message,
                   "holds 3 parts, data.split.folds is 4"));
  rules.folds = 3;
  writePixels(scratch / "images/new.png", 2, 1, {9, 9});
  writePixels(scratch / "masks/new.png", 2, 1, {0, 1});
  REQUIRE(contains(openFolds(scratch, "train", rules).error().message,
                   "(data.split.file of another name divides anew): new"));
  writeText(rules.file, R"({"folds": 3, "samples": {"new": 3}})");
  REQUIRE(contains(openFolds(scratch, "train", rules).error().message,
                   "part of 'new': expected 0 to 2, got 3"));
  writeText(rules.file, "[]");
  REQUIRE(contains(openFolds(scratch, "train", rules).error().message, "expected {\"folds\": N"));
}

TEST_CASE("splits: a name that is not UTF-8 is kept as JSON can hold it") {
  const ScratchFolder scratch;
  for (const char* name : {"a\xe9%", "b%", "c\xc3\xa9", "d"}) {
    writePixels(scratch / ("images/" + std::string(name) + ".png"), 2, 1, {9, 9});
    writePixels(scratch / ("masks/" + std::string(name) + ".png"), 2, 1, {0, 1});
  }
  SplitRules rules{.folds = 2, .file = (scratch / "parts.json").string()};
  const auto held = openFolds(scratch, "validation", rules);
  REQUIRE(held);
  const Result<Json> parts = readJson(rules.file);
  REQUIRE(parts);
  for (const char* name : {"a%E9%25", "b%", "c\xc3\xa9", "d"}) {
    CAPTURE(name);
    REQUIRE(parts->at("samples").contains(name));
  }
  rules.seed = 99;  // the file decides
  REQUIRE(namesOf(**openFolds(scratch, "validation", rules)) == namesOf(**held));
  writeText(rules.file, "image,fold\na\xe9%.png,1\nb%,0\nc\xc3\xa9,0\nd,0\n");
  REQUIRE((*openFolds(scratch, "validation", rules))->size() == 3);
}

TEST_CASE("splits: samples of one name are not divided") {
  const ScratchFolder scratch;
  for (const char* file : {"a/x.png", "b/x.png", "m/x.png"}) writePixels(scratch / file, 1, 1, {1});
  const std::filesystem::path list = scratch / "ImageSets/Segmentation/train.txt";
  const auto open = [&] {
    return openDivided(chosen(datasets(), "voc"),
                       {.root = scratch.path(), .split = "train", .classes = {}}, {.folds = 2});
  };
  writeText(list, "/a/x.png /m/x.png\n/b/x.png /m/x.png\n");  // two images are two samples
  REQUIRE(open());
  writeText(list, "/a/x.png /m/x.png\n/b/x.png /m/x.png\n/a/x.png /m/x.png\n");
  const auto divided = open();
  REQUIRE(!divided);
  REQUIRE(contains(divided.error().message, "name stands for two samples"));
  REQUIRE(contains(divided.error().message, "x; rename one image of each, or list it once"));
}

TEST_CASE("splits: parts as a table, by names of samples or of files") {
  const ScratchFolder scratch;
  for (const char* name : {"a", "b", "c.1", "c.2"}) {
    writePixels(scratch / ("images/" + std::string(name) + ".png"), 2, 1, {9, 9});
    writePixels(scratch / ("masks/" + std::string(name) + ".png"), 2, 1, {0, 1});
  }
  SplitRules rules{.folds = 2, .fold = 1, .file = (scratch / "folds.csv").string()};
  const auto held = [&](const std::string& text) {
    writeText(rules.file, text);
    return namesOf(**openFolds(scratch, "validation", rules));
  };
  const std::vector<std::string> expected = {"b", "c.2"};
  REQUIRE(held("image,fold\na,0\nb,1\nc.1,0\nc.2,1\n") == expected);
  // As pandas writes it, with an index in front, several lines of an image and an integer with
  // NaNs.
  REQUIRE(held(",image_id,label,fold\n0,a.png,x,0.0\n1,b.png,x,1.0\n2,b.png,y,1.0\n"
               "3,c.1.png,x,0.0\n4,c.2.png,x,1.0\n") == expected);
  REQUIRE(held("file,fold\nA.PNG,0\na.png,0\nb.Jpg,1\nc.1.png,0\nc.2.TIF,1\n") == expected);
  const auto refused = [&](const std::string& text) {
    writeText(rules.file, text);
    return openFolds(scratch, "train", rules).error().message;
  };
  REQUIRE(contains(refused("image,fold\na.png,0\na.jpg,1\n"), "'a' is in two parts, 0 and 1"));
  REQUIRE(contains(refused("image,part\na,0\n"), "expected the columns image and fold"));
  REQUIRE(contains(refused("image,fold\na,2\n"), "part of 'a': expected 0 to 1, got '2'"));
  REQUIRE(contains(refused("image,fold\na,-1\n"), "expected 0 to 1, got '-1'"));
  REQUIRE(contains(refused("image,fold\na\n"), "expected 0 to 1, got ''"));
  REQUIRE(contains(refused("image,fold\na,0\na,1\n"), "'a' is in two parts, 0 and 1"));
  REQUIRE(contains(refused("image,fold\na,0\n"), "holds 1 parts, data.split.folds is 2"));
  REQUIRE(contains(refused("image,fold\na,0\nb,1\n"),
                   "(data.split.file of another name divides anew): c.1, c.2"));
}

TEST_CASE("splits: rules that make no sense are refused") {
  const auto refused = [](const std::string& text) {
    SplitRules rules;
    const Result<void> read = readOptions(*parseJson(text, ""), "data.split", rules);
    REQUIRE_FALSE(read);
    return read.error().message;
  };
  REQUIRE(contains(refused(R"({"folds": 1})"), "2 parts at least, or 0"));
  REQUIRE(contains(refused(R"({"folds": 3, "fold": 3})"), "data.split.fold: expected less than"));
  REQUIRE(contains(refused(R"({"fold": 2})"), "data.split.folds: say into how many parts"));
  REQUIRE(contains(refused(R"({"folds": 3, "groupBy": "x"})"), "wants grouped: true"));
}
