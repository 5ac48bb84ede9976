// The data set that a verb is pointed at, by all its splits.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "native/data/dataset.h"
#include "shared/result.h"

namespace limbus {

struct DataSourceOptions {
  std::filesystem::path root;
  std::string dataset = "folder";
  std::vector<std::string> options;  // KEY=VALUE
  std::filesystem::path recipe;      // instead: its data set, its classes and its data.split
  std::optional<int> fold;           // the recipe's part that is held out; none: as it says
  std::string split;                 // empty: all
};

// What --dataset and --option (KEY=VALUE) name.
Result<Chosen<DatasetRow>> chooseDataset(const std::string& name,
                                         const std::vector<std::string>& options);

// DIR, --dataset, --option, --recipe, --fold and --split.
void addDataSourceOptions(CLI::App& command, DataSourceOptions& options);

struct OpenedSplit {
  std::string split;  // "all": nothing divides the images
  std::unique_ptr<Dataset> samples;
};
struct OpenedData {
  std::string dataset;
  std::vector<OpenedSplit> splits;
  std::vector<std::string> leftOut = {};  // "validation: why", where something is called like it
  std::size_t size() const;
};

// Files are matched but not yet checked. Splits that are not there are left out; one at least is.
Result<OpenedData> openDataSource(const DataSourceOptions& options);

// A line on stderr for each split that is left out.
void tellLeftOut(const OpenedData& data);

}  // namespace limbus
