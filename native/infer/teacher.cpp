#include "native/infer/teacher.h"

#include <algorithm>

#include "native/train/executor/executor.h"
#include "native/train/executor/resize.h"
#include "native/train/losses/attention.h"
#include "shared/nets/scales.h"
#include "shared/options/json.h"
#include "shared/options/rows.h"

namespace limbus {
namespace {

constexpr double kLeastProbability = 1e-12;  // below it a logarithm says no more

struct Adviser {
  Model model;
  double share;     // of all weights
  Features scales;  // that it could tell about
};

const Scale* findScale(const Features& scales, int stride) {
  const auto found = std::find_if(scales.begin(), scales.end(),
                                  [stride](const Scale& one) { return one.stride == stride; });
  return found == scales.end() ? nullptr : &*found;
}

class ModelsAsTeacher : public Teacher {
 public:
  ModelsAsTeacher(std::vector<Adviser> advisers, Averaged averaged, std::vector<int> strides)
      : advisers_(std::move(advisers)), averaged_(averaged), strides_(std::move(strides)) {
    for (const Adviser& adviser : advisers_) {
      std::vector<ValueId> values;
      for (const int stride : strides_) values.push_back(findScale(adviser.scales, stride)->value);
      adviser.model.net->watch(std::move(values));
    }
  }

  std::vector<int> strides() const override { return strides_; }

  Taught teach(const torch::Tensor& images) const override {
    const torch::NoGradGuard noGradients;
    const bool plain = averaged_ == Averaged::logits || advisers_.size() == 1;
    Taught mean;
    mean.attention.resize(strides_.size());
    for (const Adviser& adviser : advisers_) {
      const Executor::Passed passed = adviser.model.net->pass(images);
      torch::Tensor said = answer(adviser.model, passed.outputs.at(0), images);
      if (!plain) said = torch::softmax(said, 1);
      add(mean.logits, said * adviser.share);
      for (std::size_t i = 0; i < strides_.size(); ++i) {
        const torch::Tensor looks = attentionOf(passed.watched.at(i).to(torch::kFloat32));
        add(mean.attention[i], likeFirst(looks, mean.attention[i]) * adviser.share);
      }
    }
    if (!plain) mean.logits = mean.logits.clamp_min(kLeastProbability).log();
    return mean;
  }

 private:
  static void add(torch::Tensor& sum, const torch::Tensor& one) {
    sum = sum.defined() ? sum + one : one;
  }
  // Of odd sizes one network makes (n + 1) / 2, another n / 2.
  static torch::Tensor likeFirst(const torch::Tensor& map, const torch::Tensor& first) {
    if (!first.defined() || map.sizes() == first.sizes()) return map;
    return resizeBilinear(map.unsqueeze(1), {first.size(1), first.size(2)}, false).squeeze(1);
  }
  static torch::Tensor answer(const Model& model, const torch::Tensor& output0,
                              const torch::Tensor& images) {
    const OutputSpec& output = model.manifest.output;
    torch::Tensor said = output0.to(torch::kFloat32);
    if (said.size(2) != images.size(2) || said.size(3) != images.size(3)) {
      said = resizeBilinear(said, {images.size(2), images.size(3)}, output.alignCorners);
    }
    if (output.kind == OutputKind::probabilities) said = said.clamp_min(kLeastProbability).log();
    return said;
  }

  std::vector<Adviser> advisers_;
  Averaged averaged_;
  std::vector<int> strides_;
};

// The first key in which they differ; empty: the tensors are the same.
std::string differenceOf(InputSpec one, InputSpec other) {
  if (one.resize == ResizeRule::none && other.resize == ResizeRule::none) {
    other.width = one.width;  // any size is taken
    other.height = one.height;
  }
  if (other.planes == one.channels()) other.planes = one.planes;
  const Json a = writeOptions(one), b = writeOptions(other);
  for (const auto& [key, value] : a.items()) {
    if (!b.contains(key) || b.at(key) != value) return key;
  }
  for (const auto& [key, value] : b.items()) {
    if (!a.contains(key)) return key;
  }
  return "";
}

Result<void> checkFit(const Manifest& manifest, const TeacherPlan& plan) {
  const std::string place = differenceOf(plan.input, manifest.input);
  if (!place.empty()) {
    return fail(ErrorCode::badArgument,
                "takes another input than the recipe, input." + place +
                    " differs; a teacher is handed the same batch, so give the recipe its input");
  }
  if (namesOf(plan.classes) != namesOf(manifest.classes)) {
    return fail(ErrorCode::badArgument, "has other classes than the recipe");
  }
  const OutputSpec& output = manifest.output;
  if (output.kind == OutputKind::argmax) {
    return fail(ErrorCode::badArgument,
                "ends in argmax; a teacher must give logits or probabilities");
  }
  if (output.layout != Layout::nchw || output.threshold) {
    return fail(ErrorCode::unsupported,
                "does not give a plane for every class, which a teacher must");
  }
  return {};
}

Result<std::vector<int>> commonStrides(const TeacherPlan& plan,
                                       const std::vector<Adviser>& advisers) {
  std::vector<int> common;
  for (const int stride : plan.strides) {
    std::size_t have = 0;
    for (std::size_t i = 0; i < advisers.size(); ++i) {
      if (findScale(advisers[i].scales, stride) != nullptr) {
        ++have;
      } else if (plan.everyStride) {
        return fail(ErrorCode::badArgument, plan.models[i].path.string() +
                                                " has no feature maps of stride " +
                                                std::to_string(stride));
      }
    }
    if (have == advisers.size()) common.push_back(stride);
  }
  if (common.empty() && !plan.strides.empty()) {
    return fail(ErrorCode::badArgument, "has no scale in common with the network that learns");
  }
  return common;
}

Result<Features> scalesOf(const Model& model, const InputSpec& input) {
  return limbus::scalesOf(model.net->graph(), {1, input.channels(), input.height, input.width});
}

}  // namespace

Result<std::shared_ptr<const Teacher>> openTeacher(const TeacherPlan& plan) {
  double weights = 0;
  for (const ModelShare& share : plan.models) weights += share.weight;
  std::vector<Adviser> advisers;
  for (const ModelShare& share : plan.models) {
    Result<Model> model = loadModel(share.path, plan.device, plan.selfCheck, Engine::limbus);
    if (!model) return fail(model.error());
    if (const Result<void> fits = checkFit(model->manifest, plan); !fits) {
      return fail(fits.error().code, share.path.string() + " " + fits.error().message);
    }
    if (!model->note.empty()) plan.note(model->note);
    Features scales;
    if (!plan.strides.empty()) {
      Result<Features> found = scalesOf(*model, plan.input);
      if (!found) return fail(found.error());
      scales = std::move(*found);
    }
    advisers.push_back({std::move(*model), share.weight / weights, std::move(scales)});
  }
  Result<std::vector<int>> strides = commonStrides(plan, advisers);
  if (!strides) return fail(strides.error());
  return std::make_shared<const ModelsAsTeacher>(std::move(advisers), plan.averaged,
                                                 std::move(*strides));
}

}  // namespace limbus
