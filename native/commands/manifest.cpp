// limbus manifest: what a foreign .onnx file means, said once and written into it.
#include <algorithm>
#include <iostream>
#include <memory>

#include "native/commands/commands.h"
#include "native/system/files.h"
#include "native/system/json_files.h"
#include "native/system/text.h"
#include "native/train/files/model_file.h"
#include "native/weights/onnx_file.h"
#include "shared/input_presets.h"
#include "shared/json_reader.h"
#include "shared/onnx/class_names.h"
#include "shared/onnx/interface.h"
#include "shared/onnx/metadata.h"
#include "shared/options/assignment.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;

struct ManifestArguments {
  fs::path file, from, out;
  std::string preset, output;
  std::vector<std::string> changes;
  bool force = false, json = false;
};

Names outputNames(const OnnxInterface& ports) {
  Names names;
  for (const ImagePort& port : ports.outputs) names.push_back(port.name);
  return names;
}

// Where `--output` stands in ports.outputs; the first without it.
Result<std::size_t> outputOf(const ManifestArguments& arguments, const OnnxInterface& ports) {
  if (arguments.output.empty()) return std::size_t{0};
  const Names names = outputNames(ports);
  const auto found = std::find(names.begin(), names.end(), arguments.output);
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  return fail(ErrorCode::badArgument,
              "--output: " + unknownName("output", arguments.output, names));
}

// What the file's own manifest says, or what else it states; what that leaves open is left out. An
// output that is asked for brings its own classes.
Json beginning(const ManifestArguments& arguments, const OnnxFacts& facts,
               const OnnxInterface& ports, std::size_t output) {
  const Manifest draft = draftManifest(facts, ports, output);
  if (facts.manifest) {
    Json json = Json::parse(toJson(*facts.manifest));
    const Result<ImagePort> meant = chosenOutput(ports, facts.manifest->output);
    if (!arguments.output.empty() && (!meant || meant->name != arguments.output)) {
      const Json drafted = Json::parse(toJson(draft));
      for (const char* key : {"output", "classes"}) json[key] = drafted.at(key);
    }
    return json;
  }
  Json json = Json::parse(toJson(draft));
  Json& input = json["input"];
  input.erase("normalise");  // its lists are as long as the colour asks for
  for (const char* side : {"width", "height"}) {
    if (input[side] == 0) input.erase(side);
  }
  return json;
}

Result<void> change(Json& json, const std::vector<std::string>& changes) {
  for (const std::string& text : changes) {
    if (auto set = assign(json, text); !set) return set;
  }
  return {};
}

// The preset's colour order and numbers for the colour and channels that are `meant`.
Result<void> usePreset(const std::string& name, Json meant, Json& json) {
  const InputPreset* preset = findRow(inputPresets(), name);
  if (preset == nullptr) {
    return fail(ErrorCode::badArgument,
                "--preset: " + unknownName("preset", name, namesOf(inputPresets())));
  }
  meant["input"].erase("normalise");
  const Result<Manifest> manifest = parseManifest(dumpJson(meant));
  if (!manifest) return fail(manifest.error());
  InputSpec spec = manifest->input;
  applyPreset(*preset, spec);
  Json& input = json["input"];
  if (spec.colour != Colour::grey) input["colour"] = spec.colour == Colour::bgr ? "bgr" : "rgb";
  input["normalise"] = {{"by", "constants"}, {"mean", spec.mean}, {"std", spec.std}};
  return {};
}

constexpr int kStandInSide = 32;  // so that all else of a draft can be checked

// The sides that neither the file nor the user says; they get a stand-in.
Names fillSides(Json& input) {
  Names missing;
  for (const char* side : {"width", "height"}) {
    if (input.contains(side)) continue;
    missing.push_back(side);
    input[side] = kStandInSide;
  }
  return missing;
}

// That neither dimensions nor names in the file count the classes: a draft's two are stand-ins.
bool leavesClassesOpen(const OnnxFacts& facts, const OnnxInterface& ports, std::size_t output) {
  if (facts.manifest || classNames(facts.metadata).size() > 1) return false;
  const ImagePort& port = ports.outputs[output];
  if (draftManifest(facts, ports, output).output.kind != OutputKind::argmax) return !port.channels;
  return std::none_of(facts.outputs.begin(), facts.outputs.end(), [&](const OnnxTensorInfo& info) {
    return info.name == port.name && info.argmaxClasses > 0;
  });
}

struct Draft {
  Manifest manifest;
  Names missing = {};          // sides that stand-ins fill
  bool missesClasses = false;  // so are they

  bool whole() const { return missing.empty() && !missesClasses; }
};

std::string askFor(const Draft& draft) {
  std::string text;
  if (!draft.missing.empty()) text = "the file takes images of any size; say what it is meant for:";
  for (const std::string& side : draft.missing) {
    text += " --set input." + side + (side == "width" ? "=W" : "=H");
  }
  if (!draft.missesClasses) return text;
  return text + (text.empty() ? "" : "; ") +
         "the file does not say how many classes there are; name all: --set "
         "classes='[{\"name\":\"rest\"},{\"name\":\"road\"}]'";
}

Result<Draft> manifestFor(const ManifestArguments& arguments, const OnnxFacts& facts,
                          const OnnxInterface& ports) {
  const Result<std::size_t> output = outputOf(arguments, ports);
  if (!output) return fail(output.error());
  if (arguments.output.empty() && !facts.manifest && ports.outputs.size() > 1) {
    std::cerr << "limbus: outputs that may be masks: " << joinFirst(outputNames(ports), 8)
              << "; this is about the first, --output NAME takes another\n";
  }
  Json json = beginning(arguments, facts, ports, *output);
  const bool classesOpen = leavesClassesOpen(facts, ports, *output);
  const Json standIns = json["classes"];
  if (!arguments.from.empty()) {
    const Result<Json> from = readJson(arguments.from);
    if (!from) return fail(from.error());
    if (!from->is_object()) {
      return fail(ErrorCode::badData, arguments.from.string() + ": expected an object");
    }
    json.merge_patch(*from);
    if (classesOpen && !json.contains("classes")) json["classes"] = standIns;  // of null
  }
  if (!arguments.preset.empty()) {  // what is said by name stands above it
    Json meant = json;
    if (auto changed = change(meant, arguments.changes); !changed) return fail(changed.error());
    for (Json* each : {&meant, &json}) {  // what is none is told below
      if (!(*each)["input"].is_object()) (*each)["input"] = Json::object();
    }
    fillSides(meant["input"]);
    if (auto used = usePreset(arguments.preset, std::move(meant), json); !used) {
      return fail(used.error());
    }
  }
  if (auto changed = change(json, arguments.changes); !changed) return fail(changed.error());
  if (!json["input"].is_object()) {
    return fail(ErrorCode::badArgument,
                "input: expected an object, got " + dumpJson(json["input"]));
  }
  Draft draft{.manifest = {}, .missing = fillSides(json["input"])};
  draft.missesClasses = classesOpen && json["classes"] == standIns;
  if (!draft.whole() && !arguments.out.empty()) {
    return fail(ErrorCode::badArgument, askFor(draft));
  }
  Result<Manifest> manifest = parseManifest(dumpJson(json));
  if (!manifest) return fail(ErrorCode::badArgument, manifest.error().message);
  if (manifest->name.empty()) manifest->name = arguments.file.stem().string();
  if (auto fits = checkInterface(ports, *manifest); !fits) return fail(fits.error());
  draft.manifest = std::move(*manifest);
  return draft;
}

// What is missing stands as null, which --from takes for nothing said.
void printDraft(const Draft& draft) {
  Json json = Json::parse(toJson(draft.manifest));
  for (const std::string& side : draft.missing) json["input"][side] = nullptr;
  if (draft.missesClasses) json["classes"] = nullptr;
  std::cout << json.dump(2) << "\n";
  if (!draft.whole()) std::cerr << "limbus: " << askFor(draft) << "\n";
}

Result<void> writeManifest(const ManifestArguments& arguments) {
  const Result<fs::path> file = modelFile(arguments.file, ModelUse::predict);
  if (!file) return fail(file.error());
  const auto refused = [&](const Error& error) {
    return fail(error.code, file->string() + ": " + error.message);
  };
  if (isCheckpointName(*file)) {
    return refused({ErrorCode::badArgument,
                    "weights and recipe of a training; limbus export makes the .onnx file, with a "
                    "manifest inside"});
  }
  const Result<std::string> bytes = readOnnxFile(*file);
  if (!bytes) return fail(bytes.error());
  const Result<OnnxFacts> facts = inspectOnnx(*bytes);
  if (!facts) return refused(facts.error());
  const Result<OnnxInterface> ports = imageInterface(*facts);
  if (!ports) return refused(ports.error());
  const Result<Draft> draft = manifestFor(arguments, *facts, *ports);
  if (!draft) return refused(draft.error());
  if (arguments.out.empty()) {
    printDraft(*draft);
    return {};
  }
  const Manifest& manifest = draft->manifest;
  if (Result<void> free = checkOutput(arguments.out, arguments.force); !free) return free;
  const Result<std::string> changed = withManifest(*bytes, manifest);
  if (!changed) return refused(changed.error());
  if (Result<void> written = writeBytes(arguments.out, *changed); !written) return written;
  if (arguments.json) {
    std::cout << dumpJson({{"file", arguments.out.string()},
                           {"manifest", Json::parse(toJson(manifest))}})
              << "\n";
    return {};
  }
  std::cout << "wrote " << arguments.out.string() << ": " << manifest.input.width << "x"
            << manifest.input.height << ", " << manifest.classes.size() << " classes\n";
  if (manifest.input.channels() > 3) {
    std::cout << "it takes " << manifest.input.channels()
              << " channels, images have 3: the others see the first ones again\n";
  }
  return {};
}

}  // namespace

Action configureManifest(CLI::App& command) {
  auto arguments = std::make_shared<ManifestArguments>();
  command
      .add_option("FILE", arguments->file,
                  "The .onnx file, or the folder of a released model; it is not changed")
      ->required();
  command
      .add_option("--output", arguments->output,
                  "Which output is the mask, where the file has several")
      ->type_name("NAME");
  command.add_option("--from", arguments->from,
                     "Take what this JSON file says, where it says something");
  command
      .add_option("--preset", arguments->preset,
                  "How pixels come to the network: `limbus list input-presets`")
      ->type_name("NAME");
  command.add_option("--set", arguments->changes, "Change a value, repeatable")
      ->type_name("PATH=VALUE")
      ->expected(1)
      ->take_all();
  command.add_option(
      "--out", arguments->out,
      "Write the file with the manifest inside; without it the manifest is printed, null "
      "where it must still be said");
  command.add_flag("--force", arguments->force, "Replace an existing file");
  command.add_flag("--json", arguments->json, "Print the answer as JSON");
  command.footer(
      "It starts from the manifest in the file, or from what else the file states: sizes, "
      "channels,\n"
      "layout, class names in its metadata, a last Sigmoid, Softmax or ArgMax.\n"
      "Examples:\n"
      "  limbus manifest road.onnx --preset imagenet --set input.width=512 --set input.height=256\n"
      "  limbus manifest road.onnx --preset imagenet --output logits \\\n"
      "    --set classes.1.name=road --out road-limbus.onnx");
  return [arguments] { return writeManifest(*arguments); };
}

}  // namespace limbus
