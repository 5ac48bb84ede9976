#include <algorithm>

#include "native/data/files/image_files.h"
#include "native/system/text.h"
#include "native/train/device.h"
#include "native/train/session/session.h"
#include "native/train/torch_compat.h"

namespace limbus {
namespace {

double perStep(double milliseconds, std::int64_t steps) {
  return milliseconds / static_cast<double>(std::max<std::int64_t>(1, steps));
}

// Beyond what JPEG makes of grey.
bool isColourful(const Image& image) {
  constexpr int kNoise = 24;
  if (image.channels != 3) return false;
  for (std::size_t i = 0; i < image.pixels.size(); i += 3) {
    const auto [low, high] =
        std::minmax({image.pixels[i], image.pixels[i + 1], image.pixels[i + 2]});
    if (high - low > kNoise) return true;
  }
  return false;
}

Json jsonOf(const Validation& validation, const std::vector<ClassSpec>& classes) {
  const Scores& scores = validation.scores;
  Json iou = Json::object();
  for (std::size_t i = 0; i < scores.classes.size(); ++i) {
    const std::optional<double>& value = scores.classes[i].iou;
    iou[classes[i].name] = value ? Json(*value) : Json();
  }
  return {{"loss", validation.loss},
          {"mIoU", scores.mIoU},
          {"mDice", scores.mDice},
          {"pixelAccuracy", scores.pixelAccuracy},
          {"classAccuracy", scores.classAccuracy},
          {"iou", iou}};
}

}  // namespace

Json recordOf(const TrainRequest& request, const Session& session, const EpochReport& trained,
              const ValidationReport* validated) {
  Json record = {{"epoch", session.done.epochs},
                 {"step", session.learner.optimizer->state().step},
                 {"lr", trained.lr},
                 {"trainLoss", trained.loss}};
  if (validated != nullptr) {
    record["validation"] = jsonOf(validated->validation, request.recipe.classes);
  }
  record.update(
      {{"best", session.done.bestEpoch > 0 ? Json(session.done.best) : Json()},
       {"bestEpoch", session.done.bestEpoch},
       {"leftOut", trained.leftOut},
       {"trainSeconds", trained.seconds},
       {"validationSeconds", validated == nullptr ? 0 : validated->seconds},
       {"stepsPerSecond", static_cast<double>(trained.steps) / std::max(1e-9, trained.seconds)},
       {"waitForDataMsPerStep", perStep(trained.loader.waitedMs, trained.steps)},
       {"loaderBlockedMs", trained.loader.blockedMs},
       {"peakMemoryBytes", peakBytes(session.learner.device)}});
  return record;
}

std::string epochTitle(const TrainRequest& request, int epoch) {
  return "epoch " + std::to_string(epoch) + "/" + std::to_string(request.recipe.epochs);
}

std::string summaryLine(const TrainRequest& request, const Session& session,
                        const EpochReport& trained, const ValidationReport* validated) {
  std::string text = epochTitle(request, session.done.epochs) + format("  loss %.4f", trained.loss);
  if (validated != nullptr) {
    text += format("  validation loss %.4f  mIoU %.4f  (best %s %.4f, epoch %d)",
                   validated->validation.loss, validated->validation.scores.mIoU,
                   session.metric->name, session.done.best, session.done.bestEpoch);
  }
  text += format("  lr %.2e  %.2f it/s  wait for data %.1f ms/step  ", trained.lr,
                 static_cast<double>(trained.steps) / std::max(1e-9, trained.seconds),
                 perStep(trained.loader.waitedMs, trained.steps)) +
          showDuration(trained.seconds);
  return validated == nullptr ? text : text + " + " + showDuration(validated->seconds);
}

std::string openingLine(const TrainRequest& request, const Session& session) {
  const Learner& learner = session.learner;
  const bool tellsPlace = learner.device.is_cuda() || request.recipe.dataOn == DataOn::device;
  return request.recipe.name + ": " + request.recipe.net.name() + ", " +
         std::to_string(countParameters(learner.net->graph())) + " parameters, on " +
         learner.device.str() + ", " +
         (session.ranks ? std::to_string(session.ranks->size()) + " ranks of " : std::string()) +
         std::to_string(torch::get_num_threads()) + " threads; " +
         std::to_string(session.trainingSet->size()) + " training and " +
         std::to_string(session.validationSet->size()) + " validation images, " +
         std::to_string(session.stepsPerEpoch()) + " steps per epoch" +
         (tellsPlace ? ", training images " + placeOfImages(session) : std::string()) +
         "; limbus " + LIMBUS_VERSION + ", LibTorch " + compat::libtorchVersion();
}

std::string absentLine(const TrainRequest& request, const Session& session) {
  const std::vector<std::string> absent =
      absentClasses(*session.trainingSet, request.recipe.classes);
  if (absent.empty()) return "";
  return "no training mask holds " + joinFirst(absent, absent.size()) +
         ": the model will not know " + (absent.size() == 1 ? "it" : "them");
}

std::vector<std::string> imageLines(const TrainRequest& request, const Session& session) {
  const std::filesystem::path file = session.trainingSet->facts(0).image;
  const Result<Image> image = file.empty() ? Image() : readImage(file);
  if (!image) return {};
  std::vector<std::string> lines;
  if (std::string faint = faintText(file, image->view()); !faint.empty()) {
    lines.push_back(std::move(faint));
  }
  if (request.recipe.input.colour == Colour::grey && isColourful(*image)) {
    lines.push_back(
        "the images are in colour, of which the network sees grey alone (input.colour)");
  }
  return lines;
}

std::string placeOfImages(const Session& session) {
  if (session.residentBytes > 0) {
    return "on " + session.learner.device.str() + ", " +
           format("%.1f MB of 8 bits", static_cast<double>(session.residentBytes) / 1e6);
  }
  return "with the workers" +
         (session.residentObstacle.empty() ? std::string() : ": " + session.residentObstacle);
}

std::string resumingLine(const Session& session) {
  const std::string after = "resuming after epoch " + std::to_string(session.done.epochs);
  if (session.underWay.steps == 0) return after;
  return after + ", step " + std::to_string(session.underWay.steps) + " of the next";
}

std::string changedLine(const Session& session, const FileStates& before) {
  constexpr std::size_t kNamed = 5;
  const FileStates& now = session.place.files;
  const bool sameSizes = now.sizes == before.sizes;
  if (before.sizes.empty() || (sameSizes && now.newestUs <= before.newestUs)) return "";
  std::vector<std::string> names;
  for (const auto& file : filesChangedAfter(session.sets(), before.newestUs)) {
    names.push_back(file.string());
  }
  return (names.empty() ? "images or masks" : countOf(names.size(), "image or mask file")) +
         " changed since this run last read them" +
         (names.empty() ? ", by their sizes" : ": " + joinFirst(names, kNamed)) +
         (sameSizes ? " (each as large as before)" : "") + "; it goes on with what they hold now";
}

}  // namespace limbus
