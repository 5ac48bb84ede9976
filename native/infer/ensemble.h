// The models that look at an image, and how: what predict and evaluate do with one model or many.
//
//   Ensemble eyes = *Ensemble::open(plan);
//   eyes.lookAhead(images.size(), read, [] { return true; });
//   Result<Mask> mask = eyes.mask(i, image.view());
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "native/infer/mean.h"
#include "native/infer/model.h"
#include "native/infer/modes.h"
#include "native/infer/predictor.h"
#include "native/infer/views.h"
#include "shared/manifest.h"
#include "shared/result.h"

namespace limbus {

struct ModelShare {
  std::filesystem::path path;
  double weight = 1;
};

struct EnsemblePlan {
  std::vector<ModelShare> models = {};  // at least one
  Chosen<ModeRow> mode = chosen(modes(), "whole");
  std::vector<View> views = {View{}};
  Averaged averaged = Averaged::probabilities;
  bool oneAtATime = false;  // in memory; their answers lie on the disk meanwhile
  std::string device = "auto";
  bool selfCheck = true;
  Engine engine = Engine::automatic;
  std::function<void(const std::string&)> note = [](const std::string&) {};
};

class Ensemble {
 public:
  using ImageSource = std::function<Result<Image>(std::size_t index)>;

  // Models of other classes than the first's are refused.
  static Result<Ensemble> open(EnsemblePlan plan);

  const Manifest& manifest() const { return manifest_; }  // of the first; parameters of all

  // With one model in memory at a time: each looks at all images here. An image that cannot be read
  // or segmented is left out; `mask` says why. `step` is called after each image of each model,
  // steps(count) times in all; false stops. Else it does nothing.
  Result<void> lookAhead(std::size_t count, const ImageSource& images,
                         const std::function<bool()>& step);
  std::size_t steps(std::size_t count) const {
    return plan_.oneAtATime ? count * plan_.models.size() : 0;
  }

  // `index` as in lookAhead.
  Result<Field> field(std::size_t index, ImageView image) const;
  Result<Mask> mask(std::size_t index, ImageView image) const;

 private:
  explicit Ensemble(EnsemblePlan plan) : plan_(std::move(plan)) {}
  Result<Model> load(const ModelShare& share, bool selfCheck);
  Result<void> meet(const ModelShare& share, const Manifest& manifest);
  SharedPredictor looking(Model model) const;

  EnsemblePlan plan_;
  Manifest manifest_;
  SharedPredictor all_;  // none: one at a time
  std::optional<MeanOnDisk> mean_;
  std::map<std::size_t, Error> refused_;
  std::set<std::string> noted_;
};

}  // namespace limbus
