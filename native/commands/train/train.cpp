// limbus train: recipe + data -> RUN.
#include "native/train/train.h"

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <iomanip>
#include <iostream>
#include <memory>
#include <optional>

#include "native/commands/commands.h"
#include "native/commands/data/other_dataset.h"
#include "native/commands/parts/exit_code.h"
#include "native/commands/parts/recipe_teacher.h"
#include "native/commands/train/folds.h"
#include "native/commands/train/plan.h"
#include "native/commands/train/ranks.h"
#include "native/system/environment.h"
#include "native/system/terminal_screen.h"
#include "native/system/text.h"
#include "native/train/exceptions.h"
#include "native/train/ranks/ranks.h"
#include "native/train/watch.h"
#include "shared/json_reader.h"

namespace limbus {
namespace {

struct TrainArguments {
  std::filesystem::path recipe;
  OtherDataset other;
  std::vector<std::string> overrides;
  std::string init;
  std::optional<int> fold;
  std::string folds;    // "": as many as the recipe says
  bool inTurn = false;  // all of them
  bool keepPredictions = false;
  TrainRequest request;
  bool json = false, dry = false;
  int ranks = 1;
};

bool wantsDashboard(const TrainRequest& request) {
  return std::count(request.watchers.begin(), request.watchers.end(), "ui") > 0;
}

// Ends in what the ranks end in. They have this command line too, and an environment that says
// which they are.
Result<void> runAsRanks(const TrainArguments& arguments) {
  if (wantsDashboard(arguments.request)) {
    return fail(ErrorCode::badArgument,
                "--ui needs the terminal, which ranks do not have; leave one of --ui and --ranks "
                "out");
  }
  const Result<int> exitCode = runRanks(arguments.ranks);
  if (!exitCode) return fail(exitCode.error());
  leaveWith(*exitCode);
  return {};
}

Result<void> runTraining(TrainArguments& arguments) {
  if (arguments.request.run.empty() && !arguments.dry) {
    return fail(ErrorCode::badArgument, "--out is required: the folder that training fills");
  }
  const Result<RankPlace> place = rankPlace();
  if (!place) return fail(place.error());
  if ((arguments.ranks > 1 || place->size > 1) && (arguments.inTurn || arguments.dry)) {
    return fail(ErrorCode::badArgument, std::string(arguments.dry ? "--dry-run" : "--folds") +
                                            " is for one process, not " +
                                            std::to_string(std::max(arguments.ranks, place->size)) +
                                            " ranks; leave the ranks out");
  }
  if (arguments.ranks > 1 && place->size == 1) return runAsRanks(arguments);
  if (auto other = overrideDataset(arguments.other, arguments.recipe, arguments.request.data,
                                   arguments.overrides);
      !other) {
    return other;
  }
  if (arguments.fold) {
    arguments.overrides.push_back("data.split.fold=" + std::to_string(*arguments.fold));
  }
  Result<Recipe> recipe = readRecipe(arguments.recipe, arguments.overrides);
  if (!recipe) return fail(recipe.error());
  TrainRequest& request = arguments.request;
  request.recipe = std::move(*recipe);
  request.openTeacher = openRecipeTeacher;
  // A dashboard has the terminal to itself, and with --json stdout holds the answer alone.
  const bool dashboard = wantsDashboard(request) && TerminalScreen::possible();
  request.quiet = request.quiet || arguments.json || dashboard;
  if (!arguments.init.empty()) request.init = arguments.init;
  if (arguments.inTurn) {
    return trainFolds({.recipe = arguments.recipe,
                       .overrides = arguments.overrides,
                       .folds = std::atoi(arguments.folds.c_str()),
                       .keepPredictions = arguments.keepPredictions,
                       .json = arguments.json,
                       .train = request});
  }
  if (arguments.dry) return printPlan(request, arguments.json);
  Result<TrainSummary> summary = train(request);
  if (!summary) return fail(summary.error());
  if (!summary->first) {  // rank 0 speaks
    leaveWith(summary->interrupted ? kStoppedExit : 0);
    return {};
  }
  if (summary->interrupted) {
    leaveWith(kStoppedExit);
    std::cerr << "limbus: stopped by " << summary->signal << "; " << request.run.string()
              << " holds its " << countOf(summary->step, "step") << " ("
              << countOf(summary->epochs, "complete epoch") << "), go on with --resume\n";
    return {};
  }
  if (arguments.json) {
    std::cout << dumpJson({{"run", request.run.string()},
                           {"epochs", summary->epochs},
                           {"bestEpoch", summary->bestEpoch},
                           {request.recipe.bestMetric, summary->best}})
              << "\n";
  } else {
    std::cout << "trained "
              << (request.steps > 0 ? countOf(summary->step, "step")
                                    : countOf(summary->epochs, "epoch"))
              << "; best " << request.recipe.bestMetric << " " << std::fixed << std::setprecision(4)
              << summary->best << " after epoch " << summary->bestEpoch << ", in "
              << request.run.string()
              << (request.recipe.input.resize == ResizeRule::none
                      ? ""
                      : "; at the network's size, limbus evaluate scores at that of the images")
              << "\n";
  }
  return {};
}

// For an option that may stand without its value.
std::function<std::string(const std::string&)> emptyOr(CLI::Validator validator) {
  return [validator](const std::string& text) { return text.empty() ? "" : validator(text); };
}

void addSaveOptions(CLI::App& command, SaveRules& rules) {
  command
      .add_option("--save-minutes", rules.minutes,
                  "Renew last.safetensors every M minutes, also within an epoch; 0: after epochs")
      ->type_name("M")
      ->check(CLI::Range(0.0, 1e6))
      ->capture_default_str();
  command
      .add_option("--save-steps", rules.steps,
                  "Renew last.safetensors every N steps, also within an epoch; 0: not by steps")
      ->type_name("N")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{1} << 53))
      ->capture_default_str();
  command
      .add_option("--keep-every", rules.everyEpochs,
                  "Keep the weights of every Nth epoch, as epoch-N.safetensors; 0: of none")
      ->type_name("N")
      ->check(CLI::Range(0, 1000000))
      ->capture_default_str();
  command
      .add_option("--keep-best", rules.best,
                  "Keep the K best epochs, as epoch-N.safetensors; 1: best.safetensors alone")
      ->type_name("K")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
}

}  // namespace

Action configureTrain(CLI::App& command) {
  auto arguments = std::make_shared<TrainArguments>();
  TrainRequest& request = arguments->request;
  command.add_option("RECIPE", arguments->recipe, "What to train, as one JSON file")->required();
  command.add_option("--data", request.data,
                     "Folder of the data set; not needed for rendered eyes");
  addOtherDataset(command, arguments->other);
  command
      .add_option("--out", request.run,
                  "RUN: the folder that training fills; --dry-run can do without")
      ->type_name("RUN");
  command
      .add_option("--set", arguments->overrides,
                  "Override a value of the recipe by its dotted path: --set epochs=2 --set "
                  "net.width=12")
      ->type_name("KEY=VALUE")
      ->expected(1)
      ->take_all();
  CLI::Option* fold =
      command
          .add_option("--fold", arguments->fold,
                      "Keep part K of the recipe's data.split for validation, from 0")
          ->type_name("K")
          ->check(CLI::Range(0, 999));
  CLI::Option* folds =
      command
          .add_option("--folds", arguments->folds,
                      "Keep each part in turn: runs RUN/fold0, fold1, ... and RUN/folds.json, what "
                      "they score on what they did not see; N: so many parts, whatever the recipe "
                      "says")
          ->type_name("[N]")
          ->expected(0, 1)
          ->check(emptyOr(CLI::Range(2, 1000)))
          ->excludes(fold);
  command
      .add_flag("--keep-predictions", arguments->keepPredictions,
                "With --folds: write the mask of each image, by the run that did not see it, as "
                "RUN/predictions/<image name>.png")
      ->needs(folds);
  command.add_option("--device", request.device, "auto, cpu, cuda or cuda:N")
      ->capture_default_str();
  command.add_flag_callback(
      "--no-self-check", [&request] { request.selfCheck = false; }, kNoSelfCheckHelp);
  command.add_flag(
      "--deterministic", request.deterministic,
      "the same bits in every run on one CUDA device, slower; a CPU gives them anyway");
  CLI::Option* steps =
      command
          .add_option("--steps", request.steps,
                      "A trial: end after the first N steps of the run, then validate")
          ->type_name("N")
          ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 53))
          ->excludes(folds);
  command.add_option(
      "--init", arguments->init,
      "Start from these weights: a RUN, the folder of a released model that has weights, or what "
      "`limbus "
      "import` reads (.safetensors, .pth, .onnx); with --resume: where nothing was saved yet");
  CLI::Option* resume =
      command
          .add_flag("--resume", request.resume,
                    "Go on where RUN was saved last, also in the middle of an epoch")
          ->excludes(steps);
  addSaveOptions(command, request.save);
  command
      .add_option("--skip-nonfinite", request.skipNonFinite,
                  "Leave out up to N steps of an epoch whose loss or gradients are no finite "
                  "numbers; 0: the first one ends the run")
      ->type_name("N")
      ->check(CLI::Range(0, 1000000))
      ->capture_default_str();
  command
      .add_option("--ranks", arguments->ranks,
                  "Train with N processes on this machine, each with its share of every batch; "
                  "several machines: start one each by torchrun, srun or mpirun, without --ranks")
      ->type_name("N")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  std::string logs = "Also write for other tools: ";
  for (const WatcherRow& row : watchers()) {
    logs += (&row == &watchers().front() ? "" : "; ") +
            (row.name + (" (" + std::string(row.summary))) + ")";
  }
  command.add_option("--log", request.watchers, logs)
      ->type_name("NAME")
      ->expected(1)
      ->take_all()
      ->delimiter(',');
  command.add_flag_callback(
      "--ui", [&request] { request.watchers.emplace_back("ui"); },
      "A dashboard on the terminal: curves, throughput, memory, predictions; q stops the run");
  command.add_flag("--force", request.force, "Replace an existing RUN")->excludes(resume);
  command
      .add_flag("--dry-run", arguments->dry,
                "Print the plan and write nothing: data, steps, memory and time by a few real "
                "steps, files")
      ->excludes(resume, steps, folds);
  command.add_flag("--quiet", request.quiet, "No progress bar");
  command.add_flag("--json", arguments->json, "Print the summary as JSON");
  command.footer(
      "RUN holds recipe.json, config.json (as run), data.json (where the images lay), train.log, "
      "log.jsonl, best.safetensors\nand last.safetensors.\n"
      "Ctrl-C, SIGTERM and SIGUSR1 save and end it with exit code 3; after a crash, too, --resume "
      "goes on to the\nsame weights.\n"
      "With --folds RUN holds fold0, fold1, ... instead, which predict and evaluate take as one "
      "model.\n"
      "Example: limbus train models/recipes/NAME.json --data data/eyes --out runs/first --set "
      "epochs=5");
  return [arguments, folds] {
    arguments->inTurn = folds->count() > 0;
    Result<void> done = runTraining(*arguments);
    // Too little memory is told by its words.
    const bool refused =
        !done && done.error().code == ErrorCode::io && !isOutOfMemory(done.error().message);
    if (refused && environment(kTrialVariable)) leaveWith(kRefusedExit);
    return done;
  };
}

}  // namespace limbus
