#include "native/commands/parts/output_folder.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <string>
#include <system_error>

#include "native/system/files.h"
#include "native/system/folder.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

constexpr const char* kAside = ".replaced";  // in the temporary folder: what makes room

bool isThere(const fs::path& path) {  // a link that leads nowhere, too
  std::error_code error;
  return fs::symlink_status(path, error).type() != fs::file_type::not_found;
}

Error notInPlace(const fs::path& target, const std::error_code& error) {
  return {ErrorCode::io, target.string() + ": cannot be put in place: " + error.message()};
}

// Of temporary folders for the target; a process's number follows.
std::string openingOf(const fs::path& place) { return "." + place.filename().string() + ".part-"; }

bool isRunning(const std::string& process) {
  int number = 0;
  const auto [end, error] =
      std::from_chars(process.data(), process.data() + process.size(), number);
  const bool known = error == std::errc() && end == process.data() + process.size() && number > 0;
  return !known || ::kill(number, 0) == 0 || errno != ESRCH;
}

// In `folder`. Processes of other machines and containers are told by their locks; where the file
// system knows none, nothing goes.
void removeKilled(const fs::path& folder, const std::string& opening) {
  for (const fs::directory_entry& entry : entriesOf(folder)) {
    const std::string name = entry.path().filename().string();
    std::error_code ignored;
    if (name.rfind(opening, 0) != 0 || isRunning(name.substr(opening.size()))) continue;
    if (!fs::is_directory(entry.symlink_status(ignored))) continue;
    if (FolderLock::held(entry.path()) == false) fs::remove_all(entry.path(), ignored);
  }
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
  const std::string opening = openingOf(place);
  removeKilled(place, opening);
  removeKilled(place.parent_path(), opening);
  const fs::path temporary = parent / (opening + std::to_string(::getpid()));
  if (FolderLock::held(temporary) == true) {  // one of this number in another container
    return fail(ErrorCode::badArgument,
                target.string() +
                    ": another process is writing it; wait for its end, or choose another output");
  }
  fs::remove_all(temporary, error);
  fs::create_directory(temporary, error);
  if (!error && exists) fs::create_directory(temporary / kAside, error);  // before a disk is full
  if (error) {
    return fail(ErrorCode::io, target.string() + ": cannot be made: " + error.message());
  }
  Result<FolderLock> lock = FolderLock::take(temporary);
  if (!lock) return fail(lock.error());
  return OutputFolder(place, temporary, std::move(*lock));
}

OutputFolder::OutputFolder(OutputFolder&& other) noexcept
    : target_(std::move(other.target_)),
      temporary_(std::move(other.temporary_)),
      lock_(std::move(other.lock_)) {
  other.temporary_.clear();
}

OutputFolder::~OutputFolder() {
  std::error_code ignored;
  if (!temporary_.empty()) fs::remove_all(temporary_, ignored);
}

Result<void> OutputFolder::moveEntries(const fs::path& below, std::vector<Move>& moves) const {
  std::error_code error;
  for (const fs::directory_entry& entry : entriesOf(temporary_ / below, error)) {
    const fs::path name = below / entry.path().filename();
    if (name == kAside) continue;
    Move move{entry.path(), target_ / name, {}};
    std::error_code ignored;
    if (isThere(move.to)) {
      const bool isFolder = entry.is_directory(ignored);
      if (isFolder != fs::is_directory(move.to, ignored)) {
        return fail(ErrorCode::badArgument,
                    move.to.string() + (isFolder ? ": is a file, expected a folder"
                                                 : ": is a folder, expected a file"));
      }
      if (isFolder) {
        if (Result<void> moved = moveEntries(name, moves); !moved) return moved;
        continue;
      }
      move.aside = temporary_ / kAside / std::to_string(moves.size());
      fs::rename(move.to, move.aside, error);
    }
    if (!error) {
      moves.push_back(move);
      fs::rename(move.from, move.to, error);
    }
    if (error == std::errc::cross_device_link) {
      return fail(ErrorCode::badArgument,
                  move.to.parent_path().string() + ": is on another disk than " + target_.string() +
                      ", and files come into both or neither; choose another "
                      "output, or make it a folder instead of a link");
    }
    if (error) break;
  }
  if (error) return fail(notInPlace(target_, error));
  return {};
}

// What is replaced waits aside until all is in place: it comes back where something fails.
Result<void> OutputFolder::replaceEntries() const {
  std::vector<Move> moves;
  Result<void> moved = moveEntries({}, moves);
  if (moved) return moved;
  std::error_code ignored;
  std::for_each(moves.rbegin(), moves.rend(), [&](const Move& move) {
    fs::rename(move.to, move.from, ignored);
    if (!move.aside.empty()) fs::rename(move.aside, move.to, ignored);
  });
  return moved;
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
  lock_.reset();
  return {};
}

Result<void> checkAllReplaced(const fs::path& target, const std::vector<fs::path>& folders,
                              const std::set<fs::path>& files) {
  std::size_t others = 0;
  fs::path first;
  const auto look = [&](const fs::path& file) {
    if (files.count(file.lexically_relative(target)) == 0 && others++ == 0) first = file;
  };
  for (const fs::path& folder : folders) {
    std::error_code ignored;
    if (fs::is_regular_file(target / folder, ignored)) look(target / folder);
    fs::recursive_directory_iterator entry(target / folder, ignored);
    for (; entry != fs::recursive_directory_iterator(); entry.increment(ignored)) {
      const bool hidden = entry->path().filename().string()[0] == '.';
      if (hidden) entry.disable_recursion_pending();
      if (!hidden && !entry->is_directory(ignored)) look(entry->path());
    }
  }
  if (others == 0) return {};
  return fail(ErrorCode::badArgument,
              target.string() + ": " + std::to_string(others) +
                  " of its files would be left among the new ones, such as " + first.string() +
                  "; remove them, or choose another output");
}

}  // namespace limbus
