// limbus evaluate: a model against labelled images.
#include <algorithm>
#include <iostream>
#include <memory>

#include "native/commands/commands.h"
#include "native/commands/data/source.h"
#include "native/commands/evaluate/class_map.h"
#include "native/commands/evaluate/count_scores.h"
#include "native/commands/evaluate/evaluation.h"
#include "native/commands/evaluate/image_scores.h"
#include "native/commands/evaluate/report.h"
#include "native/commands/evaluate/scored_images.h"
#include "native/commands/evaluate/table.h"
#include "native/commands/parts/count_bar.h"
#include "native/commands/parts/predictor_options.h"
#include "native/commands/parts/score_json.h"
#include "native/commands/parts/smooth_options.h"
#include "native/data/dataset.h"
#include "native/system/files.h"
#include "shared/json_reader.h"
#include "shared/metrics/metrics.h"

namespace limbus {
namespace {

constexpr const char* kDataset = "dataset";  // the convention of what names none

struct EvaluateArguments {
  PredictorOptions predictor;
  EvaluationOptions scoring;
  std::filesystem::path data, perImage;
  std::string dataset = "openeds2019", split = "validation", convention, map;
  std::vector<std::string> options;
  bool json = false, splitNamed = false, datasetNamed = false, force = false;
  ReportOptions report;
};

double quantile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  const double at = share * static_cast<double>(values.size() - 1);
  const std::size_t low = static_cast<std::size_t>(at);
  const std::size_t high = std::min(low + 1, values.size() - 1);
  return values[low] + (values[high] - values[low]) * (at - static_cast<double>(low));
}

// One name, or a list of several.
Json modelNames(const PredictorOptions& options) {
  return options.models.size() == 1 ? Json(options.models.front()) : Json(options.models);
}

Json answerOf(const EvaluateArguments& arguments, const Manifest& manifest, const ClassMap& map,
              const ScoredImages& images, const Evaluation& evaluation, const Scores& scores) {
  Json classes = Json::array();
  for (std::size_t i = 0; i < scores.classes.size(); ++i) {
    classes.push_back(scoresJson(map.names[i], scores.classes[i]));
    if (!arguments.scoring.boundary) continue;
    classes.back()["boundaryF1"] = orNull(evaluation.boundaries[i].f1.value());
    classes.back()["hausdorff95Px"] = orNull(evaluation.boundaries[i].hausdorff95Px.value());
  }
  const std::int64_t parameters = manifest.learnedParameters;
  Json answer = {{"model", modelNames(arguments.predictor)},
                 {"dataset", arguments.dataset},
                 {"split", images.split},
                 {"images", evaluation.matrices.size()},
                 {"convention", arguments.convention},
                 {"classes", classes},
                 {"mIoU", scores.mIoU},
                 {"mDice", scores.mDice},
                 {"pixelAccuracy", scores.pixelAccuracy},
                 {"classAccuracy", scores.classAccuracy},
                 {"learnedParameters", parameters},
                 {"sizeMb", openEds2019SizeMb(parameters)}};
  if (!images.dividedAs.empty()) answer["dividedAs"] = images.dividedAs;
  const Result<Scores> contest = score("openeds2019", evaluation.matrices);
  const bool eyes = std::any_of(answer["classes"].begin(), answer["classes"].end(),
                                [](const Json& row) { return row["name"] == "pupil"; });
  if (eyes && arguments.map.empty() && contest && parameters > 0)
    answer["M"] = openEds2019Score(parameters, contest->mIoU);
  if (!evaluation.pupilErrorsPx.empty() || evaluation.pupilsMissed > 0) {
    Json pupil = {{"found", evaluation.pupilErrorsPx.size()}, {"missed", evaluation.pupilsMissed}};
    if (!evaluation.pupilErrorsPx.empty()) {
      pupil["medianErrorPx"] = quantile(evaluation.pupilErrorsPx, 0.5);
      pupil["p95ErrorPx"] = quantile(evaluation.pupilErrorsPx, 0.95);
    }
    answer["pupilCentre"] = pupil;
  }
  const std::vector<std::vector<PartCount>> counts = countsOf(evaluation);
  if (!evaluation.counted.empty() && !counts.empty()) {
    answer["counts"] = countsJson(evaluation.counted, counts);
  }
  return answer;
}

ConfusionMatrix pooled(const std::vector<ConfusionMatrix>& matrices) {
  ConfusionMatrix all(matrices.front().classes());
  for (const ConfusionMatrix& one : matrices) all.add(one);
  return all;
}

// By which all runs counted while they were trained. A map gives classes that no recipe knows.
std::string conventionFor(const EvaluateArguments& arguments, const std::vector<TrainedRun>& runs) {
  const std::string& first = runs.front().recipe.convention;
  const auto other = [&](const TrainedRun& run) { return run.recipe.convention != first; };
  return arguments.map.empty() && std::none_of(runs.begin(), runs.end(), other) ? first : kDataset;
}

// As the command line says, or, without --data, what the models that are runs were trained on, or,
// without --dataset, as their data was laid out.
Result<Chosen<DatasetRow>> dataFor(EvaluateArguments& arguments,
                                   const std::vector<TrainedRun>& runs) {
  const bool named = arguments.datasetNamed;
  const DatasetRow* row = findRow(datasets(), arguments.dataset);
  if (arguments.data.empty() && (!named || (row != nullptr && row->needsRoot))) {
    Result<std::optional<OwnData>> own =
        named ? dataOfRuns(runs, arguments.dataset, {}) : dataOfRuns(runs, "", arguments.options);
    if (!own) return fail(own.error());
    if (*own) {
      arguments.data = (*own)->folder;
      arguments.dataset = (*own)->data.name();
      const std::string folder = arguments.data.empty() ? "" : arguments.data.string() + ", ";
      std::cerr << "limbus: scoring what " << (*own)->run.string() << " was trained on: " << folder
                << "data set " << arguments.dataset;
      if (arguments.convention.empty()) {
        arguments.convention = conventionFor(arguments, runs);
        if (arguments.convention != kDataset) {
          std::cerr << ", by its recipe's convention " << arguments.convention;
        }
      }
      std::cerr << "\n";
      if (!named) return std::move((*own)->data);
    }
  }
  if (!arguments.data.empty() && !named) {
    Result<std::optional<Chosen<DatasetRow>>> layout = layoutOfRuns(runs, arguments.options);
    if (!layout) return fail(layout.error());
    if (*layout) {
      arguments.dataset = (*layout)->name();
      return std::move(**layout);
    }
  }
  return chooseDataset(arguments.dataset, arguments.options);
}

// A class for what no pair names would count as missed where there is no such thing.
Result<ClassMap> mapFor(const EvaluateArguments& arguments, const std::vector<ClassSpec>& ours,
                        const Dataset& dataset) {
  Result<ClassMap> map = parseClassMap(arguments.map, ours, dataset.classes());
  if (!map || !map->rest || !map->namesModel) return map;
  CountBar bar("looking for labels that --map does not name", dataset.size());
  for (std::size_t i = 0; i < dataset.size(); ++i) {
    const Result<Sample> sample = dataset.get(i, 0);
    if (!sample) return fail(sample.error());
    if (hasUnnamed(*map, sample->mask.view())) return map;
    bar.step();
  }
  return parseClassMap(arguments.map, ours, dataset.classes(), false);
}

Result<void> evaluateModel(EvaluateArguments& arguments) {
  if (!arguments.convention.empty() && !findRow(conventions(), arguments.convention)) {
    return fail(ErrorCode::badArgument,
                unknownName("convention", arguments.convention, namesOf(conventions())));
  }
  if (!arguments.perImage.empty()) {
    if (auto free = checkOutputFile(arguments.perImage, arguments.force); !free) return free;
  }
  if (!arguments.report.folder.empty()) {
    if (auto free = checkOutput(arguments.report.folder, arguments.force); !free) return free;
  }
  const Result<std::vector<ModelShare>> models = parseModels(arguments.predictor.models);
  if (!models) return fail(models.error());
  const Result<std::vector<TrainedRun>> runs = runsOf(*models);
  if (!runs) return fail(runs.error());
  const Result<Chosen<DatasetRow>> data = dataFor(arguments, *runs);
  if (!data) return fail(data.error());
  if (arguments.convention.empty()) arguments.convention = kDataset;
  Result<Ensemble> model = openEnsemble(arguments.predictor);
  if (!model) return fail(model.error());
  const std::vector<ClassSpec> classes =
      arguments.map.empty() ? model->manifest().classes : std::vector<ClassSpec>{};
  const Result<ScoredImages> images = openScored(*data,
                                                 {.root = arguments.data,
                                                  .split = arguments.split,
                                                  .classes = classes,
                                                  .splitNamed = arguments.splitNamed},
                                                 *runs, !arguments.scoring.smooth.smooth.empty());
  if (!images) return fail(images.error());
  const Dataset& dataset = *images->samples;
  if (dataset.size() == 0) {
    return fail(ErrorCode::notFound, arguments.data.string() + ": no images in this split");
  }
  if (!images->note.empty()) std::cerr << "limbus: " << images->note << "\n";
  const Result<ClassMap> map = mapFor(arguments, model->manifest().classes, dataset);
  if (!map) return fail(map.error());
  const bool reports = !arguments.report.folder.empty();
  EvaluationReport report(arguments.report, arguments.convention, *map, model->manifest());
  Result<Evaluation> evaluation =
      evaluateAll(*model, *images, *map, arguments.scoring, reports ? &report : nullptr);
  if (!evaluation) return fail(evaluation.error());
  Result<Scores> scores = score(arguments.convention, evaluation->matrices);
  if (!scores) return fail(scores.error());
  Json answer = answerOf(arguments, model->manifest(), *map, *images, *evaluation, *scores);
  const std::string unheld = unheldLabelsHint(*map, evaluation->held, dataset.classes());
  if (!unheld.empty()) std::cerr << "limbus: " << unheld << "\n";
  // Numbers that a data set's own names do not explain.
  if (arguments.map.empty() && data->row->needsRoot && data->row->table == nullptr) {
    const std::string hint =
        missingMapHint(pooled(evaluation->matrices), model->manifest().classes);
    if (!hint.empty()) std::cerr << "limbus: " << hint << "\n";
  }
  if (!arguments.scoring.groupBy.empty()) {
    Result<Json> groups =
        groupScores(evaluation->images, evaluation->matrices, map->names, arguments.convention);
    if (!groups) return fail(groups.error());
    answer["groups"] = std::move(*groups);
  }
  if (!arguments.perImage.empty()) {
    const Result<std::string> csv =
        perImageCsv(evaluation->images, evaluation->matrices, map->names, arguments.convention,
                    evaluation->counted);
    if (!csv) return fail(csv.error());
    if (auto written = writeBytes(arguments.perImage, *csv); !written) return written;
  }
  if (reports) {
    report.addCounts(evaluation->counted, countsOf(*evaluation));
    // Only a single model has curves of its own.
    const bool single = models->size() == 1;
    const auto written =
        report.write(answer, *scores, single ? models->front().path : std::filesystem::path());
    if (!written) return written;
  }
  if (arguments.json) {
    std::cout << dumpJson(answer) << "\n";
  } else {
    printEvaluation(answer);
  }
  return {};
}

}  // namespace

Action configureEvaluate(CLI::App& command) {
  auto arguments = std::make_shared<EvaluateArguments>();
  addPredictorOptions(command, arguments->predictor);
  addSmoothOptions(command, arguments->scoring.smooth);
  command.add_option("--data", arguments->data,
                     "Folder of the data set; without it what the RUN was trained on");
  command
      .add_option("--dataset", arguments->dataset,
                  "How it is laid out: left out, as what a RUN was trained on, of other models "
                  "openeds2019; `limbus list datasets`")
      ->each([arguments](const std::string&) { arguments->datasetNamed = true; });
  command.add_option("--option", arguments->options, "An option of the data set, repeatable")
      ->type_name("KEY=VALUE")
      ->expected(1)
      ->take_all();
  command
      .add_option(
          "--split", arguments->split,
          "Which images; of those that nothing divides the ones that the RUN held out of its "
          "training (validation), or trained on; for other models, and in another folder than the "
          "RUN's, all")
      ->check(CLI::IsMember({"train", "validation", "test", "all"}))
      ->capture_default_str()
      ->each([arguments](const std::string&) { arguments->splitNamed = true; });
  command.add_option("--convention", arguments->convention,
                     "How counts become scores: left out, as the recipe of a RUN that is scored on "
                     "what it was trained on, else dataset; `limbus list conventions`");
  command
      .add_option("--map", arguments->map,
                  "Their labels as the model's classes, by number or name; named twice: one class; "
                  "all others become one class too")
      ->type_name("THEIRS:OURS,...");
  command.add_option(
      "--per-image", arguments->perImage,
      "Write the scores of each image, its counts, and how far the predicted centres of pupil and "
      "iris lie from the true ones, into this CSV file");
  command
      .add_option("--group-by", arguments->scoring.groupBy,
                  "Scores by group too: \"group\" (the data set's persons or sequences), an "
                  "attribute of it, or a regular expression whose first group in an image's name "
                  "it is")
      ->type_name("WHAT");
  command.add_flag("--force", arguments->force, "Replace a file or report that exists");
  command.add_option("--limit", arguments->scoring.limit, "Only the first N images; 0: all")
      ->check(CLI::Range(0, 1000000000));
  CLI::Option* boundary =
      command.add_flag("--boundary", arguments->scoring.boundary,
                       "Boundary F1 and the 95% Hausdorff distance too, means over the images");
  command
      .add_option("--tolerance", arguments->scoring.tolerancePx,
                  "How far borders may lie apart for F1, in px; left out: 0.75% of the diagonal")
      ->check(CLI::Range(0.0, 1e6))
      ->needs(boundary);
  command.add_flag("--counts", arguments->scoring.counts,
                   "Count the parts of each class, as the model's regions say, in prediction and "
                   "truth; by itself where they have a neck");
  addReportOptions(command, arguments->report);
  command.add_flag("--json", arguments->json, "Print the answer as JSON");
  command.footer(
      "Scores are at source resolution, after the same tail as in the page. M is the OpenEDS 2019 "
      "score.\n"
      "Examples:\n"
      "  limbus evaluate --model runs/first\n"
      "  limbus evaluate --model runs/first --data data/eyes --split test\n"
      "  limbus evaluate --model first.onnx --dataset folder --data eyes --map 1:iris,2:pupil\n"
      "  limbus evaluate --model first.onnx --dataset folder --data eyes --per-image eyes.csv "
      "--group-by '^(.*?)_'\n"
      "  limbus evaluate --model first.onnx --dataset rendered --option preset=any "
      "--option validationCount=400\n"
      "  limbus evaluate --model runs/first --data data/eyes --report runs/first-report");
  return [arguments] {
    arguments->scoring.boundary = arguments->scoring.boundary || !arguments->report.folder.empty();
    arguments->report.force = arguments->force;
    return evaluateModel(*arguments);
  };
}

}  // namespace limbus
