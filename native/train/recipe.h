// One training run as one JSON file (models/recipes/*.json).
//
//   {"name": "eyes", "description": "", "licence": "MIT", "trainingData": "",
//    "net": {"name": "dabnet", "width": 18},
//    "input": {...}, "classes": [...], "regions": {...},      as in manifest.h
//    "data": {"dataset": "openeds2019", ...},                 the rest are the dataset's options
//    "augment": [{"name": "flipHorizontal", "p": 0.5}],
//    "loss": {"name": "dice+focal/10", "gamma": 1},           a plain string is a name without
//    options "optimizer": {"name": "adamw", "weightDecay": 1e-4}, "schedule": {"name":
//    "twoPhaseCosine", "lr": 0.01}, "epochs": 40, "batch": 64, "workers": 4, "seed": 42,
//    "emaDecay": 0, "bestMetric": "mIoU"}
//
// name, net, input, classes, data and epochs must be given. Unknown keys and names are refused with
// what is known. `--set key=value` overrides by dotted path before parsing: --set net.width=12
// --set augment.0.p=0.3 --set loss=ce; a value that is not JSON is a string.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "native/data/augment.h"
#include "shared/manifest.h"
#include "shared/nets/nets.h"
#include "shared/options.h"
#include "shared/result.h"

namespace limbus {

struct Recipe {
  std::string name;
  std::string description, licence, trainingData;  // go into the manifest
  std::string netName;
  OptionValues net;  // complete; inputChannels and classes are filled in from below
  InputSpec input;
  std::vector<ClassSpec> classes;
  RegionSpec regions;
  std::string dataset = "openeds2019";
  std::string datasetOptionsJson = "{}";
  std::vector<Augmentation> augmentations;
  NamedOptions loss{"ce", {}};  // ce | dice | focal | dice+focal/10 | ...
  NamedOptions optimizer{"adamw", {}};
  NamedOptions schedule{"twoPhaseCosine", {}};
  int epochs = 1;
  int batch = 8;
  int workers = 2;
  std::uint64_t seed = 42;
  double emaDecay = 0;  // 0: no averaging of the weights
  std::string bestMetric = "mIoU";
  std::string source;  // as given
  std::string json;    // as run, overrides applied
};

Result<Recipe> parseRecipe(const std::string& json, const std::vector<std::string>& overrides);
Result<Recipe> readRecipe(const std::filesystem::path& file,
                          const std::vector<std::string>& overrides);

// Complete, with every default spelled out; parses to the same recipe.
std::string completeJson(const Recipe& recipe);

// The manifest of what this recipe trains; scores and parameter count are filled in on export.
Manifest manifestOf(const Recipe& recipe);

}  // namespace limbus
