// TensorBoard: scalars, a grid of input, truth and prediction, and histograms of the weights, under
// the tags of pytorch-segmentation. Its train/ scores are of all pixels that an epoch trained on,
// each as the network answered before that step (convention "dataset"). Pictures and histograms
// come with a validation.
#include <algorithm>

#include "native/train/watch.h"
#include "native/train/watchers/event_file.h"
#include "native/train/watchers/sample_pictures.h"

namespace limbus {
namespace {

constexpr int kGridImages = 5;  // rows of three pictures
constexpr int kGridSide = 400;  // px: the most that a picture has
constexpr int kGap = 5;         // px between pictures

void paste(const Image& picture, int stride, int left, int top, Image& sheet) {
  for (int y = 0; y * stride < picture.height; ++y) {
    for (int x = 0; x * stride < picture.width; ++x) {
      std::copy_n(picture.row(y * stride) + x * stride * 3, 3, sheet.row(top + y) + (left + x) * 3);
    }
  }
}

// One row for each sample: image, truth, prediction. At least one.
Image gridOf(const std::vector<SamplePictures>& samples) {
  const int height = samples.front().image.height, width = samples.front().image.width;
  const int stride = (std::max(width, height) + kGridSide - 1) / kGridSide;
  const int cellWidth = (width + stride - 1) / stride + kGap;
  const int cellHeight = (height + stride - 1) / stride + kGap;
  const int rows = static_cast<int>(samples.size());
  Image sheet(3 * cellWidth - kGap, rows * cellHeight - kGap, 3, 255);
  int top = 0;
  for (const SamplePictures& sample : samples) {
    paste(sample.image, stride, 0, top, sheet);
    paste(sample.truth, stride, cellWidth, top, sheet);
    paste(sample.prediction, stride, 2 * cellWidth, top, sheet);
    top += cellHeight;
  }
  return sheet;
}

// What the schedule's rate is multiplied by, each once: the head's, the decoder's, the encoder's.
std::vector<double> distinctRates(const PartRates& parts) {
  std::vector<double> rates;
  for (const double rate : {parts.head, parts.decoder, parts.encoder}) {
    if (std::find(rates.begin(), rates.end(), rate) == rates.end()) rates.push_back(rate);
  }
  return rates;
}

class TensorBoard : public Watcher {
 public:
  TensorBoard(EventFile file, const Recipe& recipe)
      : file_(std::move(file)), classes_(recipe.classes), rates_(distinctRates(recipe.partRates)) {}

  Result<void> after(const EpochFacts& facts) override {
    file_.scalar("train/loss", facts.trained.loss);
    if (facts.trained.counts && facts.trained.counts->total() > 0) {
      const Result<Scores> trained = score("dataset", {*facts.trained.counts});
      if (!trained) return fail(trained.error());
      file_.scalar("train/Pixel_Accuracy", trained->pixelAccuracy);
      file_.scalar("train/Mean_IoU", trained->mIoU);
    }
    for (std::size_t i = 0; i < rates_.size(); ++i) {
      file_.scalar("train/Learning_rate_" + std::to_string(i), facts.trained.lr * rates_[i]);
    }
    if (facts.validation == nullptr) return file_.write(facts.step);
    const Scores& scores = facts.validation->scores;
    file_.scalar("val/loss", facts.validation->loss);
    file_.scalar("val/Pixel_Accuracy", scores.pixelAccuracy);
    file_.scalar("val/Mean_IoU", scores.mIoU);
    file_.scalar("val/Mean_Dice", scores.mDice);
    for (std::size_t i = 0; i < scores.classes.size(); ++i) {
      if (!scores.classes[i].iou) continue;
      file_.scalar("val/IoU/" + classes_[i].name, *scores.classes[i].iou);
    }
    const Image sheet = gridOf(samplePictures(facts, classes_, kGridImages));
    if (auto drawn = file_.image("val/inputs_targets_predictions", sheet.view()); !drawn) {
      return drawn;
    }
    const Weights weights = facts.net.weights();
    for (const Parameter& parameter : facts.net.graph().parameters) {
      if (!parameter.learned || parameter.shape.size() < 2) continue;  // norms and biases
      file_.histogram("weights/" + parameter.name, weights.at(parameter.name).values);
    }
    return file_.write(facts.step);
  }

 private:
  EventFile file_;
  std::vector<ClassSpec> classes_;
  std::vector<double> rates_;
};

Result<std::unique_ptr<Watcher>> openTensorboard(const WatchRequest& request) {
  Result<EventFile> file = EventFile::create(request.run, request.step);
  if (!file) return fail(file.error());
  return std::unique_ptr<Watcher>(std::make_unique<TensorBoard>(std::move(*file), request.recipe));
}

}  // namespace

WatcherRow tensorBoardRow() {
  return {"tensorboard",
          "RUN/events.out.tfevents.*: scalars, a grid of images, histograms of the weights",
          openTensorboard, true};
}

}  // namespace limbus
