// Datasets and augmentations as a recipe's JSON names them.
#pragma once

#include <string>
#include <vector>

#include "native/data/augment/augment.h"
#include "native/data/dataset.h"
#include "shared/options/json.h"

struct DataQuestion {
  std::filesystem::path root;
  std::string split;
  std::vector<limbus::ClassSpec> classes;
  std::string options = "{}";
  bool divide = false, splitNamed = false;
};

inline limbus::Result<std::unique_ptr<limbus::Dataset>> openDataset(const std::string& name,
                                                                    const DataQuestion& question) {
  const limbus::Result<limbus::Json> options = limbus::parseJson(question.options, "data");
  if (!options) return limbus::fail(options.error());
  const auto data = limbus::chooseRow(limbus::datasets(), "dataset", name, *options, "data");
  if (!data) return limbus::fail(data.error());
  return limbus::openDataset(*data, {.root = question.root,
                                     .split = question.split,
                                     .classes = question.classes,
                                     .divide = question.divide,
                                     .splitNamed = question.splitNamed});
}

// `text`: the list that stands under "augment".
inline limbus::Result<std::vector<limbus::Augmentation>> parseAugmentations(
    const std::string& text) {
  const limbus::Result<limbus::Json> json = limbus::parseJson("{\"augment\":" + text + "}", "");
  if (!json) return limbus::fail(json.error());
  std::vector<limbus::Augmentation> list;
  auto read = limbus::readObject(
      *json, "", [&](limbus::OptionVisitor& v) { limbus::describeAugmentations(v, list); });
  if (!read) return limbus::fail(read.error());
  return list;
}
