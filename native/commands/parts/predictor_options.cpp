#include "native/commands/parts/predictor_options.h"

#include <iostream>

#include "native/commands/commands.h"
#include "native/commands/parts/argument_text.h"
#include "native/commands/parts/count_bar.h"
#include "native/data/files/image_files.h"
#include "native/infer/fold_runs.h"
#include "native/system/interrupt.h"

namespace limbus {

namespace fs = std::filesystem;

namespace {

Engine engineOf(const std::string& name) {
  if (name == "limbus") return Engine::limbus;
  return name == "onnxruntime" ? Engine::onnxRuntime : Engine::automatic;
}

}  // namespace

void addPredictorOptions(CLI::App& command, PredictorOptions& options) {
  command
      .add_option("--model", options.models,
                  "A RUN, a folder of runs fold0, fold1, ..., 'RUN/epoch-*' for its snapshots, a "
                  "checkpoint, a .onnx file, or the folder of a released model; of several the "
                  "mean counts, by their weights (1)")
      ->type_name("PATH[=WEIGHT]")
      ->required()
      ->expected(1)
      ->take_all();
  command.add_option("--device", options.device, "auto, cpu, cuda or cuda:N")
      ->capture_default_str();
  command
      .add_option("--engine", options.engine,
                  "What runs the network: limbus (LibTorch), onnxruntime (on the CPU), or auto: "
                  "ONNX Runtime only .onnx files that limbus lacks something for")
      ->check(CLI::IsMember({"auto", "limbus", "onnxruntime"}))
      ->capture_default_str();
  command.add_flag_callback(
      "--no-self-check", [&options] { options.selfCheck = false; }, kNoSelfCheckHelp);
  command
      .add_option("--mode", options.mode,
                  "How the image is looked at, with options of its own; `limbus list modes`")
      ->type_name("NAME[:KEY=VALUE,...]")
      ->capture_default_str();
  command
      .add_option("--tta", options.views,
                  "Views whose mean counts, such as none,flip-x or scale=0.75+flip-x; given again: "
                  "each with each; `limbus list views`")
      ->type_name("VIEW,...")
      ->expected(1)
      ->take_all();
  command
      .add_option("--mean", options.mean, "What means over windows, views and models are taken of")
      ->check(CLI::IsMember({"probabilities", "logits"}))
      ->capture_default_str();
  command.add_flag("--one-at-a-time", options.oneAtATime,
                   "Keep one model in memory: each looks at all images before the next is loaded; "
                   "wants disk space for a number per class and pixel");
}

Result<std::vector<ModelShare>> parseModels(const std::vector<std::string>& models,
                                            const std::string& where) {
  std::vector<ModelShare> shares;
  std::error_code error;
  for (const std::string& text : models) {
    ModelShare share{text, 1};
    const std::optional<NamedNumber> weighted = parseNamedNumber(text);
    if (weighted && !fs::exists(text, error)) share = {weighted->name, weighted->number};
    if (!(share.weight > 0 && share.weight <= 1e6)) {
      return fail(ErrorCode::badArgument,
                  where + ": expected PATH=WEIGHT with a weight above 0, got '" + text + "'");
    }
    Result<std::vector<fs::path>> parts = snapshots(share.path);
    if (parts && parts->empty()) parts = foldRuns(share.path);
    if (!parts) return fail(parts.error());
    for (const fs::path& part : *parts) {
      shares.push_back({part, share.weight / static_cast<double>(parts->size())});
    }
    if (parts->empty()) shares.push_back(std::move(share));
  }
  return shares;
}

Result<Ensemble> openEnsemble(const PredictorOptions& options) {
  Result<std::vector<ModelShare>> models = parseModels(options.models);
  if (!models) return fail(models.error());
  Result<Chosen<ModeRow>> mode = parseMode(options.mode);
  if (!mode) return fail(mode.error());
  Result<std::vector<View>> views = parseViews(options.views);
  if (!views) return fail(views.error());
  return Ensemble::open(
      {.models = std::move(*models),
       .mode = std::move(*mode),
       .views = std::move(*views),
       .averaged = options.mean == "logits" ? Averaged::logits : Averaged::probabilities,
       .oneAtATime = options.oneAtATime,
       .device = options.device,
       .selfCheck = options.selfCheck,
       .engine = engineOf(options.engine),
       .note = [](const std::string& note) { std::cerr << "limbus: " << note << "\n"; }});
}

Result<void> lookAhead(const std::vector<fs::path>& files, Ensemble& models) {
  CountBar bar("looking", models.steps(files.size()));
  return models.lookAhead(
      files.size(), [&](std::size_t i) { return readImage(files[i]); },
      [&] {
        bar.step();
        return !InterruptGuard::requested();
      });
}

}  // namespace limbus
