// The completion scripts, run by the shells that they are for.
#include <fstream>

#include "command_line.h"
#include "native/commands/commands.h"
#include "native/system/files.h"
#include "native_catch.h"

using namespace limbus;

namespace {

// The words of a shell that read the script for it.
std::string sourced(const std::string& shell) {
  static const ScratchFolder scratch;
  const std::filesystem::path file = scratch / shell;
  if (!std::filesystem::exists(file)) {
    REQUIRE(writeBytes(file, limbusSays({"completion", shell}).out, false));
  }
  return ". " + shellQuoted(file.string());
}

// What bash offers for the last of these words.
std::string bashOffers(const std::vector<std::string>& words) {
  std::string line = "COMP_WORDS=(" + shellQuoted(LIMBUS_EXE);
  for (const std::string& word : words) line.append(" ").append(shellQuoted(word));
  line += "); COMP_CWORD=" + std::to_string(words.size()) + "; " + sourced("bash") +
          "; _limbus; printf '%s ' \"${COMPREPLY[@]}\"";
  return saidBy("bash -c " + shellQuoted(line)).out;
}

// What zsh hands to its own completion functions.
std::string zshOffers(const std::vector<std::string>& words) {
  std::string line =
      "compdef() { : }; _describe() { print -l -- $verbs }; _arguments() { print -l -- \"$@\" }; "
      "words=(limbus";
  for (const std::string& word : words) line.append(" ").append(shellQuoted(word));
  line += "); CURRENT=" + std::to_string(words.size() + 1) + "; " + sourced("zsh") + "; _limbus";
  return saidBy("zsh -f -c " + shellQuoted(line)).out;
}

// What zsh adds for a KEY=VALUE that has been begun.
std::string zshKeys(const std::string& begun) {
  return saidBy("zsh -f -c " +
                shellQuoted("compdef() { : }; compset() { : }; compadd() { print -r -- \"$@\" }; "
                            "PREFIX=" +
                            begun + "; " + sourced("zsh") + "; _limbus_keys"))
      .out;
}

void requireAllIn(const std::vector<std::string>& wanted, const std::string& text) {
  for (const std::string& word : wanted) {
    CAPTURE(word, text);
    REQUIRE(text.find(word) != std::string::npos);
  }
}

std::vector<std::string> optionsOf(const CommandRow& row) {
  CLI::App app;
  row.configure(app);
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

std::vector<std::string> verbNames() {
  std::vector<std::string> names;
  for (const CommandRow& row : commands()) names.push_back(row.name);
  return names;
}

}  // namespace

TEST_CASE("bash completes verbs, their options and the values that are known") {
  requireAllIn(verbNames(), bashOffers({""}));
  REQUIRE(bashOffers({"ex"}) == "export ");
  REQUIRE(bashOffers({"--v"}) == "--version ");
  for (const CommandRow& row : commands()) {
    requireAllIn(optionsOf(row), bashOffers({row.name, "--"}));
  }
  REQUIRE(bashOffers({"export", "run", "--tr"}) == "--training-data ");
  REQUIRE(bashOffers({"export", "run", "--tail", "a"}) == "argmax ");
  REQUIRE(bashOffers({"list", "lo"}) == "losses ");
  REQUIRE(bashOffers({"inspect", "ri"}) == "ritnet ");
  REQUIRE(bashOffers({"synth", "--preset", "openeds2019"}) == "openeds2019 ");
  REQUIRE(bashOffers({"recipe", "--explain", "batc"}) == "batch ");
  REQUIRE(bashOffers({"train", "a.json", "--set", "batc"}) == "batch= ");
  REQUIRE(bashOffers({"train", "a.json", "--set", "net.name", "=", "ri"}) == "ritnet ");
  REQUIRE(bashOffers({"train", "a.json", "--set", "decayAll", "="}) == "true false ");
  // Elsewhere bash is left to complete files.
  REQUIRE(bashOffers({"export", "run", "--out", ""}) == " ");
  REQUIRE(bashOffers({"train", ""}) == " ");
  REQUIRE(bashOffers({"data", "au"}) == "audit ");
  requireAllIn({"--dataset", "--contact-sheet", "--show"},
               bashOffers({"data", "audit", "a", "--"}));
}

TEST_CASE("bash completes the keys that the recipe on the line has") {
  const ScratchFolder scratch;
  const std::string recipe = (scratch / "own.json").string();
  std::ofstream(recipe) << R"({
    "name": "own", "loss": "ce", "schedule": "constant", "batch": 2,
    "net": "eye-s", "input": {"width": 64, "height": 64},
    "classes": [{"name": "rest"}, {"name": "eye", "role": "iris"}], "data": {"dataset": "folder"},
    "augment": [{"name": "flipHorizontal"}, {"name": "zoom"}], "epochs": 1})";
  const auto offers = [&](const std::vector<std::string>& begun) {
    std::vector<std::string> words = {"train", recipe, "--set"};
    words.insert(words.end(), begun.begin(), begun.end());
    return bashOffers(words);
  };
  REQUIRE(offers({"net."}) == "net.name= net.width= net.stemStride= ");
  REQUIRE(offers({"net.name", "=", "ri"}) == "ritnet ");
  REQUIRE(offers({"augment.flip"}) == "augment.flipHorizontal.name= augment.flipHorizontal.p= ");
  requireAllIn({"classes.eye.colour="}, offers({"classes.eye."}));
  REQUIRE(offers({"classes.eye.role", "=", "pu"}) == "pupil ");
  // Losses that are summed have their options by name; those of others are none.
  REQUIRE(offers({"loss.gam"}) == " ");
  std::string sum = readBytes(recipe).value();
  sum.replace(sum.find("\"ce\""), 4, "\"dice+focal/10\"");
  REQUIRE(writeBytes(recipe, sum));
  REQUIRE(offers({"loss.focal.a"}) == "loss.focal.alpha= loss.focal.activation= ");
  REQUIRE(offers({"loss.gam"}) == " ");
  REQUIRE(offers({"loss.dice.reduce", "=", "su"}) == "sum ");
  REQUIRE(offers({"loss.weig"}) == " ");
  // Without one all that there is, but for elements of lists, which only a recipe can name.
  requireAllIn({"net.stemStride=", "net.encoder="}, bashOffers({"train", "--set", "net."}));
  REQUIRE(bashOffers({"train", "--set", "augment.fl"}) == " ");
  // A recipe that cannot be read is none.
  std::ofstream(recipe) << "{";
  requireAllIn({"net.encoder="}, offers({"net."}));
}

TEST_CASE("bash completes names that stand in no table of limbus list") {
  REQUIRE(bashOffers({"train", "a.json", "--device", "cu"}) == "cuda ");
  REQUIRE(bashOffers({"evaluate", "--split", "v"}) == "validation ");
  REQUIRE(bashOffers({"train", "a.json", "--log", "t"}) == "tensorboard tsv ");
}

TEST_CASE("zsh completes verbs, their options and the values that are known") {
  if (saidBy("zsh -c :").exitCode != 0) SKIP("there is no zsh");
  requireAllIn(verbNames(), zshOffers({""}));
  for (const CommandRow& row : commands()) {
    requireAllIn(optionsOf(row), zshOffers({row.name, ""}));
  }
  requireAllIn({"(logits argmax)", "--force[Replace an existing file]\n", "*--score["},
               zshOffers({"export", ""}));
  requireAllIn({":value:_limbus_keys"}, zshOffers({"train", ""}));
  REQUIRE(zshKeys("decayAll=t") == "-- true false\n");
  requireAllIn({" net= ", " input.pad.to= "}, zshKeys("in"));
}
