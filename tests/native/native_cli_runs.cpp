// limbus train into a folder: a run that is begun again, refused, resumed, replaced.
#include <catch2/matchers/catch_matchers_string.hpp>

#include "command_line.h"
#include "native/system/files.h"
#include "native_catch.h"
#include "own_images.h"

using Catch::Matchers::ContainsSubstring;
using namespace limbus;
namespace fs = std::filesystem;

TEST_CASE("cli: checkpoints of a run that was to be replaced are not taken for the new one's") {
  const OwnImages own(10);
  REQUIRE(own.train().exitCode == 0);
  REQUIRE(writeBytes(own.scratch / "data/images/3.png", "cut short"));
  REQUIRE(own.train({"--force", "--set", "net.width=6", "--set", "data.audit=false"}).exitCode ==
          1);
  const std::string file = (own.scratch / "m.onnx").string();
  for (const char* verb : {"export", "inspect"}) {
    std::vector<std::string> words = {verb, own.run};
    if (std::string(verb) == "export") words.insert(words.end(), {"--out", file});
    CHECK_THAT(limbusSays(words).err, ContainsSubstring("with another 'net.width' than config"));
  }
  CHECK_THAT(limbusSays({"evaluate", "--model", own.run}).err,
             ContainsSubstring("name the checkpoint itself"));
  CHECK(limbusSays({"export", own.run + "/best.safetensors", "--out", file}).exitCode == 0);
}

TEST_CASE("cli: renders take no images of one's own") {
  const OwnImages own(1);
  const Said said = own.train({"--set", "data={\"dataset\":\"rendered\",\"count\":4}"});
  CHECK(said.exitCode == 2);
  CHECK(said.errLines() == 1);
  CHECK_THAT(said.err, ContainsSubstring("takes no --data"));
  CHECK_FALSE(fs::exists(own.run));
}

TEST_CASE("cli: a run is begun again, refused, resumed") {
  const OwnImages own(10);
  // As it lies after Ctrl-C in the first epoch.
  fs::create_directories(own.run);
  REQUIRE(writeBytes(fs::path(own.run) / "config.json", "{}", false));
  REQUIRE(own.train({"--set", "epochs=2"}).exitCode == 0);

  const Said again = own.train();
  CHECK(again.exitCode == 2);
  CHECK_THAT(again.err, ContainsSubstring("--resume"));

  const std::string asRun = (fs::path(own.run) / "config.json").string();
  const Said resumed =
      limbusSays({"train", asRun, "--data", own.data, "--out", own.run, "--resume"});
  INFO(resumed.err);
  CHECK(resumed.exitCode == 0);
  CHECK_THAT(resumed.out, ContainsSubstring("resuming after epoch 2"));

  const OwnImages others(20);
  const Said elsewhere =
      limbusSays({"train", asRun, "--data", others.data, "--out", own.run, "--resume"});
  CHECK(elsewhere.exitCode == 2);
  CHECK_THAT(elsewhere.err, ContainsSubstring("trained on other data"));
}
