// limbus pseudo-label: training goes on with a model's own surest predictions.
#include <memory>

#include "native/commands/commands.h"
#include "native/commands/data/other_dataset.h"
#include "native/commands/pseudo_label/rounds.h"

namespace limbus {
namespace {

struct PseudoLabelArguments {
  PseudoLabelRequest request;
  OtherDataset other;
  std::string init;
};

}  // namespace

Action configurePseudoLabel(CLI::App& command) {
  auto arguments = std::make_shared<PseudoLabelArguments>();
  PseudoLabelRequest& request = arguments->request;
  command.add_option("RECIPE", request.recipe, "What to train; its pseudoLabels say what is kept")
      ->required();
  command.add_option("--data", request.train.data, "Folder of the labelled data set");
  addOtherDataset(command, arguments->other);
  command
      .add_option("--unlabelled", request.unlabelled,
                  "Images, folders of them at any depth, or text files of one path a line; without "
                  "it what the data set has in its test split without a label")
      ->type_name("PATH");
  command.add_option("--out", request.train.run, "DIR: takes labels and a RUN for each round")
      ->required()
      ->type_name("DIR");
  command
      .add_option("--rounds", request.rounds,
                  "How often to predict and train; each round's model makes the next one's labels")
      ->type_name("N")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command
      .add_option("--set", request.overrides, "Override a value of the recipe, as in limbus train")
      ->type_name("KEY=VALUE")
      ->expected(1)
      ->take_all();
  command.add_option("--init", arguments->init,
                     "Start every training from these weights, as in limbus train");
  addPredictorOptions(command, request.predictor);
  command.get_option("--model")
      ->description(
          "Makes the first labels, as in limbus predict; without it a first training on the labels "
          "alone, round 0, does")
      ->required(false);
  command.add_flag("--resume", request.train.resume, "Go on with what DIR holds");
  command.add_flag("--quiet", request.train.quiet, "No progress bars");
  command.add_flag("--json", request.json, "Print the table as JSON");
  command.footer(
      "A pixel is kept where the most probable class is probable enough (pseudoLabels.thresholds, "
      "share), an image\nwhere enough of it is (leastKept, leastConfidence); what is not kept is "
      "void. DIR holds labels1, round1, ...\nand rounds.json; each round is an ordinary RUN, whose "
      "config.json names its labels under data.also.\n"
      "Example: limbus pseudo-label eyes.json --data eyes --unlabelled more/eyes --model "
      "runs/first --out runs/more --rounds 2");
  return [arguments]() -> Result<void> {
    PseudoLabelRequest request = arguments->request;
    request.train.selfCheck = request.predictor.selfCheck;
    request.train.quiet = request.train.quiet || request.json;
    if (auto other = overrideDataset(arguments->other, request.recipe, request.train.data,
                                     request.overrides);
        !other) {
      return other;
    }
    if (!arguments->init.empty()) request.train.init = arguments->init;
    return pseudoLabelRounds(std::move(request));
  };
}

}  // namespace limbus
