// The table of encoders: networks for whole images without their classifier, from which the
// decoders of nets/ take the values at each scale. An encoder is one file in encoders/ and a row
// for each of its sizes.
//
//   const Chosen<EncoderRow> encoder = chosen(encoders(), "resnet34");
//   const Features features = encode(b, encoder);  // parameters "encoder.conv1.weight", ...
//
// A network that takes any has a Chosen<EncoderRow> among its options, and describes it by
// describeEncoder().
// Parameters are called as one library does, which the file of each family names (torchvision,
// pretrainedmodels, EfficientNet-PyTorch, ...), below "encoder."; what the others and timm call the
// same layers stands in encoder_names.h.
#pragma once

#include <vector>

#include "shared/nets/features.h"
#include "shared/options/options.h"

namespace limbus {

// How the windows of a dilated stage are spread.
enum class Dilation {
  plain,       // all alike
  gradual,     // its first block as wide as the stage before (Yu, Koltun, Funkhouser, CVPR 2017)
  hybrid,      // 1, 2, 3, 1, 2, 3, ..., then 3, 4, 5: no grid is left (Wang et al., WACV 2018)
  hybridWide,  // 1, 2, 5, 9, ..., then 5, 9, 17
};

// What a decoder asks of an encoder that can do it.
struct EncoderWish {
  int outputStride = 32;
  Dilation dilation = Dilation::plain;
  bool activated = false;  // DPN's features behind a ReLU, as segmentation_models.pytorch has them
  bool transitions = false;  // DenseNet's features behind its transitions' convs, without last norm
  bool fineStem = false;     // a ResNet's first conv keeps the size: all features are twice as fine
  bool stageStarts = false;  // MobileNetV3's features of the first block of each size, not the last
};

struct EncoderRow {
  const char* name;
  const char* summary;  // one line, with the paper it comes from
  Options options;
  // Of the builder's input: strides 2, 4, 8, 16, 32; VGG's start at 1. With an output stride below
  // 32 the last strides repeat.
  Features (*build)(Builder& b, const EncoderWish& wish, const Options& options);
};

const std::vector<EncoderRow>& encoders();

// "encoder": a name, or a name with options.
void describeEncoder(OptionVisitor& v, Chosen<EncoderRow>& encoder);

Features encode(Builder& b, const Chosen<EncoderRow>& encoder, const EncoderWish& wish = {});

// Those coarser than the image itself: what decoders join that end in a last doubling.
Features strided(Features features);

}  // namespace limbus
