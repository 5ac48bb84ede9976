// The released files: they load, pass ONNX's checker, and score what they say of themselves.
#include <cmath>
#include <nlohmann/json.hpp>

#include "command_line.h"
#include "result_text.h"
#include "shared/model/onnx_model.h"

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

const fs::path kModels = fs::path(LIMBUS_CASES) / "../../models";

// The score that a file states for the 100 renders below; images of nobody, so anyone can repeat
// it.
constexpr const char* kScore = "renders of any, mIoU";

std::vector<fs::path> releasedFiles() {
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(kModels)) {
    if (fs::exists(entry.path() / "model.onnx")) files.push_back(entry.path() / "model.onnx");
  }
  return files;
}

double scoreOnRenders(const fs::path& file) {
  const Said said =
      limbusSays({"evaluate", "--model", file.string(), "--dataset", "rendered", "--split", "test",
                  "--option", "preset=any", "--option", "count=800", "--option",
                  "validationCount=100", "--option", "seed=2019", "--json"});
  INFO(said.err);
  REQUIRE(said.exitCode == 0);
  const json answer = json::parse(said.out);
  REQUIRE(answer.at("images") == 100);
  return 100 * answer.at("mIoU").get<double>();
}

}  // namespace

TEST_CASE("released models carry a card, a licence and their score") {
  const std::vector<fs::path> files = releasedFiles();
  REQUIRE_FALSE(files.empty());
  for (const fs::path& file : files) {
    INFO(file);
    const std::string bytes = textOf(file);
    const limbus::Result<limbus::OnnxModel> model = limbus::readOnnx(bytes);
    REQUIRE(model);
    CHECK_FALSE(model->manifest.licence.empty());
    CHECK_FALSE(model->manifest.trainingData.empty());
    CHECK(model->manifest.learnedParameters > 0);
    const std::string card = textOf(file.parent_path() / "README.md");
    CHECK(card.find("## Scores") != std::string::npos);
    CHECK(card.find("## Reproduce") != std::string::npos);

    const auto stated = model->manifest.scores.find(kScore);
    REQUIRE(stated != model->manifest.scores.end());
    const double scored = scoreOnRenders(file);
    CHECK(std::abs(scored - stated->second) < 0.2);
    // What training may start from is what was exported.
    const fs::path weights = file.parent_path() / "weights.safetensors";
    if (fs::exists(weights)) CHECK(std::abs(scoreOnRenders(weights) - scored) < 0.01);
  }
}

TEST_CASE("the folder of a released model is a model") {
  for (const fs::path& file : releasedFiles()) {
    const std::string folder = file.parent_path().string();
    INFO(folder);
    const Said inspected = limbusSays({"inspect", folder, "--json"});
    REQUIRE(inspected.exitCode == 0);
    CHECK(json::parse(inspected.out).at("what") == "file " + file.string());
    const Said evaluated =
        limbusSays({"evaluate", "--model", folder, "--dataset", "rendered", "--option",
                    "preset=any", "--option", "validationCount=2", "--json"});
    INFO(evaluated.err);
    REQUIRE(evaluated.exitCode == 0);
    CHECK(json::parse(evaluated.out).at("images") == 2);
  }
}

TEST_CASE("released models pass ONNX's checker") {
  if (std::system("/usr/bin/python3 -c 'import onnx' 2>/dev/null") != 0) SKIP("no python3-onnx");
  std::string command = "/usr/bin/python3 '" LIMBUS_CASES "/../parity/check_onnx.py'";
  for (const fs::path& file : releasedFiles()) command += " " + shellQuoted(file.string());
  REQUIRE(std::system(command.c_str()) == 0);
}
