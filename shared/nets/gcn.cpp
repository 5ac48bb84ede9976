// GCN: Peng, Zhang, Yu, Luo, Sun, "Large Kernel Matters: Improve Semantic Segmentation by Global
// Convolutional Network", CVPR 2017. Decoder, parameter names and initial values are those of
// yassouali/pytorch-segmentation.
#include <string>

#include "shared/nets/encoders.h"
#include "shared/nets/layers.h"
#include "shared/nets/nets.h"

namespace limbus {
namespace {

struct GcnOptions {
  Chosen<EncoderRow> encoder = chosen(encoders(), "resnet50");
  int kernel = 11;
  bool deconv = false;
  bool unusedNorms = false;

  void describe(OptionVisitor& v) {
    describeEncoder(v, encoder);
    v.whole("kernel", kernel, {3, 31}, "odd: length of the large windows");
    v.require(kernel % 2 == 1, "kernel", "expected an odd number");
    v.flag("deconv", deconv, "enlarges by transposed convs instead of interpolating");
    v.flag("unusedNorms", unusedNorms, "builds norms that nothing reads, as published counts do");
  }
};

// All maps of the decoder have a channel for each class.
class GcnDecoder {
 public:
  GcnDecoder(Builder& b, int classes, const GcnOptions& options)
      : b_(b), classes_(classes), options_(options) {}

  // A large window as a column and a row, in both orders.
  ValueId globalConv(ValueId x, int number) {
    const auto scope = b_.scope("gcn" + std::to_string(number));
    return b_.add(line(line(x, "conv11", true), "conv12", false),
                  line(line(x, "conv21", false), "conv22", true), "sum");
  }

  ValueId refineBoundary(ValueId x, int number) {
    const auto scope = b_.scope("br" + std::to_string(number));
    if (options_.unusedNorms) {
      b_.batchNorm(x, "bn1");
      b_.batchNorm(x, "bn2");
    }
    const ConvOptions conv{.out = classes_, .kernel = 3, .padding = 1, .bias = true};
    const ValueId y = b_.conv(b_.relu(b_.conv(x, "conv1", conv), "relu"), "conv2", conv);
    return b_.add(y, x, "sum");
  }

  ValueId enlarge(ValueId x, ValueId like, int number) {
    const std::string name = "decon" + std::to_string(number);
    if (!options_.deconv) return b_.resize(x, name, {.alignCorners = true, .like = like});
    x = b_.deconv(x, name,
                  {.out = classes_, .kernel = 3, .stride = 2, .padding = 1, .outputPadding = 1});
    return b_.resize(x, name + ".fit", {.mode = "nearest", .like = like});
  }

 private:
  ValueId line(ValueId x, const std::string& name, bool column) {
    const int k = options_.kernel;
    return b_.conv(x, name,
                   {.out = classes_,
                    .kernel = column ? Extent(k, 1) : Extent(1, k),
                    .padding = column ? Extent(k / 2, 0) : Extent(0, k / 2),
                    .bias = true});
  }

  Builder& b_;
  std::int64_t classes_;
  const GcnOptions& options_;
};

Graph buildGcn(const NetPorts& ports, const GcnOptions& options) {
  Builder b("gcn", ports.inputChannels);
  const auto start = b.initialised(kNormalStart);
  const Features features = strided(encode(b, options.encoder));
  b.part(Part::decoder);
  GcnDecoder decoder(b, ports.classes, options);
  const int last = static_cast<int>(features.size()) - 1;
  std::vector<ValueId> maps(1, -1);  // by level; the finest features are not read
  for (int level = 1; level <= last; ++level) {
    maps.push_back(decoder.refineBoundary(decoder.globalConv(features[level].value, level), level));
  }
  ValueId x = maps[last];
  int refined = last;
  for (int level = last - 1; level > 0; --level) {
    x = decoder.enlarge(x, maps[level], level + 1);
    x = b.add(x, maps[level], "sum" + std::to_string(level));
    x = decoder.refineBoundary(x, ++refined);
  }
  x = decoder.refineBoundary(decoder.enlarge(x, features[0].value, 1), ++refined);
  x = decoder.refineBoundary(decoder.enlarge(x, b.input(), last + 1), ++refined);
  b.part(Part::head);
  const ConvOptions classifier{.out = ports.classes, .bias = true, .init = Init::kaimingUniform};
  return b.finish(b.conv(x, "final_conv", classifier));
}

}  // namespace

NetRow gcnRow() {
  return {
      .name = "gcn",
      .summary = "Global Convolutional Network (Peng et al., CVPR 2017) over any encoder",
      .options = GcnOptions{},
      .build = typed<buildGcn>,
      .sizeMultiple = 32,
      .usualChannels = 3,
  };
}

}  // namespace limbus
