#include "native/commands/predictor_options.h"

#include <algorithm>
#include <iostream>

#include "native/commands/argument_text.h"
#include "native/commands/commands.h"
#include "native/infer/model.h"

namespace limbus {
namespace {

bool sameClasses(const Manifest& a, const Manifest& b) {
  return std::equal(a.classes.begin(), a.classes.end(), b.classes.begin(), b.classes.end(),
                    [](const ClassSpec& x, const ClassSpec& y) { return x.name == y.name; });
}

}  // namespace

void addPredictorOptions(CLI::App& command, PredictorOptions& options) {
  command
      .add_option("--model", options.models,
                  "A RUN, a checkpoint of one, a .onnx file, or the folder of a released model; of "
                  "several the mean counts")
      ->required()
      ->expected(1)
      ->take_all();
  command.add_option("--device", options.device, "auto, cpu, cuda or cuda:N")
      ->capture_default_str();
  command.add_flag_callback(
      "--no-self-check", [&options] { options.selfCheck = false; }, kNoSelfCheckHelp);
  command.add_flag("--flip", options.flip, "The mean over the image and its mirror image");
  command
      .add_option("--tile", options.tile,
                  "Look at overlapping tiles of this size, for images much larger than the input")
      ->type_name("WxH");
}

Result<Mask> LoadedPredictor::mask(ImageView image) const {
  const Result<Field> field = predictor->predict(image);
  if (!field) return fail(field.error());
  return maskOf(*field);
}

Result<LoadedPredictor> loadPredictor(const PredictorOptions& options) {
  const std::optional<std::vector<int>> tile = parseExtents(options.tile, 2);
  if (!options.tile.empty() && !tile) {
    return fail(ErrorCode::badArgument,
                "--tile: expected WIDTHxHEIGHT, such as 640x400, got '" + options.tile + "'");
  }
  LoadedPredictor loaded;
  std::vector<std::unique_ptr<Predictor>> predictors;
  for (const std::filesystem::path& path : options.models) {
    Result<Model> model = loadModel(path, options.device, options.selfCheck);
    if (!model) return fail(model.error());
    if (!model->note.empty()) std::cerr << "limbus: " << model->note << "\n";
    if (predictors.empty()) {
      loaded.manifest = model->manifest;
    } else if (!sameClasses(loaded.manifest, model->manifest)) {
      return fail(ErrorCode::badArgument, path.string() + " has other classes than " +
                                              options.models.front().string() +
                                              "; models of one prediction need the same");
    } else {
      loaded.manifest.learnedParameters += model->manifest.learnedParameters;
    }
    predictors.push_back(predictorOf(std::move(*model)));
  }
  loaded.predictor =
      predictors.size() == 1 ? std::move(predictors.front()) : meanOf(std::move(predictors));
  if (options.flip) loaded.predictor = flipped(std::move(loaded.predictor));
  if (tile) {
    loaded.predictor =
        tiled(std::move(loaded.predictor), {.width = tile->at(0), .height = tile->at(1)});
  }
  return loaded;
}

}  // namespace limbus
