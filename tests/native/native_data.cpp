// limbus data and limbus train --fold, as their users meet them.
#include <nlohmann/json.hpp>

#include "command_line.h"
#include "native/data/image_files.h"
#include "native/system/files.h"
#include "native_catch.h"

using namespace limbus;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

void writePixels(const fs::path& file, int width, std::vector<std::uint8_t> pixels) {
  REQUIRE(makeFolder(file.parent_path()));
  Image image(width, static_cast<int>(pixels.size()) / width, 1);
  image.pixels = std::move(pixels);
  REQUIRE(writePng(file, image.view(), false));
}

// Ten images of 32x32: a bright square on dark, each elsewhere, by two subjects.
void writeSquares(const fs::path& root) {
  for (int i = 0; i < 10; ++i) {
    std::vector<std::uint8_t> image(32 * 32), mask(32 * 32);
    for (int p = 0; p < 32 * 32; ++p) {
      const int x = p % 32 - 2 * i, y = p / 32 - 3 * (i % 5);
      mask[p] = x >= 0 && x < 10 && y >= 0 && y < 10 ? 1 : 0;
      image[p] = static_cast<std::uint8_t>(20 + 150 * mask[p] + (p * 7 + i * 11) % 30);
    }
    const std::string name = (i % 2 == 0 ? "anna_" : "berta_") + std::to_string(i) + ".png";
    writePixels(root / "images" / name, 32, image);
    writePixels(root / "masks" / name, 32, mask);
  }
}

}  // namespace

TEST_CASE("cli: data stats counts, and draws a sheet") {
  const ScratchFolder scratch;
  writeSquares(scratch / "set");
  const std::string set = (scratch / "set").string(), sheet = (scratch / "sheet.png").string();
  const Said said = limbusSays({"data", "stats", set, "--json", "--contact-sheet", sheet});
  INFO(said.err);
  REQUIRE(said.exitCode == 0);
  const json answer = json::parse(said.out);
  REQUIRE(answer["splits"] == json{{"all", 10}});
  REQUIRE(answer["sizes"] == json::array({{{"width", 32}, {"height", 32}, {"images", 10}}}));
  REQUIRE(answer["classes"].size() == 2);
  REQUIRE(answer["classes"][1]["images"] == 10);
  REQUIRE((*readImageSize(sheet)).width > 64);
  const Said again = limbusSays({"data", "stats", set, "--contact-sheet", sheet});
  REQUIRE(again.exitCode == 2);
  REQUIRE(contains(again.err, "exists already"));
  const Said text = limbusSays({"data", "stats", set});
  REQUIRE(contains(text.out, "folder: 10 images, undivided; 10 labelled, 10 grey"));
  REQUIRE(contains(text.out, "sizes 32x32 (10)"));
}

TEST_CASE("cli: data audit names what is wrong, and fails") {
  const ScratchFolder scratch;
  writeSquares(scratch / "set");
  const std::string set = (scratch / "set").string();
  const Said good = limbusSays({"data", "audit", set});
  INFO(good.out << good.err);
  REQUIRE(good.exitCode == 0);
  REQUIRE(contains(good.out, "no problems in 10 images"));
  REQUIRE(writeBytes(scratch / "set/images/anna_2.png", "text", false));
  writePixels(scratch / "set/masks/berta_1.png", 2, {0, 1});
  const Said bad = limbusSays({"data", "audit", set});
  REQUIRE(bad.exitCode == 1);
  REQUIRE(bad.err == "limbus: 2 problems in 10 images\n");
  REQUIRE(contains(bad.out, "1 files cannot be read:\n"));
  REQUIRE(contains(bad.out, "berta_1.png: image 32x32, mask 2x1"));
  const json answer = json::parse(limbusSays({"data", "audit", set, "--json"}).out);
  REQUIRE(answer["problems"] == 2);
  REQUIRE(answer["kinds"][1]["items"].size() == 1);
  const Said stats = limbusSays({"data", "stats", set});
  REQUIRE(stats.exitCode == 1);
  REQUIRE(contains(stats.err, "`limbus data audit` names all that is wrong"));
}

TEST_CASE("cli: data convert writes a folder once, complete or not at all") {
  const ScratchFolder scratch;
  writeSquares(scratch / "set");
  const std::string set = (scratch / "set").string(), out = (scratch / "out").string();
  const Said said = limbusSays({"data", "convert", set, "--out", out});
  INFO(said.err);
  REQUIRE(said.exitCode == 0);
  REQUIRE(*readBytes(scratch / "out/images/anna_0.png") ==
          *readBytes(scratch / "set/images/anna_0.png"));
  REQUIRE(readLabels(scratch / "out/masks/anna_0.png")->pixels ==
          readLabels(scratch / "set/masks/anna_0.png")->pixels);
  REQUIRE(limbusSays({"data", "convert", set, "--out", out}).exitCode == 2);
  REQUIRE(writeBytes(scratch / "set/masks/anna_8.png", "text", false));
  const std::string other = (scratch / "other").string();
  REQUIRE(limbusSays({"data", "convert", set, "--out", other}).exitCode == 1);
  REQUIRE_FALSE(fs::exists(other));
  REQUIRE(limbusSays({"data", "polish", set}).exitCode == 2);
  REQUIRE(limbusSays({"data"}).exitCode == 2);
}

TEST_CASE("cli: train keeps a part for validation, whole subjects, in a file") {
  const ScratchFolder scratch;
  writeSquares(scratch / "set");
  const fs::path folds = scratch / "folds.json";
  const json recipe = {
      {"name", "squares"},
      {"net", {{"name", "dabnet"}, {"width", 4}}},
      {"input", {{"width", 32}, {"height", 32}}},
      {"classes", {{{"name", "rest"}}, {{"name", "square"}}}},
      {"data",
       {{"dataset", "folder"},
        {"split",
         {{"folds", 2}, {"grouped", true}, {"groupBy", "^(.*)_"}, {"file", folds.string()}}}}},
      {"epochs", 1},
      {"batch", 2}};
  REQUIRE(writeBytes(scratch / "recipe.json", recipe.dump(), false));
  const auto train = [&](const std::string& fold) {
    return limbusSays({"train", (scratch / "recipe.json").string(), "--data",
                       (scratch / "set").string(), "--out", (scratch / ("run" + fold)).string(),
                       "--fold", fold, "--steps", "1", "--device", "cpu", "--no-self-check"});
  };
  const Said said = train("1");
  INFO(said.err);
  REQUIRE(said.exitCode == 0);
  const json parts = json::parse(*readBytes(folds))["samples"];
  REQUIRE(parts.size() == 10);
  for (const auto& [name, part] : parts.items()) {
    REQUIRE(part == parts[contains(name, "anna") ? "anna_0" : "berta_1"]);
  }
  const json run = json::parse(*readBytes(scratch / "run1/config.json"));
  REQUIRE(run["data"]["split"]["fold"] == 1);
  const Said none = train("2");
  REQUIRE(none.exitCode != 0);
  REQUIRE(contains(none.err, "data.split.fold: expected less than folds"));
}
