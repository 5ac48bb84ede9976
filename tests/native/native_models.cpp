// The released files: they load, pass ONNX's checker, and score what they say of themselves.
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "command_line.h"
#include "native/data/files/image_files.h"
#include "result_text.h"
#include "scratch_folder.h"
#include "shared/model/onnx_model.h"
#include "shared/vision/components.h"

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

const fs::path kModels = fs::path(LIMBUS_CASES) / "../../models";

// The score that a file states, for 100 renders (images of nobody, so anyone can repeat it) or for
// the sample beside it.
constexpr const char* kRenders = "renders of any, mIoU";
constexpr const char* kSample = "sample, mIoU";

std::vector<fs::path> releasedFiles() {
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(kModels)) {
    if (fs::exists(entry.path() / "model.onnx")) files.push_back(entry.path() / "model.onnx");
  }
  return files;
}

// Beside a model of other things than eyes lies an image of them with its mask.
std::optional<fs::path> sampleOf(const fs::path& file) {
  const fs::path sample = file.parent_path() / "sample";
  return fs::exists(sample) ? std::optional(sample) : std::nullopt;
}

std::vector<std::string> testOf(const fs::path& file, int renders) {
  if (const auto sample = sampleOf(file)) {
    return {"--dataset", "folder", "--data", sample->string()};
  }
  return {"--dataset", "rendered",
          "--split",   "test",
          "--option",  "preset=any",
          "--option",  "count=800",
          "--option",  "validationCount=" + std::to_string(renders),
          "--option",  "seed=2019"};
}

json evaluated(const std::string& model, const std::vector<std::string>& test) {
  std::vector<std::string> arguments = {"evaluate", "--model", model, "--json"};
  arguments.insert(arguments.end(), test.begin(), test.end());
  const Said said = limbusSays(arguments);
  INFO(said.err);
  REQUIRE(said.exitCode == 0);
  return json::parse(said.out);
}

double scoreOf(const fs::path& file) {
  return 100 * evaluated(file.string(), testOf(file, 100)).at("mIoU").get<double>();
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

    const auto stated = model->manifest.scores.find(sampleOf(file) ? kSample : kRenders);
    REQUIRE(stated != model->manifest.scores.end());
    const double scored = scoreOf(file);
    CHECK(std::abs(scored - stated->second) < 0.2);
    // What training may start from is what was exported.
    const fs::path weights = file.parent_path() / "weights.safetensors";
    if (fs::exists(weights)) CHECK(std::abs(scoreOf(weights) - scored) < 0.01);
  }
}

TEST_CASE("the folder of a released model is a model") {
  for (const fs::path& file : releasedFiles()) {
    const std::string folder = file.parent_path().string();
    INFO(folder);
    const Said inspected = limbusSays({"inspect", folder, "--json"});
    REQUIRE(inspected.exitCode == 0);
    CHECK(json::parse(inspected.out).at("what") == "file " + file.string());
    CHECK(evaluated(folder, testOf(file, 2)).at("images") == (sampleOf(file) ? 1 : 2));
  }
}

TEST_CASE("the folder of a released model is asked for its weights and its manifest") {
  const ScratchFolder scratch;
  for (const fs::path& file : releasedFiles()) {
    const std::string folder = file.parent_path().string();
    INFO(folder);
    const Said manifest = limbusSays({"manifest", folder});
    REQUIRE(manifest.exitCode == 0);
    const auto stated = limbus::readOnnx(textOf(file))->manifest;
    CHECK(json::parse(manifest.out).at("name") == stated.name);

    const bool trainable = fs::exists(file.parent_path() / "weights.safetensors");
    const std::string out = (scratch / (stated.name + ".onnx")).string();
    const Said exported = limbusSays({"export", folder, "--out", out});
    CHECK(exported.exitCode == (trainable ? 0 : 2));
    CHECK(exported.errLines() == (trainable ? 0 : 1));
    if (!trainable) continue;
    CHECK(limbus::readOnnx(textOf(out))->manifest.learnedParameters == stated.learnedParameters);
    const Said imported =
        limbusSays({"import", folder, "--recipe", (kModels / "recipes" / (stated.name + ".json")),
                    "--out", (scratch / (stated.name + ".safetensors")).string(), "--json"});
    INFO(imported.err);
    REQUIRE(imported.exitCode == 0);
    CHECK(json::parse(imported.out).at("missing").empty());
    CHECK(json::parse(imported.out).at("unexpected").empty());
  }
}

TEST_CASE("training starts from the folder of a released model") {
  const ScratchFolder scratch;
  const std::string folder = (kModels / "eye-s").string();
  const Said said = limbusSays({"train", (kModels / "recipes/eye-s.json").string(), "--init",
                                folder, "--steps", "1", "--no-self-check", "--set", "batch=2",
                                "--set", "data.count=2", "--set", "data.validationCount=1", "--set",
                                "workers=1", "--out", (scratch / "run").string()});
  INFO(said.err);
  CHECK(said.exitCode == 0);
  CHECK(said.out.find("started from " + folder + "/weights.safetensors") != std::string::npos);
}

TEST_CASE("nuclei-s counts the nuclei of its sample") {
  const fs::path sample = kModels / "nuclei-s/sample";
  const ScratchFolder scratch;
  const Said said = limbusSays({"predict", "--model", (kModels / "nuclei-s").string(), "--images",
                                (sample / "images").string(), "--out",
                                (scratch.path() / "masks").string(), "--json"});
  INFO(said.err);
  REQUIRE(said.exitCode == 0);
  const auto counted = json::parse(said.out).at(0).at("analysis").at("regions").size();
  const auto truth = limbus::readImage(sample / "masks/nuclei.png");
  REQUIRE(truth);
  std::size_t there = 0;
  for (const limbus::Component& component : limbus::findComponents(truth->view())) {
    there += component.classIndex == 1;
  }
  INFO(counted << " counted, " << there << " there");
  CHECK(std::abs(static_cast<double>(counted) - static_cast<double>(there)) <= 0.1 * there);
}

TEST_CASE("released models pass ONNX's checker") {
  if (std::system("/usr/bin/python3 -c 'import onnx' 2>/dev/null") != 0) SKIP("no python3-onnx");
  std::string command = "/usr/bin/python3 '" LIMBUS_CASES "/../parity/check_onnx.py'";
  for (const fs::path& file : releasedFiles()) command += " " + shellQuoted(file.string());
  REQUIRE(std::system(command.c_str()) == 0);
}
