#include "native/commands/pseudo_label/rounds.h"

#include <algorithm>
#include <cmath>
#include <iostream>
#include <optional>

#include "native/commands/parts/exit_code.h"
#include "native/commands/parts/recipe_teacher.h"
#include "native/commands/pseudo_label/record.h"
#include "native/commands/pseudo_label/unlabelled_images.h"
#include "native/report/text_table.h"
#include "native/system/files.h"
#include "native/system/folder_lock.h"
#include "native/system/interrupt.h"
#include "native/system/text.h"
#include "native/system/utf8.h"
#include "native/train/files/run_folder.h"
#include "native/train/ranks/ranks.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

struct Rounds {
  PseudoLabelRequest& request;
  Recipe recipe;
  UnlabelledImages unlabelled = {};
  PseudoLabelRecord record = {};

  const fs::path& out() const { return request.train.run; }
  fs::path file() const { return out() / "rounds.json"; }
  fs::path run(int round) const { return out() / ("round" + std::to_string(round)); }
  fs::path labels(int round) const { return out() / ("labels" + std::to_string(round)); }
  PseudoLabelRules rules() const { return recipe.pseudoLabels.value_or(PseudoLabelRules{}); }
};

Json pathsOf(const std::vector<fs::path>& paths) {
  Json texts = Json::array();
  for (const fs::path& path : paths) texts.push_back(path.string());
  return texts;
}

PseudoLabelRecord expectedOf(const Rounds& rounds) {
  const PseudoLabelRequest& request = rounds.request;
  PseudoLabelRecord record{.metric = rounds.recipe.bestMetric};
  record.request = {{"recipe", Json::parse(completeJson(rounds.recipe))},
                    {"data", request.train.data.string()},
                    {"unlabelled", pathsOf(request.unlabelled)},
                    {"models", request.predictor.models},
                    {"mode", request.predictor.mode},
                    {"tta", request.predictor.views},
                    {"mean", request.predictor.mean},
                    {"init", request.train.init ? request.train.init->string() : ""}};
  for (const ClassSpec& one : rounds.recipe.classes) record.classes.push_back(one.name);
  return record;
}

// What there is already: nothing of a new one.
Result<void> openRecord(Rounds& rounds) {
  const PseudoLabelRecord expected = expectedOf(rounds);
  std::error_code error;
  const bool begun = fs::exists(rounds.file(), error);
  if (rounds.request.train.resume) {
    if (!begun) {
      return fail(ErrorCode::notFound,
                  rounds.out().string() + ": no rounds.json to go on with; leave --resume out");
    }
    Result<PseudoLabelRecord> found = readRecord(rounds.file(), expected);
    if (!found) return fail(found.error());
    rounds.record = std::move(*found);
    return {};
  }
  if (begun) {
    return fail(ErrorCode::badArgument,
                rounds.out().string() +
                    ": holds rounds already; go on with --resume or choose another --out");
  }
  if (auto free = checkOutput(rounds.out(), false); !free) return free;
  rounds.record = expected;
  return {};
}

void stoppedBy(const std::string& signal, const Rounds& rounds, int round) {
  leaveWith(kStoppedExit);
  std::cerr << "limbus: stopped by " << signal << " in round " << round << " of "
            << rounds.request.rounds << "; " << rounds.out().string()
            << " holds all that is done, go on with --resume\n";
}

Result<Ensemble> modelsOf(const Rounds& rounds, int round) {
  PredictorOptions options = rounds.request.predictor;
  if (round > 1 || options.models.empty()) options.models = {rounds.run(round - 1).string()};
  Result<Ensemble> models = openEnsemble(options);
  if (!models) return models;
  const std::vector<ClassSpec>& classes = models->manifest().classes;
  if (!std::equal(classes.begin(), classes.end(), rounds.record.classes.begin(),
                  rounds.record.classes.end(),
                  [](const ClassSpec& one, const std::string& name) { return one.name == name; })) {
    return fail(ErrorCode::badArgument,
                options.models.front() +
                    " has other classes than the recipe; its answers are no "
                    "labels for it");
  }
  return models;
}

// Those of before, where they are complete. None: told to stop, and said so.
Result<std::optional<PseudoLabelCounts>> labelsFor(const Rounds& rounds, int round) {
  Result<std::optional<PseudoLabelCounts>> found = foundPseudoLabels(rounds.labels(round));
  if (!found || *found) return found;
  Result<Ensemble> models = modelsOf(rounds, round);
  if (!models) return fail(models.error());
  Result<std::optional<PseudoLabelCounts>> made =
      writePseudoLabels(rounds.unlabelled.images, *models, rounds.rules(), rounds.labels(round),
                        rounds.request.train.quiet, *rounds.recipe.data.row);
  if (made && (!*made || InterruptGuard::requested())) {
    stoppedBy(InterruptGuard::askedBy(), rounds, round);
    return std::nullopt;
  }
  return made;
}

// The recipe with this round's labels behind its own data.
Result<Recipe> recipeOf(const Rounds& rounds, int round) {
  if (round == 0) return rounds.recipe;
  const Json data = Json::parse(completeJson(rounds.recipe)).at("data");
  Json also = data.contains("also") ? data.at("also") : Json::array();
  also.push_back(pseudoLabelData(rounds.labels(round)));
  std::vector<std::string> overrides = rounds.request.overrides;
  overrides.push_back("data.also=" + also.dump());
  return readRecipe(rounds.request.recipe, overrides);
}

void say(const Rounds& rounds, int round, const std::optional<PseudoLabelCounts>& labels) {
  if (rounds.request.train.quiet) return;
  std::cout << "round " << round << " of " << rounds.request.rounds << ": ";
  if (labels) {
    std::cout << labels->kept << " of " << countOf(labels->images, "image") << " labelled\n";
  } else {
    std::cout << "the labels alone\n";
  }
  std::cout.flush();
}

// False: told to stop, and said so.
Result<bool> runRound(Rounds& rounds, int round) {
  std::optional<PseudoLabelCounts> labels;
  if (round > 0) {
    Result<std::optional<PseudoLabelCounts>> counts = labelsFor(rounds, round);
    if (!counts) return fail(counts.error());
    if (!*counts) return false;
    labels = std::move(*counts);
  }
  Result<Recipe> recipe = recipeOf(rounds, round);
  if (!recipe) return fail(recipe.error());
  say(rounds, round, labels);
  TrainRequest training = rounds.request.train;
  training.recipe = std::move(*recipe);
  training.run = rounds.run(round);
  training.openTeacher = openRecipeTeacher;
  // What a round left that was killed before its first whole checkpoint is replaced.
  const bool begun = !RunFolder{training.run}.found("last").empty();
  training.force = training.resume && !begun;
  training.resume = training.resume && begun;
  const Result<TrainSummary> summary = train(training);
  if (!summary) {
    return fail(summary.error().code,
                "round " + std::to_string(round) + ": " + summary.error().message);
  }
  if (summary->interrupted) {
    stoppedBy(summary->signal, rounds, round);
    return false;
  }
  rounds.record.rounds.push_back(
      {round, std::move(labels), summary->epochs, summary->bestEpoch, summary->best});
  if (auto written = writeRecord(rounds.file(), rounds.record); !written) {
    return fail(written.error());
  }
  // Too late for the training, which was writing its last.
  if (InterruptGuard::requested() && round < rounds.request.rounds) {
    stoppedBy(InterruptGuard::askedBy(), rounds, round);
    return false;
  }
  return true;
}

// That a validation of the recipe's runs is one of this model, too.
bool isAlike(const Checkpoint& given, const Recipe& recipe) {
  const Json theirs = Json::parse(completeJson(given.recipe)),
             ours = Json::parse(completeJson(recipe));
  const auto same = [&](const char* key) {
    return theirs.value(key, Json()) == ours.value(key, Json());
  };
  return !given.startOnly && same("net") && same("input") && same("borders") &&
         given.recipe.classes.size() == recipe.classes.size();
}

// A row of what the given model scores before the first round, where that is to be had: the mean of
// several, views, modes and other networks answer by other means than a round's validation. False:
// told to stop, and said so.
Result<bool> scoreGiven(Rounds& rounds) {
  const PredictorOptions& given = rounds.request.predictor;
  const Result<std::vector<ModelShare>> models = parseModels(given.models);
  if (!models) return fail(models.error());
  if (models->size() != 1 || given.mode != "whole" || !given.views.empty()) return true;
  const fs::path& model = models->front().path;
  const Result<Checkpoint> checkpoint = readCheckpoint(model);
  if (!checkpoint || !isAlike(*checkpoint, rounds.recipe)) return true;
  TrainRequest request = rounds.request.train;
  request.recipe = rounds.recipe;
  request.init = model;
  request.resume = false;
  request.openTeacher = openRecipeTeacher;
  const Result<std::optional<double>> score = scoreOfStart(request);
  if (!score) return fail(score.error());
  if (!*score) {
    stoppedBy(InterruptGuard::askedBy(), rounds, 0);
    return false;
  }
  if (!std::isfinite(**score)) return true;
  if (!request.quiet) {
    std::cout << "the given model: " << rounds.record.metric << " " << shownNumber(**score)
              << std::endl;
  }
  rounds.record.rounds.push_back({.round = 0, .best = **score});
  if (auto written = writeRecord(rounds.file(), rounds.record); !written) {
    return fail(written.error());
  }
  return true;
}

void show(const Rounds& rounds) {
  if (rounds.request.json) {
    std::cout << dumpJson(rounds.record.json()) << "\n";
    return;
  }
  std::cout << rounds.record.table() << "in " << rounds.out().string() << "\n";
}

void sayLeftOut(const UnlabelledImages& unlabelled) {
  if (unlabelled.labelled > 0) {
    std::cout << countOf(unlabelled.labelled, "image") << " left out: labelled already\n";
  }
  if (unlabelled.held > 0) {
    std::cout << countOf(unlabelled.held, "image")
              << " left out: of sequences kept for validation\n";
  }
  std::cout << countOf(unlabelled.images.size(), "image") << " without a label" << std::endl;
}

}  // namespace

Result<void> pseudoLabelRounds(PseudoLabelRequest request) {
  const Result<RankPlace> place = rankPlace();
  if (!place) return fail(place.error());
  if (place->size > 1) {
    return fail(ErrorCode::badArgument,
                "pseudo-label is for one process, not " + std::to_string(place->size) + " ranks");
  }
  request.train.run = fs::absolute(request.train.run).lexically_normal();
  if (!isUtf8(request.train.run.string())) {
    return fail(ErrorCode::badArgument,
                request.train.run.string() +
                    ": the rounds' recipes name this path, and are UTF-8; choose another --out");
  }
  request.train.device = request.predictor.device;
  request.train.selfCheck = request.predictor.selfCheck;
  Result<Recipe> recipe = readRecipe(request.recipe, request.overrides);
  if (!recipe) return fail(recipe.error());
  Rounds rounds{.request = request, .recipe = std::move(*recipe)};
  if (auto opened = openRecord(rounds); !opened) return opened;
  Result<UnlabelledImages> unlabelled =
      unlabelledImages(rounds.recipe, request.train.data, request.unlabelled);
  if (!unlabelled) return fail(unlabelled.error());
  rounds.unlabelled = std::move(*unlabelled);
  if (!request.train.quiet) sayLeftOut(rounds.unlabelled);
  if (auto made = makeFolder(rounds.out()); !made) return made;
  const Result<FolderLock> lock = FolderLock::take(rounds.out());
  if (!lock) return fail(lock.error());
  if (auto written = writeRecord(rounds.file(), rounds.record); !written) return written;
  const bool isGiven = !request.predictor.models.empty();
  if (isGiven && rounds.record.rounds.empty()) {
    const Result<bool> done = scoreGiven(rounds);
    if (!done) return fail(done.error());
    if (!*done) return {};
  }
  for (int round = isGiven ? 1 : 0; round <= request.rounds; ++round) {
    if (rounds.record.find(round) != nullptr) continue;
    const Result<bool> done = runRound(rounds, round);
    if (!done) return fail(done.error());
    if (!*done) return {};
  }
  show(rounds);
  return {};
}

}  // namespace limbus
