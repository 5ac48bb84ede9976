// limbus import as its users meet it: weights of others in, a checkpoint out, or one line and
// nothing written.
#include <torch/torch.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "command_line.h"
#include "native/system/files.h"
#include "native/train/executor/executor.h"
#include "native/train/files/checkpoint.h"
#include "native_catch.h"
#include "safetensors_text.h"
#include "shared/nets/nets.h"

using namespace limbus;
namespace fs = std::filesystem;

namespace {

constexpr const char* kSmall = R"({"width": 4, "block1": 1, "block2": 1})";
const std::vector<std::string> kSmallSet{"--set",        "net.width=4", "--set",
                                         "net.block1=1", "--set",       "net.block2=1"};

std::string saved(const Weights& weights, const std::string& before) {
  nlohmann::json header;
  std::string body;
  for (const auto& [name, tensor] : weights) {
    const std::size_t begin = body.size();
    body.append(reinterpret_cast<const char*>(tensor.values.data()), tensor.values.size() * 4);
    header[before + name] = {
        {"dtype", "F32"}, {"shape", tensor.shape}, {"data_offsets", {begin, body.size()}}};
  }
  return safetensorsOf(header.dump(), body);
}

// As torch.nn.DataParallel saves a model; values that differ, variances above 0.
std::string savedByOthers(const Graph& graph, Weights& expected) {
  int count = 0;
  for (const Parameter& parameter : graph.parameters) {
    Tensor& tensor = expected[parameter.name];
    tensor.shape = parameter.shape;
    for (std::int64_t i = 0; i < elementCount(parameter.shape); ++i) {
      tensor.values.push_back(0.5F + 0.25F * std::sin(static_cast<float>(count++)));
    }
  }
  return saved(expected, "module.");
}

Said importing(std::vector<std::string> arguments, const std::vector<std::string>& more = {}) {
  arguments.insert(arguments.begin(), "import");
  arguments.insert(arguments.end(), more.begin(), more.end());
  return limbusSays(arguments);
}

std::string caseFile(const std::string& name) {
  return std::string(LIMBUS_CASES) + "/weights/" + name;
}

}  // namespace

TEST_CASE("import: weights by name become a checkpoint, its classes counted") {
  const ScratchFolder scratch;
  const Graph graph = *buildNet("dabnet", {.inputChannels = 1, .classes = 3}, kSmall);
  Weights expected;
  const std::string file = (scratch / "theirs.safetensors").string();
  REQUIRE(writeBytes(file, savedByOthers(graph, expected)));
  const std::string out = (scratch / "ours.safetensors").string();
  const Said said = importing({file, "--net", "dabnet", "--out", out}, kSmallSet);
  INFO(said.err);
  REQUIRE(said.exitCode == 0);
  CHECK(contains(said.out, std::to_string(graph.parameters.size()) + " tensors of safetensors"));
  CHECK(contains(said.out, "3 classes"));
  const Result<SavedRun> saved = readSavedRun(out);
  REQUIRE(saved);
  REQUIRE(saved->weights.size() == expected.size());
  for (const auto& [name, tensor] : expected) {
    INFO(name);
    CHECK(saved->weights.at(name).shape == tensor.shape);
    CHECK(saved->weights.at(name).values == tensor.values);
  }
  // A model in Python asks for these names.
  CHECK(contains(textOf(out), "\"classifier.weight\":{"));

  // Of a net alone nobody knows what goes in.
  const std::string onnx = (scratch / "ours.onnx").string();
  for (const std::vector<std::string>& use :
       {std::vector<std::string>{"export", out, "--out", onnx},
        {"predict", "--model", out, "--images", file, "--out", onnx}}) {
    const Said refused = limbusSays(use);
    CHECK(refused.exitCode == 2);
    CHECK(contains(refused.err, "weights to start from (--init), imported by --net alone"));
  }
  std::vector<std::string> told = kSmallSet;
  told.insert(told.end(), {"--force", "--set", "input.width=64", "--set",
                           R"(classes=[{"name":"a"},{"name":"b"},{"name":"c"}])"});
  REQUIRE(importing({file, "--net", "dabnet", "--out", out}, told).exitCode == 0);
  const Said exported = limbusSays({"export", out, "--out", onnx});
  INFO(exported.err);
  CHECK(exported.exitCode == 0);
  const Said encoder =
      limbusSays({"export", out, "--encoder", "--out", (scratch / "e.safetensors").string()});
  CHECK(encoder.exitCode == 2);
  CHECK(contains(encoder.err, "net 'dabnet' has none"));
  CHECK(!fs::exists(scratch / "e.safetensors"));

  CHECK(importing({file, "--net", "dabnet", "--out", out}, kSmallSet).exitCode != 0);  // exists
  std::vector<std::string> again = kSmallSet;
  again.insert(again.end(), {"--force", "--json"});
  const Said json = importing({file, "--net", "dabnet", "--out", out}, again);
  REQUIRE(json.exitCode == 0);
  CHECK(nlohmann::json::parse(json.out).at("classes") == 3);
}

TEST_CASE("import: what fits may be enough, where that is asked for") {
  const ScratchFolder scratch;
  const Graph graph = *buildNet("dabnet", {.inputChannels = 1, .classes = 3}, kSmall);
  Weights expected;
  const std::string file = (scratch / "theirs.safetensors").string();
  REQUIRE(writeBytes(file, savedByOthers(graph, expected)));
  std::vector<std::string> more = kSmallSet;
  more.insert(more.end(), {"--set", R"(classes=[{"name":"a"},{"name":"b"}])"});
  const std::string out = (scratch / "ours.safetensors").string();
  const Said refused = importing({file, "--net", "dabnet", "--out", out}, more);
  CHECK(refused.exitCode == 1);
  CHECK(contains(refused.err, "classifier.weight is [2,33,1,1] here and [3,33,1,1] there"));
  more.push_back("--partial");
  const Said partly = importing({file, "--net", "dabnet", "--out", out}, more);
  INFO(partly.err);
  REQUIRE(partly.exitCode == 0);
  CHECK(contains(partly.out, "of another shape, start anew: classifier.weight"));
  CHECK(readSavedRun(out)->weights.count("classifier.weight") == 0);
}

TEST_CASE("import: one logit becomes two classes of the same probabilities and masks") {
  for (const auto& [name, options] :
       {std::pair("smp-unet", R"({"encoder": "resnet18", "decoderWidth": 2})"),
        std::pair("dabnet", kSmall), std::pair("enet", "{}"), std::pair("lraspp", "{}")}) {
    INFO(name);
    const ScratchFolder scratch;
    const Graph graph = *buildNet(name, {.inputChannels = 3, .classes = 1}, options);
    Executor theirs(graph, 7);
    Weights weights = theirs.weights();
    for (auto& [parameter, tensor] : weights) {
      if (contains(parameter, "bias")) {
        for (float& value : tensor.values) value += 0.125F;
      }
    }
    REQUIRE(theirs.load(weights));
    const std::string file = (scratch / "theirs.safetensors").string();
    REQUIRE(writeBytes(file, saved(weights, "")));
    const std::string out = (scratch / "ours.safetensors").string();
    std::vector<std::string> line{file, "--net", name, "--out", out, "--set", "input.colour=rgb"};
    const nlohmann::json set = nlohmann::json::parse(options);
    for (const auto& [key, value] : set.items()) {
      line.insert(line.end(), {"--set", "net." + key + "=" + value.dump()});
    }
    const Said said = importing(line);
    INFO(said.err);
    REQUIRE(said.exitCode == 0);
    CHECK(contains(said.out, "2 classes"));
    CHECK(contains(said.out, " from one logit to two classes, the first with logit 0"));

    Executor ours(*buildNet(name, {.inputChannels = 3, .classes = 2}, options), 1);
    REQUIRE(ours.load(readSavedRun(out)->weights));
    theirs.eval();
    ours.eval();
    const torch::NoGradGuard noGradients;
    torch::manual_seed(3);
    const torch::Tensor image = torch::randn({1, 3, 64, 96});
    const torch::Tensor logit = theirs.forward(image)[0], scores = ours.forward(image)[0];
    CHECK(torch::equal(scores.argmax(1), (logit > 0).squeeze(1).to(torch::kLong)));
    CHECK(torch::allclose(scores.softmax(1).slice(1, 1), logit.sigmoid(), 1e-5, 1e-6));
  }
}

TEST_CASE("import: bad weights and bad words leave one line and no file") {
  const ScratchFolder files, out;
  Weights ignored;
  const std::string good =
      savedByOthers(*buildNet("dabnet", {.inputChannels = 1}, kSmall), ignored);
  REQUIRE(writeBytes(files / "good.safetensors", good));
  REQUIRE(writeBytes(files / "cut.safetensors", std::string_view(good).substr(0, good.size() - 9)));
  std::string lies = good;
  lies.replace(lies.find("\"data_offsets\":[0,"), 18, "\"data_offsets\":[4,");
  REQUIRE(writeBytes(files / "lies.safetensors", lies));
  const std::string zip = textOf(caseFile("zip.pth")), old = textOf(caseFile("old.pth"));
  REQUIRE(writeBytes(files / "zip-cut.pth", std::string_view(zip).substr(0, zip.size() / 2)));
  REQUIRE(writeBytes(files / "old-cut.pth", std::string_view(old).substr(0, old.size() / 2)));
  struct Row {
    std::string file;
    std::vector<std::string> words;
    int exitCode;
    const char* expected;
  };
  const std::string to = (out / "x.safetensors").string();
  const std::vector<std::string> dabnet{"--net", "dabnet", "--out", to};
  const std::vector<Row> rows{
      {(files / "good.safetensors").string(), dabnet, 1, "parameters of dabnet are in it"},
      {(files / "good.safetensors").string(),
       {"--net", "ritnet", "--out", to},
       1,
       "0 of 104 parameters of ritnet are in it; missing: "},
      {(files / "good.safetensors").string(),
       {"--net", "ritnet", "--out", to},
       1,
       "exported to ONNX, `limbus manifest`"},
      {(files / "cut.safetensors").string(), dabnet, 1, "ends early"},
      {(files / "lies.safetensors").string(), dabnet, 1, "offsets"},
      {(files / "zip-cut.pth").string(), dabnet, 1, "damaged archive"},
      {(files / "old-cut.pth").string(), dabnet, 1, "early"},
      {(files / "absent.pth").string(), dabnet, 1, "no such run or model file"},
      {caseFile("zip-hostile.pth"), dabnet, 1, "asks for 'posix.system'"},
      {caseFile("old-hostile.pth"), dabnet, 1, "asks for 'posix.system'"},
      {caseFile("zip-hidden.pth"), dabnet, 1, "asks for 'posix.system'"},
      {caseFile("bomb.pth"), dabnet, 1, "compressed"},
      {caseFile("few-values.pth"), dabnet, 1, "more values than there are"},
      {caseFile("zip.pth"), dabnet, 1, "0 of "},
      {caseFile("zip.pth"), {"--net", "dabent", "--out", to}, 2, "did you mean 'dabnet'"},
      {caseFile("zip.pth"), {"--out", to}, 2, "either --net NAME or --recipe FILE"},
      {caseFile("zip.pth"), {"--net", "dabnet", "--out", to + ".onnx"}, 2, ".safetensors"},
      {caseFile("zip.pth"), {"--net", "unet", "--partial", "--out", to}, 2, "how many classes"},
  };
  for (const Row& row : rows) {
    std::vector<std::string> arguments{row.file};
    arguments.insert(arguments.end(), row.words.begin(), row.words.end());
    const Said said = importing(arguments);
    INFO(row.file << ": " << said.err);
    CHECK(said.exitCode == row.exitCode);
    CHECK(said.errLines() == 1);
    CHECK(contains(said.err, row.expected));
    CHECK(out.entries() == 0);
  }
  CHECK(!fs::exists("hostile-pickle-was-run"));
}

TEST_CASE("import: RITnet's published weights, where they lie beside the project") {
  const char* data = std::getenv("LIMBUS_DATA");
  const fs::path file =
      fs::path(data != nullptr ? data : "../shared/data") / "weights" / "ritnet_best_model.pkl";
  if (!fs::exists(file)) SKIP(file.string() + " is not there");
  const ScratchFolder scratch;
  const Said said = importing(
      {file.string(), "--net", "ritnet", "--out", (scratch / "ritnet.safetensors").string()});
  INFO(said.err);
  REQUIRE(said.exitCode == 0);
  CHECK(contains(said.out, "104 tensors of PyTorch for ritnet, 4 classes"));
  CHECK(!contains(said.out, "anew"));
}
