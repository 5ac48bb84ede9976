#include "native/commands/parts/output_folder.h"

#include <unistd.h>

#include <string>
#include <system_error>
#include <vector>

#include "native/system/files.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

bool isThere(const fs::path& path) {  // a link that leads nowhere, too
  std::error_code error;
  return fs::symlink_status(path, error).type() != fs::file_type::not_found;
}

Error notInPlace(const fs::path& target, const std::error_code& error) {
  return {ErrorCode::io, target.string() + ": cannot be put in place: " + error.message()};
}

}  // namespace

Result<OutputFolder> OutputFolder::make(const fs::path& target) {
  std::error_code error;
  // As the system follows it: "link/.." is not what its words say.
  fs::path place = fs::weakly_canonical(fs::absolute(target), error);
  if (error) return fail(ErrorCode::io, target.string() + ": " + error.message());
  if (place.filename().empty()) place = place.parent_path();  // a trailing slash
  if (fs::is_symlink(place, error)) {
    return fail(ErrorCode::badArgument, target.string() + ": is a link to nowhere");
  }
  const bool exists = fs::exists(place, error);
  if (exists && !fs::is_directory(place, error)) {
    return fail(ErrorCode::badArgument, target.string() + ": is a file, expected a folder");
  }
  const fs::path parent = exists ? place : place.parent_path();
  if (Result<void> made = makeFolder(parent); !made) return fail(made.error());
  const fs::path temporary =
      parent / ("." + place.filename().string() + ".part-" + std::to_string(::getpid()));
  fs::remove_all(temporary, error);
  fs::create_directory(temporary, error);
  if (error) {
    return fail(ErrorCode::io, target.string() + ": cannot be made: " + error.message());
  }
  return OutputFolder(place, temporary);
}

OutputFolder::OutputFolder(OutputFolder&& other) noexcept
    : target_(std::move(other.target_)), temporary_(std::move(other.temporary_)) {
  other.temporary_.clear();
}

OutputFolder::~OutputFolder() {
  std::error_code ignored;
  if (!temporary_.empty()) fs::remove_all(temporary_, ignored);
}

// What is replaced waits aside until all is in place: it comes back where something fails.
Result<void> OutputFolder::replaceEntries() {
  const fs::path aside = temporary_ / ".replaced";
  std::vector<fs::path> names, moved;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(temporary_, error)) {
    names.push_back(entry.path().filename());
  }
  if (!error) fs::create_directory(aside, error);
  for (const fs::path& name : names) {
    if (error) break;
    if (isThere(target_ / name)) fs::rename(target_ / name, aside / name, error);
    if (error) break;
    moved.push_back(name);
    fs::rename(temporary_ / name, target_ / name, error);
  }
  if (!error) return {};
  std::error_code ignored;
  for (const fs::path& name : moved) {
    fs::rename(target_ / name, temporary_ / name, ignored);
    if (isThere(aside / name)) fs::rename(aside / name, target_ / name, ignored);
  }
  return fail(notInPlace(target_, error));
}

Result<void> OutputFolder::publish() {
  syncFolder(temporary_);
  std::error_code error;
  if (temporary_.parent_path() == target_) {
    if (Result<void> replaced = replaceEntries(); !replaced) return replaced;
    fs::remove_all(temporary_, error);
  } else {
    fs::rename(temporary_, target_, error);
    if (error) return fail(notInPlace(target_, error));
  }
  temporary_.clear();
  return {};
}

}  // namespace limbus
