// A folder that appears complete or not at all.
//
// Files go into a folder of a temporary name on the same file system: beside the target, or, where
// that exists, in it. publish() moves its entries into place. Entries of the same name are
// replaced, other contents of an existing folder stay.
#pragma once

#include <filesystem>

#include "shared/result.h"

namespace limbus {

class OutputFolder {
 public:
  static Result<OutputFolder> make(const std::filesystem::path& target);
  OutputFolder(OutputFolder&& other) noexcept;
  OutputFolder& operator=(OutputFolder&&) = delete;
  ~OutputFolder();  // unpublished: everything is removed

  const std::filesystem::path& path() const { return temporary_; }
  Result<void> publish();

 private:
  OutputFolder(std::filesystem::path target, std::filesystem::path temporary)
      : target_(std::move(target)), temporary_(std::move(temporary)) {}
  Result<void> replaceEntries();

  std::filesystem::path target_;
  std::filesystem::path temporary_;  // empty once published or moved from
};

}  // namespace limbus
