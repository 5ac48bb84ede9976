// Reports as pages: what they hold, that nothing in a name becomes markup, that nothing is fetched.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_floating_point.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "native/report/html.h"
#include "native/report/report.h"
#include "native/report/run_log.h"
#include "native/system/files.h"
#include "scratch_folder.h"

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::WithinAbs;
using namespace limbus;

namespace {

int occurrences(const std::string& text, const std::string& part) {
  int count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

Report smallReport() {
  Report report;
  report.title = "a <b> & \"c\"";
  report.facts = {{"model", "</dd><script>alert(1)</script>"}};
  report.figures = {{"M", "91.50"}};
  report.convention = "dataset.";
  report.classes = {{"back<ground", {1, 2, 3}, 0.5, 2.25}, {"pupil", {255, 0, 0}, {}, {}}};
  report.counts = ConfusionMatrix(2);
  report.counts.count(0, 0, 90);
  report.counts.count(0, 1, 10);
  report.counts.count(1, 1, 300);
  report.scores = *score("dataset", {report.counts});
  report.images = {{"good", 0.9, 0.95}, {"<img src=x>", 0.25, 0.5}};
  return report;
}

}  // namespace

TEST_CASE("report: confidence that is met has no error, and else its distance") {
  Calibration even;
  for (int i = 0; i < 8; ++i) even.add(0.75F, i < 6);
  CHECK_THAT(even.error(), WithinAbs(0, 1e-12));

  // By hand: 3 pixels at 0.9 of which 1 is right, 1 at 0.3 that is right.
  Calibration odd;
  odd.add(0.9F, true);
  odd.add(0.9F, false);
  odd.add(0.9F, false);
  odd.add(0.3F, true);
  CHECK(odd.pixels() == 4);
  CHECK_THAT(odd.error(), WithinAbs((3 * (0.9 - 1.0 / 3) + 0.7) / 4, 1e-6));
  CHECK_THAT(odd.largestError(), WithinAbs(0.7, 1e-6));
  CHECK(odd.bin(13).pixels == 3);  // (13/15, 14/15] holds 0.9
  CHECK_THAT(odd.bin(4).accuracy, WithinAbs(1, 1e-12));

  Calibration ends;
  ends.add(0, false);
  ends.add(1, true);
  CHECK(ends.bin(0).pixels == 1);
  CHECK(ends.bin(Calibration::kBins - 1).pixels == 1);
  CHECK(Calibration().error() == 0);
}

TEST_CASE("report: the worst images are kept, in order") {
  WorstImages worst(2);
  for (const auto& [id, mIoU] : {std::pair("a", 0.5), std::pair("b", 0.9), std::pair("c", 0.1),
                                 std::pair("d", 0.5), std::pair("e", 0.95)}) {
    worst.offer({{id, mIoU, 0}, {}});
  }
  CHECK_FALSE(worst.wants(0.5));
  CHECK(worst.wants(0.49));
  const std::vector<WorstImage> kept = worst.take();
  REQUIRE(kept.size() == 2);
  CHECK(kept[0].image.id == "c");
  CHECK(kept[1].image.id == "a");
  CHECK_FALSE(WorstImages(0).wants(0));
}

TEST_CASE("report: pictures of an image") {
  Image image(960, 4, 1, 100), truth(960, 4, 1, 1), prediction(960, 4, 1, 1);
  for (int y = 0; y < 4; ++y) {
    std::fill_n(truth.row(y), 240, std::uint8_t{kVoidLabel});
    std::fill_n(prediction.row(y) + 720, 240, std::uint8_t{0});
  }
  const Triplet made = tripletOf(image.view(), truth.view(), prediction.view(),
                                 {Rgb{10, 20, 30}, Rgb{200, 100, 50}});
  for (const Image* one : {&made.image, &made.truth, &made.prediction, &made.errors}) {
    CHECK(one->width == kPictureSide);
    CHECK(one->height == 2);
    CHECK(one->channels == 3);
  }
  const auto at = [](const Image& one, int x) {
    return Rgb{one.row(0)[3 * x], one.row(0)[3 * x + 1], one.row(0)[3 * x + 2]};
  };
  CHECK(at(made.image, 5) == Rgb{100, 100, 100});
  CHECK(at(made.truth, 5) == Rgb{128, 128, 128});
  CHECK(at(made.truth, 200) == Rgb{200, 100, 50});
  CHECK(at(made.prediction, 470) == Rgb{10, 20, 30});
  CHECK(at(made.errors, 5) == Rgb{100, 100, 100});  // void is never wrong
  CHECK(at(made.errors, 200) == Rgb{100, 100, 100});
  CHECK(at(made.errors, 470) == Rgb{235, 40, 40});

  // Known bytes: the signature of a PNG, eight bytes, in base64.
  CHECK_THAT(dataUrl(made.image.view()).value(),
             Catch::Matchers::StartsWith("data:image/png;base64,iVBORw0KGgo"));
}

TEST_CASE("report: the page holds every number and no markup of others") {
  Report report = smallReport();
  const Image dot(2, 2, 3, 9);
  report.worst = {{report.images[1], {dot, dot, dot, dot}}};
  report.curves = {{"Loss <x>", "epoch", "loss", {{"training", {1, 2}, {0.5, 0.25}}}, true}};
  Calibration calibration;
  for (int i = 0; i < 4; ++i) calibration.add(0.8F, i > 0);
  report.calibration = calibration;
  const std::string page = pageOf(report).value();

  CHECK_THAT(page, ContainsSubstring("<h1>a &lt;b&gt; &amp; &quot;c&quot;</h1>"));
  CHECK_THAT(page, ContainsSubstring("&lt;/dd&gt;&lt;script&gt;"));
  CHECK_THAT(page, ContainsSubstring("back&lt;ground"));
  CHECK_THAT(page, ContainsSubstring("&lt;img src=x&gt;"));
  CHECK_THAT(page, ContainsSubstring("Loss &lt;x&gt;"));
  CHECK_THAT(page, !ContainsSubstring("<script"));
  CHECK(occurrences(page, "<img ") == 4);
  CHECK(occurrences(page, "src=\"data:image/png;base64,") == 4);
  CHECK_THAT(page, ContainsSubstring("default-src 'none'"));

  CHECK_THAT(page, ContainsSubstring("<td class=\"n\">50.00</td><td class=\"n\">2.25</td>"));
  CHECK_THAT(page, ContainsSubstring(">10.00</td>"));     // background as pupil
  CHECK_THAT(page, ContainsSubstring("<dd>93.39</dd>"));  // mIoU: 90/100, 300/310
  CHECK_THAT(page, ContainsSubstring("<dt>calibration error, %</dt><dd>5.00</dd>"));
  CHECK(page.find("25.00</td>") < page.find("90.00</td><td class=\"n\">95.00"));  // worst first
  CHECK(occurrences(page, "<section ") == 6);

  const std::string bare = pageOf(smallReport()).value();
  CHECK(occurrences(bare, "<section ") == 3);
  CHECK(occurrences(bare, "<img ") == 0);
}

TEST_CASE("report: counts have their numbers, and an image its dot") {
  Report report = smallReport();
  CHECK_THAT(pageOf(report).value(), !ContainsSubstring("id=\"counts\""));
  report.parts = {{"cell <a>", {{100, 110}, {10, 8}}}, {"none", {{0, 0}, {0, 0}}}};
  const std::string page = pageOf(report).value();
  CHECK(occurrences(page, "<section ") == 4);
  // By hand: errors +0.1 (near) and -0.2: median -0.05, mean distance 0.15.
  CHECK_THAT(page, ContainsSubstring("cell &lt;a&gt;</th><td class=\"n\">110</td><td class=\"n\">"
                                     "118</td><td class=\"n\">1 of 2</td><td class=\"n\">50.00</td>"
                                     "<td class=\"n\">-5.00</td><td class=\"n\">15.00</td>"));
  CHECK_THAT(page, ContainsSubstring("none</th><td class=\"n\">0</td><td class=\"n\">0</td>"
                                     "<td class=\"n\">2 of 2</td><td class=\"n\">100.00</td>"
                                     "<td class=\"n\">–</td><td class=\"n\">–</td>"));
  CHECK(occurrences(page, "<circle ") == 2);  // nothing to draw of a class without parts
  // log 11 / log 111 of 320 px from the left, log 9 / log 111 from below.
  CHECK_THAT(page, ContainsSubstring("<circle class=\"gap\" cx=\"214.9\" cy=\"182.7\" r=\"4\">"
                                     "<title>&lt;img src=x&gt;: found 8 of 10</title>"));
  CHECK_THAT(page, ContainsSubstring("<circle class=\"bar\" "));
  CHECK_THAT(page, ContainsSubstring("<title>good: found 110 of 100</title>"));
  // Rows of the images are by mIoU: the counts go with them.
  CHECK(page.find("<td class=\"n\">8 of 10</td>") < page.find("<td class=\"n\">110 of 100</td>"));
}

TEST_CASE("report: of many classes the largest confusions are listed") {
  Report report = smallReport();
  report.counts = ConfusionMatrix(60);
  report.classes.assign(60, {});
  for (int i = 0; i < 60; ++i) {
    report.classes[static_cast<std::size_t>(i)].name = "k" + std::to_string(i);
    report.counts.count(i, i, 10);
    report.counts.count(i, (i + 1) % 60, i);
  }
  report.scores = *score("dataset", {report.counts});
  const std::string page = pageOf(report).value();
  CHECK_THAT(page, ContainsSubstring("largest confusions of 60 classes"));
  CHECK_THAT(page, ContainsSubstring("k59</th><td>k0</td><td class=\"n\">59</td>"));
  CHECK_THAT(page, !ContainsSubstring("k20</th><td>k21</td>"));
}

TEST_CASE("report: a run's log becomes curves") {
  const ScratchFolder scratch;
  CHECK_THAT(readRunLog(scratch.path()).error().message, ContainsSubstring("is no run"));
  REQUIRE(writeBytes(scratch / "config.json", R"({"name": "own"})"));
  REQUIRE(writeBytes(scratch / "recipe.json", R"({"name": "own"})"));
  CHECK(readRunLog(scratch.path()).value().epochs.empty());
  REQUIRE(writeBytes(
      scratch / "log.jsonl",
      R"({"epoch":1,"lr":0.1,"trainLoss":2,"validation":{"loss":1,"mIoU":0.4,"iou":{"a/b":0.3,"c":null}}}
{"epoch":2,"lr":0.05,"trainLoss":1,"validation":{"loss":0.5,"mIoU":0.6,"iou":{"a/b":0.5,"c":null}}}
{"epoch":"3","lr":0.01,"trainLoss":1}
{"epoch":3,"lr":)"));
  const RunLog log = readRunLog(scratch.path()).value();
  REQUIRE(log.epochs.size() == 2);  // one is of no epoch, the last line was being written
  const std::vector<Plot> plots = curvesOf(log);
  REQUIRE(plots.size() == 4);
  CHECK(plots[0].lines[0].y == std::vector<double>{2, 1});
  CHECK(plots[1].lines[0].y == std::vector<double>{0.4, 0.6});
  CHECK(plots[2].lines[0].label == "a/b");
  CHECK(plots[2].lines[0].y == std::vector<double>{0.3, 0.5});
  CHECK(plots[2].lines[1].x.empty());
  CHECK(plots[3].lines[0].y == std::vector<double>{0.1, 0.05});
}

TEST_CASE("report: numbers as text") {
  CHECK(thousands(0) == "0");
  CHECK(thousands(999) == "999");
  CHECK(thousands(1234567) == "1\u202f234\u202f567");
  CHECK(thousands(-123456) == "-123\u202f456");
  CHECK(percent(std::nullopt) == "–");
  CHECK(percent(0.12345) == "12.35");
}
