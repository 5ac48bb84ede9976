#include "native/train/recipe/meant_key.h"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <utility>
#include <vector>

#include "native/train/recipe/recipe.h"
#include "shared/options/paths.h"

namespace limbus {
namespace {

constexpr std::pair<const char*, const char*> kOthersWords[] = {
    {"architecture", "net"},  {"batchsize", "batch"},  {"criterion", "loss"},
    {"learningrate", "lr"},   {"maxepochs", "epochs"}, {"model", "net"},
    {"network", "net"},       {"numepochs", "epochs"}, {"numworkers", "workers"},
    {"transforms", "augment"}};
constexpr const char* kFolderWords[] = {"dir", "directory", "folder", "path", "root"};

// What stands behind the last dot, in small letters alone.
std::string lastName(const std::string& path) {
  std::string name;
  for (const char c : path.substr(path.rfind('.') + 1)) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0)
      name += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return name;
}

}  // namespace

std::string meantKey(const std::string& key) {
  std::string name = lastName(key);
  for (const auto& [theirs, ours] : kOthersWords) {
    if (name == theirs) name = ours;
  }
  const std::vector<OptionDescription> options = describeOptions(Recipe());
  std::string meant;
  for (const std::string& path : optionPaths(options)) {
    const std::size_t dot = path.find('.');
    const bool alike = path.rfind('.') == dot && lastName(path) == name;
    if (!alike && !path.ends_with("." + key)) continue;
    if (dot == std::string::npos) return path;
    const OptionDescription* above = findOption(options, path.substr(0, dot));
    const bool inList = above != nullptr && above->kind == OptionDescription::Kind::list;
    if (meant.empty() && !inList) meant = path;
  }
  return meant;
}

bool meansDataFolder(const std::string& key) {
  std::string name = lastName(key);
  const bool says = name.starts_with("data");
  if (says) name = name.substr(4);
  const std::size_t dot = key.rfind('.');
  const bool ofData = dot == std::string::npos ? says : key.substr(0, dot) == "data";
  return ofData && std::ranges::find(kFolderWords, name) != std::end(kFolderWords);
}

}  // namespace limbus
