#include "native/data/folder_layout.h"

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
  const FolderLayout usual{"{split}/images", "{split}/masks"};
  FolderLayout imagesOnly;
  for (const Candidates& layout : layouts) {
    const std::string images = firstThere(request, layout.images);
    if (images.empty()) continue;
    const std::string masks = firstThere(request, layout.masks);
    if (!masks.empty()) return {images, masks};
    if (imagesOnly.images.empty()) imagesOnly = {images, layout.masks.front()};
  }
  std::error_code error;
  if (!imagesOnly.images.empty()) return imagesOnly;
  const bool divided = std::filesystem::is_directory(splitPath(request, "{split}"), error);
  return divided ? usual : FolderLayout{"images", "masks"};
}

}  // namespace limbus
