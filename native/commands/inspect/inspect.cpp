// limbus inspect: a network, a run or a file in numbers.
#include <cstdio>
#include <iostream>
#include <memory>

#include "native/commands/commands.h"
#include "native/commands/inspect/graph_svg.h"
#include "native/commands/inspect/print.h"
#include "native/commands/parts/argument_text.h"
#include "native/commands/parts/held_out_text.h"
#include "native/infer/model.h"
#include "native/report/text_table.h"
#include "native/system/files.h"
#include "native/train/files/model_file.h"
#include "native/train/train.h"
#include "native/weights/onnx_file.h"
#include "shared/json_reader.h"
#include "shared/metrics/metrics.h"
#include "shared/model/onnx_model.h"
#include "shared/nets/encoders.h"
#include "shared/nets/nets.h"
#include "shared/onnx/facts.h"
#include "shared/onnx/interface.h"
#include "shared/ops/summary.h"
#include "shared/options/assignment.h"
#include "shared/options/json.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

struct InspectArguments {
  std::string what, input, svg;
  std::vector<std::string> options;
  int batch = 1;
  bool force = false, json = false;
};

// What is known of the thing that was asked for.
struct Subject {
  std::string title;
  std::optional<Graph> graph;
  std::optional<Manifest> manifest;
  std::optional<OnnxFacts> facts;
  std::int64_t fileBytes = 0;  // 0: no file
  std::int64_t learnedParameters =
      -1;            // of the manifest, which counts batch norms that were folded
  std::string note;  // what else there is to know, in a line
};

Result<Dims> parseInput(const std::string& text) {
  const std::optional<std::vector<int>> extents = parseExtents(text, 3);
  if (!extents) {
    return fail(ErrorCode::badArgument,
                "--input: expected CxHxW (channels, height, width), got '" + text + "'");
  }
  return Dims{1, (*extents)[0], (*extents)[1], (*extents)[2]};
}

// A net by name, its options and its ports.
struct NetQuestion {
  Chosen<NetRow> net;
  NetPorts ports;

  void describe(OptionVisitor& v) {
    v.row("name", net, nets(), "net", "which network");
    ports.describe(v);
  }
};

Result<Subject> subjectOfNet(const InspectArguments& arguments) {
  if (findRow(encoders(), arguments.what)) {
    return fail(ErrorCode::badArgument,
                "'" + arguments.what +
                    "' is an encoder; name a network that takes one: limbus inspect smp-unet --set "
                    "encoder=" +
                    arguments.what);
  }
  Json json = {{"name", arguments.what}};
  for (const std::string& text : arguments.options) {
    if (auto set = assign(json, text); !set) return fail(set.error());
  }
  NetQuestion question;
  if (!arguments.input.empty()) {
    Result<Dims> dims = parseInput(arguments.input);
    if (!dims) return fail(dims.error());
    question.ports.inputChannels = static_cast<int>((*dims)[1]);
  }
  if (auto read = readOptions(json, "", question); !read) {
    return fail(ErrorCode::badArgument, read.error().message);
  }
  Result<Graph> graph = buildNet(question.net, question.ports);
  if (!graph) return fail(graph.error());
  Subject subject;
  subject.title = "network " + arguments.what;
  subject.learnedParameters = countParameters(*graph);
  subject.graph = std::move(*graph);
  return subject;
}

Result<Subject> subjectOfRun(const fs::path& path) {
  Result<Checkpoint> checkpoint = readCheckpoint(path);
  if (!checkpoint) return fail(checkpoint.error());
  Result<Graph> graph = buildNet(checkpoint->recipe.net, checkpoint->recipe.ports());
  if (!graph) return fail(graph.error());
  Subject subject;
  subject.title = "run " + path.string();
  if (checkpoint->epoch > 0) subject.note = "after epoch " + std::to_string(checkpoint->epoch);
  if (checkpoint->score) {
    subject.note = "best " + subject.note + ": " + checkpoint->recipe.bestMetric + " " +
                   shownNumber(*checkpoint->score);
  }
  if (const std::string part = heldOutText(checkpoint->recipe.split); !part.empty()) {
    subject.note += (subject.note.empty() ? "" : "; ") + part;
  }
  subject.learnedParameters = countParameters(*graph);
  subject.manifest = manifestOf(checkpoint->recipe);
  subject.manifest->learnedParameters = subject.learnedParameters;
  subject.graph = std::move(*graph);
  return subject;
}

// What predict and evaluate say of a file whose layers are not known here.
std::string elsewhere(const fs::path& path) {
  const Result<Model> model = loadModel(path, "cpu", false);
  return "predict and evaluate: " + (model ? model->note : model.error().message);
}

Result<Subject> subjectOfOnnx(const fs::path& path) {
  const Result<std::string> bytes = readOnnxFile(path);
  if (!bytes) return fail(bytes.error());
  Result<OnnxFacts> facts = inspectOnnx(*bytes);
  if (!facts) return fail(facts.error().code, path.string() + ": " + facts.error().message);
  Subject subject;
  subject.title = "file " + path.string();
  subject.fileBytes = static_cast<std::int64_t>(bytes->size());
  subject.manifest = facts->manifest;
  subject.learnedParameters = facts->initializerElements;
  if (facts->manifest) {  // the layers can be shown
    if (facts->manifest->learnedParameters > 0) {
      subject.learnedParameters = facts->manifest->learnedParameters;
    }
    if (Result<OnnxModel> model = readOnnx(*bytes)) {
      subject.graph = std::move(model->graph);
    } else {
      subject.note = elsewhere(path);
    }
  }
  subject.facts = std::move(*facts);
  return subject;
}

Result<Subject> subjectOf(const InspectArguments& arguments) {
  const fs::path path = arguments.what;
  std::error_code error;
  const bool isNet = findRow(nets(), arguments.what) != nullptr;
  if (isNet ||
      (!fs::exists(path, error) && arguments.what.find_first_of("./") == std::string::npos)) {
    return subjectOfNet(arguments);
  }
  if (!arguments.options.empty()) {
    return fail(ErrorCode::badArgument,
                "--set changes a network's options; a run or file has its own");
  }
  const Result<fs::path> file = modelFile(path, ModelUse::predict);
  if (!file) return fail(file.error());
  return isCheckpointName(*file) ? subjectOfRun(path) : subjectOfOnnx(*file);
}

Dims defaultInput(const Subject& subject) {
  const std::int64_t channels = subject.graph->inputChannels;
  if (subject.manifest && subject.manifest->input.width > 0) {
    return {1, channels, subject.manifest->input.height, subject.manifest->input.width};
  }
  return {1, channels, 640, 400};
}

Json jsonOf(const OnnxFacts& facts) {
  const auto tensors = [](const std::vector<OnnxTensorInfo>& list) {
    Json rows = Json::array();
    for (const OnnxTensorInfo& info : list) {
      rows.push_back({{"name", info.name}, {"type", info.type}, {"shape", info.shape}});
    }
    return rows;
  };
  return {{"irVersion", facts.irVersion},
          {"opset", facts.opset},
          {"producer", facts.producer},
          {"inputs", tensors(facts.inputs)},
          {"outputs", tensors(facts.outputs)},
          {"ops", facts.opCounts},
          {"initializerElements", facts.initializerElements}};
}

Json jsonOf(const Subject& subject, const std::optional<LayerReport>& report) {
  Json answer = {{"what", subject.title}};
  if (!subject.note.empty()) answer["note"] = subject.note;
  if (subject.fileBytes > 0) answer["sizeBytes"] = subject.fileBytes;
  if (subject.learnedParameters >= 0) {
    answer["learnedParameters"] = subject.learnedParameters;
    answer["sizeMb"] = openEds2019SizeMb(subject.learnedParameters);
    answer["sizeTerm"] = std::min(1.0, 1 / openEds2019SizeMb(subject.learnedParameters));
  }
  if (report) {
    answer["input"] = report->input;
    answer["multiplyAdds"] = report->summary.multiplyAdds;
    answer["activations"] = {{"batch", report->batch},
                             {"peakBytes", report->memory.peakBytes},
                             {"peakNode", report->memory.peakNode},
                             {"sumBytes", report->memory.sumBytes}};
    for (const LayerSummary& layer : report->summary.layers) {
      answer["layers"].push_back({{"name", layer.name},
                                  {"op", layer.op},
                                  {"output", layer.output},
                                  {"parameters", layer.parameters},
                                  {"multiplyAdds", layer.multiplyAdds}});
    }
  }
  if (subject.facts) answer["onnx"] = jsonOf(*subject.facts);
  if (subject.manifest) answer["manifest"] = Json::parse(toJson(*subject.manifest));
  return answer;
}

void printTensors(const char* title, const std::vector<OnnxTensorInfo>& list) {
  for (const OnnxTensorInfo& info : list) {
    std::cout << title << " " << info.name << ": " << info.type << " [" << joinNames(info.shape)
              << "]\n";
  }
}

void printFacts(const OnnxFacts& facts) {
  std::cout << "ONNX IR " << facts.irVersion << ", opset " << facts.opset << ", written by "
            << (facts.producer.empty() ? "(unnamed)" : facts.producer) << "\n";
  printTensors("input", facts.inputs);
  printTensors("output", facts.outputs);
  std::cout << "ops";
  for (const auto& [op, count] : facts.opCounts) std::cout << " " << op << " " << count << ",";
  std::cout << " stored values " << facts.initializerElements << "\n";
  if (facts.manifest) return;
  const auto images = imageInterface(facts);
  std::cout << (images ? "no manifest: the page will ask what input and output mean; `limbus "
                         "manifest` writes it into the file\n"
                       : "no manifest, and none can make it segment images: " +
                             images.error().message + "\n");
}

void print(const Subject& subject, const std::optional<LayerReport>& report) {
  if (report) std::fputs(layerTable(report->summary).c_str(), stdout);
  std::printf("%s\n", subject.title.c_str());
  if (!subject.note.empty()) std::printf("%s\n", subject.note.c_str());
  std::fflush(stdout);
  if (subject.facts) printFacts(*subject.facts);
  std::cout.flush();
  if (subject.learnedParameters >= 0) {
    const double sizeMb = openEds2019SizeMb(subject.learnedParameters);
    std::printf("learned parameters %lld (%.4f MB; OpenEDS 2019 size term %.4f)\n",
                static_cast<long long>(subject.learnedParameters), sizeMb,
                std::min(1.0, 1 / sizeMb));
  }
  if (report) std::fputs(layerTotals(*report).c_str(), stdout);
  if (subject.fileBytes > 0) {
    std::printf("file size %lld bytes\n", static_cast<long long>(subject.fileBytes));
  }
  std::fflush(stdout);
  if (subject.manifest) {
    const char* when = subject.facts ? "" : " (completed on export)";
    std::cout << "manifest" << when << " " << toJson(*subject.manifest) << "\n";
  }
}

Result<void> drawLayers(const Subject& subject, const std::optional<LayerReport>& report,
                        const fs::path& file) {
  if (!report) {
    return fail(ErrorCode::unsupported,
                "--svg: the layers of this file are not known; " +
                    (subject.manifest ? subject.note : "give it a manifest (`limbus manifest`)"));
  }
  const Result<std::string> svg = graphSvg(*subject.graph, report->input);
  if (!svg) return fail(svg.error());
  return writeBytes(file, *svg);
}

Result<void> inspectSubject(const InspectArguments& arguments) {
  if (!arguments.svg.empty()) {
    if (auto free = checkOutput(arguments.svg, arguments.force); !free) return free;
  }
  Result<Subject> subject = subjectOf(arguments);
  if (!subject) return fail(subject.error());
  std::optional<LayerReport> report;
  if (subject->graph) {
    Dims input = defaultInput(*subject);
    if (!arguments.input.empty()) {
      Result<Dims> asked = parseInput(arguments.input);
      if (!asked) return fail(asked.error());
      input = *asked;
    }
    Result<LayerReport> made = layerReport(*subject->graph, input, arguments.batch);
    if (!made) return fail(made.error());
    report = std::move(*made);
  }
  if (!arguments.svg.empty()) {
    if (auto drawn = drawLayers(*subject, report, arguments.svg); !drawn) return drawn;
  }
  if (arguments.json) {
    std::cout << dumpJson(jsonOf(*subject, report)) << "\n";
    return {};
  }
  print(*subject, report);
  if (!arguments.svg.empty()) std::cout << "wrote " << arguments.svg << "\n";
  return {};
}

}  // namespace

Action configureInspect(CLI::App& command) {
  auto arguments = std::make_shared<InspectArguments>();
  command
      .add_option("WHAT", arguments->what,
                  "A network's name (`limbus list nets`), a RUN, a checkpoint, a .onnx file or the "
                  "folder of a released model")
      ->required();
  command
      .add_option("--input", arguments->input,
                  "CxHxW, channels, height and width that multiply-adds are counted for")
      ->type_name("CxHxW");
  command.add_option("--batch", arguments->batch, "Images that the memory of activations is for")
      ->check(CLI::Range(1, 65536));
  command.add_option("--svg", arguments->svg, "Draw the layers to this file")->type_name("FILE");
  command.add_flag("--force", arguments->force, "Replace an existing FILE");
  command
      .add_option("--set", arguments->options, "An option of the network, or classes=N; repeatable")
      ->type_name("OPTION=VALUE")
      ->expected(1)
      ->take_all();
  command.add_flag("--json", arguments->json, "Print the answer as JSON");
  command.footer(
      "Examples:\n"
      "  limbus inspect dabnet --input 1x640x400 --set width=18 --batch 8\n"
      "  limbus inspect unet --svg unet.svg\n"
      "  limbus inspect first.onnx");
  return [arguments] { return inspectSubject(*arguments); };
}

}  // namespace limbus
