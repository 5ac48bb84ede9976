// limbus export: a RUN as one .onnx file, checked against the network that was trained; or its
// weights.
#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <memory>
#include <optional>

#include "native/commands/commands.h"
#include "native/commands/parts/argument_text.h"
#include "native/system/files.h"
#include "native/train/average.h"
#include "native/train/executor/executor.h"
#include "native/train/executor/self_check.h"
#include "native/train/files/checkpoint.h"
#include "native/train/files/model_file.h"
#include "native/train/train.h"
#include "shared/json_reader.h"
#include "shared/model/onnx_model.h"
#include "shared/nets/nets.h"
#include "shared/options/json.h"
#include "shared/options/rows.h"
#include "shared/random.h"
#include "shared/vision/preprocess.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

constexpr double kLogitTolerance = 1e-3;  // of the largest logit

struct ExportArguments {
  fs::path run, out;
  std::string tail = "logits", size;
  std::vector<std::string> scores, averages;
  std::string trainingData;
  int batch = 0;
  bool encoder = false, force = false, json = false, noSelfCheck = false;
};

struct Difference {
  double largest = 0;  // between logits
  double largestLogit = 0;
  double equalClasses = 1;  // share of pixels
};

Result<OnnxOptions> onnxOptions(const ExportArguments& arguments) {
  OnnxOptions options;
  options.tail = arguments.tail == "argmax" ? Tail::argmax : Tail::logits;
  if (arguments.batch > 0) options.batch = arguments.batch;
  if (arguments.size.empty()) return options;
  const std::optional<std::vector<int>> size = parseExtents(arguments.size, 2);
  if (!size) {
    return fail(ErrorCode::badArgument,
                "--size: expected WIDTHxHEIGHT in pixels, got '" + arguments.size + "'");
  }
  options.width = (*size)[0];
  options.height = (*size)[1];
  return options;
}

// A file of one size wants every image brought to it: larger ones are shrunk, smaller ones padded.
void fixInput(int width, int height, InputSpec& input) {
  input.width = width;
  input.height = height;
  if (input.resize == ResizeRule::none) input.resize = ResizeRule::shrink;
  input.pad = PadRule::box;
}

// Whether images come in as they did in training. What is stretched to one size has no room to pad.
bool comesInAlike(const InputSpec& trained, const InputSpec& fixed) {
  if (writeOptions(trained) == writeOptions(fixed)) return true;
  if (trained.resize != ResizeRule::stretch || fixed.resize != ResizeRule::stretch) return false;
  const auto before = placeImage(trained.width, trained.height, trained);
  const auto now = placeImage(fixed.width, fixed.height, fixed);
  return before && now && before->inputWidth == now->inputWidth &&
         before->inputHeight == now->inputHeight;
}

void addOwnScore(const Recipe& recipe, double score, Manifest& manifest) {
  if (recipe.bestMetric != "mIoU") return;
  std::string how;
  if (recipe.convention != Recipe().convention) how = recipe.convention;
  if (recipe.validationCrop > 0) {
    const std::string side = std::to_string(recipe.validationCrop);
    how += (how.empty() ? "" : ", ") + ("centre " + side + "x" + side);
  }
  manifest.scores["validation mIoU" + (how.empty() ? "" : " (" + how + ")")] =
      std::round(10000 * score) / 100;
}

Result<void> addScores(const std::vector<std::string>& pairs, Manifest& manifest) {
  for (const std::string& pair : pairs) {
    const std::optional<NamedNumber> score = parseNamedNumber(pair);
    if (!score) {
      return fail(ErrorCode::badArgument, "--score: expected NAME=NUMBER, got '" + pair + "'");
    }
    manifest.scores[score->name] = score->number;
  }
  return {};
}

// What the weights of two runs must have in common besides their shapes.
Result<void> checkAlike(const Recipe& recipe, const Recipe& other, const std::string& name) {
  const auto differs = [&](const std::string& what) {
    return fail(ErrorCode::badArgument,
                "--average: " + name + " was trained with other " + what +
                    " than the run; their mean would be a model of neither");
  };
  if (namesOf(recipe.classes) != namesOf(other.classes)) return differs("classes");
  InputSpec input = recipe.input, theirs = other.input;
  theirs.width = input.width;  // of one net, which may have gone on at another size
  theirs.height = input.height;
  if (writeOptions(input) != writeOptions(theirs)) return differs("values of 'input'");
  return {};
}

// What a manifest says of one of two that became one.
void add(std::string& text, const std::string& other) {
  if (other.empty() || ("; " + text + "; ").find("; " + other + "; ") != std::string::npos) return;
  text += (text.empty() ? "" : "; ") + other;
}

// Each RUN=SHARE takes its share of what the runs before it made.
Result<void> average(const std::vector<std::string>& pairs, Checkpoint& run) {
  for (const std::string& pair : pairs) {
    const std::optional<NamedNumber> part = parseNamedNumber(pair);
    if (!part || !(part->number > 0 && part->number < 1)) {
      return fail(ErrorCode::badArgument,
                  "--average: expected RUN=SHARE with a share between 0 and 1, got '" + pair + "'");
    }
    const Result<Checkpoint> checkpoint = readCheckpoint(part->name);
    if (!checkpoint) return fail(checkpoint.error());
    if (auto alike = checkAlike(run.recipe, checkpoint->recipe, part->name); !alike) return alike;
    Result<void> averaged = averageIn(checkpoint->weights, part->number, part->name, run.weights);
    if (!averaged) return averaged;
    add(run.recipe.trainingData, checkpoint->recipe.trainingData);
    add(run.recipe.licence, checkpoint->recipe.licence);
  }
  if (!pairs.empty()) run.score.reset();
  return {};
}

// Noise at the size that the file is meant for: every input value differs, so every weight counts.
Result<torch::Tensor> testInput(const InputSpec& spec, int batch) {
  const Result<Placement> place = placeImage(spec.width, spec.height, spec);
  if (!place) return fail(place.error());
  torch::Tensor input =
      torch::empty({batch, spec.channels(), place->inputHeight, place->inputWidth});
  Random random(1, 0, 0, Purpose::test);
  float* values = input.data_ptr<float>();
  for (std::int64_t i = 0; i < input.numel(); ++i) {
    values[i] = static_cast<float>(random.uniform(-2, 2));
  }
  return input;
}

Result<torch::Tensor> logitsOf(const Graph& graph, const Weights& weights, const InputSpec& spec,
                               const torch::Tensor& input, bool check) {
  Executor net(graph, 0);
  if (check) {
    const Result<std::string> line = selfCheck({&net}, spec, {});
    if (!line) return fail(line.error());
    if (!line->empty()) std::cerr << "limbus: " << *line << "\n";
  }
  if (Result<void> loaded = net.load(weights); !loaded) return fail(loaded.error());
  net.eval();
  const torch::NoGradGuard noGradients;
  return net.forward(input).at(0);
}

Result<Difference> compareOutputs(const Graph& graph, const Weights& weights,
                                  const OnnxModel& reread, const torch::Tensor& input, bool check) {
  const InputSpec& spec = reread.manifest.input;
  Result<torch::Tensor> trained = logitsOf(graph, weights, spec, input, check);
  if (!trained) return fail(trained.error());
  Result<torch::Tensor> written = logitsOf(reread.graph, reread.weights, spec, input, check);
  if (!written) return fail(written.error());
  torch::Tensor enlarged = *written;
  if (enlarged.sizes() != trained->sizes()) {  // the file leaves the last resize to its reader
    using Options = torch::nn::functional::InterpolateFuncOptions;
    enlarged = torch::nn::functional::interpolate(
        enlarged, Options()
                      .size(std::vector<std::int64_t>{trained->size(2), trained->size(3)})
                      .mode(torch::kBilinear)
                      .align_corners(reread.manifest.output.alignCorners));
  }
  Difference difference;
  difference.largest = (enlarged - *trained).abs().max().item<double>();
  difference.largestLogit = trained->abs().max().item<double>();
  difference.equalClasses =
      enlarged.argmax(1).eq(trained->argmax(1)).to(torch::kFloat64).mean().item<double>();
  return difference;
}

// LibTorch's exceptions (memory, above all) in one line.
Result<Difference> compare(const Graph& graph, const Weights& weights, const OnnxModel& reread,
                           int batch, bool check) {
  try {
    const Result<torch::Tensor> input = testInput(reread.manifest.input, batch);
    if (!input) return fail(input.error());
    return compareOutputs(graph, weights, reread, *input, check);
  } catch (const c10::Error& error) {
    const std::string message = error.what_without_backtrace();
    return fail(ErrorCode::io, "LibTorch: " + message.substr(0, message.find('\n')));
  }
}

void report(const ExportArguments& arguments, const Difference& difference, std::size_t sizeBytes,
            const Manifest& manifest) {
  if (arguments.json) {
    std::cout << dumpJson({{"file", arguments.out.string()},
                           {"sizeBytes", sizeBytes},
                           {"learnedParameters", manifest.learnedParameters},
                           {"tail", arguments.tail},
                           {"stride", manifest.output.stride},
                           {"largestDifference", difference.largest},
                           {"largestLogit", difference.largestLogit},
                           {"equalClasses", difference.equalClasses}})
              << "\n";
    return;
  }
  std::printf(
      "wrote %s: %zu bytes, %lld learned parameters, output stride %d\n"
      "read back: largest difference to the trained network %.3g (largest logit %.3g), equal "
      "classes %.4f%%\n"
      "the file says it was trained on: %s\n",
      arguments.out.c_str(), sizeBytes, static_cast<long long>(manifest.learnedParameters),
      manifest.output.stride, difference.largest, difference.largestLogit,
      100 * difference.equalClasses,
      manifest.trainingData.empty() ? "(nothing)" : manifest.trainingData.c_str());
}

// Named as the library names them that published the encoder: "conv1.weight".
Result<Weights> encoderAlone(const Weights& weights, const std::string& net) {
  const std::string prefix = "encoder.";
  Weights encoder;
  for (const auto& [name, tensor] : weights) {
    if (name.rfind(prefix, 0) == 0) encoder[name.substr(prefix.size())] = tensor;
  }
  if (encoder.empty()) {
    return fail(ErrorCode::badArgument,
                "--encoder: net '" + net + "' has none that another library would know");
  }
  return encoder;
}

// The weights as they are trained, batch norms included: what --init starts from.
Result<void> exportWeights(const ExportArguments& arguments, const Checkpoint& checkpoint) {
  if (!arguments.size.empty() || arguments.batch > 0 || !arguments.scores.empty() ||
      !arguments.trainingData.empty() || arguments.tail != "logits") {
    return fail(
        ErrorCode::badArgument,
        arguments.out.string() +
            ": a .safetensors file holds weights and recipe only; --size, --batch, --tail, --score "
            "and --training-data are for .onnx files");
  }
  SavedRun saved;
  saved.recipeJson =
      arguments.averages.empty() ? checkpoint.recipe.json : completeJson(checkpoint.recipe);
  saved.epoch = checkpoint.epoch;
  if (checkpoint.score) {
    saved.bestEpoch = checkpoint.epoch;
    saved.best = *checkpoint.score;
  }
  saved.weights = checkpoint.weights;
  saved.startOnly = checkpoint.startOnly;
  if (arguments.encoder) {
    Result<Weights> encoder = encoderAlone(saved.weights, checkpoint.recipe.net.row->name);
    if (!encoder) return fail(encoder.error());
    saved.weights = std::move(*encoder);
  }
  if (Result<void> written = writeSavedRun(arguments.out, saved); !written) return written;
  if (arguments.json) {
    std::cout << dumpJson({{"file", arguments.out.string()}}) << "\n";
  } else {
    std::cout << "wrote " << arguments.out.string() << ": weights for limbus train --init\n";
  }
  return {};
}

Result<void> exportRun(const ExportArguments& arguments) {
  Result<OnnxOptions> options = onnxOptions(arguments);
  if (!options) return fail(options.error());
  for (const char* others : {".pt", ".pth", ".pkl", ".ckpt", ".bin", ".h5", ".tflite"}) {
    if (lowerExtension(arguments.out) != others) continue;
    return fail(ErrorCode::badArgument,
                "--out: expected a name that ends in .onnx or .safetensors, got '" +
                    arguments.out.string() + "'; PyTorch loads .safetensors");
  }
  if (Result<void> free = checkOutputFile(arguments.out, arguments.force); !free) return free;
  Result<Checkpoint> checkpoint = readCheckpoint(arguments.run);
  if (!checkpoint) return fail(checkpoint.error());
  if (auto averaged = average(arguments.averages, *checkpoint); !averaged) return averaged;
  if (isCheckpointName(arguments.out)) return exportWeights(arguments, *checkpoint);
  if (arguments.encoder) {
    return fail(ErrorCode::badArgument, "--encoder: --out must end in .safetensors");
  }
  if (auto meant = checkMeant(*checkpoint, arguments.run); !meant) return meant;
  Result<Graph> graph = buildNet(checkpoint->recipe.net, checkpoint->recipe.ports());
  if (!graph) return fail(graph.error());
  Manifest manifest = manifestOf(checkpoint->recipe);
  if (!arguments.trainingData.empty()) manifest.trainingData = arguments.trainingData;
  const InputSpec asTrained = manifest.input;
  if (options->width) fixInput(*options->width, *options->height, manifest.input);
  // The score is that of images that came in as they did in training.
  if (checkpoint->score && comesInAlike(asTrained, manifest.input)) {
    addOwnScore(checkpoint->recipe, *checkpoint->score, manifest);
  } else if (checkpoint->score) {
    std::cerr << "limbus: the validation score is left out: with --size images come in otherwise "
                 "than in training; limbus evaluate scores the file, --score writes it down\n";
  }
  if (Result<void> added = addScores(arguments.scores, manifest); !added) return added;
  Result<std::string> bytes = writeOnnx(*graph, checkpoint->weights, manifest, *options);
  if (!bytes) return fail(bytes.error());
  Result<OnnxModel> reread = readOnnx(*bytes);
  if (!reread) return fail(reread.error());
  constexpr int kMostCompared = 2;  // images of a batch: each goes through alike
  Result<Difference> difference =
      compare(*graph, checkpoint->weights, *reread,
              std::min(kMostCompared, options->batch.value_or(1)), !arguments.noSelfCheck);
  if (!difference) return fail(difference.error());
  if (!(difference->largest <= kLogitTolerance * std::max(1.0, difference->largestLogit))) {
    return fail(ErrorCode::badData, "the exported network differs from the trained one by " +
                                        std::to_string(difference->largest) +
                                        "; nothing was written");
  }
  if (Result<void> written = writeBytes(arguments.out, *bytes); !written) return written;
  report(arguments, *difference, bytes->size(), reread->manifest);
  return {};
}

}  // namespace

Action configureExport(CLI::App& command) {
  auto arguments = std::make_shared<ExportArguments>();
  command
      .add_option("RUN", arguments->run,
                  "A RUN (its best checkpoint), a checkpoint of one, or the folder of a released "
                  "model that has weights")
      ->required();
  command
      .add_option("--out", arguments->out,
                  "The .onnx file to write; .safetensors: the weights alone, for --init or Python")
      ->required();
  command
      .add_option("--tail", arguments->tail,
                  "logits: at reduced resolution, for the page; argmax: class indices at full size")
      ->check(CLI::IsMember({"logits", "argmax"}))
      ->capture_default_str();
  command.add_option("--size", arguments->size,
                     "Fix the input to WIDTHxHEIGHT pixels; any size without it. Images that the "
                     "recipe brought in otherwise leave the file without its validation score");
  command.add_option("--batch", arguments->batch, "Fix the batch; any without it")
      ->check(CLI::Range(1, 65536));
  command.add_option("--score", arguments->scores, "A score for the manifest, repeatable")
      ->type_name("NAME=NUMBER")
      ->expected(1)
      ->take_all();
  command
      .add_option("--average", arguments->averages,
                  "Take this share of another run's weights (of the same net), repeatable")
      ->type_name("RUN=SHARE")
      ->expected(1)
      ->take_all();
  command.add_option("--training-data", arguments->trainingData,
                     "What the manifest says of the data, instead of the recipe's words");
  command.add_flag(
      "--encoder", arguments->encoder,
      "Of the weights only the encoder's, named as the library does that it is taken from "
      "(torchvision's ResNet: conv1.weight)");
  command.add_flag("--no-self-check", arguments->noSelfCheck, kNoSelfCheckHelp);
  command.add_flag("--force", arguments->force, "Replace an existing file");
  command.add_flag("--json", arguments->json, "Print the answer as JSON");
  command.footer(
      "The file carries its manifest: dropping it on the page is enough to use it.\n"
      "Example: limbus export runs/first --out first.onnx --score \"openeds2019-renders "
      "mIoU=93.1\"");
  return [arguments] { return exportRun(*arguments); };
}

}  // namespace limbus
