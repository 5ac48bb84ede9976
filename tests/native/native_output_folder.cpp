// A folder that appears complete or not at all, wherever its name leads.
#include <sys/stat.h>

#include "native/commands/parts/output_folder.h"
#include "native/system/files.h"
#include "native/system/folder_lock.h"
#include "native_catch.h"
#include "scratch_folder.h"

using namespace limbus;
namespace fs = std::filesystem;

namespace {

void publish(const fs::path& target, const std::string& text) {
  Result<OutputFolder> folder = OutputFolder::make(target);
  REQUIRE(folder);
  fs::create_directories(folder->path() / "masks");
  REQUIRE(writeBytes(folder->path() / "masks/new.png", text, false));
  REQUIRE(folder->publish());
}

std::string textIn(const fs::path& file) { return readBytes(file).value(); }

std::size_t entriesIn(const fs::path& folder) {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

}  // namespace

TEST_CASE("output folder: made new, then its files are replaced and others stay") {
  const ScratchFolder scratch;
  const fs::path target = scratch / "out";
  publish(target / "", "one");  // a trailing slash
  CHECK(textIn(target / "masks/new.png") == "one");
  REQUIRE(writeBytes(target / "masks/old.png", "old", false));
  REQUIRE(writeBytes(target / "notes.txt", "mine", false));
  publish(target, "two");
  CHECK(textIn(target / "masks/new.png") == "two");
  CHECK(textIn(target / "masks/old.png") == "old");
  CHECK(textIn(target / "notes.txt") == "mine");
  CHECK(entriesIn(target) == 2);
  { REQUIRE(OutputFolder::make(target)); }
  CHECK(entriesIn(target) == 2);
  CHECK(entriesIn(scratch.path()) == 1);
}

TEST_CASE("output folder: links are followed as the system follows them") {
  const ScratchFolder scratch;
  fs::create_directories(scratch / "far/data");
  fs::create_directories(scratch / "masks");
  REQUIRE(writeBytes(scratch / "masks/new.png", "mine", false));
  fs::create_directory_symlink(scratch / "far/data", scratch / "near");
  publish(scratch / "near", "one");
  CHECK(fs::is_symlink(scratch / "near"));
  CHECK(textIn(scratch / "far/data/masks/new.png") == "one");
  {  // on the file system that the link leads to, where it can be renamed
    const Result<OutputFolder> folder = OutputFolder::make(scratch / "near");
    REQUIRE(folder);
    CHECK(fs::equivalent(folder->path().parent_path(), scratch / "far/data"));
  }
  fs::create_directory_symlink(scratch / "none", scratch / "nowhere");
  const Result<OutputFolder> nowhere = OutputFolder::make(scratch / "nowhere");
  REQUIRE(!nowhere);
  CHECK(nowhere.error().message == (scratch / "nowhere").string() + ": is a link to nowhere");
  publish(scratch / "near/../masks", "two");
  CHECK(textIn(scratch / "far/masks/masks/new.png") == "two");
  CHECK(textIn(scratch / "masks/new.png") == "mine");
}

TEST_CASE("output folder: a folder is no file; where one is in the way all is as before") {
  const ScratchFolder scratch;
  const fs::path target = scratch / "out";
  publish(target, "one");
  for (const bool isFile : {true, false}) {
    Result<OutputFolder> folder = OutputFolder::make(target);
    REQUIRE(folder);
    fs::create_directories(folder->path() / "masks");
    REQUIRE(writeBytes(folder->path() / "masks/new.png", "two", false));
    REQUIRE(writeBytes(folder->path() / "masks/z", "two", false));
    if (isFile) REQUIRE(writeBytes(target / "notes", "mine", false));
    if (isFile) fs::create_directories(folder->path() / "notes");
    if (!isFile) fs::create_directories(target / "masks/z");
    const Result<void> published = folder->publish();
    REQUIRE(!published);
    CHECK(published.error().message ==
          (isFile ? (target / "notes").string() + ": is a file, expected a folder"
                  : (target / "masks/z").string() + ": is a folder, expected a file"));
    CHECK(textIn(target / "masks/new.png") == "one");
  }
}

TEST_CASE("output folder: a folder in it on another disk is told, and all is as before") {
  const ScratchFolder scratch;
  const fs::path disk = "/dev/shm", far = disk / scratch.path().filename();
  struct stat here {
  }, there{};
  if (stat(scratch.path().c_str(), &here) != 0 || stat(disk.c_str(), &there) != 0 ||
      here.st_dev == there.st_dev || !fs::create_directory(far)) {
    SKIP("no second disk to write to");
  }
  const fs::path target = scratch / "out";
  fs::create_directory(target);
  REQUIRE(writeBytes(target / "a.png", "mine", false));
  fs::create_directory_symlink(far, target / "masks");
  for (const bool isThere : {false, true}) {
    if (isThere) REQUIRE(writeBytes(far / "new.png", "mine", false));
    Result<OutputFolder> folder = OutputFolder::make(target);
    REQUIRE(folder);
    REQUIRE(writeBytes(folder->path() / "a.png", "new", false));
    fs::create_directories(folder->path() / "masks");
    REQUIRE(writeBytes(folder->path() / "masks/new.png", "new", false));
    const Result<void> published = folder->publish();
    REQUIRE(!published);
    CHECK(published.error().message.find((target / "masks").string() +
                                         ": is on another disk than " + target.string()) == 0);
    CHECK(textIn(target / "a.png") == "mine");
    CHECK(entriesIn(far) == (isThere ? 1 : 0));
  }
  CHECK(textIn(far / "new.png") == "mine");
  fs::remove_all(far);
}

TEST_CASE("output folder: what a killed process left goes, what a running one holds stays") {
  const ScratchFolder scratch;
  // No process has such a number.
  for (const char* name : {".out.part-999999999", ".out.part-999999998", ".out.part-mine",
                           ".other.part-999999999", "out/.out.part-999999999"}) {
    fs::create_directories(scratch / name / "masks");
  }
  const Result<FolderLock> elsewhere = FolderLock::take(scratch / ".out.part-999999998");
  REQUIRE(elsewhere);
  publish(scratch / "out", "one");
  CHECK_FALSE(fs::exists(scratch / ".out.part-999999999"));
  CHECK(fs::exists(scratch / ".out.part-999999998/masks"));
  CHECK(fs::exists(scratch / ".out.part-mine/masks"));
  CHECK(fs::exists(scratch / ".other.part-999999999/masks"));
  CHECK(entriesIn(scratch / "out") == 1);
  CHECK(FolderLock::held(scratch / "out") == false);
  const Result<OutputFolder> first = OutputFolder::make(scratch / "new");
  REQUIRE(first);
  const Result<OutputFolder> second = OutputFolder::make(scratch / "new");  // of the same number
  REQUIRE(!second);
  CHECK(second.error().message.find("another process is writing it") != std::string::npos);
  CHECK(fs::exists(first->path()));
}

TEST_CASE("output folder: what would stay in a folder that is read whole is told before") {
  const ScratchFolder scratch;
  const fs::path target = scratch / "out";
  const std::set<fs::path> files = {"train/images/1.png"};
  CHECK(checkAllReplaced(target, {"train/images"}, files));
  fs::create_directories(target / "train/images/deep");
  for (const char* name : {"train/images/1.png", "train/images/.hidden", "train/notes.txt"}) {
    REQUIRE(writeBytes(target / name, "x", false));
  }
  CHECK(checkAllReplaced(target / "", {"train/images"}, files));
  REQUIRE(writeBytes(target / "train/images/deep/2.png", "x", false));
  const Result<void> left = checkAllReplaced(target, {"train/images"}, files);
  REQUIRE(!left);
  CHECK(left.error().message == target.string() +
                                    ": 1 of its files would be left among the new ones, such as " +
                                    (target / "train/images/deep/2.png").string() +
                                    "; remove them, or choose another output");
}
