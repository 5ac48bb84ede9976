// The command line as its users meet it: exit codes, one line per error, nothing half-written.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "command_line.h"
#include "native/data/files/image_files.h"
#include "native/data/files/npy.h"
#include "native/system/files.h"
#include "native_catch.h"
#include "tiny_model.h"

using namespace limbus;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

constexpr const char* kCommandRecipe = R"({
  "name": "small-eyes", "licence": "MIT", "net": {"name": "dabnet", "width": 4},
  "input": {"width": 96, "height": 64,
            "normalise": {"by": "constants", "mean": [0.5], "std": [0.25]}},
  "classes": [{"name": "background", "colour": "#000000", "role": "background"},
              {"name": "sclera", "colour": "#5078ff", "role": "sclera"},
              {"name": "iris", "colour": "#3cc85a", "role": "iris"},
              {"name": "pupil", "colour": "#ff503c", "role": "pupil"}],
  "data": {"dataset": "rendered", "count": 8, "validationCount": 4, "width": 96, "height": 64},
  "augment": [{"name": "flipHorizontal"}], "loss": "ce",
  "optimizer": "adamw", "schedule": "twoPhaseCosine", "epochs": 2, "batch": 4})";

// Protobuf: enough to make wrong files.
std::string field(int number, const std::string& bytes) {
  std::string out(1, static_cast<char>(number << 3 | 2));
  std::size_t length = bytes.size();
  for (; length > 127; length >>= 7) out += static_cast<char>(length | 0x80);
  return out + static_cast<char>(length) + bytes;
}

std::string field(int number, std::uint64_t value) {
  std::string out(1, static_cast<char>(number << 3));
  for (; value > 127; value >>= 7) out += static_cast<char>(value | 0x80);
  return out + static_cast<char>(value);
}

std::string onnxWith(const std::string& initializer) {
  const std::string graph = field(2, "g") + field(5, initializer);
  return field(1, 8) + field(8, field(2, 17)) + field(7, graph);
}

void put(const fs::path& file, const std::string& bytes) {
  REQUIRE(writeBytes(file, bytes, false));
}

// A folder with everything a bad command could name.
struct BadThings {
  ScratchFolder scratch;

  BadThings() {
    const std::string model = tinyOnnx();
    put(scratch / "good.onnx", model);
    put(scratch / "zero.onnx", "");
    put(scratch / "text.onnx", "this is no model");
    put(scratch / "cut.onnx", model.substr(0, model.size() / 2));
    put(scratch / "external.onnx",
        onnxWith(field(1, 4) + field(2, 1) + field(8, "w") +
                 field(13, field(1, "location") + field(2, "/etc/passwd")) + field(14, 1)));
    put(scratch / "absurd.onnx", onnxWith(field(1, 1ull << 40) + field(1, 1ull << 40) +
                                          field(2, 1) + field(8, "w") + field(9, "1234")));
    std::string wrongKey = model;
    const std::size_t at = wrongKey.find("\"licence\"");
    REQUIRE(at != std::string::npos);
    wrongKey[at + 7] = 'x';
    put(scratch / "wrong-key.onnx", wrongKey);

    const std::string png = *encodePng(Image(50, 40, 1, 90).view());
    put(scratch / "good.png", png);
    put(scratch / "cut.png", png.substr(0, png.size() - 20));
    put(scratch / "text.png", "hello");
    put(scratch / "empty.png", "");
    std::string huge = png;
    for (int i : {16, 20}) huge.replace(i, 4, std::string("\0\0\xEA\x60", 4));
    put(scratch / "huge.png", huge);
    put(scratch / "cut.jpg", std::string("\xFF\xD8\xFF\xE0\0\x10JFIF\0", 11));

    std::string typo = kCommandRecipe;
    typo.replace(typo.find("\"ce\""), 4, "\"dcie\"");
    put(scratch / "recipe.json", kCommandRecipe);
    put(scratch / "typo.json", typo);
    put(scratch / "broken.json", "{\"name\": ");
    eyes("label7", Mask(50, 40, 1, 7));
    eyes("size", Mask(50, 41, 1, 0));
    eyes("good", Mask(50, 40, 1, 0));
    REQUIRE(makeFolder(scratch / "full"));
    put(scratch / "full/a.txt", "kept");
  }

  void eyes(const std::string& name, const Mask& mask) {
    for (const char* part : {"images", "labels"}) {
      REQUIRE(makeFolder(scratch / (name + "/validation/" + part)));
    }
    for (const char* id : {"a", "b"}) {
      const std::string place = name + "/validation/";
      REQUIRE(writePng(scratch / (place + "images/" + id + ".png"), Image(50, 40, 1, 90).view(),
                       false));
      REQUIRE(writeNpyMask(scratch / (place + "labels/" + id + ".npy"), mask.view(), false));
    }
  }
};

struct BadRow {
  std::vector<std::string> arguments;  // @ stands for the folder of bad things
  int exitCode;
  std::string expected;  // part of the one line
};

const std::vector<BadRow>& badRows() {
  static const std::vector<BadRow> rows = {
      {{}, 2, "a verb is missing; known: synth, train"},
      {{"trian"}, 2, "unknown verb 'trian'; known: synth, train"},
      {{"synth", "--out", "@/o", "--cuont", "3"}, 2, "no option --cuont; did you mean --count?"},
      {{"synth", "--out", "@/o", "--wxyz"}, 2, "no option --wxyz (see limbus synth --help)"},
      {{"synth", "--out", "@/o", "more"}, 2, "more"},
      {{"train", "@/recipe.json", "--out", "@/run", "--epochs", "3"},
       2,
       "no option --epochs; did you mean --set epochs=...?"},
      {{"train", "@/recipe.json", "--out", "@/run", "--data-root", "@/eyes"},
       2,
       "no option --data-root; did you mean --data?"},
      {{"train", "@/recipe.json", "--out", "@/run", "--lr=0.1"},
       2,
       "no option --lr; did you mean --set schedule.lr=...?"},
      {{"train", "@/recipe.json", "--out", "@/run", "--batch-size", "3"},
       2,
       "no option --batch-size; did you mean --set batch=...?"},
      {{"train", "@/recipe.json", "--out", "@/run", "--wxyz", "3"},
       2,
       "no option --wxyz; --set KEY=VALUE sets a value of the recipe"},
      {{"--wxyz"}, 2, "no option --wxyz before the verb; known: synth, train"},
      {{"recipe", "--explain", "lr"}, 2, "no key 'lr'; did you mean 'schedule.lr'?"},
      {{"synth", "--out", "@/o", "--count", "0"}, 2, "--count"},
      {{"synth", "--count", "3"}, 2, "--out"},
      {{"synth", "--out", "@/o", "--preset", "opneeds"}, 2, "unknown preset 'opneeds'; known: "},
      {{"synth", "--out", "@/o", "--size", "40"}, 2, "--size"},
      {{"synth", "--out", "@/full", "--count", "3"}, 2, "--force"},
      {{"synth", "--out", "@/good.png", "--count", "3"}, 2, "--force"},
      {{"synth", "--out", "@/good.png", "--count", "3", "--force"}, 2, "expected a folder"},
      {{"synth", "--out", "/proc/limbus/o", "--count", "3"}, 1, "/proc/limbus"},
      {{"list", "nest"}, 2, "nest"},
      {{"manifest", "@/good.onnx", "--set", "input=3"}, 2, "input: expected an object, got 3"},
      {{"inspect", "dabent"}, 2, "unknown net 'dabent'; known: albunet, dabnet"},
      {{"inspect", "dabnet", "--set", "widht=3"}, 2, "widht"},
      {{"inspect", "dabnet", "--set", "width=x"}, 2, "width: expected an integer from 2 to 256"},
      {{"inspect", "dabnet", "--input", "640x400"}, 2, "CxHxW"},
      {{"inspect", "dabnet", "--input", "1x640x-4"}, 2, "CxHxW"},
      {{"inspect", "dabnet", "--input", "1x640x400x"}, 2, "CxHxW"},
      {{"synth", "--size", "640x", "--out", "never"}, 2, "WIDTHxHEIGHT"},
      {{"synth", "--size", "31x400", "--out", "never"}, 2, "WIDTHxHEIGHT"},
      {{"inspect", "@/nowhere.onnx"}, 1, "nowhere.onnx: no such"},
      {{"inspect", "@/zero.onnx"}, 1, "zero.onnx: "},
      {{"inspect", "@/text.onnx"}, 1, "text.onnx: "},
      {{"inspect", "@/cut.onnx"}, 1, "cut.onnx: "},
      {{"inspect", "@/external.onnx"}, 1, "keeps its data in '/etc/passwd'; expected the name of"},
      {{"inspect", "@/absurd.onnx"}, 1, "absurd.onnx: "},
      {{"inspect", "@/wrong-key.onnx"}, 1, "licencx"},
      {{"predict", "--model", "@/zero.onnx", "--images", "@/good.png", "--out", "@/o"},
       1,
       "zero.onnx: "},
      {{"predict", "--model", "@/external.onnx", "--images", "@/good.png", "--out", "@/o"},
       1,
       "keeps its data in '/etc/passwd'; expected the name of"},
      {{"predict", "--model", "@/wrong-key.onnx", "--images", "@/good.png", "--out", "@/o"},
       1,
       "licencx"},
      {{"predict", "--model", "@/nowhere", "--images", "@/good.png", "--out", "@/o"},
       1,
       "nowhere: no such"},
      {{"predict", "--model", "@/good.onnx", "--images", "@/nowhere.png", "--out", "@/o"},
       1,
       "nowhere.png: no such"},
      {{"predict", "--model", "@/good.onnx", "--images", "@/huge.png", "--out", "@/o"},
       1,
       "60000x60000"},
      {{"predict", "--model", "@/good.onnx", "--images", "@/text.png", "--out", "@/o"},
       1,
       "text.png: neither PNG nor JPEG"},
      {{"predict", "--model", "@/good.onnx", "--images", "@/empty.png", "--out", "@/o"},
       1,
       "empty.png: the file is empty"},
      {{"predict", "--model", "@/good.onnx", "--images", "@/cut.jpg", "--out", "@/o"},
       1,
       "cut.jpg: "},
      {{"predict", "--model", "@/good.onnx", "--images", "@/good.png", "@/good.png", "--out",
        "@/o"},
       2,
       "would both write"},
      {{"predict", "--model", "@/good.onnx", "--images", "@/good.png", "--out", "@/full"},
       2,
       "--force"},
      {{"predict", "--model", "@/good.onnx", "--images", "@/good.png", "--out", "@", "--force"},
       2,
       "would replace the images"},
      {{"predict", "--model", "@/good.onnx", "--images", "@/good.png", "--out", "@/o", "--device",
        "gpu"},
       2,
       "gpu"},
      {{"predict", "--model", "@/good.onnx", "--images", "@/good.png"}, 2, "--out"},
      {{"predict", "--model", "@/good.onnx", "--images", "@/good.png", "--out", "@/o", "--regions",
        "@/nowhere/r.csv"},
       1,
       "nowhere: no such folder"},
      {{"evaluate", "--model", "@/good.onnx", "--data", "@/nowhere"}, 1, "nowhere: no such folder"},
      {{"evaluate", "--model", "@/good.onnx", "--data", "@/full"}, 1, "images: no such folder"},
      {{"evaluate", "--model", "@/good.onnx", "--data", "@/label7"},
       1,
       "2 masks have labels that are not classes"},
      {{"evaluate", "--model", "@/good.onnx", "--data", "@/size"}, 1, "2 masks differ in size"},
      {{"evaluate", "--model", "@/good.onnx", "--data", "@/good", "--convention", "x"},
       2,
       "unknown convention 'x'; known: "},
      {{"evaluate", "--model", "@/good.onnx", "--data", "@/good", "--dataset", "x"},
       2,
       "unknown dataset 'x'; known: "},
      {{"evaluate", "--model", "@/good.onnx", "--data", "@/good", "--map", "1:9"}, 2, "--map"},
      {{"evaluate", "--model", "@/good.onnx", "--data", "@/good", "--map", "1:2,1:2"}, 2, "twice"},
      {{"evaluate", "--model", "@/good.onnx"}, 2, "--data"},
      {{"train", "@/nowhere.json", "--out", "@/run"}, 1, "nowhere.json"},
      {{"train", "@/broken.json", "--out", "@/run"}, 1, "broken.json"},
      {{"train", "@/recipe.json", "--out", "@/full"}, 2, "--force"},
      {{"export", "@/nowhere", "--out", "@/m.onnx"}, 1, "nowhere"},
      {{"export", "@/full", "--out", "@/m.onnx"}, 1, "full"},
      {{"export", "@/nowhere", "--out", "@/good.onnx"}, 2, "--force"},
      {{"export", "@/nowhere", "--out", "@/m.PTH"}, 2, "ends in .onnx or .safetensors"},
  };
  return rows;
}

std::vector<std::string> inFolder(std::vector<std::string> arguments, const fs::path& folder) {
  for (std::string& argument : arguments) {
    if (argument.rfind("@", 0) == 0) argument = folder.string() + argument.substr(1);
  }
  return arguments;
}

std::string joined(const std::vector<std::string>& arguments) {
  std::string text;
  for (const std::string& argument : arguments) text += argument + " ";
  return text;
}

}  // namespace

TEST_CASE("cli: bad input ends in one clear line, the right exit code, and nothing new on disk") {
  const BadThings bad;
  const int entries = bad.scratch.entries();
  for (const BadRow& row : badRows()) {
    const Said said = limbusSays(inFolder(row.arguments, bad.scratch.path()));
    INFO("limbus " << joined(row.arguments) << "\n" << said.err);
    REQUIRE(said.exitCode == row.exitCode);
    REQUIRE(said.errLines() == 1);
    REQUIRE(said.err.rfind("limbus: ", 0) == 0);
    REQUIRE(contains(said.err, row.expected));
    REQUIRE(said.out.empty());
    REQUIRE(bad.scratch.entries() == entries);
  }
}

TEST_CASE("cli: a recipe's typo is told with what is known") {
  const BadThings bad;
  const Said said = limbusSays(
      {"train", (bad.scratch / "typo.json").string(), "--out", (bad.scratch / "r").string()});
  INFO(said.err);
  REQUIRE(said.exitCode != 0);
  REQUIRE(said.errLines() == 1);
  REQUIRE(contains(said.err, "unknown loss 'dcie'; known: "));
  REQUIRE_FALSE(fs::exists(bad.scratch / "r"));
}

TEST_CASE("cli: an image that is cut short stops before anything is written for it") {
  const BadThings bad;
  const fs::path out = bad.scratch / "masks";
  const Said said =
      limbusSays({"predict", "--model", (bad.scratch / "good.onnx").string(), "--images",
                  (bad.scratch / "cut.png").string(), "--out", out.string()});
  INFO(said.err);
  REQUIRE(said.exitCode == 1);
  REQUIRE(said.errLines() == 1);
  REQUIRE(contains(said.err, "cut.png: bad PNG"));
  REQUIRE_FALSE(fs::exists(out));
}

TEST_CASE("cli: a disk that fills up leaves nothing behind") {
  const ScratchFolder scratch;
  put(scratch / "tiny.onnx", tinyOnnx());
  put(scratch / "eye.png", *encodePng(Image(400, 300, 1, 90).view()));
  const int entries = scratch.entries();
  const std::string full =
      "trap '' XFSZ; ulimit -f 1;";  // 512 or 1024 bytes: fails like a full disk
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {"synth", "--count", "4", "--out", "@/o"},
           {"synth", "--count", "2", "--contact-sheet", "@/s.png"}}) {
    const Said said = limbusSays(inFolder(arguments, scratch.path()), full);
    INFO(joined(arguments) << "\n" << said.err);
    REQUIRE(said.exitCode == 1);
    REQUIRE(contains(said.err, "not written"));
    REQUIRE(said.errLines() == 1);
    REQUIRE(scratch.entries() == entries);
  }
}

TEST_CASE("cli: CUDA asked for where there is none is an error, never a silent fall back") {
  if (torch::cuda::is_available()) SKIP("this machine has CUDA");
  const ScratchFolder scratch;
  put(scratch / "tiny.onnx", tinyOnnx());
  put(scratch / "eye.png", *encodePng(Image(96, 64, 1, 90).view()));
  const Said said = limbusSays(inFolder({"predict", "--model", "@/tiny.onnx", "--images",
                                         "@/eye.png", "--out", "@/o", "--device", "cuda"},
                                        scratch.path()));
  INFO(said.err);
  REQUIRE(said.exitCode != 0);
  REQUIRE(said.errLines() == 1);
  REQUIRE(contains(said.err, "CUDA"));
  REQUIRE_FALSE(fs::exists(scratch / "o"));
}

TEST_CASE("cli: version and help") {
  REQUIRE(contains(limbusSays({"--version"}).out, LIMBUS_VERSION));
  const Said help = limbusSays({"--help"});
  REQUIRE(help.exitCode == 0);
  for (const char* verb : {"synth", "train", "evaluate", "predict", "export", "inspect", "list"}) {
    INFO(verb);
    REQUIRE(contains(help.out, verb));
    const Said said = limbusSays({verb, "--help"});
    REQUIRE(said.exitCode == 0);
    REQUIRE(contains(said.out, "Example"));
    REQUIRE(contains(said.out, "--json"));
  }
}

TEST_CASE("cli: an answer that nobody can receive is a failure") {
  const Said said = limbusSays({"list"}, "exec >/dev/full;");
  REQUIRE(said.exitCode == 1);
  REQUIRE(said.err == "limbus: standard output cannot be written\n");
}

TEST_CASE("cli: list walks the tables") {
  const json all = json::parse(limbusSays({"list", "--json"}).out);
  for (const char* kind : {"nets", "encoders", "losses", "schedules", "optimizers", "datasets",
                           "augmentations", "conventions", "presets"}) {
    INFO(kind);
    REQUIRE(all.at(kind).size() > 0);
    REQUIRE(contains(limbusSays({"list", kind}).out, all.at(kind)[0].at("name")));
  }
}

TEST_CASE("cli: inspect counts what the reference counts") {
  const json dabnet = json::parse(limbusSays({"inspect", "dabnet", "--input", "1x640x400", "--set",
                                              "width=18", "--set", "classes=4", "--json"})
                                      .out);
  REQUIRE(dabnet.at("learnedParameters") == 242662);
  REQUIRE(std::abs(dabnet.at("multiplyAdds").get<double>() / 1e9 - 1.576) < 0.001);
  REQUIRE(dabnet.at("sizeTerm") == 1.0);
  const ScratchFolder scratch;
  put(scratch / "tiny.onnx", tinyOnnx());
  const json file =
      json::parse(limbusSays({"inspect", (scratch / "tiny.onnx").string(), "--json"}).out);
  REQUIRE(file.at("learnedParameters") == countParameters(tinyGraph()));
  REQUIRE(file.at("onnx").at("inputs")[0].at("name") == "image");
  REQUIRE(file.at("manifest").at("name") == "tiny");
  REQUIRE(file.at("layers").size() > 10);
}

TEST_CASE("cli: the whole path: train, evaluate, export, predict, inspect") {
  const ScratchFolder scratch;
  put(scratch / "recipe.json", kCommandRecipe);
  const auto says = [&](const std::vector<std::string>& arguments) {
    const Said said = limbusSays(inFolder(arguments, scratch.path()));
    INFO(joined(arguments) << "\n" << said.err);
    REQUIRE(said.exitCode == 0);
    return said.out;
  };
  says({"train", "@/recipe.json", "--out", "@/run", "--device", "cpu"});
  REQUIRE(
      limbusSays(inFolder({"train", "@/recipe.json", "--out", "@/run"}, scratch.path())).exitCode ==
      2);
  const json exported = json::parse(
      says({"export", "@/run", "--out", "@/m.onnx", "--json", "--score", "renders mIoU=12.5"}));
  REQUIRE(exported.at("largestDifference").get<double>() <
          1e-3 * std::max(1.0, exported.at("largestLogit").get<double>()));
  REQUIRE(exported.at("equalClasses").get<double>() > 0.9999);
  says({"export", "@/run", "--out", "@/mean.onnx", "--average", "@/run=0.5"});  // of itself
  REQUIRE(textOf(scratch / "mean.onnx").size() > 0);
  REQUIRE(limbusSays(inFolder({"export", "@/run", "--out", "@/x.onnx", "--average", "@/run=2"},
                              scratch.path()))
              .exitCode != 0);
  says({"export", "@/run", "--out", "@/argmax.onnx", "--tail", "argmax", "--size", "96x64"});
  const json fixedInput =
      json::parse(says({"inspect", "@/argmax.onnx", "--json"})).at("manifest").at("input");
  REQUIRE((fixedInput.at("width") == 96 && fixedInput.at("height") == 64));
  REQUIRE(fixedInput.at("pad").at("to") == "box");  // whatever comes is brought to this size
  REQUIRE(fixedInput.at("resize") == "shrink");     // and nothing enlarged
  const json inspected = json::parse(says({"inspect", "@/m.onnx", "--json"}));
  REQUIRE(inspected.at("manifest").at("scores").at("renders mIoU") == 12.5);

  const std::vector<std::string> scored = {"--dataset", "rendered",  "--option",
                                           "count=16",  "--option",  "width=96",
                                           "--option",  "height=64", "--json"};
  json ofRun, ofFile;
  for (const auto& [model, answer] :
       {std::pair<const char*, json*>{"@/run", &ofRun}, {"@/m.onnx", &ofFile}}) {
    std::vector<std::string> arguments = {"evaluate", "--model", model};
    arguments.insert(arguments.end(), scored.begin(), scored.end());
    *answer = json::parse(says(arguments));
  }
  REQUIRE(ofRun.at("mIoU") == ofFile.at("mIoU"));
  REQUIRE(ofRun.at("images") == 2);
  REQUIRE(ofRun.at("classes").size() == 4);
  REQUIRE(ofRun.contains("M"));

  says({"synth", "--count", "1", "--size", "96x64", "--out", "@/eyes"});
  for (const char* model : {"run", "m.onnx", "argmax.onnx"}) {
    const std::string out = std::string("@/masks-") + model;
    says({"predict", "--model", std::string("@/") + model, "--images", "@/eyes/train/images",
          "--out", out, "--overlay", "--numbers", "--regions", out + ".csv"});
    const std::string folder = "masks-" + std::string(model);
    const Result<Image> mask = readLabels(scratch / (folder + "/000000.png"));
    REQUIRE(mask);
    REQUIRE((mask->width == 96 && mask->height == 64));
    REQUIRE(readImage(scratch / (folder + "/000000-overlay.png"))->channels == 3);
    const Result<Image> numbers = readLabels(scratch / (folder + "/000000-numbers.png"));
    const std::string csv = textOf(scratch / (folder + ".csv"));
    REQUIRE(*std::max_element(numbers->pixels.begin(), numbers->pixels.end()) ==
            std::count(csv.begin(), csv.end(), '\n') - 1);
    REQUIRE(textOf(scratch / (folder + ".csv")).rfind("image,class_index,class,", 0) == 0);
    REQUIRE(mask->pixels == readLabels(scratch / "masks-run/000000.png")->pixels);
  }
}
