// PSPNet: Zhao, Shi, Qi, Wang, Jia, "Pyramid Scene Parsing Network", CVPR 2017. Decoder, auxiliary
// head, parameter names and initial values are those of yassouali/pytorch-segmentation.
#include <string>

#include "shared/nets/attention.h"
#include "shared/nets/encoders.h"
#include "shared/nets/layers.h"
#include "shared/nets/nets.h"
#include "shared/nets/pyramid.h"

namespace limbus {
namespace {

struct PspnetOptions {
  Chosen<EncoderRow> encoder = chosen(encoders(), "resnet50");
  bool auxiliary = true;
  Attention attention = Attention::none;

  void describe(OptionVisitor& v) {
    describeEncoder(v, encoder);
    v.flag("auxiliary", auxiliary, "a second head for training, at the scale before the last");
    describeAttention(v, attention);
  }
};

Graph buildPspnet(const NetPorts& ports, const PspnetOptions& options) {
  Builder b("pspnet", ports.inputChannels);
  const auto start = b.initialised(kNormalStart);
  const Features features = encode(
      b, options.encoder, {.outputStride = 8, .dilation = Dilation::gradual, .transitions = true});
  b.part(Part::decoder);
  const Scale &last = features.back(), &before = features[features.size() - 2];
  const std::int64_t narrow = std::max<std::int64_t>(1, last.channels / 4);
  const std::string pyramid = "master_branch.0";
  const ValueId x = attend(b, pyramidPool(b, last.value, pyramid, {1, 2, 3, 6}, narrow), pyramid,
                           options.attention);
  ValueId aux = -1;
  if (options.auxiliary) {
    aux = convNormRelu(b, before.value, "auxiliary_branch",
                       {.out = narrow, .kernel = 3, .padding = 1});
    aux = b.dropout(aux, "auxiliary_branch.3", {.p = 0.1, .perChannel = true});
  }
  b.part(Part::head);
  const ConvOptions classifier{.out = ports.classes, .bias = true};
  const ValueId logits = b.conv(x, "master_branch.1", classifier);
  if (options.auxiliary) {
    aux = b.conv(aux, "auxiliary_branch.4", classifier);
    b.auxiliary("auxiliary", b.resize(aux, "auxiliary_up", {.like = b.input()}));
  }
  return b.finish(b.resize(logits, "up", {.like = b.input()}));
}

}  // namespace

NetRow pspnetRow() {
  return {
      .name = "pspnet",
      .summary = "PSPNet (Zhao et al., CVPR 2017) over any encoder, dilated to an eighth",
      .options = PspnetOptions{},
      .build = typed<buildPspnet>,
      .sizeMultiple = 8,
      .usualChannels = 3,
  };
}

}  // namespace limbus
