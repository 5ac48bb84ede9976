// ENet: Paszke, Chaurasia, Kim, Culurciello, "ENet: A Deep Neural Network Architecture for
// Real-Time Semantic Segmentation", 2016. Layers, parameter names and initial values are those of
// yassouali/pytorch-segmentation.
#include <algorithm>
#include <string>

#include "shared/graph/builder.h"
#include "shared/nets/layers.h"
#include "shared/nets/nets.h"

namespace limbus {
namespace {

struct EnetOptions {
  int width = 16;

  void describe(OptionVisitor& v) {
    v.whole("width", width, {8, 128},
            "channels at half size; four and eight times as many below; more than the image's");
  }
};

enum class Middle { plain, asymmetric };

struct Bottleneck {
  std::int64_t out;
  double dropout;
  bool prelu = true;  // the decoder has ReLUs
  int dilation = 1;
  Middle middle = Middle::plain;
};

constexpr int kRatio = 4;  // of a bottleneck's outer and inner channels

ValueId activate(Builder& b, ValueId x, const std::string& name, bool prelu) {
  return prelu ? b.prelu(x, name, {.perChannel = false}) : b.relu(x, name);
}

ValueId middle(Builder& b, ValueId x, const Bottleneck& block) {
  const std::int64_t n = b.channels(x);
  if (block.middle == Middle::plain) {
    return b.conv(x, "conv2",
                  {.out = n, .kernel = 3, .padding = block.dilation, .dilation = block.dilation});
  }
  x = convNorm(b, x, "conv2.0", "conv2.1",
               {.out = n, .kernel = {1, 5}, .padding = {0, 2}, .bias = true});
  x = activate(b, x, "conv2.2", block.prelu);
  return b.conv(x, "conv2.3", {.out = n, .kernel = {5, 1}, .padding = {2, 0}, .bias = true});
}

// What follows the middle conv; `identity` is what the input has become on the other way.
ValueId finish(Builder& b, ValueId x, ValueId identity, const Bottleneck& block) {
  x = activate(b, b.batchNorm(x, "bn2"), "prelu2", block.prelu);
  x = convNorm(b, x, "conv3", "bn3", {.out = block.out});
  x = activate(b, x, "prelu3", block.prelu);
  x = b.dropout(x, "regularizer", {.p = block.dropout, .perChannel = true});
  return activate(b, b.add(x, identity, "sum"), "prelu_out", block.prelu);
}

ValueId narrow(Builder& b, ValueId x, const Bottleneck& block, int stride) {
  x = convNorm(b, x, "conv1", "bn1",
               {.out = b.channels(x) / kRatio, .kernel = stride, .stride = stride});
  return activate(b, x, "prelu1", block.prelu);
}

ValueId bottleneck(Builder& b, ValueId x, const std::string& name, const Bottleneck& block) {
  const auto scope = b.scope(name);
  return finish(b, middle(b, narrow(b, x, block, 1), block), x, block);
}

// Halves the size, rounding down; the max-pooled input gets channels of zeros.
ValueId down(Builder& b, ValueId x, const std::string& name, const Bottleneck& block,
             MaxPooled& pooled) {
  const auto scope = b.scope(name);
  pooled = b.maxPoolIndexed(x, "pool");
  const ValueId identity = b.padChannels(pooled.values, "extras", block.out - b.channels(x));
  return finish(b, middle(b, narrow(b, x, block, 2), block), identity, block);
}

// Back to the size of what was pooled, which may be an odd one.
ValueId up(Builder& b, ValueId x, const std::string& name, const Bottleneck& block,
           const MaxPooled& pooled) {
  const auto scope = b.scope(name);
  const ValueId identity =
      b.maxUnpool(convNorm(b, x, "spatil_conv", "bn_up", {.out = block.out}), pooled, "unpool");
  ValueId y = narrow(b, x, block, 1);
  y = b.deconv(y, "conv2", {.out = b.channels(y), .kernel = 3, .padding = 1, .outputPadding = 1});
  y = b.resize(y, "fit", {.mode = "nearest", .like = pooled.source});
  return finish(b, y, identity, block);
}

// Eight bottlenecks of ever wider view at an eighth of the size.
ValueId wideStage(Builder& b, ValueId x, const std::string& stage) {
  constexpr int kDilations[] = {1, 2, 0, 4, 1, 8, 0, 16};  // 0: 1x5 and 5x1 instead
  int number = 1;
  for (const int dilation : kDilations) {
    Bottleneck block{b.channels(x), 0.1};
    if (dilation == 0) {
      block.middle = Middle::asymmetric;
    } else {
      block.dilation = dilation;
    }
    x = bottleneck(b, x, "bottleneck" + stage + std::to_string(number++), block);
  }
  return x;
}

ValueId initial(Builder& b, std::int64_t channels) {
  const auto scope = b.scope("initial");
  const ValueId pooled = b.maxPool(b.input(), "pool", {.ceil = true});
  const ValueId x = b.conv(b.input(), "conv",
                           {.out = channels - b.channels(b.input()),
                            .kernel = 3,
                            .stride = 2,
                            .padding = 1,
                            .bias = true});
  return b.prelu(b.batchNorm(b.concat({pooled, x}, "join"), "bn"), "prelu");
}

Graph buildEnet(const NetPorts& ports, const EnetOptions& options) {
  const std::int64_t half = std::max(options.width, ports.inputChannels + 1), quarter = 4 * half,
                     eighth = 8 * half;
  Builder b("enet", ports.inputChannels);
  const auto start = b.initialised(kNormalStart);
  ValueId x = initial(b, half);  // [N,16,H/2,W/2] at width 16
  MaxPooled fine, coarse;
  x = down(b, x, "bottleneck10", {quarter, 0.01}, fine);  // [N,64,H/4,W/4]
  for (const char* number : {"1", "2", "3", "4"}) {
    x = bottleneck(b, x, std::string("bottleneck1") + number, {quarter, 0.01});
  }
  x = down(b, x, "bottleneck20", {eighth, 0.1}, coarse);  // [N,128,H/8,W/8]
  x = wideStage(b, wideStage(b, x, "2"), "3");

  b.part(Part::decoder);
  x = up(b, x, "bottleneck40", {quarter, 0.1, false}, coarse);
  for (const char* name : {"bottleneck41", "bottleneck42"}) {
    x = bottleneck(b, x, name, {quarter, 0.1, false});
  }
  x = up(b, x, "bottleneck50", {half, 0.1, false}, fine);
  x = bottleneck(b, x, "bottleneck51", {half, 0.1, false});
  b.part(Part::head);
  x = b.deconv(x, "fullconv",
               {.out = ports.classes, .kernel = 3, .padding = 1, .outputPadding = 1});
  return b.finish(b.cropLike(x, b.input(), "fit"));
}

}  // namespace

NetRow enetRow() {
  return {
      .name = "enet",
      .summary = "ENet (Paszke et al., 2016): real-time, pooling remembers where its maxima stood",
      .options = EnetOptions{},
      .build = typed<buildEnet>,
      .sizeMultiple = 8,
      .usualChannels = 3,
  };
}

}  // namespace limbus
