#include "native/commands/output_folder.h"

#include <unistd.h>

#include "native/system/files.h"

namespace limbus {
namespace {
namespace fs = std::filesystem;
}

Result<OutputFolder> OutputFolder::make(const fs::path& target) {
  fs::path clean = fs::absolute(target).lexically_normal();
  if (clean.filename().empty()) clean = clean.parent_path();  // a trailing slash
  std::error_code error;
  if (fs::exists(clean, error) && !fs::is_directory(clean, error)) {
    return fail(ErrorCode::badArgument, clean.string() + ": is a file, expected a folder");
  }
  fs::path temporary = clean;
  temporary.replace_filename("." + clean.filename().string() + ".part-" +
                             std::to_string(::getpid()));
  if (Result<void> made = makeFolder(clean.parent_path()); !made) return fail(made.error());
  fs::remove_all(temporary, error);
  fs::create_directory(temporary, error);
  if (error) {
    return fail(ErrorCode::io, clean.string() + ": cannot be made: " + error.message());
  }
  return OutputFolder(clean, temporary);
}

OutputFolder::OutputFolder(OutputFolder&& other) noexcept
    : target_(std::move(other.target_)), temporary_(std::move(other.temporary_)) {
  other.temporary_.clear();
}

OutputFolder::~OutputFolder() {
  std::error_code ignored;
  if (!temporary_.empty()) fs::remove_all(temporary_, ignored);
}

Result<void> OutputFolder::publish() {
  syncFolder(temporary_);
  std::error_code error;
  if (!fs::exists(target_, error)) {
    fs::rename(temporary_, target_, error);
  } else {
    for (const fs::directory_entry& entry : fs::directory_iterator(temporary_, error)) {
      const fs::path place = target_ / entry.path().filename();
      if (!error) fs::remove_all(place, error);
      if (!error) fs::rename(entry.path(), place, error);
    }
    std::error_code ignored;
    if (!error) fs::remove_all(temporary_, ignored);
  }
  if (error) {
    return fail(ErrorCode::io, target_.string() + ": cannot be put in place: " + error.message());
  }
  temporary_.clear();
  return {};
}

}  // namespace limbus
