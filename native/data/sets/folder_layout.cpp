#include "native/data/sets/folder_layout.h"

#include "native/data/files/image_files.h"
#include "native/system/files.h"

namespace limbus {
namespace {

const std::vector<std::string>& imageNames() {
  static const std::vector<std::string> names = {"images", "image", "imgs", "img", "JPEGImages"};
  return names;
}

const std::vector<std::string>& maskNames() {
  static const std::vector<std::string> names = {
      "masks",        "mask",        "labels",           "label",
      "lbl",          "annotations", "annotation",       "annot",
      "ground_truth", "gt",          "SegmentationClass"};
  return names;
}

// The first name whose folder is there, in place of NAME; empty: none.
std::string firstThere(const DatasetRequest& request, const std::vector<std::string>& patterns) {
  std::error_code error;
  for (const std::string& pattern : patterns) {
    if (std::filesystem::is_directory(splitPath(request, pattern), error)) return pattern;
  }
  return "";
}

// Itself, not in folders below it.
bool holdsImages(const std::filesystem::path& folder) {
  const Result<std::vector<std::filesystem::path>> files = listFiles(folder, imageExtensions());
  return files && !files->empty();
}

std::vector<std::string> around(const std::string& before, const std::vector<std::string>& names,
                                const std::string& after) {
  std::vector<std::string> patterns;
  for (const std::string& name : names) {
    patterns.push_back(before);
    patterns.back().append(name).append(after);
  }
  return patterns;
}

}  // namespace

FolderLayout findLayout(const DatasetRequest& request) {
  struct Candidates {
    std::vector<std::string> images, masks;
  };
  std::vector<std::string> beside;
  for (const char* joint : {"", "_", "-"}) {
    for (const std::string& name : maskNames()) {
      beside.push_back(std::string("{split}") + joint + name);
    }
  }
  const Candidates layouts[] = {
      {around("{split}/", imageNames(), ""), around("{split}/", maskNames(), "")},
      {around("", imageNames(), "/{split}"), around("", maskNames(), "/{split}")},
      {{"{split}"}, beside},
      {around("", imageNames(), ""), around("", maskNames(), "")},
  };
  FolderLayout imagesOnly;
  for (const Candidates& layout : layouts) {
    const std::string images = firstThere(request, layout.images);
    if (images.empty()) continue;
    const std::string masks = firstThere(request, layout.masks);
    if (!masks.empty()) return {images, masks};
    if (imagesOnly.images.empty()) imagesOnly = {images, ""};
  }
  if (!imagesOnly.images.empty()) return imagesOnly;
  return holdsImages(request.root) ? FolderLayout{"*", ""} : FolderLayout{"images", ""};
}

}  // namespace limbus
