#include "native/system/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>

#include "native/system/folder.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPart = ".part-";  // in names that writeBytes() gives while it writes

tl::unexpected<Error> systemError(const fs::path& file, const std::string& what, int number) {
  const ErrorCode code =
      number == ENOENT || number == ENOTDIR ? ErrorCode::notFound : ErrorCode::io;
  if (number == ENAMETOOLONG) {  // of this file alone
    return fail(ErrorCode::badArgument, file.string() + ": " + what + ": its name is too long");
  }
  const bool full = number == ENOSPC || number == EDQUOT;
  return fail(code, file.string() + ": " + what + ": " + std::strerror(number) +
                        (full ? "; what was there is whole, make room and try again" : ""));
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return number_; }
  int close() {  // some file systems report a full disk only here
    const int result = ::close(number_);
    number_ = -1;
    return result;
  }

 private:
  int number_;
};

Result<void> writeAll(int out, const fs::path& file, std::string_view bytes, bool sync) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(out, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return systemError(file, "not written", errno);
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  if (sync && ::fsync(out) != 0 && errno != EINVAL && errno != EROFS) {
    return systemError(file, "not written", errno);
  }
  return {};
}

// What a link leads to, be it there or not: that is replaced, not the link.
fs::path followed(fs::path file) {
  constexpr int kMostLinks = 40;
  std::error_code error;
  for (int i = 0; i < kMostLinks && fs::is_symlink(file, error); ++i) {
    const fs::path next = fs::read_symlink(file, error);
    if (error) break;
    file = next.is_absolute() ? next : file.parent_path() / next;
  }
  return file;
}

}  // namespace

Result<std::string> readBytes(const fs::path& file) {
  return readBeginning(file, std::string().max_size());
}

Result<std::string> readBeginning(const fs::path& file, std::size_t limitBytes) {
  Descriptor in(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (in.get() < 0) return systemError(file, "cannot be read", errno);
  struct stat about {};
  if (::fstat(in.get(), &about) != 0) return systemError(file, "cannot be read", errno);
  if (S_ISDIR(about.st_mode)) {
    return fail(ErrorCode::badData, file.string() + ": is a folder, a file was expected");
  }
  std::string bytes;
  bytes.reserve(std::min<std::size_t>(limitBytes, static_cast<std::size_t>(about.st_size)));
  std::vector<char> chunk(1 << 16);
  while (bytes.size() < limitBytes) {
    const ssize_t got =
        ::read(in.get(), chunk.data(), std::min(chunk.size(), limitBytes - bytes.size()));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return systemError(file, "cannot be read", errno);
    if (got == 0) break;
    bytes.append(chunk.data(), static_cast<std::size_t>(got));
  }
  return bytes;
}

Result<void> writeBytes(const fs::path& named, std::string_view bytes, bool sync) {
  static std::atomic<unsigned> counter{0};
  std::error_code error;
  if (fs::is_other(named, error)) {  // a pipe or a device takes the bytes as they come
    Descriptor way(::open(named.c_str(), O_WRONLY | O_CLOEXEC));
    if (way.get() < 0) return systemError(named, "not written", errno);
    return writeAll(way.get(), named, bytes, false);
  }
  const fs::path file = followed(named);
  fs::path temporary = file;
  int number = -1;
  do {  // another process of this number may have left one, as in containers
    temporary.replace_filename(std::string(".limbus") + kPart + std::to_string(::getpid()) + "-" +
                               std::to_string(counter++));
    number = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  } while (number < 0 && errno == EEXIST);
  Descriptor out(number);
  if (out.get() < 0) return systemError(file, "not written", errno);
  Result<void> written = writeAll(out.get(), file, bytes, sync);
  if (out.close() != 0 && written) written = systemError(file, "not written", errno);
  if (written && ::rename(temporary.c_str(), file.c_str()) != 0) {
    written = systemError(file, "not written", errno);
  }
  if (!written) {
    ::unlink(temporary.c_str());
    return written;
  }
  if (sync) {  // the new name itself
    const fs::path folder = file.parent_path().empty() ? fs::path(".") : file.parent_path();
    Descriptor parent(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (parent.get() >= 0) ::fsync(parent.get());
  }
  return {};
}

Result<void> appendBytes(const fs::path& file, std::string_view bytes) {
  Descriptor out(::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666));
  if (out.get() < 0) return systemError(file, "not written", errno);
  struct stat before {};
  if (::fstat(out.get(), &before) != 0) return systemError(file, "not written", errno);
  Result<void> written = writeAll(out.get(), file, bytes, true);
  if (!written) {
    [[maybe_unused]] const int cut = ::ftruncate(out.get(), before.st_size);
    return written;
  }
  if (out.close() != 0) return systemError(file, "not written", errno);
  return {};
}

void removeLeftovers(const fs::path& folder) {
  for (const fs::directory_entry& entry : entriesOf(folder)) {
    const std::string name = entry.path().filename().string();
    std::error_code ignored;
    if (name[0] == '.' && name.find(kPart) != std::string::npos) fs::remove(entry.path(), ignored);
  }
}

void syncFolder(const fs::path& folder) {
  Descriptor at(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (at.get() >= 0) ::syncfs(at.get());
}

Result<void> makeFolder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) {
    return fail(ErrorCode::io, folder.string() + ": cannot be made: " + error.message());
  }
  if (!fs::is_directory(folder, error)) {
    return fail(ErrorCode::io, folder.string() + ": is a file, a folder was expected");
  }
  return {};
}

Result<std::vector<fs::path>> listFiles(const fs::path& folder,
                                        const std::vector<std::string>& extensions) {
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    return fail(ErrorCode::notFound, folder.string() + ": no such folder");
  }
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : entriesOf(folder, error)) {
    const std::string extension = lowerExtension(entry.path());
    if (std::find(extensions.begin(), extensions.end(), extension) == extensions.end()) continue;
    std::error_code ignored;
    if (entry.path().filename().string()[0] != '.' && entry.is_regular_file(ignored)) {
      files.push_back(entry.path());
    }
  }
  if (error) {
    return fail(ErrorCode::io, folder.string() + ": cannot be read: " + error.message());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string lowerExtension(const fs::path& file) {
  std::string extension = file.extension().string();
  for (char& c : extension) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return extension;
}

Result<void> checkOutput(const fs::path& path, bool force) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (status.type() == fs::file_type::not_found || force || fs::is_other(status)) return {};
  if (error) return fail(ErrorCode::io, path.string() + ": " + error.message());
  if (fs::is_directory(status) && fs::is_empty(path, error)) return {};
  return fail(ErrorCode::badArgument,
              path.string() + ": exists already; choose another output or add --force");
}

Result<void> checkOutputFile(const fs::path& file, bool force) {
  std::error_code error;
  if (fs::is_directory(file, error)) {
    return fail(ErrorCode::badArgument, file.string() + ": is a folder, expected a file");
  }
  const fs::path folder = file.parent_path();
  if (!folder.empty() && !fs::is_directory(folder, error)) {
    return fail(ErrorCode::notFound, folder.string() + ": no such folder");
  }
  return checkOutput(file, force);
}

}  // namespace limbus
