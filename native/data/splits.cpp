#include "native/data/splits.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <numeric>
#include <optional>
#include <regex>
#include <set>

#include "native/data/files/csv.h"
#include "native/data/files/image_files.h"
#include "native/data/sets/pairs.h"
#include "native/data/wrappers.h"
#include "native/system/files.h"
#include "native/system/json_files.h"
#include "native/system/utf8.h"
#include "shared/json_reader.h"
#include "shared/random.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

struct Unit {  // what stays together
  std::vector<std::size_t> samples = {};
  std::map<std::string, std::size_t> strata = {};
};

Result<std::vector<std::string>> groupsOf(const std::vector<SampleFacts>& samples,
                                          const SplitRules& rules) {
  std::vector<std::string> groups;
  Offenders without(rules.groupBy.empty() ? "{sample has|samples have} no group"
                                          : "{name does|names do} not match data.split.groupBy");
  try {
    const std::regex pattern(rules.groupBy);
    for (const SampleFacts& sample : samples) {
      std::smatch match;
      if (rules.groupBy.empty()) {
        groups.push_back(sample.group);
      } else if (std::regex_search(sample.id, match, pattern)) {
        groups.push_back(match[match.size() > 1 ? 1 : 0]);
      } else {
        groups.emplace_back();
      }
      if (groups.back().empty()) without.add(sample.id);
    }
  } catch (const std::regex_error& error) {
    return fail(ErrorCode::badArgument,
                "data.split.groupBy is no regular expression: " + std::string(error.what()));
  }
  if (!without.any()) return groups;
  const Error error = without.error();
  if (!rules.groupBy.empty()) return fail(error);
  return fail(error.code, error.message +
                              "; take it from their names with data.split.groupBy, like "
                              "\"^(.*?)_\", or from the column group of a list (data.list)");
}

std::string knownAttributes(const std::vector<SampleFacts>& samples) {
  std::set<std::string> names;
  for (const SampleFacts& sample : samples) {
    for (const auto& [name, value] : sample.attributes) names.insert(name);
  }
  if (names.empty()) {
    return "none has any: they are the columns of a list (data.list) of the dataset folder";
  }
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "known: " : ", ") + name;
  return text;
}

Result<std::vector<Unit>> unitsOf(const std::vector<SampleFacts>& samples,
                                  const SplitRules& rules) {
  std::vector<Unit> units;
  if (rules.grouped) {
    const Result<std::vector<std::string>> groups = groupsOf(samples, rules);
    if (!groups) return fail(groups.error());
    std::map<std::string, std::size_t> place;
    for (std::size_t i = 0; i < samples.size(); ++i) {
      const auto [entry, isNew] = place.emplace((*groups)[i], units.size());
      if (isNew) units.emplace_back();
      units[entry->second].samples.push_back(i);
    }
  } else {
    for (std::size_t i = 0; i < samples.size(); ++i) units.push_back({{i}});
  }
  Offenders without("{sample has|samples have} no attribute '" + rules.stratify + "'");
  for (Unit& unit : units) {
    for (const std::size_t i : unit.samples) {
      const auto value = samples[i].attributes.find(rules.stratify);
      const bool has = value != samples[i].attributes.end();
      if (!has && !rules.stratify.empty()) without.add(samples[i].id);
      ++unit.strata[has ? value->second : ""];
    }
  }
  if (!without.any()) return units;
  const Error error = without.error();
  return fail(error.code, error.message + "; " + knownAttributes(samples));
}

// {"folds": 5, "samples": {"a": 0, "b": 3}}
Json jsonOf(const std::vector<SampleFacts>& samples, const std::vector<int>& folds,
            const SplitRules& rules) {
  Json json = {{"folds", rules.folds}, {"samples", Json::object()}};
  for (std::size_t i = 0; i < samples.size(); ++i) {
    json["samples"][nameInJson(samples[i].id)] = folds[i];
  }
  return json;
}

using Parts = std::map<std::string, int>;  // by the name of a sample

tl::unexpected<Error> badPart(const std::string& name, const std::string& got,
                              const SplitRules& rules) {
  return fail(ErrorCode::badData, "part of '" + name + "': expected 0 to " +
                                      std::to_string(rules.folds - 1) + ", got " + got);
}

Result<void> checkCount(const std::string& count, const SplitRules& rules) {
  if (count == std::to_string(rules.folds)) return {};
  return fail(ErrorCode::badData, "holds " + count + " parts, data.split.folds is " +
                                      std::to_string(rules.folds) +
                                      "; change it, or name another file to divide anew");
}

// As jsonOf() writes them.
Result<Parts> partsOf(const Json& json, const SplitRules& rules) {
  if (!json.is_object() || !json.contains("samples") || !json["samples"].is_object()) {
    return fail(ErrorCode::badData, "expected {\"folds\": N, \"samples\": {\"name\": part, ...}}");
  }
  if (auto same = checkCount(json.value("folds", Json(0)).dump(), rules); !same)
    return fail(same.error());
  Parts parts;
  for (const auto& [id, part] : json["samples"].items()) {
    if (!part.is_number_integer() || part < 0 || part >= rules.folds) {
      return badPart(id, describeJson(part), rules);
    }
    parts[id] = part.get<int>();
  }
  return parts;
}

// The column of one of these names.
std::optional<std::size_t> columnOf(const CsvRow& header, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const auto found = std::find(header.fields.begin(), header.fields.end(), name);
    if (found != header.fields.end())
      return static_cast<std::size_t>(found - header.fields.begin());
  }
  return std::nullopt;
}

std::string withoutExtension(const std::string& name) {
  return isImageName(name) ? fs::path(name).replace_extension().generic_string() : name;
}

// A table with the columns image and fold, as scripts around scikit-learn's splitters write it.
// Images go by the names of their samples, or of their files.
Result<Parts> partsOf(const std::vector<CsvRow>& rows, const SplitRules& rules) {
  const CsvRow header = rows.empty() ? CsvRow() : rows.front();
  const auto fold = columnOf(header, {"fold"});
  const auto image = columnOf(header, {"image", "image_id", "id", "name", "file", "filename"});
  if (!fold || !image) {
    return fail(ErrorCode::badData, "expected the columns image and fold in its first line");
  }
  Parts parts;
  const auto add = [&](const std::string& name, int part) -> Result<void> {
    const auto [entry, isNew] = parts.emplace(name, part);
    if (isNew || entry->second == part) return {};
    return fail(ErrorCode::badData, "'" + name + "' is in two parts, " +
                                        std::to_string(entry->second) + " and " +
                                        std::to_string(part));
  };
  int most = -1;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const std::vector<std::string>& fields = rows[i].fields;
    const std::string name = *image < fields.size() ? fields[*image] : "";
    const std::string text = *fold < fields.size() ? fields[*fold] : "";
    char* end = nullptr;
    const double part = std::strtod(text.c_str(), &end);
    if (text.empty() || *end != 0 || part != std::floor(part) || part < 0 || part >= rules.folds) {
      return badPart(name, "'" + text + "'", rules);
    }
    most = std::max(most, static_cast<int>(part));
    for (const std::string& each : {name, withoutExtension(name)}) {
      if (auto added = add(each, static_cast<int>(part)); !added) return fail(added.error());
    }
  }
  if (auto same = checkCount(std::to_string(most + 1), rules); !same) return fail(same.error());
  return parts;
}

Result<Parts> readParts(const fs::path& file, const SplitRules& rules) {
  const auto named = [&](const Error& error) {
    return Error{error.code, file.string() + ": " + error.message};
  };
  std::ifstream content(file, std::ios::binary);
  const int first = (content >> std::ws).peek();
  if (!content || first == '{' || first == '[') {  // an empty one, too
    const Result<Json> json = readLongJson(file);
    if (!json) return fail(json.error());
    return partsOf(*json, rules).map_error(named);
  }
  const Result<std::string> text = readText(file);
  if (!text) return fail(text.error());
  const Result<std::vector<CsvRow>> rows = parseCsv(*text);
  if (!rows) return fail(named(rows.error()));
  return partsOf(*rows, rules).map_error(named);
}

Result<std::vector<int>> readFolds(const fs::path& file, const std::vector<SampleFacts>& samples,
                                   const SplitRules& rules) {
  const Result<Parts> known = readParts(file, rules);
  if (!known) return fail(known.error());
  std::vector<int> folds;
  Offenders missing("{sample is|samples are} not in " + file.string() +
                    " (data.split.file of another name divides anew)");
  for (const SampleFacts& sample : samples) {
    auto found = known->find(sample.id);  // a table's may be of any bytes
    if (found == known->end()) found = known->find(nameInJson(sample.id));
    if (found == known->end()) missing.add(sample.id);
    folds.push_back(found == known->end() ? 0 : found->second);
  }
  if (missing.any()) return fail(missing.error());
  return folds;
}

Result<std::vector<int>> keptFolds(const std::vector<SampleFacts>& samples,
                                   const SplitRules& rules) {
  Offenders alike("{name stands|names stand} for two samples, which no division could tell apart");
  std::set<std::string> ids;
  for (const SampleFacts& sample : samples) {
    if (!ids.insert(nameInJson(sample.id)).second) alike.add(sample.id);
  }
  if (alike.any()) {
    const Error error = alike.error();
    return fail(error.code, error.message + "; rename one image of each, or list it once");
  }
  std::error_code error;
  if (!rules.file.empty() && fs::exists(rules.file, error)) {
    return readFolds(rules.file, samples, rules);
  }
  Result<std::vector<int>> folds = foldsOf(samples, rules);
  if (!folds || rules.file.empty()) return folds;
  const std::string text = jsonOf(samples, *folds, rules).dump(1, ' ') + "\n";
  if (Result<void> written = writeBytes(rules.file, text); !written) return fail(written.error());
  return folds;
}

}  // namespace

void SplitRules::describe(OptionVisitor& v) {
  v.whole(
      "folds", folds, {0, 1000},
      "parts that the training images are divided into, the data set's own validation images left "
      "out, or all images where nothing divides them; 0: as they lie");
  v.whole("fold", fold, {0, 999}, "the part kept for validation, from 0");
  v.flag("grouped", grouped, "images of one subject or sequence stay together");
  v.text("groupBy", groupBy,
         "a regular expression whose first group names it, in an image's name: \"^(.*?)_\"");
  v.text("stratify", stratify, "an attribute whose values all parts hold alike");
  v.seed("seed", seed, "of the order in which images are dealt out");
  v.text(
      "file", file,
      "keeps the parts: written where it is not there, read where it is, also as a CSV table with "
      "the columns image and fold");
  v.require(folds != 1, "folds", "2 parts at least, or 0");
  v.require(folds == 0 || fold < folds, "fold", "expected less than folds");
  v.require(folds > 0 || (fold == 0 && file.empty()), "folds", "say into how many parts");
  v.require(groupBy.empty() || grouped, "groupBy", "wants grouped: true");
}

Result<std::vector<int>> foldsOf(const std::vector<SampleFacts>& samples, const SplitRules& rules) {
  Result<std::vector<Unit>> units = unitsOf(samples, rules);
  if (!units) return fail(units.error());
  if (units->size() < static_cast<std::size_t>(rules.folds)) {
    return fail(ErrorCode::badData, std::to_string(rules.folds) + " parts of " +
                                        std::to_string(units->size()) +
                                        (rules.grouped ? " groups" : " samples") +
                                        ": some would be empty; ask for fewer (data.split.folds)");
  }
  Random random(rules.seed, 0, 0, Purpose::split);
  std::vector<int> order = permutation(static_cast<int>(units->size()), random);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
    return (*units)[a].samples.size() > (*units)[b].samples.size();
  });
  struct Part {
    std::size_t size = 0;
    std::map<std::string, std::size_t> strata = {};
  };
  std::vector<Part> parts(static_cast<std::size_t>(rules.folds));
  std::vector<int> folds(samples.size());
  for (const int next : order) {
    const Unit& unit = (*units)[next];
    const auto crowd = [&](Part& part) {
      std::size_t alike = 0;
      for (const auto& [value, count] : unit.strata) alike += count * part.strata[value];
      return std::pair(alike, part.size);
    };
    std::size_t best = 0;
    for (std::size_t i = 1; i < parts.size(); ++i) {
      if (crowd(parts[i]) < crowd(parts[best])) best = i;
    }
    for (const auto& [value, count] : unit.strata) parts[best].strata[value] += count;
    parts[best].size += unit.samples.size();
    for (const std::size_t i : unit.samples) folds[i] = static_cast<int>(best);
  }
  return folds;
}

Result<std::unique_ptr<Dataset>> openDivided(const Chosen<DatasetRow>& data,
                                             const DatasetRequest& request,
                                             const SplitRules& rules) {
  if (rules.folds == 0 || request.split == "test") return openDataset(data, request);
  DatasetRequest all = request;
  all.split = "train";
  all.divide = false;
  all.unchecked = request.unchecked || request.split == "validation";
  Result<std::unique_ptr<Dataset>> whole = openDataset(data, all);
  if (!whole) return whole;
  std::vector<SampleFacts> samples;
  for (std::size_t i = 0; i < (*whole)->size(); ++i) samples.push_back((*whole)->facts(i));
  const Result<std::vector<int>> folds = keptFolds(samples, rules);
  if (!folds) return fail(folds.error());
  std::vector<std::size_t> indices;
  for (std::size_t i = 0; i < folds->size(); ++i) {
    if (((*folds)[i] == rules.fold) == (request.split == "validation")) indices.push_back(i);
  }
  return subset(std::move(*whole), std::move(indices));
}

SplitRules withoutWriting(SplitRules rules) {
  std::error_code error;
  if (!fs::exists(rules.file, error)) rules.file.clear();
  return rules;
}

}  // namespace limbus
