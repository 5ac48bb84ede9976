// Any data set as the generic folder that `folder` reads without options.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "native/data/dataset.h"

namespace limbus {

// A sample's id as a path below a folder: neither above it nor absolute.
std::filesystem::path safePath(const std::string& id);

struct NamedPart {
  std::string split;
  const Dataset* samples = nullptr;
};

struct SampleFiles {
  std::filesystem::path image, mask;  // below the root
};

// Of each sample of each part, whether it has a mask or not. Two that would be one file, also of
// parts of one name, are an error.
Result<std::vector<std::vector<SampleFiles>>> genericFiles(const std::vector<NamedPart>& parts);

// Writes samples `parts` into `root`, which is empty: {split}/images/<id> and
// {split}/masks/<id>.png (without the folder of a split where its name is empty), masks of class
// numbers with 255 for void; classes.json; samples.csv where groups or attributes are known. An
// image file that is PNG or JPEG is copied byte for byte.
Result<void> writeGenericFolder(const std::vector<NamedPart>& parts,
                                const std::filesystem::path& root,
                                const std::function<void()>& written = {});

}  // namespace limbus
