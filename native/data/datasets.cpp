// The table of datasets: one file and one row each.
#include <cctype>

#include "native/data/dataset.h"
#include "shared/hash.h"
#include "shared/options/rows.h"

namespace limbus {

// Of the files of sets/.
DatasetRow ade20kRow();
DatasetRow ade20kFullRow();
DatasetRow camvidRow();
DatasetRow cityscapesRow();
DatasetRow cocoRow();
DatasetRow cocoStuffRow();
DatasetRow cvatRow();
DatasetRow folderRow();
DatasetRow labelmeRow();
DatasetRow mapillaryRow();
DatasetRow openEds2019Row();
DatasetRow openEds2020Row();
DatasetRow renderedRow();
DatasetRow satelliteRow();
DatasetRow signateRow();
DatasetRow vocRow();
DatasetRow yoloRow();

namespace {

// What data sets call a split beside its usual name.
const std::vector<std::string>& otherNames(const std::string& split) {
  static const std::map<std::string, std::vector<std::string>> names = {
      {"train", {"training"}}, {"validation", {"val", "valid"}}, {"test", {"testing"}}};
  static const std::vector<std::string> none;
  const auto known = names.find(split);
  return known == names.end() ? none : known->second;
}

// What a folder that is not laid out like this data set wants to hear.
Error withLayout(const Error& error, const DatasetRow& row, const DatasetRequest& request) {
  std::string names;
  const std::string named = "/" + request.split;
  const std::size_t at = error.message.find(named);
  if (at != std::string::npos &&
      std::isalnum(static_cast<unsigned char>(error.message[at + named.size()])) == 0) {
    for (const std::string& other : otherNames(request.split)) names += " or " + other;
    if (!names.empty()) names = "'" + request.split + "' may be called" + names.substr(3) + "; ";
  }
  return {error.code, error.message + " (" + names + row.name + " is laid out as " + row.summary +
                          "; another layout: --dataset)"};
}

}  // namespace

const std::vector<DatasetRow>& datasets() {
  static const std::vector<DatasetRow> rows = {
      openEds2019Row(), openEds2020Row(), folderRow(), renderedRow(),  camvidRow(),
      vocRow(),         cityscapesRow(),  ade20kRow(), cocoStuffRow(), mapillaryRow(),
      signateRow(),     satelliteRow(),   cocoRow(),   yoloRow(),      labelmeRow(),
      cvatRow(),        ade20kFullRow()};
  return rows;
}

std::string whichSamples(const Dataset& samples) {
  std::uint64_t hash = kFnvStart;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const std::string name = samples.facts(i).id + '\n';
    hash = fnv1a64(name.data(), name.size(), hash);
  }
  return std::to_string(samples.size()) + " of hash " + hashText(hash);
}

std::vector<std::string> absentClasses(const Dataset& samples,
                                       const std::vector<ClassSpec>& classes) {
  const LabelSet labels = samples.labels();
  std::vector<std::string> absent;
  for (std::size_t i = 0; i < classes.size(); ++i) {
    if (!labels[i]) absent.push_back(classes[i].name);
  }
  return absent;
}

SampleFacts Dataset::facts(std::size_t index) const {
  return {.id = std::to_string(index), .group = ""};
}

std::filesystem::path splitPath(const DatasetRequest& request, const std::string& pattern) {
  const auto named = [&](const std::string& split) {
    static const std::string kSplit = "{split}";
    std::string path = pattern;
    for (std::size_t at = path.find(kSplit); at != std::string::npos; at = path.find(kSplit, at)) {
      path.replace(at, kSplit.size(), split);
    }
    return request.root / path;
  };
  const std::filesystem::path path = named(request.split);
  std::error_code error;
  if (std::filesystem::exists(path, error)) return path;
  for (const std::string& other : otherNames(request.split)) {
    const std::filesystem::path there = named(other);
    if (std::filesystem::exists(there, error)) return there;
  }
  return path;
}

Result<std::unique_ptr<Dataset>> openDataset(const Chosen<DatasetRow>& data,
                                             const DatasetRequest& request) {
  const DatasetRow* row = data.row;
  const std::string name = row->name;
  if (request.split != "train" && request.split != "validation" && request.split != "test") {
    return fail(ErrorCode::badArgument,
                unknownName("split", request.split, {"train", "validation", "test"}));
  }
  if (!row->needsRoot && !request.root.empty()) {
    return fail(ErrorCode::badArgument,
                "dataset " + name +
                    " makes its own images and takes no --data; for images of yours, train with "
                    "--set 'data={\"dataset\":\"folder\"}' or evaluate with --dataset folder");
  }
  if (row->needsRoot) {
    std::error_code error;
    if (request.root.empty()) {
      return fail(ErrorCode::badArgument,
                  "dataset " + name + " lies on disk; say where with --data DIR");
    }
    if (!std::filesystem::is_directory(request.root, error)) {
      return fail(ErrorCode::notFound, request.root.string() + ": no such folder");
    }
  }
  Result<std::unique_ptr<Dataset>> opened = row->open(request, data.options);
  if (opened || !row->needsRoot || opened.error().code != ErrorCode::notFound) return opened;
  return fail(withLayout(opened.error(), *row, request));
}

}  // namespace limbus
