#include "native/infer/ensemble.h"

#include "native/system/memory.h"
#include "shared/options/rows.h"

namespace limbus {

Result<Model> Ensemble::load(const ModelShare& share, bool selfCheck) {
  Result<Model> model = loadModel(share.path, plan_.device, selfCheck, plan_.engine);
  if (model && !model->note.empty() && noted_.insert(model->note).second) plan_.note(model->note);
  return model;
}

Result<void> Ensemble::meet(const ModelShare& share, const Manifest& manifest) {
  if (manifest_.classes.empty()) {
    manifest_ = manifest;
    return {};
  }
  if (namesOf(manifest_.classes) != namesOf(manifest.classes)) {
    return fail(ErrorCode::badArgument, share.path.string() + " has other classes than " +
                                            plan_.models.front().path.string() +
                                            "; models of one prediction need the same");
  }
  const bool known = manifest_.learnedParameters > 0 && manifest.learnedParameters > 0;
  manifest_.learnedParameters =
      known ? manifest_.learnedParameters + manifest.learnedParameters : 0;
  return {};
}

SharedPredictor Ensemble::looking(Model model) const {
  SharedPredictor predictor =
      plan_.mode.row->wrap(predictorOf(std::move(model)), plan_.averaged, plan_.mode.options);
  const View plain;
  const std::vector<View>& views = plan_.views;
  if (views.size() == 1 && views[0].turn == plain.turn && views[0].scale == 1) return predictor;
  return viewed(std::move(predictor), views, plan_.averaged);
}

Result<Ensemble> Ensemble::open(EnsemblePlan plan) {
  Ensemble ensemble(std::move(plan));
  const EnsemblePlan& how = ensemble.plan_;
  std::vector<Weighted> looking;
  for (const ModelShare& share : how.models) {
    // One at a time: to know it by; it is checked where it works.
    Result<Model> model = ensemble.load(share, how.selfCheck && !how.oneAtATime);
    if (!model) return fail(model.error());
    if (Result<void> met = ensemble.meet(share, model->manifest); !met) return fail(met.error());
    if (!how.oneAtATime) looking.push_back({ensemble.looking(std::move(*model)), share.weight});
  }
  if (how.oneAtATime) {
    Result<MeanOnDisk> mean = MeanOnDisk::make(how.averaged);
    if (!mean) return fail(mean.error());
    ensemble.mean_.emplace(std::move(*mean));
  } else if (looking.size() == 1) {
    ensemble.all_ = std::move(looking.front().predictor);
  } else {
    ensemble.all_ = meanOf(std::move(looking), how.averaged);
  }
  return ensemble;
}

Result<void> Ensemble::lookAhead(std::size_t count, const ImageSource& images,
                                 const std::function<bool()>& step) {
  if (!mean_) return {};
  for (const ModelShare& share : plan_.models) {
    Result<Model> model = load(share, plan_.selfCheck);
    if (!model) return fail(model.error());
    const SharedPredictor predictor = looking(std::move(*model));
    for (std::size_t i = 0; i < count; ++i) {
      const Result<void> added = withinMemory("", [&]() -> Result<void> {
        const Result<Image> image = images(i);
        if (!image || refused_.count(i) != 0) return {};
        const Result<Field> field = predictor->predict(image->view());
        return field ? mean_->add(i, *field, share.weight) : Result<void>(fail(field.error()));
      });
      if (!added && added.error().code == ErrorCode::io) return added;  // a full disk
      if (!added) refused_.emplace(i, added.error());
      if (!step()) return fail(ErrorCode::io, "interrupted; nothing was written");
    }
  }
  return {};
}

Result<Field> Ensemble::field(std::size_t index, ImageView image) const {
  if (!mean_) return all_->predict(image);
  const auto refused = refused_.find(index);
  if (refused != refused_.end()) return fail(refused->second);
  return mean_->field(index);
}

Result<Mask> Ensemble::mask(std::size_t index, ImageView image) const {
  const Result<Field> field = this->field(index, image);
  if (!field) return fail(field.error());
  return maskOf(*field);
}

}  // namespace limbus
