// limbus synth: the layout of what it renders, its seeds, and what is left when it is stopped.
#include <catch2/matchers/catch_matchers_string.hpp>

#include "command_line.h"
#include "native/data/files/image_files.h"
#include "native/system/files.h"
#include "native_catch.h"
#include "scratch_folder.h"

using Catch::Matchers::ContainsSubstring;
using namespace limbus;
namespace fs = std::filesystem;

TEST_CASE("cli: synth writes the layout, the same bytes again, and replaces with --force only") {
  const ScratchFolder scratch;
  const std::vector<std::string> arguments = {"synth", "--count", "20",    "--seed",
                                              "9",     "--size",  "64x96", "--out"};
  for (const char* name : {"a", "b"}) {
    std::vector<std::string> full = arguments;
    full.push_back((scratch / name).string());
    const Said said = limbusSays(full);
    INFO(said.err);
    REQUIRE(said.exitCode == 0);
  }
  const auto count = [&](const std::string& folder) {
    return std::distance(fs::directory_iterator(scratch / folder), fs::directory_iterator());
  };
  REQUIRE(count("a/train/images") == 16);
  REQUIRE(count("a/train/labels") == 16);
  REQUIRE(count("a/validation/images") == 2);
  REQUIRE(count("a/test/labels") == 2);
  for (const auto& entry : fs::recursive_directory_iterator(scratch / "a")) {
    if (!entry.is_regular_file()) continue;
    const fs::path twin = scratch / "b" / fs::relative(entry.path(), scratch / "a").string();
    REQUIRE(textOf(entry.path()) == textOf(twin));
  }
  const Image image = *readImage(scratch / "a/test/images/000018.png");
  REQUIRE((image.width == 64 && image.height == 96));
  REQUIRE(limbusSays({"synth", "--count", "5", "--out", (scratch / "a").string()}).exitCode == 2);
  REQUIRE(writeBytes(scratch / "a/train/notes.txt", "mine", false));
  const auto again = [&](const char* renders) {
    return limbusSays({"synth", "--count", renders, "--size", "64x96", "--out",
                       (scratch / "a").string(), "--force", "--contact-sheet",
                       (scratch / "sheet.png").string()});
  };
  const Said fewer = again("1");  // the other renders would be read as well
  CHECK(fewer.exitCode == 2);
  CHECK_THAT(fewer.err, ContainsSubstring("38 of its files would be left among the new ones"));
  CHECK_FALSE(fs::exists(scratch / "sheet.png"));
  const std::string before = textOf(scratch / "a/train/images/000000.png");
  const Said same = again("20");
  INFO(same.err);
  REQUIRE(same.exitCode == 0);
  REQUIRE(count("a/train/images") == 16);
  REQUIRE(textOf(scratch / "a/train/images/000000.png") != before);  // of another seed
  REQUIRE(textOf(scratch / "a/train/notes.txt") == "mine");
  REQUIRE(readImage(scratch / "sheet.png")->width == 640);
}

TEST_CASE("cli: seeds are whole numbers that fit") {
  const ScratchFolder scratch;
  for (const char* seed : {"-1", "18446744073709551616", "7x"}) {
    const Said said =
        limbusSays({"synth", "--count", "1", "--seed", seed, "--out", (scratch / "eyes").string()});
    CHECK(said.exitCode == 2);
    CHECK_THAT(said.err, ContainsSubstring("whole number"));
    CHECK_THAT(said.err, ContainsSubstring("see limbus synth --help"));
  }
  CHECK_FALSE(fs::exists(scratch / "eyes"));
}

TEST_CASE("cli: synth that is stopped leaves nothing") {
  const ScratchFolder scratch;
  const std::string stopped = "me=$(exec sh -c 'echo $PPID'); (until find '" +
                              scratch.path().string() +
                              "' -name '*.png' | grep -q .; do sleep 0.1; done; kill -TERM $me) &";
  const Said said =
      limbusSays({"synth", "--count", "100000", "--out", (scratch / "eyes").string()}, stopped);
  CHECK(said.exitCode == 1);
  CHECK_THAT(said.err, ContainsSubstring("interrupted; "));
  CHECK_THAT(said.err, ContainsSubstring("eyes was not written"));
  CHECK(fs::is_empty(scratch.path()));
}
