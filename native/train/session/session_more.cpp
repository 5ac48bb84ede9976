// What a recipe draws on beside its own labelled images: more data sets, unlabelled images, trained
// networks.
#include <filesystem>
#include <set>
#include <utility>

#include "native/data/more_data.h"
#include "native/data/wrappers.h"
#include "native/system/folder.h"
#include "native/system/text.h"
#include "native/train/batches/unlabelled_source.h"
#include "native/train/session/session.h"
#include "shared/nets/scales.h"
#include "shared/random.h"

namespace limbus {
namespace {

// Without the images that validation holds and, in its `own` folder, the sequences that they are
// of: elsewhere one of the same name is another.
std::unique_ptr<Dataset> withoutHeld(std::unique_ptr<Dataset> set, const Dataset& validation,
                                     bool own) {
  std::set<std::string> groups;
  std::set<std::filesystem::path> images;
  for (std::size_t i = 0; i < validation.size(); ++i) {
    const SampleFacts facts = validation.facts(i);
    if (own) groups.insert(facts.group);
    if (!facts.image.empty()) images.insert(withoutLinks(facts.image));
  }
  groups.erase("");
  std::vector<std::size_t> free;
  for (std::size_t i = 0; i < set->size(); ++i) {
    const SampleFacts facts = set->facts(i);
    const bool isHeld = !facts.image.empty() && images.count(withoutLinks(facts.image)) > 0;
    if (!isHeld && groups.count(facts.group) == 0) free.push_back(i);
  }
  if (free.size() == set->size()) return set;
  return subset(std::move(set), std::move(free));
}

}  // namespace

Result<void> openMore(const TrainRequest& request, Session& session) {
  const Recipe& recipe = request.recipe;
  if (!recipe.also.empty()) {
    auto more = openMoreData(recipe.also, request.data, recipe.classes, "data.also");
    if (!more) return fail(more.error());
    std::size_t held = 0;  // a score of what was trained on would be too good
    for (std::unique_ptr<Dataset>& set : *more) {
      const std::size_t all = set->size();
      set = withoutHeld(std::move(set), *session.validationSet, false);
      held += all - set->size();
    }
    if (held > 0) {
      session.heldLine = "data.also: " + countOf(held, "image") + " left out that validation holds";
    }
    more->insert(more->begin(), std::move(session.trainingSet));
    session.trainingSet = concatenation(std::move(*more));
  }
  if (!recipe.meanTeacher) return {};
  const std::vector<MoreData>& named = recipe.meanTeacher->unlabelled;
  auto sets = openMoreData(named, request.data, recipe.classes, "meanTeacher.unlabelled", true);
  if (!sets) return fail(sets.error());
  for (std::size_t i = 0; i < named.size(); ++i) {
    std::error_code error;
    const bool own =
        named[i].root.empty() || std::filesystem::equivalent(named[i].root, request.data, error);
    (*sets)[i] = withoutHeld(std::move((*sets)[i]), *session.validationSet, own);
  }
  session.unlabelledSet = concatenation(std::move(*sets));
  return {};
}

Result<void> startUnlabelled(const Recipe& recipe, LoaderOptions options, Session& session) {
  const MeanTeacherRules& rules = *recipe.meanTeacher;
  if (rules.batch % options.shares != 0) {
    return fail(ErrorCode::badArgument, "meanTeacher.batch " + std::to_string(rules.batch) +
                                            " cannot be shared by " +
                                            std::to_string(options.shares) +
                                            " ranks; set it to a multiple: --set "
                                            "meanTeacher.batch=...");
  }
  if (rules.batch > 0) options.batch = rules.batch / options.shares;
  options.maps = {};
  options.dropLast = true;
  // Draws of their own: the same images would else meet in every step.
  options.seed = Random(options.seed, 0, 0, Purpose::unlabelled).bits();
  const auto wanted = static_cast<std::size_t>(options.batch) * options.shares;
  if (session.unlabelledSet->size() < wanted) {
    return fail(ErrorCode::badData,
                "the unlabelled images, " + std::to_string(session.unlabelledSet->size()) +
                    ", are fewer than a batch of them, " + std::to_string(wanted) +
                    "; set a smaller one: --set meanTeacher.batch=...");
  }
  std::vector<Augmentation> seen = recipe.augmentations;
  for (Augmentation more : rules.augmentations) {
    // No group of the recipe's goes on in them: both sides see what that drew.
    if (!more.group.empty()) more.group = "meanTeacher." + more.group;
    seen.push_back(std::move(more));
  }
  const auto source = [&](const std::vector<Augmentation>& augmentations) {
    return std::make_unique<LoaderSource>(*session.unlabelledSet, recipe.input, augmentations,
                                          options, session.learner.device);
  };
  session.trainingBatches = withUnlabelled(std::move(session.trainingBatches), source(seen),
                                           source(recipe.augmentations));
  return {};
}

Result<void> openTeacher(const TrainRequest& request, Learner& learner) {
  if (!request.openTeacher) {
    return fail(ErrorCode::unsupported,
                "the recipe has a teacher, and this program's caller opens none");
  }
  Result<std::shared_ptr<const Teacher>> teacher =
      request.openTeacher(request.recipe, learner.device.str(), request.selfCheck);
  if (!teacher) return fail(teacher.error());
  learner.loss.teacher = std::move(*teacher);
  return {};
}

Result<void> watchFeatures(const Recipe& recipe, Learner& learner) {
  if (!learner.loss.needsFeatures()) return {};
  const Result<Features> scales = scalesOf(
      learner.net->graph(), {1, recipe.input.channels(), recipe.input.height, recipe.input.width});
  if (!scales) return fail(scales.error());
  std::vector<ValueId> values;
  for (const int stride : learner.loss.teacher->strides()) {
    for (const Scale& scale : *scales) {
      if (scale.stride == stride) values.push_back(scale.value);
    }
  }
  learner.net->watch(values);
  if (learner.average) learner.average->watch(values);
  return {};
}

}  // namespace limbus
