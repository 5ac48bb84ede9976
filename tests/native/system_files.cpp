#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <future>
#include <optional>
#include <thread>

#include "native/system/files.h"
#include "native/system/folder_lock.h"
#include "native/system/json_files.h"
#include "native/system/memory.h"
#include "scratch_folder.h"

using namespace limbus;
namespace fs = std::filesystem;

TEST_CASE("files: appending makes a file and adds to it") {
  const ScratchFolder scratch;
  REQUIRE(appendBytes(scratch / "log", "one\n"));
  REQUIRE(appendBytes(scratch / "log", "two\n"));
  CHECK(readBytes(scratch / "log").value() == "one\ntwo\n");
  const Result<void> nowhere = appendBytes(scratch / "absent" / "log", "x");
  REQUIRE(!nowhere);
  CHECK(nowhere.error().code == ErrorCode::notFound);
  CHECK(nowhere.error().message.find("log: not written: ") != std::string::npos);
}

TEST_CASE("files: a link stays and what it leads to is written; a pipe takes the bytes") {
  const ScratchFolder scratch;
  fs::create_directories(scratch / "far");
  REQUIRE(writeBytes(scratch / "far/file", "old"));
  fs::create_symlink("far/file", scratch / "link");
  fs::create_symlink("far/none", scratch / "new");
  REQUIRE(writeBytes(scratch / "link", "one"));
  REQUIRE(writeBytes(scratch / "new", "two"));
  CHECK(fs::is_symlink(scratch / "link"));
  CHECK(readBytes(scratch / "far/file").value() == "one");
  CHECK(readBytes(scratch / "far/none").value() == "two");
  REQUIRE(::mkfifo((scratch / "pipe").c_str(), 0600) == 0);
  CHECK(checkOutput(scratch / "pipe", false));
  auto read = std::async(std::launch::async, [&] { return readBytes(scratch / "pipe").value(); });
  REQUIRE(writeBytes(scratch / "pipe", "three"));
  CHECK(read.get() == "three");
  CHECK(fs::is_fifo(scratch / "pipe"));
  int ends[2];  // as /dev/stdout and a shell's >(...) name one
  REQUIRE(::pipe(ends) == 0);
  REQUIRE(writeBytes("/proc/self/fd/" + std::to_string(ends[1]), "four"));
  char got[4];
  CHECK(::read(ends[0], got, sizeof got) == 4);
  CHECK(std::string(got, 4) == "four");
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_CASE("json files: missing, broken, short and long") {
  const ScratchFolder scratch;
  const std::filesystem::path file = scratch / "a.json";
  const auto messageOf = [&](const auto& result) {
    REQUIRE(!result);
    return result.error().message.substr(0, file.string().size() + 16);
  };
  CHECK(readJson(file).error().code == ErrorCode::notFound);
  CHECK(readLongJson(file).error().code == ErrorCode::notFound);
  CHECK(!readJsonIfThere(file).value());
  REQUIRE(writeBytes(file, "[1, 2"));
  CHECK(messageOf(readJson(file)) == file.string() + ": not valid JSON");
  CHECK(messageOf(readJsonIfThere(file)) == file.string() + ": not valid JSON");
  CHECK(messageOf(readLongJson(file)) == file.string() + ": not valid JSON");
  REQUIRE(writeBytes(file, "[1, 2]"));
  CHECK(readJson(file).value() == Json({1, 2}));
  CHECK(readJsonIfThere(file).value() == Json({1, 2}));
  // More than what anybody writes by hand.
  REQUIRE(writeBytes(file, "[\"" + std::string(1 << 20, 'a') + "\"]"));
  CHECK(!readJson(file));
  CHECK(readLongJson(file).value()[0].get<std::string>().size() == 1 << 20);
  // Copies of it would go as deep.
  REQUIRE(writeBytes(file, std::string(200000, '[') + std::string(200000, ']')));
  CHECK(readLongJson(file).error().message ==
        file.string() + ": not valid JSON: it is nested too deeply");
  REQUIRE(writeBytes(file, "[1e999]"));
  CHECK(readLongJson(file).error().message ==
        file.string() + ": not valid JSON: a number is too large");
}

TEST_CASE("files: a name may be as long as the system has it, leftovers stand in nobody's way") {
  const ScratchFolder scratch;
  CHECK(writeBytes(scratch / std::string(255, 'a'), "x"));
  const Result<void> longer = writeBytes(scratch / std::string(256, 'a'), "x");
  REQUIRE(!longer);
  CHECK(longer.error().code == ErrorCode::badArgument);
  CHECK(scratch.entries() == 1);
  // As another process of this number may have left them.
  for (int number = 0; number < 10000; ++number) {
    const std::string name = ".limbus.part-" + std::to_string(::getpid()) + "-";
    fs::create_symlink("none", scratch / (name + std::to_string(number)));
  }
  CHECK(writeBytes(scratch / "b", "x"));
  removeLeftovers(scratch.path());
  CHECK(scratch.entries() == 2);
}

TEST_CASE("files: what a killed writer left goes, all else stays") {
  const ScratchFolder scratch;
  REQUIRE(writeBytes(scratch / "kept", "x"));
  REQUIRE(writeBytes(scratch / ".hidden", "x"));
  REQUIRE(writeBytes(scratch / ".kept.part-12-0", "half"));
  removeLeftovers(scratch.path());
  CHECK(scratch.entries() == 2);
  removeLeftovers(scratch / "absent");
}

TEST_CASE("folder lock: one holder at a time") {
  const ScratchFolder scratch;
  {
    const Result<FolderLock> first = FolderLock::take(scratch.path());
    REQUIRE(first);
    const Result<FolderLock> second = FolderLock::take(scratch.path());
    REQUIRE(!second);
    CHECK(second.error().code == ErrorCode::badArgument);
    CHECK(FolderLock::held(scratch.path()) == true);
  }
  CHECK(FolderLock::held(scratch.path()) == false);
  CHECK_FALSE(FolderLock::held(scratch / "absent"));
  // Who holds it for a moment only, to ask, is in nobody's way.
  std::optional<FolderLock> asking(FolderLock::take(scratch.path()).value());
  std::thread later([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    asking.reset();
  });
  CHECK(FolderLock::take(scratch.path()));
  later.join();
  CHECK(!FolderLock::take(scratch / "absent"));
}

TEST_CASE("memory: some is free, less than there is") {
  const std::int64_t all =
      std::int64_t{::sysconf(_SC_PHYS_PAGES)} * std::int64_t{::sysconf(_SC_PAGESIZE)};
  CHECK(freeMemoryBytes() > 0);
  CHECK(freeMemoryBytes() < all);
}
