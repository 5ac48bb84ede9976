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
      // Of the data sets, as pytorch-segmentation (yassouali) measured them.
      {"voc",
       "Pascal VOC's mean and deviation",
       Colour::rgb,
       {0.45734706, 0.43338275, 0.40058118},
       {0.23965294, 0.23532275, 0.2398498}},
      {"cityscapes",
       "Cityscapes' mean and deviation",
       Colour::rgb,
       {0.28689529, 0.32513294, 0.28389176},
       {0.17613647, 0.18099176, 0.17772235}},
      {"ade20k",
       "ADE20K's mean and deviation",
       Colour::rgb,
       {0.48897059, 0.46548275, 0.4294},
       {0.22861765, 0.22948039, 0.24054667}},
      {"coco",
       "COCO's mean and deviation",
       Colour::rgb,
       {0.43931922, 0.41310471, 0.37480941},
       {0.24272706, 0.23649098, 0.23429529}},
      {"openeds",
       "OpenEDS 2019's mean and deviation (its runner-up's)",
       Colour::rgb,
       {0.467, 0.467, 0.467},
       {0.271, 0.271, 0.271}},
  };
  return rows;
}

void normaliseBy(const InputPreset& preset, InputSpec& input) {
  const bool reversed = input.colour != Colour::grey && input.colour != preset.order;
  const std::size_t channels = static_cast<std::size_t>(input.channels());
  input.normalise = Normalise::constants;
  for (const auto& [from, to] :
       {std::pair(&preset.mean, &input.mean), std::pair(&preset.std, &input.std)}) {
    to->clear();
    for (std::size_t c = 0; c < channels; ++c) {
      const double grey = ((*from)[0] + (*from)[1] + (*from)[2]) / 3;
      to->push_back(input.colours() == 1 ? grey : (*from)[reversed ? 2 - c % 3 : c % 3]);
    }
  }
}

void applyPreset(const InputPreset& preset, InputSpec& input) {
  if (input.colour != Colour::grey) input.colour = preset.order;
  normaliseBy(preset, input);
}

}  // namespace limbus
