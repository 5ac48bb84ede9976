#include "native/commands/train/folds.h"

#include <functional>
#include <iostream>
#include <memory>
#include <optional>

#include "native/commands/parts/count_bar.h"
#include "native/commands/parts/exit_code.h"
#include "native/commands/train/fold_scores.h"
#include "native/data/files/image_files.h"
#include "native/data/sets/generic_folder.h"
#include "native/infer/ensemble.h"
#include "native/infer/fold_runs.h"
#include "native/system/files.h"
#include "native/system/folder.h"
#include "native/system/folder_lock.h"
#include "native/system/interrupt.h"
#include "native/train/files/run_folder.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPredictions = "predictions";

Result<Recipe> recipeOf(const FoldsRequest& request, int fold) {
  std::vector<std::string> overrides = request.overrides;
  if (request.folds > 0) overrides.push_back("data.split.folds=" + std::to_string(request.folds));
  overrides.push_back("data.split.fold=" + std::to_string(fold));
  return readRecipe(request.recipe, overrides);
}

// A batch "auto" is found by the first part, and holds for all.
Result<Recipe> withBatchOf(const fs::path& part, const Recipe& recipe) {
  if (recipe.batch > 0) return recipe;
  const Result<Recipe> before = readRecipe(part / "config.json", {});
  if (!before) return fail(before.error());
  return recipe.withBatch(before->batch);
}

Result<FoldScores> expectedOf(const FoldsRequest& request) {
  const Result<Recipe> first = recipeOf(request, 0);
  if (!first) return fail(first.error());
  if (first->split.folds == 0) {
    return fail(ErrorCode::badArgument,
                "--folds: the recipe's data.split names no parts; say how many: --folds 5");
  }
  FoldScores scores{.folds = first->split.folds,
                    .metric = first->bestMetric,
                    .convention = first->convention,
                    .classes = {},
                    .predictions = request.keepPredictions};
  for (const ClassSpec& one : first->classes) scores.classes.push_back(one.name);
  return scores;
}

// What `limbus predict --model RUN` would take for a model, or for a part, and is not one of these.
Result<void> refuseStrangers(const fs::path& folder, int folds) {
  const RunFolder run{folder};
  if (!run.found("best").empty() || !run.found("last").empty()) {
    return fail(ErrorCode::badArgument,
                folder.string() + " is a run itself; choose another --out for the parts");
  }
  for (const auto& [number, found] : foldFolders(folder)) {
    bool own = false;
    for (int fold = 0; fold < folds; ++fold) own |= found.filename() == foldName(fold);
    if (own) continue;
    return fail(ErrorCode::badArgument,
                found.string() + " is of another training, not one of these " +
                    std::to_string(folds) + " parts; remove it, or choose another --out");
  }
  return {};
}

// The checkpoints of a training that is replaced: --resume would go on with them.
Result<void> dropParts(const fs::path& folder, int folds) {
  std::error_code error;
  for (int fold = 0; fold < folds; ++fold) {
    const fs::path run = folder / foldName(fold);
    if (!fs::is_directory(run, error)) continue;
    const Result<FolderLock> lock = FolderLock::take(run);
    if (!lock) return fail(lock.error());
    dropCheckpoints({run}, {});
  }
  return {};
}

// What there is already: nothing of a new training, whose place is free.
Result<FoldScores> openScores(const FoldsRequest& request, const fs::path& file,
                              const FoldScores& expected) {
  std::error_code error;
  const bool begun = fs::exists(file, error);
  const fs::path& folder = request.train.run;
  if (request.train.resume) {
    if (begun) return readFoldScores(file, expected);
    return fail(ErrorCode::notFound,
                folder.string() + ": no folds.json to go on with; leave --resume out");
  }
  if (begun && !request.train.force) {
    return fail(ErrorCode::badArgument, folder.string() +
                                            ": exists already; go on with --resume, choose "
                                            "another RUN or add --force");
  }
  if (auto free = checkOutput(folder, request.train.force); !free) return fail(free.error());
  if (request.train.init && liesIn(*request.train.init, folder)) {
    return fail(ErrorCode::badArgument, request.train.init->string() +
                                            ": lies in what --force replaces; choose another "
                                            "--out");
  }
  return expected;
}

// In place of what --force replaces.
Result<void> beginScores(const fs::path& folder, const fs::path& file, const FoldScores& expected) {
  std::error_code error;
  if (auto dropped = dropParts(folder, expected.folds); !dropped) return dropped;
  if (fs::exists(file, error)) fs::remove_all(folder / kPredictions, error);
  return writeFoldScores(file, expected);
}

// For those who ask which images it has.
Result<std::unique_ptr<Dataset>> openUnchecked(const TrainRequest& request, const Recipe& recipe,
                                               const std::string& split) {
  return openDivided(recipe.data,
                     {.root = request.data,
                      .split = split,
                      .classes = recipe.classes,
                      .divide = true,
                      .unchecked = true},
                     withoutWriting(recipe.split));
}

// That each image's prediction is a file of its own.
Result<void> checkPredictions(const FoldsRequest& request) {
  const Result<Recipe> recipe = recipeOf(request, 0);
  if (!recipe) return fail(recipe.error());
  std::vector<std::unique_ptr<Dataset>> sets;
  std::vector<NamedPart> parts;
  for (const char* split : {"train", "validation"}) {
    Result<std::unique_ptr<Dataset>> set = openUnchecked(request.train, *recipe, split);
    if (!set) return fail(set.error());
    parts.push_back({"", set->get()});
    sets.push_back(std::move(*set));
  }
  const Result<std::vector<std::vector<SampleFiles>>> files = genericFiles(parts);
  return files ? Result<void>() : fail(files.error());
}

// That each part has something to score. What comes from no files has labels.
Result<void> checkLabels(const FoldsRequest& request, int folds) {
  for (int fold = 0; fold < folds; ++fold) {
    const Result<Recipe> recipe = recipeOf(request, fold);
    if (!recipe) return fail(recipe.error());
    const auto held = openUnchecked(request.train, *recipe, "validation");
    if (!held) return fail(held.error());
    bool any = false;
    for (std::size_t i = 0; i < (*held)->size() && !any; ++i) {
      const SampleFacts facts = (*held)->facts(i);
      any = facts.labelled || facts.image.empty();
    }
    if (any) continue;
    std::error_code error;
    const std::string& file = recipe->split.file;
    const bool byFile = !file.empty() && fs::exists(file, error);
    return fail(
        ErrorCode::badData,
        foldName(fold) + ": no image held out has a label to score against; " +
            (byFile ? file + " divides them so: divide anew by another data.split.file"
                    : "ask for fewer parts (--folds), or divide by another data.split.seed"));
  }
  return {};
}

// A finished part is not opened again, but it must be of this recipe and of these images, or the
// parts would not make a whole.
Result<void> checkFinished(const TrainRequest& request, const fs::path& run, const Recipe& recipe) {
  const Result<Recipe> before = readRecipe(run / "config.json", {});
  if (!before) return fail(before.error());
  const std::string place = firstDifference(completeJson(*before), completeJson(recipe));
  if (!place.empty()) {
    return fail(ErrorCode::badArgument,
                run.string() + " was trained with another recipe: '" + place +
                    "' differs; pass the same recipe and --set, or choose another --out");
  }
  DataPlace now{.given = request.data};
  for (auto [split, images] :
       {std::pair("train", &now.training), std::pair("validation", &now.validation)}) {
    const Result<std::unique_ptr<Dataset>> set = openUnchecked(request, recipe, split);
    if (!set) return fail(set.error());
    *images = whichSamples(**set);
  }
  return checkSameImages(run, now);
}

// predictions/<image>.png
Result<void> keepMask(const Mask& mask, const std::string& id, const fs::path& folder) {
  const fs::path file = folder / (safePath(id).string() + ".png");
  if (auto made = makeFolder(file.parent_path()); !made) return made;
  return writePng(file, mask.view(), false);
}

// Counts the part that a run did not see, by its best epoch. `predictions`: the folder that takes
// its masks; empty: none does. False: told to stop.
Result<bool> scoreHeldOut(const TrainRequest& request, const fs::path& predictions,
                          FoldScore& held) {
  const Recipe& recipe = request.recipe;
  const Result<std::unique_ptr<Dataset>> set = openDivided(
      recipe.data,
      {.root = request.data, .split = "validation", .classes = recipe.classes, .divide = true},
      recipe.split);
  if (!set) return fail(set.error());
  const Result<Ensemble> model = Ensemble::open(
      {.models = {{request.run, 1}}, .device = request.device, .selfCheck = request.selfCheck});
  if (!model) return fail(model.error());
  std::optional<CountBar> bar;
  if (!request.quiet) bar.emplace("scoring " + request.run.filename().string(), (*set)->size());
  for (std::size_t i = 0; i < (*set)->size(); ++i) {
    if (InterruptGuard::requested()) return false;
    const Result<Sample> sample = (*set)->get(i, 0);
    if (!sample) return fail(sample.error());
    const Result<Mask> mask = model->mask(i, sample->image.view());
    ConfusionMatrix image(held.confusion.classes());
    const bool labelled = !sample->mask.pixels.empty();
    Result<void> added = mask ? Result<void>() : fail(mask.error());
    if (added && labelled) added = image.add(sample->mask.view(), mask->view());
    if (added && !predictions.empty()) added = keepMask(*mask, sample->id, predictions);
    if (!added) return fail(added.error().code, sample->id + ": " + added.error().message);
    if (labelled) {
      held.count(image, recipe.convention);
      ++held.images;
    }
    if (bar) bar->step();
  }
  return true;
}

void stoppedBy(const std::string& signal, const FoldsRequest& request, int fold, int folds) {
  leaveWith(kStoppedExit);
  std::cerr << "limbus: stopped by " << signal << " in part " << fold + 1 << " of " << folds << "; "
            << request.train.run.string() << " holds all that is done, go on with --resume\n";
}

// None: told to stop, and said so. `begin`: called once its training can start.
Result<std::optional<FoldScore>> runFold(const FoldsRequest& request, Recipe recipe, int fold,
                                         const fs::path& predictions,
                                         const std::function<Result<void>()>& begin) {
  const int folds = recipe.split.folds;
  TrainRequest training = request.train;
  training.recipe = std::move(recipe);
  training.run = request.train.run / foldName(fold);
  training.beforeWriting = begin;
  // Of a part that has not begun there is nothing to go on from.
  training.resume = request.train.resume && !RunFolder{training.run}.found("last").empty();
  if (!training.quiet) {
    std::cout << foldName(fold) << ": part " << fold + 1 << " of " << folds << " held out"
              << std::endl;
  }
  const Result<TrainSummary> summary = train(training);
  if (!summary) {
    return fail(summary.error().code, foldName(fold) + ": " + summary.error().message);
  }
  // Or too late for the training, which was writing its last.
  if (summary->interrupted || InterruptGuard::requested()) {
    stoppedBy(InterruptGuard::askedBy(), request, fold, folds);
    return std::nullopt;
  }
  const InterruptGuard guard;
  FoldScore score{.fold = fold,
                  .epochs = summary->epochs,
                  .bestEpoch = summary->bestEpoch,
                  .best = summary->best,
                  .confusion = ConfusionMatrix(static_cast<int>(training.recipe.classes.size()))};
  const Result<bool> scored = scoreHeldOut(training, predictions, score);
  if (!scored) return fail(scored.error());
  if (!*scored) {
    stoppedBy(InterruptGuard::askedBy(), request, fold, folds);
    return std::nullopt;
  }
  return score;
}

Result<void> show(const FoldsRequest& request, const FoldScores& scores) {
  if (request.json) {
    const Result<Json> json = scores.json();
    if (!json) return fail(json.error());
    std::cout << dumpJson(*json) << "\n";
    return {};
  }
  const Result<std::string> tables = foldTables(scores);
  if (!tables) return fail(tables.error());
  std::cout << *tables << "in " << request.train.run.string()
            << "; limbus predict --model takes this folder\n";
  return {};
}

}  // namespace

Result<void> trainFolds(const FoldsRequest& request) {
  const fs::path& folder = request.train.run;
  const fs::path file = folder / "folds.json";
  const Result<FoldScores> expected = expectedOf(request);
  if (!expected) return fail(expected.error());
  if (!request.train.resume) {
    if (auto alone = refuseStrangers(folder, expected->folds); !alone) return alone;
  }
  if (auto labelled = checkLabels(request, expected->folds); !labelled) return labelled;
  if (request.keepPredictions) {
    if (auto apart = checkPredictions(request); !apart) return apart;
  }
  if (auto made = makeFolder(folder); !made) return made;
  const Result<FolderLock> lock = FolderLock::take(folder);
  if (!lock) return fail(lock.error());
  Result<FoldScores> scores = openScores(request, file, *expected);
  if (!scores) return fail(scores.error());
  if (request.train.resume) {  // of these parts, as its folds.json has just said
    if (auto alone = refuseStrangers(folder, expected->folds); !alone) return alone;
  }
  for (int fold = 0; fold < expected->folds; ++fold) {
    Result<Recipe> recipe = recipeOf(request, fold);
    if (recipe && !scores->done.empty()) {
      recipe = withBatchOf(folder / foldName(scores->done.front().fold), *recipe);
    }
    if (!recipe) return fail(recipe.error());
    if (scores->find(fold) != nullptr) {
      if (auto same = checkFinished(request.train, folder / foldName(fold), *recipe); !same) {
        return same;
      }
      continue;
    }
    std::function<Result<void>()> begin;  // a training that cannot start replaces none
    if (fold == 0 && !request.train.resume) {
      begin = [&] { return beginScores(folder, file, *expected); };
    }
    Result<std::optional<FoldScore>> done =
        runFold(request, std::move(*recipe), fold,
                scores->predictions ? folder / kPredictions : fs::path(), begin);
    if (!done) return fail(done.error());
    if (!*done) return {};
    scores->done.push_back(std::move(**done));
    if (auto written = writeFoldScores(file, *scores); !written) return written;
    if (InterruptGuard::requested() && !scores->complete()) {  // behind the last image
      stoppedBy(InterruptGuard::askedBy(), request, fold, expected->folds);
      return {};
    }
  }
  return show(request, *scores);
}

}  // namespace limbus
