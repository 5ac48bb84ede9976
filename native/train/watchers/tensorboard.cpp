// TensorBoard: scalars, a grid of input, truth and prediction, and histograms of the weights, under
// the tags of pytorch-segmentation.
#include <algorithm>
#include <array>

#include "native/train/event_file.h"
#include "native/train/watch.h"

namespace limbus {
namespace {

constexpr int kGridImages = 5;  // rows of three pictures
constexpr int kGridSide = 400;  // px: the most that a picture has
constexpr int kGap = 5;         // px between pictures
constexpr std::array<std::uint8_t, 3> kVoidColour = {96, 96, 96};

// [C,H,W] as RGB or grey, its own range of values from black to white.
Image pictureOf(const torch::Tensor& input) {
  torch::Tensor values = input.to(torch::kCPU, torch::kFloat32).contiguous();
  if (values.size(0) != 3) values = values.narrow(0, 0, 1).expand({3, -1, -1});
  const float low = values.min().item<float>();
  const float span = std::max(1e-6F, values.max().item<float>() - low);
  const torch::Tensor bytes =
      ((values - low) * (255 / span)).round().to(torch::kUInt8).permute({1, 2, 0}).contiguous();
  Image picture(static_cast<int>(bytes.size(1)), static_cast<int>(bytes.size(0)), 3);
  std::copy_n(bytes.data_ptr<std::uint8_t>(), picture.pixels.size(), picture.pixels.begin());
  return picture;
}

Image colouredOf(const torch::Tensor& labels, const std::vector<ClassSpec>& classes) {
  const torch::Tensor flat = labels.to(torch::kCPU, torch::kInt64).contiguous();
  const std::int64_t* label = flat.data_ptr<std::int64_t>();
  Image picture(static_cast<int>(flat.size(1)), static_cast<int>(flat.size(0)), 3);
  for (std::size_t i = 0; i * 3 < picture.pixels.size(); ++i) {
    const bool known = label[i] >= 0 && static_cast<std::size_t>(label[i]) < classes.size();
    const auto& colour = known ? classes[static_cast<std::size_t>(label[i])].colour : kVoidColour;
    std::copy(colour.begin(), colour.end(), &picture.pixels[i * 3]);
  }
  return picture;
}

void paste(const Image& picture, int stride, int left, int top, Image& sheet) {
  for (int y = 0; y * stride < picture.height; ++y) {
    for (int x = 0; x * stride < picture.width; ++x) {
      std::copy_n(picture.row(y * stride) + x * stride * 3, 3, sheet.row(top + y) + (left + x) * 3);
    }
  }
}

// Of [N,C,H,W] images, [N,H,W] truths and predictions.
Image gridOf(const torch::Tensor& images, const torch::Tensor& truths,
             const torch::Tensor& predictions, const std::vector<ClassSpec>& classes) {
  const int height = static_cast<int>(images.size(2)), width = static_cast<int>(images.size(3));
  const int stride = (std::max(width, height) + kGridSide - 1) / kGridSide;
  const int cellWidth = (width + stride - 1) / stride + kGap;
  const int cellHeight = (height + stride - 1) / stride + kGap;
  const int rows = static_cast<int>(images.size(0));
  Image sheet(3 * cellWidth - kGap, rows * cellHeight - kGap, 3, 255);
  for (int i = 0; i < rows; ++i) {
    paste(pictureOf(images[i]), stride, 0, i * cellHeight, sheet);
    paste(colouredOf(truths[i], classes), stride, cellWidth, i * cellHeight, sheet);
    paste(colouredOf(predictions[i], classes), stride, 2 * cellWidth, i * cellHeight, sheet);
  }
  return sheet;
}

class TensorBoard : public Watcher {
 public:
  TensorBoard(EventFile file, std::vector<ClassSpec> classes)
      : file_(std::move(file)), classes_(std::move(classes)) {}

  Result<void> after(const EpochFacts& facts) override {
    const Scores& scores = facts.validation.scores;
    file_.scalar("train/loss", facts.trained.loss);
    file_.scalar("train/Learning_rate_0", facts.trained.lr);
    file_.scalar("val/loss", facts.validation.loss);
    file_.scalar("val/Pixel_Accuracy", scores.pixelAccuracy);
    file_.scalar("val/Mean_IoU", scores.mIoU);
    file_.scalar("val/Mean_Dice", scores.mDice);
    for (std::size_t i = 0; i < scores.classes.size(); ++i) {
      if (!scores.classes[i].iou) continue;
      file_.scalar("val/IoU/" + classes_[i].name, *scores.classes[i].iou);
    }
    if (auto drawn = grid(facts); !drawn) return drawn;
    const Weights weights = facts.net.weights();
    for (const Parameter& parameter : facts.net.graph().parameters) {
      if (!parameter.learned || parameter.shape.size() < 2) continue;  // norms and biases
      file_.histogram("weights/" + parameter.name, weights.at(parameter.name).values);
    }
    return file_.write(facts.step);
  }

 private:
  Result<void> grid(const EpochFacts& facts) {
    const torch::NoGradGuard noGradients;
    const std::int64_t shown = std::min<std::int64_t>(kGridImages, facts.sample.images.size(0));
    const torch::Tensor images = facts.sample.images.narrow(0, 0, shown);
    const torch::Tensor truths = facts.sample.target.narrow(0, 0, shown);
    const bool wasTraining = facts.net.is_training();
    facts.net.eval();
    const DeviceBatch batch{.images = images, .target = truths};
    const LossInput output = lossInputOf(facts.net.forward(images), batch);
    facts.net.train(wasTraining);
    const Image sheet = gridOf(images, truths, output.heads[0].argmax(1), classes_);
    return file_.image("val/inputs_targets_predictions", sheet.view());
  }

  EventFile file_;
  std::vector<ClassSpec> classes_;
};

Result<std::unique_ptr<Watcher>> open(const WatchRequest& request) {
  Result<EventFile> file = EventFile::create(request.run, request.step);
  if (!file) return fail(file.error());
  return std::unique_ptr<Watcher>(
      std::make_unique<TensorBoard>(std::move(*file), request.recipe.classes));
}

}  // namespace

WatcherRow tensorBoardRow() {
  return {"tensorboard",
          "RUN/events.out.tfevents.*: scalars, a grid of images, histograms of the weights", open};
}

}  // namespace limbus
