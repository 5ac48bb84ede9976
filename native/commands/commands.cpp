#include "native/commands/commands.h"

namespace limbus {

const std::vector<CommandRow>& commands() {
  static const std::vector<CommandRow> rows = {
      {"synth", "Render eye images with exact masks", configureSynth},
      {"train", "Train a network as a recipe says", configureTrain},
      {"evaluate", "Score a model on labelled images", configureEvaluate},
      {"predict", "Segment images", configurePredict},
      {"export", "Write a trained model as one .onnx file", configureExport},
      {"import", "Take over weights of PyTorch, safetensors or ONNX", configureImport},
      {"inspect", "Show what a network, a run or an .onnx file is", configureInspect},
      {"manifest", "Say what a foreign .onnx file means, and write it into it", configureManifest},
      {"recipe", "Check a recipe, and say what recipes may say", configureRecipe},
      {"augment", "Draw what a recipe's augmentations make of images", configureAugment},
      {"plot-schedule", "Draw a recipe's learning rate over its run", configurePlotSchedule},
      {"lr-range", "Find between which learning rates a recipe learns", configureLrRange},
      {"runs", "List the training runs in a folder", configureRuns},
      {"compare", "Show what runs differ in, and how each ended", configureCompare},
      {"tune", "Search for values of a recipe", configureTune},
      {"sweep-size", "Train a network in several sizes, and draw score over cost",
       configureSweepSize},
      {"pseudo-label", "Train on a model's surest predictions for unlabelled images",
       configurePseudoLabel},
      {"data", "Numbers of a data set, what is wrong with it, one form for all", configureData},
      {"list", "Show what there is: nets, losses, datasets, ...", configureList},
      {"completion", "Print a completion script for bash or zsh", configureCompletion},
  };
  return rows;
}

}  // namespace limbus
