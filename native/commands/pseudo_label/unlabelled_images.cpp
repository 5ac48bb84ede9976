#include "native/commands/pseudo_label/unlabelled_images.h"

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include "native/data/files/image_files.h"
#include "native/data/sets/named_files.h"
#include "native/data/sets/pairs.h"
#include "native/system/files.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

fs::path cleaned(const fs::path& path) {
  std::error_code error;
  const fs::path clean = fs::weakly_canonical(path, error);
  return error ? fs::absolute(path, error).lexically_normal() : clean;
}

Result<std::vector<fs::path>> linesOf(const fs::path& list) {
  const Result<std::string> text = readBytes(list);
  if (!text) return fail(text.error());
  std::vector<fs::path> files;
  Offenders missing("{file|files} that " + list.string() + " names {is|are} not there");
  std::istringstream lines(*text);
  std::error_code error;
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.empty()) continue;
    files.push_back(list.parent_path() / line);
    if (!fs::is_regular_file(files.back(), error)) missing.add(line);
  }
  if (missing.any()) return fail(missing.error());
  return files;
}

Result<std::vector<UnlabelledImage>> filesAt(const std::vector<fs::path>& paths) {
  std::vector<UnlabelledImage> found;
  std::error_code error;
  for (const fs::path& path : paths) {
    if (fs::is_directory(path, error)) {
      const auto named = namedFiles(path, imageExtensions());
      if (!named) return fail(named.error());
      for (const auto& [name, file] : *named) found.push_back({.file = file});
    } else if (!fs::exists(path, error)) {
      return fail(ErrorCode::notFound, path.string() + ": no such image, folder or list");
    } else if (isImageName(path)) {
      found.push_back({.file = path});
    } else {
      const Result<std::vector<fs::path>> listed = linesOf(path);
      if (!listed) return fail(listed.error());
      for (const fs::path& file : *listed) found.push_back({.file = file});
    }
  }
  return found;
}

Result<std::vector<UnlabelledImage>> ofTestSplit(const Recipe& recipe, const fs::path& data) {
  const Result<std::unique_ptr<Dataset>> test =
      openDataset(recipe.data, {.root = data, .split = "test", .classes = recipe.classes});
  if (!test) {
    return fail(test.error().code, test.error().message + " (say which images: --unlabelled PATH)");
  }
  std::vector<UnlabelledImage> found;
  for (std::size_t i = 0; i < (*test)->size(); ++i) {
    const SampleFacts facts = (*test)->facts(i);
    if (!facts.image.empty() && !facts.labelled) found.push_back({facts.image, facts.group});
  }
  return found;
}

// What training and validation have labels of, so that neither is predicted.
struct Known {
  std::set<fs::path> labelled;
  std::set<std::string> heldGroups;
  std::map<fs::path, std::string> groups;  // of the data set's images without a label
};

Result<Known> knownOf(const Recipe& recipe, const fs::path& data) {
  Known known;
  for (const char* split : {"train", "validation"}) {
    const Result<std::unique_ptr<Dataset>> set = openDivided(recipe.data,
                                                             {.root = data,
                                                              .split = split,
                                                              .classes = recipe.classes,
                                                              .divide = true,
                                                              .unchecked = true},
                                                             recipe.split);
    if (!set) return fail(set.error());
    for (std::size_t i = 0; i < (*set)->size(); ++i) {
      const SampleFacts facts = (*set)->facts(i);
      if (facts.labelled) {
        known.labelled.insert(cleaned(facts.image));
      } else if (!facts.group.empty()) {
        known.groups[cleaned(facts.image)] = facts.group;
      }
      if (split == std::string("validation") && !facts.group.empty()) {
        known.heldGroups.insert(facts.group);
      }
    }
  }
  const auto test =
      openDataset(recipe.data, {.root = data, .split = "test", .classes = recipe.classes});
  for (std::size_t i = 0; test && i < (*test)->size(); ++i) {  // not every data set has one
    const SampleFacts facts = (*test)->facts(i);
    if (!facts.group.empty()) known.groups[cleaned(facts.image)] = facts.group;
  }
  return known;
}

}  // namespace

Result<UnlabelledImages> unlabelledImages(const Recipe& recipe, const fs::path& data,
                                          const std::vector<fs::path>& paths) {
  Result<std::vector<UnlabelledImage>> found =
      paths.empty() ? ofTestSplit(recipe, data) : filesAt(paths);
  if (!found) return fail(found.error());
  const Result<Known> known = knownOf(recipe, data);
  if (!known) return fail(known.error());
  UnlabelledImages all;
  std::set<fs::path> seen;
  for (UnlabelledImage& one : *found) {
    one.file = cleaned(one.file);
    if (!seen.insert(one.file).second) continue;
    const auto own = known->groups.find(one.file);
    if (own != known->groups.end()) one.group = own->second;
    if (known->labelled.count(one.file) > 0) {
      ++all.labelled;
    } else if (known->heldGroups.count(one.group) > 0) {
      ++all.held;
    } else {
      all.images.push_back(std::move(one));
    }
  }
  if (all.images.empty()) {
    return fail(ErrorCode::notFound,
                "no image without a label is left (" + std::to_string(all.labelled) +
                    " have one, " + std::to_string(all.held) +
                    " are of sequences kept for validation); say which: --unlabelled PATH");
  }
  return all;
}

}  // namespace limbus
