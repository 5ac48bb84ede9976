// Two processes that train into one folder would spoil it: whoever holds its lock is alone. The
// system lets go of it with the process, however that ends.
#pragma once

#include <filesystem>
#include <optional>

#include "shared/result.h"

namespace limbus {

class FolderLock {
 public:
  // An error when another one holds it. Where the file system knows no locks there is none.
  static Result<FolderLock> take(const std::filesystem::path& folder);

  // Whether another process holds it now; empty where the file system knows no locks.
  static std::optional<bool> held(const std::filesystem::path& folder);

  FolderLock(FolderLock&& other) noexcept;
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  ~FolderLock();

 private:
  explicit FolderLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace limbus
