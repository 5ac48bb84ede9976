#include "native/data/file_states.h"

#include <sys/stat.h>

#include <algorithm>

#include "native/system/parallel_for.h"
#include "shared/hash.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

struct FileState {
  std::int64_t bytes = -1;  // a file that cannot be looked at
  std::int64_t changedUs = 0;
};

std::vector<fs::path> filesOf(const std::vector<const Dataset*>& sets) {
  std::vector<fs::path> files;
  for (const Dataset* set : sets) {
    for (std::size_t i = 0; i < set->size(); ++i) {
      SampleFacts facts = set->facts(i);
      for (fs::path* file : {&facts.image, &facts.mask}) {
        if (!file->empty()) files.push_back(std::move(*file));
      }
    }
  }
  return files;
}

FileState stateOf(const fs::path& file) {
  struct stat found {};
  if (::stat(file.c_str(), &found) != 0) return {};
  return {found.st_size,
          std::int64_t{found.st_mtim.tv_sec} * 1000000 + found.st_mtim.tv_nsec / 1000};
}

// Far folders answer slowly, each question for itself.
std::vector<FileState> statesOf(const std::vector<fs::path>& files) {
  constexpr int kThreads = 8;
  constexpr std::size_t kAtOnce = 256;
  std::vector<FileState> states(files.size());
  static_cast<void>(parallelFor(
      (files.size() + kAtOnce - 1) / kAtOnce, {.task = "looking at files", .threads = kThreads},
      [&](std::size_t part) -> Result<void> {
        const std::size_t end = std::min(files.size(), (part + 1) * kAtOnce);
        for (std::size_t i = part * kAtOnce; i < end; ++i) {
          states[i] = stateOf(files[i]);
        }
        return {};
      }));
  return states;
}

}  // namespace

FileStates fileStates(const std::vector<const Dataset*>& sets) {
  const std::vector<FileState> all = statesOf(filesOf(sets));
  FileStates states;
  std::uint64_t hash = kFnvStart;
  for (const FileState& one : all) {
    hash = fnv1a64(&one.bytes, sizeof one.bytes, hash);
    states.newestUs = std::max(states.newestUs, one.changedUs);
  }
  states.sizes = std::to_string(all.size()) + " of hash " + hashText(hash);
  return states;
}

std::vector<fs::path> filesChangedAfter(const std::vector<const Dataset*>& sets,
                                        std::int64_t timeUs) {
  const std::vector<fs::path> files = filesOf(sets);
  const std::vector<FileState> states = statesOf(files);
  std::vector<fs::path> changed;
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (states[i].changedUs > timeUs) changed.push_back(files[i]);
  }
  return changed;
}

}  // namespace limbus
