#include "shared/input_presets.h"

namespace limbus {

const std::vector<InputPreset>& inputPresets() {
  static const std::vector<InputPreset> rows = {
      {"zero-one", "values in [0,1]", Colour::rgb, {0, 0, 0}, {1, 1, 1}},
      {"imagenet",
       "ImageNet's mean and deviation (torchvision, timm, segmentation_models.pytorch)",
       Colour::rgb,
       {0.485, 0.456, 0.406},
       {0.229, 0.224, 0.225}},
      {"minus-one-one",
       "values in [-1,1] (TensorFlow, MobileNet, Inception)",
       Colour::rgb,
       {0.5, 0.5, 0.5},
       {0.5, 0.5, 0.5}},
      {"bytes", "values in [0,255]", Colour::rgb, {0, 0, 0}, {1 / 255.0, 1 / 255.0, 1 / 255.0}},
      {"caffe",
       "BGR in [0,255] less Caffe's means (VGG, Keras)",
       Colour::bgr,
       {103.939 / 255, 116.779 / 255, 123.68 / 255},
       {1 / 255.0, 1 / 255.0, 1 / 255.0}},
  };
  return rows;
}

void applyPreset(const InputPreset& preset, InputSpec& input) {
  if (input.colour != Colour::grey) input.colour = preset.order;
  const std::size_t channels = static_cast<std::size_t>(input.channels());
  input.normalise = Normalise::constants;
  for (const auto& [from, to] :
       {std::pair(&preset.mean, &input.mean), std::pair(&preset.std, &input.std)}) {
    to->clear();
    for (std::size_t c = 0; c < channels; ++c) {
      const double grey = ((*from)[0] + (*from)[1] + (*from)[2]) / 3;
      to->push_back(input.colours() == 1 ? grey : (*from)[c % 3]);
    }
  }
}

}  // namespace limbus
