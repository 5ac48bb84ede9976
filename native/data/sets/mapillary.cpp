// Mapillary Vistas (Neuhold et al., ICCV 2017), versions 1.2 and 2.0:
//
//   ROOT/config_v1.2.json                              names and colours
//   ROOT/{training,validation,testing}/images/<id>.jpg
//   ROOT/{training,validation}/v1.2/labels/<id>.png    palette: places in the file's list
//
// A class that the file does not evaluate takes no part.
#include "native/data/sets/published.h"
#include "native/system/json_files.h"
#include "shared/json_reader.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

struct MapillaryOptions : PublishedOptions {
  std::string version;

  void describe(OptionVisitor& v) {
    v.choice("version", version, {"v1.2", "v2.0"}, "of the labels; left out: the newest there is");
    PublishedOptions::describe(v);
  }
};

bool isScored(const Json& labels, int number) {
  const auto place = static_cast<std::size_t>(number);
  return place >= labels.size() || !labels[place].is_object() ||
         labels[place].value("evaluate", Json(true)) != false;
}

Result<ClassTable> tableOf(const fs::path& config) {
  Result<ClassTable> table = readClassFile(config);
  if (!table) return table;
  const Result<Json> json = readJson(config);
  if (!json) return fail(json.error());
  const Json labels = json->is_object() ? json->value("labels", Json()) : Json();
  if (!labels.is_array()) {
    return fail(ErrorCode::badData, config.string() + ": expected a list under \"labels\"");
  }
  std::vector<ClassTable::Entry> scored;
  for (const ClassTable::Entry& entry : table->entries) {
    if (isScored(labels, entry.number)) {
      scored.push_back(entry);
    } else {
      table->voidNumbers.push_back(entry.number);
      table->voidColours.push_back(entry.colour);
    }
  }
  table->entries = std::move(scored);
  return table;
}

Result<std::unique_ptr<Dataset>> openMapillary(const DatasetRequest& request,
                                               const MapillaryOptions& options) {
  std::vector<std::string> versions = {"v2.0", "v1.2"};
  if (!options.version.empty()) versions = {options.version};
  std::error_code error;
  for (const std::string& version : versions) {
    const fs::path config = request.root / ("config_" + version + ".json");
    if (!fs::exists(config, error)) continue;
    const Result<ClassTable> table = tableOf(config);
    if (!table) return fail(table.error());
    auto pairs = pairsByName(request, splitPath(request, "{split}") / "images",
                             splitPath(request, "{split}") / version / "labels");
    if (!pairs) return fail(pairs.error());
    return openPublished(std::move(*pairs), *table, LabelValues::either, request, options);
  }
  return fail(ErrorCode::notFound, request.root.string() + ": no config_" + versions.front() +
                                       ".json, which names the classes");
}

}  // namespace

DatasetRow mapillaryRow() {
  return {"mapillary",
          "{training,validation}/images beside v1.2/labels or v2.0/labels; classes of the config",
          MapillaryOptions{},
          true,
          typed<openMapillary>,
          nullptr,
          "imagenet"};
}

}  // namespace limbus
