#include "native/data/sets/published.h"

#include "native/data/files/image_files.h"
#include "native/data/sets/named_files.h"

namespace limbus {

namespace fs = std::filesystem;

void PublishedOptions::describe(OptionVisitor& v) {
  describeOthers(v, others);
  v.flag("audit", audit, "read every label, and the size of every image, before anything else");
}

Result<std::vector<PairFiles>> pairsByName(const DatasetRequest& request, const fs::path& images,
                                           const fs::path& masks) {
  const auto files = namedFiles(images, imageExtensions());
  if (!files) return fail(files.error());
  if (files->empty()) return fail(ErrorCode::notFound, images.string() + ": no such images");
  Result<std::map<std::string, fs::path>> labels = namedFiles(masks, imageExtensions());
  const bool labelled = request.split != "test" || (labels && !labels->empty());
  if (labelled && !labels) return fail(labels.error());
  std::vector<PairFiles> pairs;
  Offenders missing("{image has|images have} no mask like " + masks.string());
  for (const auto& [name, file] : *files) {
    PairFiles pair{.id = name, .image = file};
    if (labelled) {
      const auto mask = labels->find(name);
      if (mask == labels->end()) {
        missing.add(file.string());
      } else {
        pair.mask = mask->second;
      }
    }
    pairs.push_back(std::move(pair));
  }
  if (missing.any()) return fail(missing.error());
  return pairs;
}

void groupByFolder(std::vector<PairFiles>& pairs) {
  for (PairFiles& pair : pairs) {
    const std::size_t slash = pair.id.find('/');
    if (slash != std::string::npos) pair.group = pair.id.substr(0, slash);
  }
}

fs::path firstPlace(const DatasetRequest& request, const std::vector<std::string>& patterns) {
  std::error_code error;
  for (const std::string& pattern : patterns) {
    fs::path place = splitPath(request, pattern);
    if (fs::exists(place, error)) return place;
  }
  return splitPath(request, patterns.front());
}

Result<std::unique_ptr<Dataset>> openPublished(
    std::vector<PairFiles> pairs, const ClassTable& table, LabelValues values,
    const DatasetRequest& request, const PublishedOptions& options,
    const std::vector<std::pair<Rgb, std::string>>& colours, bool divided) {
  Result<LabelMap> labels = labelMapOf(table, request, values, options.others, colours);
  if (!labels) return fail(labels.error());
  PairRules rules{
      .labels = std::move(*labels), .classes = chosenClasses(table, request), .divided = divided};
  return checkedPairs(std::move(pairs), std::move(rules), options.audit, request);
}

}  // namespace limbus
