#include "native/train/watchers/sample_pictures.h"

#include <algorithm>
#include <array>

namespace limbus {
namespace {

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

}  // namespace

std::vector<SamplePictures> samplePictures(const EpochFacts& facts,
                                           const std::vector<ClassSpec>& classes, int most) {
  const torch::NoGradGuard noGradients;
  const std::int64_t shown = std::min<std::int64_t>(most, facts.sample.images.size(0));
  const torch::Tensor images = facts.sample.images.narrow(0, 0, shown);
  const torch::Tensor truths = facts.sample.target.narrow(0, 0, shown);
  const bool wasTraining = facts.net.is_training();
  facts.net.eval();
  const DeviceBatch batch{.images = images, .target = truths};
  const LossInput output = lossInputOf(facts.net.forward(images), batch);
  facts.net.train(wasTraining);
  const torch::Tensor predictions = output.heads[0].argmax(1);
  std::vector<SamplePictures> pictures;
  for (std::int64_t i = 0; i < shown; ++i) {
    pictures.push_back({pictureOf(images[i]), colouredOf(truths[i], classes),
                        colouredOf(predictions[i], classes)});
  }
  return pictures;
}

}  // namespace limbus
