// `limbus VERB ...`: parses, calls the verb, prints one line on failure.
#include <cstdio>
#include <iostream>
#include <new>

#include "native/commands/commands.h"
#include "native/commands/parts/exit_code.h"
#include "native/commands/parts/option_lines.h"
#include "native/commands/train/ranks.h"
#include "native/commands/version.h"
#include "shared/options/rows.h"

namespace {

constexpr int kFailed = 1;
constexpr int kWrongUsage = 2;

constexpr const char* kDescription =
    "limbus trains tiny segmentation networks and exports them as single .onnx files that run in a "
    "web page.";
constexpr const char* kExamples =
    "Examples:\n"
    "  limbus synth --preset openeds2019 --count 2000 --seed 1 --out data/eyes\n"
    "  limbus train models/recipes/NAME.json --data data/eyes --out runs/first\n"
    "  limbus evaluate --model runs/first --data data/eyes\n"
    "  limbus export runs/first --out first.onnx\n"
    "  limbus predict --model first.onnx --images photo.jpg --out masks --overlay\n"
    "`limbus VERB --help` explains a verb. Exit codes: 0 done, 1 failed, 2 wrong usage,\n"
    "3 told to stop, what is done is saved: --resume goes on.";

// One line, whatever it holds.
int complain(std::string message, int exitCode) {
  for (char& c : message) {
    if (c == '\n' || c == '\r') c = ' ';
  }
  if (limbus::firstToSay(message)) std::cerr << "limbus: " + message + "\n";
  return exitCode;
}

// A mistyped verb deserves better than the parser's "a subcommand is required".
std::string unknownVerb(const CLI::App& app, const std::string& word) {
  const std::vector<std::string> verbs = limbus::namesOf(limbus::commands());
  const std::string known = "known: " + limbus::joinNames(verbs);
  if (word.empty()) return "a verb is missing; " + known;
  if (word[0] != '-')
    return limbus::findRow(limbus::commands(), word) == nullptr
               ? limbus::unknownName("verb", word, verbs)
               : "";
  if (app.get_option_no_throw(word) != nullptr) return "";
  return "no option " + word + " before the verb; " + known;
}

int runVerb(int argc, char** argv) {
  CLI::App app(kDescription, "limbus");
  app.set_version_flag("--version", limbus::versionLine());
  app.footer(kExamples);
  app.require_subcommand(1);
  limbus::Action chosen;
  for (const limbus::CommandRow& row : limbus::commands()) {
    CLI::App* command = app.add_subcommand(row.name, row.summary);
    command->callback([&chosen, action = row.configure(*command)] { chosen = action; });
  }
  const std::string unknown = unknownVerb(app, argc > 1 ? argv[1] : "");
  if (!unknown.empty()) return complain(unknown + " (see limbus --help)", kWrongUsage);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {  // --help, --version
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    std::string help = "limbus", message = error.what();
    for (const CLI::App* verb = &app; verb != nullptr;) {  // "limbus data convert"
      const std::vector<CLI::App*> below = verb->get_subcommands();
      verb = below.empty() ? nullptr : below.front();
      if (verb == nullptr) break;
      help += " " + verb->get_name();
      if (const std::string unknown = limbus::unknownOption(*verb); !unknown.empty())
        message = unknown;
    }
    return complain(message + " (see " + help + " --help)", kWrongUsage);
  }
  const limbus::Result<void> done = chosen();
  const bool said = std::cout.flush() && std::fflush(stdout) == 0;
  if (done)
    return said ? limbus::chosenExit() : complain("standard output cannot be written", kFailed);
  if (limbus::chosenExit() != 0) return complain(done.error().message, limbus::chosenExit());
  const bool usage = done.error().code == limbus::ErrorCode::badArgument;
  return complain(done.error().message, usage ? kWrongUsage : kFailed);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return runVerb(argc, argv);
  } catch (const std::bad_alloc&) {
    return complain("out of memory", kFailed);
  } catch (const std::exception& error) {
    return complain(error.what(), kFailed);
  }
}
