// A folder that appears complete or not at all.
//
// Files go into a folder of a temporary name on the same file system: beside the target, or, where
// that exists, in it. publish() moves them into place. Files of the same name are replaced, all
// else in an existing folder stays.
#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <vector>

#include "native/system/folder_lock.h"
#include "shared/result.h"

namespace limbus {

class OutputFolder {
 public:
  // What killed processes left of theirs goes.
  static Result<OutputFolder> make(const std::filesystem::path& target);
  OutputFolder(OutputFolder&& other) noexcept;
  OutputFolder& operator=(OutputFolder&&) = delete;
  ~OutputFolder();  // unpublished: everything is removed

  const std::filesystem::path& path() const { return temporary_; }
  Result<void> publish();

 private:
  struct Move {
    std::filesystem::path from, to, aside;  // where what was there waits; empty: nothing was
  };

  OutputFolder(std::filesystem::path target, std::filesystem::path temporary, FolderLock lock)
      : target_(std::move(target)), temporary_(std::move(temporary)), lock_(std::move(lock)) {}
  Result<void> moveEntries(const std::filesystem::path& below, std::vector<Move>& moves) const;
  Result<void> replaceEntries() const;

  std::filesystem::path target_;
  std::filesystem::path temporary_;  // empty once published or moved from
  std::optional<FolderLock> lock_;   // of that: the process lives
};

// For folders (and files) below `target` of which all is read, as those of a data set: that what
// lies there already is among `files`, which are about to replace it. Paths are below the target;
// what is hidden does not count.
Result<void> checkAllReplaced(const std::filesystem::path& target,
                              const std::vector<std::filesystem::path>& folders,
                              const std::set<std::filesystem::path>& files);

}  // namespace limbus
