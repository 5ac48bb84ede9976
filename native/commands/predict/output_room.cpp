#include "native/commands/predict/output_room.h"

#include <iostream>
#include <map>

#include "native/commands/parts/output_folder.h"
#include "native/data/files/image_files.h"
#include "native/system/files.h"
#include "native/system/folder.h"
#include "native/system/text.h"
#include "shared/hash.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

// "a, b and 3 more": those of a folder that hold images.
std::string subfoldersOf(const fs::path& folder, const fs::path& out) {
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : entriesOf(folder)) {
    const std::string name = entry.path().filename().string();
    std::error_code error;
    if (name[0] == '.' || !entry.is_directory(error) || liesIn(entry.path(), out)) continue;
    if (!listImages(entry.path())) continue;
    names.push_back(name);
  }
  return names.empty() ? "" : joinFirst(names, 3);
}

// That --out is there for the taking; `begun`: it holds what --resume goes on with.
Result<void> checkOut(const PredictArguments& arguments, bool begun) {
  if (begun || arguments.force) return {};
  const std::string out = arguments.out.string();
  if (holdsUnfinishedMasks(arguments.out)) {
    return fail(ErrorCode::badArgument, out +
                                            ": holds a stopped prediction; go on with --resume, or "
                                            "choose another output");
  }
  Result<void> free = checkOutput(arguments.out, false);
  if (free || !arguments.resume) return free;
  return fail(ErrorCode::badArgument,
              out + ": holds files, but no prediction to go on with; choose another output");
}

// That the masks of before are those of `images`: what is said to be finished is.
Result<void> checkBegun(const PredictArguments& arguments, const std::vector<fs::path>& images,
                        const MaskedImages& begun) {
  std::map<std::string, std::string> wanted;
  for (const fs::path& image : images) wanted[maskName(image)] = notedPath(image);
  for (const auto& [mask, image] : begun) {
    const auto found = wanted.find(mask);
    if (found != wanted.end() && found->second == image) continue;
    return fail(ErrorCode::badArgument, (arguments.out / mask).string() + ": is the mask of " +
                                            image +
                                            ", which --images does not name; choose "
                                            "another output");
  }
  return {};
}

}  // namespace

Result<std::vector<fs::path>> collectImages(const std::vector<fs::path>& paths,
                                            const fs::path& out) {
  std::vector<fs::path> images;
  std::error_code error;
  for (const fs::path& path : paths) {
    if (!fs::exists(path, error)) {
      return fail(ErrorCode::notFound, path.string() + ": no such image or folder");
    }
    if (!fs::is_directory(path, error)) {
      images.push_back(path);
      continue;
    }
    Result<std::vector<fs::path>> inside = listImages(path);
    const std::string below = subfoldersOf(path, out);
    const std::string hint =
        below.empty() ? "" : "images lie in its folders " + below + ", which --images may name";
    if (!inside) {
      return fail(inside.error().code, inside.error().message + (hint.empty() ? "" : "; ") + hint);
    }
    if (!hint.empty()) std::cerr << "limbus: " << path.string() << ": more " << hint << "\n";
    images.insert(images.end(), inside->begin(), inside->end());
  }
  return images;
}

std::string maskName(const fs::path& image) { return image.stem().string() + ".png"; }
std::string overlayName(const fs::path& image) { return image.stem().string() + "-overlay.png"; }
std::string numbersName(const fs::path& image) { return image.stem().string() + "-numbers.png"; }

bool liesBeside(const fs::path& image, const fs::path& masks) {
  std::error_code error;
  return fs::equivalent(image.parent_path().empty() ? "." : image.parent_path(), masks, error);
}

Result<void> checkRoom(const PredictArguments& arguments, const std::vector<fs::path>& images,
                       const std::optional<MaskedImages>& begun) {
  if (Result<void> free = checkOut(arguments, begun.has_value()); !free) return free;
  std::map<std::string, fs::path> makers;
  std::error_code error;
  for (const fs::path& image : images) {
    std::vector<std::string> names = {maskName(image)};
    if (arguments.overlay) names.push_back(overlayName(image));
    if (arguments.numbers) names.push_back(numbersName(image));
    for (const std::string& name : names) {
      const auto [maker, isNew] = makers.emplace(name, image);
      if (!isNew) {
        return fail(ErrorCode::badArgument, maker->second.string() + " and " + image.string() +
                                                " would both write " + name +
                                                "; predict them apart");
      }
    }
  }
  if (begun) {
    if (Result<void> same = checkBegun(arguments, images, *begun); !same) return same;
  }
  for (const fs::path& image : images) {
    if (!liesBeside(image, arguments.out) || makers.count(image.filename().string()) == 0) {
      continue;
    }
    return fail(ErrorCode::badArgument, "the masks would replace the images, such as " +
                                            image.string() + "; choose another --out");
  }
  if (arguments.regions.empty()) return {};
  const fs::path folder = arguments.regions.parent_path();
  const bool amongMasks =
      (folder / "").lexically_normal() == (arguments.out / "").lexically_normal();
  if (!folder.empty() && !amongMasks && !fs::is_directory(folder, error)) {
    return fail(ErrorCode::notFound, folder.string() + ": no such folder");
  }
  Result<void> free = checkOutput(arguments.regions, arguments.force);
  if (free || !arguments.resume) return free;
  const Result<std::string> before = readBytes(arguments.regions);
  if (before && bytesHash(*before) == notedRegions(arguments.out)) return {};
  return fail(ErrorCode::badArgument,
              arguments.regions.string() + ": exists already; choose another file");
}

}  // namespace limbus
