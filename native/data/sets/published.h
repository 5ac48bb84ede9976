// What readers of published data sets have in common: masks in files, names and colours in a table.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "native/data/sets/class_table.h"
#include "native/data/sets/pairs.h"

namespace limbus {

struct PublishedOptions {
  std::string others;
  bool audit = true;

  void describe(OptionVisitor& v);
};

// Pairs of equal names (patterns of named_files.h). Without a folder of masks a test split has
// images alone; everywhere else images without a mask are an error that names them.
Result<std::vector<PairFiles>> pairsByName(const DatasetRequest& request,
                                           const std::filesystem::path& images,
                                           const std::filesystem::path& masks);

// Gives each pair the first folder of its name as its group: a city, a scene.
void groupByFolder(std::vector<PairFiles>& pairs);

// The first of these below the root that is there, or the first of all.
std::filesystem::path firstPlace(const DatasetRequest& request,
                                 const std::vector<std::string>& patterns);

// `colours`: more of them, by the name of the class in the table. `divided`: for
// Dataset::divided().
Result<std::unique_ptr<Dataset>> openPublished(
    std::vector<PairFiles> pairs, const ClassTable& table, LabelValues values,
    const DatasetRequest& request, const PublishedOptions& options,
    const std::vector<std::pair<Rgb, std::string>>& colours = {}, bool divided = true);

}  // namespace limbus
