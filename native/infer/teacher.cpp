#include "native/infer/teacher.h"

#include <algorithm>

#include "native/train/resize.h"
#include "shared/options/json.h"

namespace limbus {
namespace {

constexpr double kLeastProbability = 1e-12;  // below it a logarithm says no more

struct Adviser {
  Model model;
  double share;  // of all weights
};

class ModelsAsTeacher : public Teacher {
 public:
  ModelsAsTeacher(std::vector<Adviser> advisers, Averaged averaged)
      : advisers_(std::move(advisers)), averaged_(averaged) {}

  torch::Tensor logits(const torch::Tensor& images) const override {
    const torch::NoGradGuard noGradients;
    const bool plain = averaged_ == Averaged::logits || advisers_.size() == 1;
    torch::Tensor mean;
    for (const Adviser& adviser : advisers_) {
      torch::Tensor said = answer(adviser.model, images);
      if (!plain) said = torch::softmax(said, 1);
      said = said * adviser.share;
      mean = mean.defined() ? mean + said : said;
    }
    return plain ? mean : mean.clamp_min(kLeastProbability).log();
  }

 private:
  static torch::Tensor answer(const Model& model, const torch::Tensor& images) {
    const OutputSpec& output = model.manifest.output;
    torch::Tensor said = model.net->forward(images).at(0).to(torch::kFloat32);
    if (said.size(2) != images.size(2) || said.size(3) != images.size(3)) {
      said = resizeBilinear(said, {images.size(2), images.size(3)}, output.alignCorners);
    }
    if (output.kind == OutputKind::probabilities) said = said.clamp_min(kLeastProbability).log();
    return said;
  }

  std::vector<Adviser> advisers_;
  Averaged averaged_;
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

bool sameNames(const std::vector<ClassSpec>& a, const std::vector<ClassSpec>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const ClassSpec& x, const ClassSpec& y) { return x.name == y.name; });
}

Result<void> checkFit(const Manifest& manifest, const TeacherPlan& plan) {
  const std::string place = differenceOf(plan.input, manifest.input);
  if (!place.empty()) {
    return fail(ErrorCode::badArgument,
                "takes another input than the recipe, input." + place +
                    " differs; a teacher is handed the same batch, so give the recipe its input");
  }
  if (!sameNames(plan.classes, manifest.classes)) {
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
    advisers.push_back({std::move(*model), share.weight / weights});
  }
  return std::make_shared<const ModelsAsTeacher>(std::move(advisers), plan.averaged);
}

}  // namespace limbus
