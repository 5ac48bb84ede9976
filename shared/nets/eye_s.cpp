// eye-s: a small encoder and decoder of depthwise-separable convs for eyes of any camera.
//
// Five scales, of which the coarsest sees the whole eye at once (what is a pupil depends on what
// lies around it) and the finest is a strided stem, so that little is computed at full size. The
// decoder adds, never concatenates, and every activation is a ReLU right behind a conv, which
// runtimes fuse. A transposed conv with stride 2 ends in logits at half the input's size. The
// blocks are those of Howard et al., "MobileNets", 2017, with a residual; the decoder's sums those
// of Lin et al., "Feature Pyramid Networks for Object Detection", CVPR 2017.
#include <string>

#include "shared/graph/builder.h"
#include "shared/nets/features.h"
#include "shared/nets/nets.h"

namespace limbus {
namespace {

struct EyeSOptions {
  int width = 8;
  int stemStride = 2;

  void describe(OptionVisitor& v) {
    v.whole("width", width, {2, 64}, "an eighth of the channels at a sixteenth of the size");
    v.whole("stemStride", stemStride, {1, 2},
            "1: all scales twice as fine, for small things side by side, at four times the work");
  }
};

ValueId convNorm(Builder& b, ValueId x, const std::string& name, const ConvOptions& options) {
  const auto scope = b.scope(name);
  return b.batchNorm(b.conv(x, "conv", options), "norm");
}

// A depthwise 3x3 conv, then a 1x1 conv to `out` channels; added to the input where both fit.
ValueId separable(Builder& b, ValueId x, const std::string& name, std::int64_t out,
                  int stride = 1) {
  const auto scope = b.scope(name);
  const std::int64_t in = b.channels(x);
  ValueId y = convNorm(
      b, x, "depthwise",
      {.out = in, .kernel = 3, .stride = stride, .padding = 1, .groups = in});  // [N,in,H/s,W/s]
  y = convNorm(b, b.relu(y, "act1"), "pointwise", {.out = out, .kernel = 1});   // [N,out,H/s,W/s]
  if (stride == 1 && in == out) y = b.add(y, x, "residual");
  return b.relu(y, "act2");
}

// Strided to half the size, then `count` blocks.
ValueId stage(Builder& b, ValueId x, const std::string& name, std::int64_t out, int count) {
  const auto scope = b.scope(name);
  x = separable(b, x, "down", out, 2);
  for (int i = 0; i < count; ++i) x = separable(b, x, std::to_string(i), out);
  return x;
}

// The coarser features, enlarged, plus the finer ones; both brought to `out` channels.
ValueId join(Builder& b, ValueId coarse, ValueId fine, const std::string& name, std::int64_t out) {
  const auto scope = b.scope(name);
  if (b.channels(coarse) != out) coarse = convNorm(b, coarse, "narrow", {.out = out, .kernel = 1});
  coarse = b.resize(coarse, "up", {.like = fine});
  fine = convNorm(b, fine, "lateral", {.out = out, .kernel = 1});
  return separable(b, b.relu(b.add(coarse, fine, "sum"), "act"), "refine", out);
}

// From half the size, 2 * width channels, to a thirty-second; behind a stem of stride 1 from the
// whole size to a sixteenth.
Features encodeEye(Builder& b, const EyeSOptions& options) {
  const int width = options.width;
  struct Stage {
    int widths, blocks;
  };
  const int stride = options.stemStride;
  ValueId x = convNorm(b, b.input(), "stem",
                       {.out = 2 * width, .kernel = 3, .stride = stride, .padding = 1});
  x = b.relu(x, "act");  // [N,16,H/2,W/2] at width 8
  Features features{{x, b.channels(x), stride}};
  for (const Stage& s : {Stage{3, 2}, Stage{5, 2}, Stage{8, 3}, Stage{9, 2}}) {
    x = stage(b, x, "stage" + std::to_string(features.size()), s.widths * width, s.blocks);
    features.push_back({x, b.channels(x), 2 * features.back().stride});  // 24, 40, 64, 72 channels
  }
  return features;
}

// Down to a quarter of the size; the half is too dear to decode.
ValueId decode(Builder& b, const Features& features, int width) {
  ValueId x = features[4].value;
  x = join(b, x, features[3].value, "join4", 4 * width);
  x = join(b, x, features[2].value, "join3", 4 * width);
  return join(b, x, features[1].value, "join2", 3 * width);  // [N,24,H/4,W/4]
}

Graph buildEyeS(const NetPorts& ports, const EyeSOptions& options) {
  Builder b("eye-s", ports.inputChannels);
  const Features features = encodeEye(b, options);
  b.part(Part::decoder);
  ValueId x = decode(b, features, options.width);
  b.part(Part::head);
  x = b.deconv(x, "classifier", {.out = ports.classes, .kernel = 2, .stride = 2, .bias = true});
  return b.finish(b.resize(x, "up", {.like = b.input()}));
}

}  // namespace

NetRow eyeSRow() {
  return {
      .name = "eye-s",
      .summary = "Limbus's own small net for eyes: depthwise-separable, five scales, sums",
      .options = EyeSOptions{},
      .build = typed<buildEyeS>,
      .sizeMultiple = 32,
  };
}

}  // namespace limbus
