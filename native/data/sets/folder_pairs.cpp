#include "native/data/sets/folder_pairs.h"

#include <map>
#include <set>

#include "native/data/files/image_files.h"
#include "native/data/sets/folder_layout.h"
#include "native/data/sets/named_files.h"
#include "native/data/sets/sample_list.h"
#include "native/data/wrappers.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

Result<void> checkDivided(bool divided, const fs::path& what, const DatasetRequest& request) {
  if (divided || !request.splitNamed) return {};
  return fail(ErrorCode::badArgument, what.string() +
                                          " holds the images of all splits, not those of '" +
                                          request.split + "'; leave --split out to take them all");
}

const fs::path* maskOf(const std::string& name, const std::map<std::string, fs::path>& masks,
                       const std::vector<std::string>& suffixes) {
  if (const auto same = masks.find(name); same != masks.end()) return &same->second;
  for (const std::string& suffix : suffixes) {
    if (const auto found = masks.find(name + suffix); found != masks.end()) return &found->second;
  }
  return nullptr;
}

// Of the files of one folder those that are called like another of them with a suffix.
std::map<std::string, fs::path> masksAmong(const std::map<std::string, fs::path>& files,
                                           const std::vector<std::string>& suffixes) {
  std::map<std::string, fs::path> masks;
  for (const auto& [name, file] : files) {
    for (const std::string& suffix : suffixes) {
      const auto mask = files.find(name + suffix);
      if (mask != files.end()) masks.insert(*mask);
    }
  }
  return masks;
}

// Where the other part has a folder of its own, all images are not those of a part that has none.
Result<void> checkNoOther(const DatasetRequest& request) {
  for (const char* split : {"train", "validation"}) {
    DatasetRequest other = request;
    other.split = split;
    const std::string pattern = findLayout(other).images;
    if (request.split == split || pattern.find("{split}") == std::string::npos) continue;
    return fail(ErrorCode::notFound, splitPath(request, pattern).string() +
                                         ": no such folder beside " +
                                         splitPath(other, pattern).string() + kAddOrDivide);
  }
  return {};
}

// Where an image's mask would lie that is not there.
fs::path expectedMask(const std::string& name, const fs::path& pattern) {
  constexpr std::string_view kName = "{name}";
  std::string text = pattern.string();
  const std::size_t at = text.find(kName);
  return at == std::string::npos ? pattern / (name + ".png")
                                 : fs::path(text.replace(at, kName.size(), name));
}

}  // namespace

const std::vector<std::string>& usualSuffixes() {
  static const std::vector<std::string> suffixes = {
      "_mask", "_masks",        "_gt",    "_label", "_labels",
      "_seg",  "_segmentation", "_annot", "_L",     "_cp_masks"};
  return suffixes;
}

Result<FoundPairs> listedPairs(const DatasetRequest& request, const std::string& name) {
  const fs::path file = splitPath(request, name);
  Result<SampleList> list = readSampleList(file, request.root, request.split);
  if (!list) return fail(list.error());
  const bool divided = list->divided || name.find("{split}") != std::string::npos;
  if (Result<void> checked = checkDivided(divided, file, request); !checked) {
    return fail(checked.error());
  }
  return FoundPairs{std::move(list->pairs), divided};
}

Result<FoundPairs> folderPairs(const DatasetRequest& request, const FolderPlaces& places) {
  FolderLayout layout;
  if (places.images.empty() || places.masks.empty()) layout = findLayout(request);
  if (!places.images.empty()) layout.images = places.images;
  if (!places.masks.empty() || !places.hasMasks) layout.masks = places.masks;
  const fs::path imagePattern = splitPath(request, layout.images);
  const bool divided = layout.images.find("{split}") != std::string::npos;
  if (!divided && places.images.empty()) {
    if (Result<void> alone = checkNoOther(request); !alone) return fail(alone.error());
  }
  if (Result<void> checked = checkDivided(divided, imagePattern, request); !checked) {
    return fail(checked.error());
  }
  Result<std::map<std::string, fs::path>> images = namedFiles(imagePattern, imageExtensions());
  if (!images) return fail(images.error());
  const bool among = layout.masks.empty() && places.hasMasks;
  const fs::path maskPattern = among ? imagePattern : splitPath(request, layout.masks);
  std::map<std::string, fs::path> masks;
  if (among || !layout.masks.empty()) {
    std::vector<std::string> extensions = imageExtensions();
    extensions.insert(extensions.end(), {".npy", ".mat"});
    auto found = namedFiles(maskPattern, extensions);
    if (!found) return fail(found.error());
    masks = among ? masksAmong(*found, places.suffixes) : std::move(*found);
  }
  if (among && masks.empty() && !images->empty() && !request.unlabelled) {
    return fail(ErrorCode::badData, "no masks found beside " + imagePattern.string() +
                                        "; name their folder or pattern with data.masks (without a "
                                        "recipe: --option masks=...), "
                                        "or \"\" for none");
  }
  std::set<fs::path> isMask;  // of one folder that holds both
  for (const auto& [name, file] : masks) isMask.insert(file);
  FoundPairs found{{}, divided};
  Offenders missing("{image has|images have} no mask in " + maskPattern.string());
  std::size_t lacking = 0;
  for (const auto& [name, file] : *images) {
    if (isMask.count(file) != 0) continue;
    PairFiles pair{.id = name, .image = file};
    if (places.hasMasks && !request.unlabelled) {
      const fs::path* mask = maskOf(name, masks, places.suffixes);
      if (mask == nullptr) {
        ++lacking;
        missing.add(file.string());
        pair.mask = expectedMask(name, maskPattern);
      } else {
        pair.mask = *mask;
      }
    }
    found.pairs.push_back(std::move(pair));
  }
  const bool few = 2 * lacking < images->size();
  if (missing.any() && !(few && request.unchecked)) {
    const Error error = missing.error();
    return fail(error.code, error.message + (few ? "; give them masks, or take them away"
                                                 : "; names that differ are paired by patterns, "
                                                   "such as data.images \"images/img_{name}.png\" "
                                                   "and data.masks \"masks/gt_{name}.png\""));
  }
  if (found.pairs.empty()) {
    return fail(ErrorCode::notFound,
                imagePattern.string() + ": no images there, such as .png, .jpg or .tif files");
  }
  return found;
}

std::string ownName(std::set<std::string>& taken, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (taken.insert(name).second) return name;
  }
  return names.back();
}

std::vector<PairFiles> fifthOf(const std::string& split, const std::vector<PairFiles>& pairs) {
  std::vector<PairFiles> share;
  for (std::size_t i : foldIndices(pairs.size(), {.folds = 5, .held = 4}, split == "validation")) {
    share.push_back(pairs[i]);
  }
  return share;
}

}  // namespace limbus
