// VGG: Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image
// Recognition", ICLR 2015. Layers, parameter names and initial values are torchvision's. Where less
// is to be halved, the last pools are left out and what follows is dilated, as in the front end of
// Yu and Koltun, "Multi-Scale Context Aggregation by Dilated Convolutions", ICLR 2016.
#include "shared/nets/encoders/vgg.h"

#include <string>

#include "shared/nets/encoders.h"
#include "shared/nets/encoders/classifier.h"
#include "shared/nets/encoders/output_stride.h"

namespace limbus {
namespace {

struct VggOptions {
  std::vector<int> convs;  // per stage
  bool norm = false;
  int width = 64;
  int outputStride = 0;
  bool classifier = false;

  void describe(OptionVisitor& v) {
    v.whole("width", width, {4, 256}, "channels at full size; doubled at each of three stages");
    describeOutputStride(v, outputStride);
    v.flag("classifier", classifier,
           "builds the unused last layers, which published counts include");
  }
};

// Three layers over 7x7 means.
void classifyWindows(Builder& b, ValueId x) {
  constexpr int kBins = 7;
  constexpr std::int64_t kHidden = 4096;
  const auto start = b.initialised(kLinearStart);
  x = b.adaptiveAvgPool(x, "avgpool", kBins);
  x = b.relu(b.conv(x, "classifier.0", {.out = kHidden, .kernel = kBins, .bias = true}),
             "classifier.1");
  x = b.relu(b.conv(x, "classifier.3", {.out = kHidden, .bias = true}), "classifier.4");
  classifyImages(b, x, "classifier.6", kLinearStart);
}

Features buildVgg(Builder& b, const EncoderWish& wish, const VggOptions& options) {
  const auto start = b.initialised(kVggStart);
  VggLayers layers(b, "features", options.norm);
  Strides strides(strideOf(options.outputStride, wish), 1);
  ValueId x = b.input();
  Strides::Step step{1, 1, 1};
  Features features;
  for (std::size_t stage = 0; stage < options.convs.size(); ++stage) {
    const std::int64_t out = vggChannels(options.width, static_cast<int>(stage));
    for (int i = 0; i < options.convs[stage]; ++i) x = layers.conv(x, out, -1, step.dilation);
    features.push_back({x, out, step.reached});
    step = strides.next(2);
    const std::string pool = layers.next();
    if (step.stride == 2) x = b.maxPool(x, pool);
  }
  if (step.stride == 2) features.push_back({x, b.channels(x), step.reached});
  if (options.classifier) classifyWindows(b, x);
  return features;
}

EncoderRow vggRow(const char* name, const char* summary, VggOptions options) {
  return {.name = name, .summary = summary, .options = options, .build = typed<buildVgg>};
}

}  // namespace

std::int64_t vggChannels(int width, int stage) {
  return std::int64_t{width} << (stage < 3 ? stage : 3);
}

std::string VggLayers::next() { return name_ + "." + std::to_string(index_++); }

ValueId VggLayers::conv(ValueId x, std::int64_t out, int padding, int dilation) {
  x = b_.conv(x, next(),
              {.out = out,
               .kernel = 3,
               .padding = padding < 0 ? dilation : padding,
               .dilation = dilation,
               .bias = true});
  if (norm_) x = b_.batchNorm(x, next());
  return b_.relu(x, next());
}

std::vector<EncoderRow> vggRows() {
  const std::vector<int> convs11{1, 1, 2, 2, 2}, convs13{2, 2, 2, 2, 2}, convs16{2, 2, 3, 3, 3},
      convs19{2, 2, 4, 4, 4};
  return {
      vggRow("vgg11", "VGG (Simonyan and Zisserman, ICLR 2015), 11 layers", {convs11}),
      vggRow("vgg13", "VGG, 13 layers", {convs13}),
      vggRow("vgg16", "VGG, 16 layers", {convs16}),
      vggRow("vgg19", "VGG, 19 layers", {convs19}),
      vggRow("vgg11_bn", "VGG, 11 layers, with batch norms", {convs11, true}),
      vggRow("vgg13_bn", "VGG, 13 layers, with batch norms", {convs13, true}),
      vggRow("vgg16_bn", "VGG, 16 layers, with batch norms", {convs16, true}),
      vggRow("vgg19_bn", "VGG, 19 layers, with batch norms", {convs19, true}),
  };
}

}  // namespace limbus
