// Submissions: what is written, read by programs that know nothing of ours.
#include <catch2/matchers/catch_matchers_string.hpp>

#include "command_line.h"
#include "native/data/files/image_files.h"
#include "native/infer/submission.h"
#include "native/system/files.h"
#include "native_catch.h"
#include "shared/eyes/eyes.h"
#include "shared/json_reader.h"
#include "tiny_model.h"

using Catch::Matchers::ContainsSubstring;
using namespace limbus;
namespace fs = std::filesystem;

namespace {

Manifest streetManifest() {
  Manifest manifest = tinyManifest();
  manifest.learnedParameters = 242662;
  manifest.classes = {{"other", {0, 0, 0}, ""},
                      {"car", {0, 0, 255}, ""},
                      {"lane", {69, 47, 142}, ""},
                      {"signal", {255, 255, 0}, ""}};
  return manifest;
}

// 7 x 6.
Mask maskOf(const std::string& rows) {
  Mask mask(7, 6, 1);
  for (std::size_t i = 0; i < mask.pixels.size(); ++i) {
    mask.pixels[i] = static_cast<std::uint8_t>(rows.at(i) - '0');
  }
  return mask;
}

const Mask kFirst = maskOf(
    "0000000"
    "0112211"
    "0110011"
    "0000000"
    "3000003"
    "3333333");
const Mask kSecond = maskOf(
    "0000000"
    "0000000"
    "0000000"
    "0000000"
    "0000000"
    "0000000");

std::string hexOf(const Mask& mask) {
  std::string text;
  for (std::uint8_t label : mask.pixels) text += "0" + std::to_string(label);
  return text;
}

std::string shown(const std::string& name, const Mask& mask) {
  return name + " " + std::to_string(mask.width) + " " + std::to_string(mask.height) + " " +
         hexOf(mask) + "\n";
}

std::string readBack(const std::string& form, const std::vector<fs::path>& files) {
  if (std::system("/usr/bin/python3 -c 'import numpy' 2>/dev/null") != 0) SKIP("no python3-numpy");
  std::string line =
      "/usr/bin/python3 " + shellQuoted(LIMBUS_CASES "/../native/read_submission.py") + " " + form;
  for (const fs::path& file : files) line += " " + shellQuoted(file.string());
  const Said said = saidBy(line);
  INFO(said.err);
  REQUIRE(said.exitCode == 0);
  return said.out;
}

// The two masks; of forms that are one file, its path.
fs::path written(const ScratchFolder& scratch, const std::string& text,
                 const Manifest& manifest = streetManifest()) {
  const Chosen<SubmissionRow> form = parseSubmission(text).value();
  auto submission = form.row->begin({manifest, scratch / "out"}, form.options);
  REQUIRE(submission);
  const auto add = [&](const std::string& name, const Mask& mask) {
    const std::string called = form.row->called == nullptr ? name : form.row->called(name);
    REQUIRE((*submission)->add({called, scratch / ("images/" + name + ".tif"), mask.view()}));
  };
  add("S_10/2", kFirst);
  add("S_9/10", kSecond);
  if (!form.row->oneFile) return scratch / "out";
  REQUIRE(writeBytes(scratch / "file", (*submission)->file().value()));
  return scratch / "file";
}

}  // namespace

TEST_CASE("submissions: OpenEDS 2019 is a ZIP file of one JSON object", "[submission]") {
  const ScratchFolder scratch;
  CHECK(readBack("openeds2019", {written(scratch, "openeds2019")}) ==
        "submission.json 242662 2\n" + shown("2", kFirst) + shown("10", kSecond));
  CHECK_THAT(readBack("openeds2019", {written(scratch, "openeds2019:parameters=242664")}),
             ContainsSubstring("submission.json 242664 2"));
  const std::string once = readBytes(scratch / "file").value();
  written(scratch, "openeds2019:parameters=242664");
  CHECK(readBytes(scratch / "file").value() == once);
  const Chosen<SubmissionRow> form = parseSubmission("openeds2019").value();
  CHECK_THAT(form.row->begin({tinyManifest(), {}}, form.options).error().message,
             ContainsSubstring("openeds2019:parameters=N"));
}

TEST_CASE("submissions: OpenEDS 2020 holds the runs of .npy files", "[submission]") {
  const ScratchFolder scratch;
  CHECK(readBack("openeds2020", {written(scratch, "openeds2020")}) ==
        shown("S_10/2.npy", kFirst) + shown("S_9/10.npy", kSecond));
  // Runs of more than 255, as the organisers' tool cuts them: 600 zeros are 255, 255 and 90.
  const Chosen<SubmissionRow> form = parseSubmission("openeds2020").value();
  auto large = form.row->begin({streetManifest(), {}}, form.options).value();
  const Mask empty(30, 20, 1);
  REQUIRE(large->add({"S_0/0", "0.png", empty.view()}));
  REQUIRE(writeBytes(scratch / "large", large->file().value()));
  CHECK(readBack("openeds2020", {scratch / "large"}) == shown("S_0/0.npy", empty));
  REQUIRE(form.row->takes != nullptr);
  fs::create_directories(scratch / "S_0");
  REQUIRE(writeBytes(scratch / "S_0/label_3.npy", "x"));
  CHECK_FALSE(form.row->takes(scratch / "S_0/3.png"));
  CHECK(form.row->takes(scratch / "S_0/4.png"));
}

TEST_CASE("submissions: Signate's are runs by row of the scored classes", "[submission]") {
  const ScratchFolder scratch;
  const fs::path file = written(scratch, "signate");
  CHECK(readBytes(file).value() ==
        R"({"10.jpg":{},"2.jpg":{"car":{"1":[[1,2],[5,6]],"2":[[1,2],[5,6]]},)"
        R"("lane":{"1":[[3,4]]},"signal":{"4":[[0,0],[6,6]],"5":[[0,6]]}}})");
  const Mask car = maskOf(
      "0000000"
      "0110011"
      "0110011"
      "0000000"
      "0000000"
      "0000000");
  const Mask lane = maskOf(
      "0000000"
      "0001100"
      "0000000"
      "0000000"
      "0000000"
      "0000000");
  const Mask signal = maskOf(
      "0000000"
      "0000000"
      "0000000"
      "0000000"
      "1000001"
      "1111111");
  CHECK(readBack("signate", {file}) == "10.jpg \n2.jpg car lane signal\n" + shown("car", car) +
                                           shown("lane", lane) + shown("signal", signal));
  const Chosen<SubmissionRow> form = parseSubmission("signate").value();
  CHECK_THAT(form.row->begin({tinyManifest(), {}}, form.options).error().message,
             ContainsSubstring("expected classes named car, pedestrian, lane, signal"));
}

TEST_CASE("submissions: palette PNG files hold indices and colours", "[submission]") {
  const ScratchFolder scratch;
  const fs::path folder = written(scratch, "palette-png");
  const std::string palette = "palette 0000000000ff452f8effff00\n";
  CHECK(readBack("palette-png", {folder / "S_10/2.png", folder / "S_9/10.png"}) ==
        palette + shown("2.png", kFirst) + palette + shown("10.png", kSecond));
  CHECK(readLabels(folder / "S_10/2.png")->pixels == kFirst.pixels);
}

TEST_CASE("submissions: GF files keep what the one beside the image says", "[submission]") {
  const ScratchFolder scratch;
  fs::create_directories(scratch / "images/S_10");
  const std::string given =
      "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<annotation>\n <source>\n  <filename>old.tif"
      "</filename>\n  <origin>GF2/GF3</origin>\n </source>\n <!-- 2020 -->\n <research>\n  "
      "<version>4.0</version>\n  <provider>DUT</provider>\n  <author>CJ</author>\n  <pluginname>"
      "\xE5\x9C\xB0\xE7\x89\xA9</pluginname>\n  <pluginclass>x</pluginclass>\n  "
      "<time>2020-07</time>"
      "\n </research>\n <segmentation>\n  <resultfile></resultfile>\n </segmentation>\n"
      "</annotation>";
  REQUIRE(writeBytes(scratch / "images/S_10/2.xml", given));
  const fs::path folder = written(scratch, "gf-xml:author=A & B,pluginClass=<y>");
  std::string expected = given;
  const auto replace = [&](const std::string& before, const std::string& after) {
    expected.replace(expected.find(before), before.size(), after);
  };
  replace("old.tif", "2.tif");
  replace("CJ", "A &amp; B");
  replace("<pluginclass>x", "<pluginclass>&lt;y&gt;");
  replace("<resultfile>", "<resultfile>2_gt.png");
  CHECK(readBytes(folder / "S_10/2.xml").value() == expected);
  const std::string read = readBack("gf-xml", {folder / "S_10/2.xml", folder / "S_9/10.xml"});
  CHECK_THAT(read, ContainsSubstring(R"("research/author": "A & B")"));
  CHECK_THAT(read, ContainsSubstring(R"("source/filename": "10.tif")"));
  CHECK_THAT(read, ContainsSubstring(shown("2_gt.png", kFirst)));
  CHECK_THAT(read, ContainsSubstring(shown("10_gt.png", kSecond)));
  REQUIRE(writeBytes(scratch / "images/S_10/2.xml", "<annotation/>"));
  const Chosen<SubmissionRow> form = parseSubmission("gf-xml").value();
  auto again = form.row->begin({streetManifest(), scratch / "out"}, form.options).value();
  CHECK_THAT(again->add({"S_10/2", scratch / "images/S_10/2.tif", kFirst.view()}).error().message,
             ContainsSubstring("2.xml: expected an element source/filename in it"));
}

TEST_CASE("cli: frames that are not handed in smooth their neighbours", "[submission]") {
  const ScratchFolder scratch;
  const std::string model = LIMBUS_CASES "/../../models/eye-s";
  fs::create_directories(scratch / "S_0");
  for (int i = 0; i < 4; ++i) {
    const Render render = *renderEye("usb", 4, static_cast<std::uint32_t>(i), 160, 128);
    REQUIRE(writePng(scratch / ("S_0/" + std::to_string(i) + ".png"), render.image.view()));
  }
  const auto handedIn = [&](const char* name) {
    const std::string out = (scratch / name).string();
    const Said said =
        limbusSays({"predict", "--model", model, "--images", (scratch / "S_0").string(),
                    "--submission", "openeds2020", "--smooth", "window:frames=1", "--out", out});
    INFO(said.err);
    REQUIRE(said.exitCode == 0);
    return Json::parse(readBytes(out).value());
  };
  Json all = handedIn("all.json");
  REQUIRE(writeBytes(scratch / "S_0/label_1.npy", "x"));
  const Json unlabelled = handedIn("unlabelled.json");
  CHECK(unlabelled.size() == 3);
  all.erase("1.npy");
  CHECK(unlabelled == all);
  fs::remove(scratch / "S_0/1.png");
  CHECK(handedIn("gone.json") != all);
}

TEST_CASE("cli: predict hands in all images of a folder or none", "[submission]") {
  const ScratchFolder scratch;
  REQUIRE(writeBytes(scratch / "tiny.onnx", tinyOnnx()));
  for (const char* name : {"S_0/1.png", "S_0/2.png", "S_1/1.png"}) {
    fs::create_directories((scratch / "images" / name).parent_path());
    REQUIRE(writePng(scratch / "images" / name, Image(24, 16, 1, 90).view()));
  }
  REQUIRE(writeBytes(scratch / "images/S_0/label_2.npy", "x"));
  const auto submitted = [&](const std::string& form, const std::string& out,
                             const std::vector<std::string>& more = {},
                             const std::string& images = "images") {
    std::vector<std::string> words = {"predict",
                                      "--model",
                                      (scratch / "tiny.onnx").string(),
                                      "--images",
                                      (scratch / images).string(),
                                      "--submission",
                                      form,
                                      "--out",
                                      (scratch / out).string()};
    words.insert(words.end(), more.begin(), more.end());
    return limbusSays(words);
  };
  const Said said = submitted("openeds2020", "2020.json");
  INFO(said.err);
  REQUIRE(said.exitCode == 0);
  CHECK_THAT(said.out, ContainsSubstring("wrote 2 masks into"));
  const std::string read = readBack("openeds2020", {scratch / "2020.json"});
  CHECK_THAT(read, ContainsSubstring("S_0/1.npy 24 16 "));
  CHECK_THAT(read, ContainsSubstring("S_1/1.npy 24 16 "));
  REQUIRE(submitted("palette-png", "masks",
                    {"--model", (scratch / "tiny.onnx").string() + "=2", "--one-at-a-time"})
              .exitCode == 0);
  CHECK(fs::exists(scratch / "masks/S_0/2.png"));
  REQUIRE(writeBytes(scratch / "masks/S_0/notes.txt", "mine"));
  REQUIRE(writeBytes(scratch / "masks/S_0/2.png", "old"));
  REQUIRE(submitted("palette-png", "masks", {"--force"}).exitCode == 0);
  CHECK(readBytes(scratch / "masks/S_0/notes.txt").value() == "mine");
  CHECK(readLabels(scratch / "masks/S_0/2.png"));

  const std::vector<std::pair<Said, std::string>> refused = {
      {submitted("openeds2021", "x"), "unknown submission 'openeds2021'; known: openeds2019"},
      {submitted("openeds2020:a=1", "x"), "--submission.a: unknown key"},
      {submitted("openeds2020", "2020.json"), "2020.json"},
      {submitted("openeds2020", "images", {"--force"}), "images: is a folder"},
      {submitted("openeds2020", "nowhere/x"), "nowhere: no such folder"},
      {submitted("palette-png", "images", {"--force"}), "choose another --out"},
      {submitted("signate", "x", {}, "images/S_0"), "expected classes named car"},
      {submitted("signate", "x"), "S_1/1.png are both called 1 in signate"},
      {submitted("openeds2019", "x"), "S_1/1.png are both called 1 in openeds2019"},
      {submitted("openeds2020", "x", {"--overlay"}), "--overlay"}};
  for (const auto& [error, message] : refused) {
    CHECK(error.exitCode != 0);
    CHECK(error.errLines() == 1);
    CHECK_THAT(error.err, ContainsSubstring(message));
  }
  for (const char* name : {"1.left.png", "1.right.png"}) {
    fs::create_directories(scratch / "dotted");
    REQUIRE(writePng(scratch / "dotted" / name, Image(24, 16, 1, 90).view()));
  }
  CHECK_THAT(submitted("signate", "x", {}, "dotted").err,
             ContainsSubstring("1.right.png are both called 1 in signate"));
  REQUIRE(writeBytes(scratch / "images/S_1/bad.png", "no image"));
  const Said broken = submitted("openeds2020", "broken.json");
  CHECK(broken.exitCode != 0);
  CHECK_THAT(broken.err, ContainsSubstring("1 image could not be segmented; nothing was written"));
  CHECK_FALSE(fs::exists(scratch / "broken.json"));
}
