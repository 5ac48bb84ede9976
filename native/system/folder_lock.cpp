#include "native/system/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

namespace limbus {
namespace {

enum class Grip { own, others, unknown };

Grip grip(int descriptor) {
  if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) return Grip::own;
  return errno == EWOULDBLOCK ? Grip::others : Grip::unknown;
}

}  // namespace

Result<FolderLock> FolderLock::take(const std::filesystem::path& folder) {
  FolderLock lock(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (lock.descriptor_ < 0) {
    return fail(ErrorCode::io, folder.string() + ": cannot be opened: " + std::strerror(errno));
  }
  // Somebody may be asking held(), which takes it for a moment.
  Grip got = grip(lock.descriptor_);
  for (int more = 0; got == Grip::others && more < 20; ++more) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    got = grip(lock.descriptor_);
  }
  if (got == Grip::others) {
    return fail(ErrorCode::badArgument,
                folder.string() +
                    ": another process is training into it; wait for its end, or choose another");
  }
  return lock;
}

std::optional<bool> FolderLock::held(const std::filesystem::path& folder) {
  const FolderLock lock(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (lock.descriptor_ < 0) return std::nullopt;
  const Grip got = grip(lock.descriptor_);
  if (got == Grip::unknown) return std::nullopt;
  return got == Grip::others;
}

FolderLock::FolderLock(FolderLock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

FolderLock::~FolderLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace limbus
