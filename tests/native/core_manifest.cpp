#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <functional>

#include "result_text.h"
#include "shared/class_colours.h"
#include "shared/manifest.h"
#include "spec_text.h"
#include "tests/native/core_cases.h"

using namespace limbus;

namespace {

// Rows hold an object, or a text where the point is that it is no JSON.
std::string textOf(const Json& row) {
  const Json& manifest = row["manifest"];
  return manifest.is_string() ? manifest.get<std::string>() : manifest.dump();
}

}  // namespace

TEST_CASE("manifests that are wrong say where") {
  for (const Json& row : cases::read("manifest_errors.json")) {
    DYNAMIC_SECTION(row["name"].get<std::string>()) {
      const Result<Manifest> manifest = parseManifest(textOf(row));
      REQUIRE_FALSE(manifest);
      CAPTURE(manifest.error().message);
      CHECK(manifest.error().message.find(row["error"].get<std::string>()) != std::string::npos);
      CHECK(manifest.error().message.find('\n') == std::string::npos);
    }
  }
}

TEST_CASE("manifests that are right come back complete") {
  for (const Json& row : cases::read("manifests.json")) {
    DYNAMIC_SECTION(row["name"].get<std::string>()) {
      const Result<Manifest> manifest = parseManifest(textOf(row));
      if (!manifest) FAIL(manifest.error().message);
      const std::string text = toJson(*manifest);
      CHECK(text == row["complete"].dump());
      const Result<Manifest> again = parseManifest(text);
      REQUIRE(again);
      CHECK(toJson(*again) == text);
    }
  }
}

TEST_CASE("every field survives the way through JSON") {
  Manifest manifest;
  manifest.name = "caf\xc3\xa9 \"eyes\"\n";
  manifest.description = "d";
  manifest.licence = "MIT";
  manifest.trainingData = "renders";
  manifest.input.width = 320;
  manifest.input.height = 240;
  manifest.input.colour = Colour::bgr;
  manifest.input.resize = ResizeRule::fit;
  manifest.input.interpolation = Interpolation::cubic;
  manifest.input.gamma = 0.1 + 0.2;
  manifest.input.clahe = Clahe{2.5, 4, 6};
  manifest.input.pad = PadRule::box;
  manifest.input.multiple = 32;
  manifest.input.padFill = PadFill::reflect;
  manifest.input.padValue = 17;
  manifest.input.padPlace = PadPlace::centre;
  manifest.input.mean = {0.1, 0.2, 1.0 / 3.0};
  manifest.input.std = {0.4, 0.5, 0.6};
  manifest.classes = {{"a", {1, 2, 254}, "background"}, {"b", {0, 0, 0}, ""}};
  manifest.output = {OutputKind::argmax, 8, true};
  manifest.regions = {RegionRule::all, 99};
  manifest.learnedParameters = (std::int64_t{1} << 53) - 1;
  manifest.scores = {{"mIoU", 0.95}, {"M", 97.6}};
  const Result<Manifest> read = parseManifest(toJson(manifest));
  REQUIRE(read);
  CHECK(read->name == manifest.name);
  CHECK(read->description == "d");
  CHECK(read->licence == "MIT");
  CHECK(read->trainingData == "renders");
  CHECK(read->input.width == 320);
  CHECK(read->input.height == 240);
  CHECK(read->input.colour == Colour::bgr);
  CHECK(read->input.resize == ResizeRule::fit);
  CHECK(read->input.interpolation == Interpolation::cubic);
  CHECK(read->input.gamma == 0.1 + 0.2);
  REQUIRE(read->input.clahe);
  CHECK(read->input.clahe->clipLimit == 2.5);
  CHECK(read->input.clahe->tilesX == 4);
  CHECK(read->input.clahe->tilesY == 6);
  CHECK(read->input.pad == PadRule::box);
  CHECK(read->input.multiple == 32);
  CHECK(read->input.padFill == PadFill::reflect);
  CHECK(read->input.padValue == 17);
  CHECK(read->input.padPlace == PadPlace::centre);
  CHECK(read->input.normalise == Normalise::constants);
  CHECK(read->input.mean == manifest.input.mean);
  CHECK(read->input.std == manifest.input.std);
  REQUIRE(read->classes.size() == 2);
  CHECK(read->classes[0].name == "a");
  CHECK(read->classes[0].colour == manifest.classes[0].colour);
  CHECK(read->classes[0].role == "background");
  CHECK(read->classes[1].role.empty());
  CHECK(read->output.kind == OutputKind::argmax);
  CHECK(read->output.stride == 8);
  CHECK(read->output.alignCorners);
  CHECK(read->regions.rule == RegionRule::all);
  CHECK(read->regions.minAreaPx == 99);
  CHECK(read->learnedParameters == manifest.learnedParameters);
  CHECK(read->scores == manifest.scores);
  CHECK(toJson(manifest).find('\n') == std::string::npos);

  manifest.input.normalise = Normalise::image;
  manifest.input.minDeviation = 2.5;
  CHECK(parseManifest(toJson(manifest))->input.minDeviation == 2.5);
  CHECK(parseManifest(toJson(manifest))->input.normalise == Normalise::image);
}

TEST_CASE("text that is not UTF-8 and scores that are no numbers still make a readable file") {
  Manifest manifest;
  manifest.name = "\xff\xfe";
  manifest.input.width = manifest.input.height = 8;
  manifest.classes = {{"a", {}, ""}, {"b", {}, ""}};
  manifest.scores = {{"nan", std::nan("")}, {"one", 1.0}};
  const Result<Manifest> read = parseManifest(toJson(manifest));
  REQUIRE(read);
  CHECK(read->scores.size() == 1);
}

TEST_CASE("manifests of absurd size or depth are refused quickly") {
  const std::string deep = std::string(200000, '[');
  CHECK(parseManifest(deep).error().message == "manifest: JSON is nested more than 32 levels deep");
  const std::string large = "\"" + std::string(2000000, 'x') + "\"";
  CHECK(parseManifest(large).error().message ==
        "manifest: expected at most 1048576 bytes of JSON, got 2000002");
  std::string wide = "{";
  for (int i = 0; i < 5000; ++i) wide += "\"k" + std::to_string(i) + "\":0,";
  wide.back() = '}';
  CHECK(parseManifest(wide).error().message == "manifest: an object has more than 1024 keys");
}

TEST_CASE("what the reader takes is what a spec may hold") {
  Manifest manifest;
  manifest.classes = {{"a", {}, ""}, {"b", {}, ""}};
  struct Row {
    const char* name;
    std::function<void(InputSpec&, double)> set;
    std::vector<double> inside, beyond;
  };
  const double nan = std::nan("");
  const Row rows[] = {
      {"width", [](InputSpec& s, double v) { s.width = int(v); }, {1, 16384}, {0, 16385}},
      {"height", [](InputSpec& s, double v) { s.height = int(v); }, {1, 16384}, {-1, 16385}},
      {"gamma", [](InputSpec& s, double v) { s.gamma = v; }, {1e-3, 1e3}, {9e-4, 1001, 0, nan}},
      {"clipLimit",
       [](InputSpec& s, double v) {
         s.clahe = Clahe{v, 8, 8};
       },
       {1e-3, 1e6},
       {0, 2e6}},
      {"tilesX",
       [](InputSpec& s, double v) {
         s.clahe = Clahe{1, int(v), 8};
       },
       {1, 64},
       {0, 65}},
      {"tilesY",
       [](InputSpec& s, double v) {
         s.clahe = Clahe{1, 8, int(v)};
       },
       {1, 64},
       {0, 65}},
      {"multiple", [](InputSpec& s, double v) { s.multiple = int(v); }, {1, 512}, {0, 513}},
      {"value", [](InputSpec& s, double v) { s.padValue = int(v); }, {0, 255}, {-1, 256}},
      {"mean", [](InputSpec& s, double v) { s.mean = {v}; }, {-1e3, 1e3}, {-1001, 1001, nan}},
      {"std", [](InputSpec& s, double v) { s.std = {v}; }, {1e-6, 1e6}, {0, 9e-7, 2e6, nan}},
      {"minDeviation",
       [](InputSpec& s, double v) {
         s.normalise = Normalise::image;
         s.minDeviation = v;
       },
       {1e-3, 255},
       {0, 256, nan}},
  };
  for (const Row& row : rows) {
    for (const bool ok : {true, false}) {
      for (const double value : ok ? row.inside : row.beyond) {
        INFO(row.name << " " << value);
        manifest.input = {.width = 8, .height = 8};
        row.set(manifest.input, value);
        const Result<void> checked = checkInputSpec(manifest.input, "input");
        CHECK(checked.has_value() == ok);
        CHECK(parseManifest(toJson(manifest)).has_value() == ok);
        if (!ok) CHECK(checked.error().message.find(row.name) != std::string::npos);
      }
    }
  }
}

TEST_CASE("classes that name no colour all get another one") {
  std::string json;
  for (int i = 0; i < 255; ++i) json += ",{\"name\":\"" + std::to_string(i) + "\"}";
  json[0] = '[';
  const auto classes = parseClasses(json + "]", "classes");
  REQUIRE(classes);
  REQUIRE(classes->size() == 255);
  CHECK((*classes)[1].colour == Rgb{240, 228, 66});
  CHECK((*classes)[7].colour == Rgb{0, 114, 178});
  int nearest = 255, nearestOfSixteen = 255;  // the part in which two colours differ most
  for (std::size_t a = 0; a < 255; ++a) {
    for (std::size_t b = 0; b < a; ++b) {
      int apart = 0;
      for (std::size_t part = 0; part < 3; ++part) {
        apart = std::max(apart, std::abs((*classes)[a].colour[part] - (*classes)[b].colour[part]));
      }
      nearest = std::min(nearest, apart);
      if (a < 16) nearestOfSixteen = std::min(nearestOfSixteen, apart);
    }
  }
  CHECK(nearest >= 12);
  CHECK(nearestOfSixteen >= 60);
}

TEST_CASE("parts that recipes share name their own place") {
  CHECK(parseInputSpec(R"({"width":8,"height":8,"gama":1})", "recipe.input").error().message ==
        "recipe.input.gama: unknown key; known: width, height, colour, resize, interpolation, "
        "gamma, clahe, pad, normalise; did you mean 'gamma'?");
  const Result<InputSpec> spec = parseInputSpec(R"({"width":8,"height":9})", "recipe.input");
  REQUIRE(spec);
  CHECK(spec->height == 9);
  CHECK(spec->mean == std::vector<double>{0.0});
  CHECK(spec->std == std::vector<double>{1.0});
  CHECK(parseClasses(R"([{"name":"a"},{"nam":"b"}])", "recipe").error().message ==
        "recipe.classes[1].nam: unknown key; known: name, colour, role; did you mean 'name'?");
  CHECK(parseClasses(R"({"name":"a"})", "").error().message ==
        "classes: expected an array of at most 255 objects, got an object");
  const auto classes = parseClasses(R"([{"name":"a"},{"name":"b","colour":"#0aFf10"}])", "x");
  REQUIRE(classes);
  CHECK((*classes)[1].colour == std::array<std::uint8_t, 3>{10, 255, 16});
  CHECK(parseRegionSpec(R"({"rule":"some"})", "recipe.regions").error().message ==
        "recipe.regions.rule: unknown rule \"some\"; known: byRole, all, largest");
  CHECK(parseRegionSpec(R"({"rule":"all"})", "recipe.regions")->rule == RegionRule::all);
}

TEST_CASE("keys cannot break a message's line") {
  CHECK(parseRegionSpec(R"({"ru\nle":"all"})", "regions").error().message ==
        "regions.ru?le: unknown key; known: rule, minAreaPx, neck; did you mean 'rule'?");
  const std::string twice = parseRegionSpec(R"({"a\nb":1,"a\nb":2})", "regions").error().message;
  CHECK(twice.find("the key 'a?b' stands there twice") != std::string::npos);
  const std::string longKey =
      parseRegionSpec("{\"" + std::string(5000, 'k') + "\":1}", "regions").error().message;
  CHECK(longKey.size() < 300);
}

TEST_CASE("the reader's types and ranges") {
  const Json json = Json::parse(R"({"i":3.0,"half":3.5,"big":18446744073709551615,"neg":-1,
      "s":"text","b":true,"list":[1,2,3],"bad":[1,"x"],"o":{"inner":1}})");
  const auto error = [&json](auto use) {
    JsonReader reader(json, "doc");
    use(reader);
    for (const auto& entry : json.items()) reader.value(entry.key().c_str());  // all are known
    const auto error = reader.finish();
    return error ? error->message : std::string();
  };
  int i = 7;
  double d = 7;
  std::uint64_t u = 7;
  bool b = false;
  std::string s;
  std::vector<int> list;
  CHECK(error([&](JsonReader& r) { r.read("i", i, 0, 9).read("absent", i, 0, 9); }).empty());
  CHECK(i == 3);
  CHECK(error([&](JsonReader& r) { r.read("half", i, 0, 9); }) ==
        "doc.half: expected an integer from 0 to 9, got 3.5");
  CHECK(error([&](JsonReader& r) { r.read("neg", i, 0, 9); }) ==
        "doc.neg: expected an integer from 0 to 9, got -1");
  CHECK(error([&](JsonReader& r) { r.read("big", u); }).empty());
  CHECK(u == UINT64_MAX);
  CHECK(error([&](JsonReader& r) { r.read("neg", u); }).find("doc.neg: expected an integer") == 0);
  CHECK(error([&](JsonReader& r) { r.read("s", d, 0, 1); }) ==
        "doc.s: expected a number from 0 to 1, got \"text\"");
  CHECK(error([&](JsonReader& r) { r.read("i", b); }) == "doc.i: expected true or false, got 3.0");
  CHECK(error([&](JsonReader& r) { r.read("list", s); }) ==
        "doc.list: expected a text, got an array of 3");
  CHECK(error([&](JsonReader& r) { r.read("list", list, 0, 5); }).empty());
  CHECK(list == std::vector<int>{1, 2, 3});
  CHECK(error([&](JsonReader& r) { r.read("bad", list, 0, 5); }) ==
        "doc.bad[1]: expected an integer from 0 to 5, got \"x\"");
  CHECK(error([&](JsonReader& r) { r.required("gone"); }) == "doc.gone: missing; it must be given");
  CHECK(error([&](JsonReader& r) { r.object("o").finish(); }) ==
        "doc.o.inner: unknown key; known: ");
  CHECK(error([&](JsonReader& r) { r.object("i").finish(); }) ==
        "doc.i: expected an object, got 3.0");
}
