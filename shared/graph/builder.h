// Writes a Graph the way one writes a network: call by call, in execution order.
//
//   Builder b("tiny", 1);
//   ValueId x = b.conv(b.input(), "stem", {.out = 16, .kernel = 3, .stride = 2, .padding = 1});
//   {
//     auto scope = b.scope("block1");                       // names below start with "block1."
//     x = b.prelu(b.batchNorm(x, "norm"), "act");           // parameters "block1.norm.weight", ...
//   }
//   x = b.conv(x, "classifier", {.out = 4, .kernel = 1});
//   x = b.resize(x, "up", {.like = b.input()});
//   return b.finish(x);
//
// The builder tracks channels and nothing else; buildNet() validates what comes out, and shape
// inference names the node when sizes do not fit. What it cannot build at all (a misspelt `sameAs`)
// is kept in Graph::problem for validate(). Every attribute is written, defaults included.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "shared/graph/extent.h"
#include "shared/graph/graph.h"

namespace limbus {

// How convs and batch norms start: what sources do in one function over all their modules. By
// itself as in PyTorch, and so do transposed convs whose options say nothing else.
struct Initialisation {
  Init weight = Init::kaimingUniform;  // of convs
  double value = 0.0;         // beside Init::normal: deviation; Init::uniform: U(-b, b) with
                              // b = sqrt(value / fanIn)
  Init bias = Init::uniform;  // of convs: U(-b, b) with b = sqrt(1 / fanIn), or zeros
  double normBias = 0.0;      // of batch norms
};

struct ConvOptions {
  std::int64_t out = 0;
  Extent kernel = 1;
  Extent stride = 1;
  Extent padding = 0;
  Extent dilation = 1;
  std::int64_t groups = 1;
  bool bias = false;
  std::optional<Init> init = {};  // of the weight; none: as the builder's Initialisation says
  double initValue = 0.0;         // Parameter::value beside it
  std::string sameAs = {};        // full name of an earlier, equal conv whose parameters are shared
};

struct DeconvOptions {
  std::int64_t out = 0;
  Extent kernel = 2;
  Extent stride = 2;
  Extent padding = 0;
  Extent outputPadding = 0;
  Extent dilation = 1;
  std::int64_t groups = 1;
  bool bias = false;
  Init init = Init::kaimingUniform;
  double initValue = 0.0;
  bool frozen = false;  // the weight stays as it starts
};

struct BatchNormOptions {
  double eps = 1e-5;
  double momentum = 0.1;  // PyTorch's: the share of the new batch
};

struct GroupNormOptions {
  int groups = 32;  // which divides the channels
  double eps = 1e-5;
};

struct PreluOptions {
  bool perChannel = true;  // false: one slope for all
  double start = 0.25;
};

struct MaxPoolOptions {
  Extent kernel = 2;
  Extent stride = 2;
  Extent padding = 0;
  bool ceil = false;
};

struct MaxPooled {
  ValueId values = -1;
  ValueId indices = -1;  // where in `source` each of them stood
  ValueId source = -1;   // what was pooled
};

struct AvgPoolOptions {
  Extent kernel = 2;
  Extent stride = 2;
  Extent padding = 0;
  bool ceil = false;
  bool countPadding = true;
};

struct ResizeOptions {
  const char* mode = "bilinear";  // or "nearest"
  bool alignCorners = false;
  Extent scale = 1;   // used when `like` is absent
  ValueId like = -1;  // height and width of this value
};

struct DropoutOptions {
  double p = 0.5;
  bool perChannel = false;  // PyTorch's Dropout2d
  bool perImage = false;    // all of an image or nothing: stochastic depth
};

struct Margins {
  std::int64_t top = 0, left = 0, bottom = 0, right = 0;
};

class Builder {
 public:
  Builder(std::string graphName, int inputChannels);

  ValueId input() const { return 0; }
  std::int64_t channels(ValueId value) const { return channels_[value]; }

  // Prefixes the names of everything built while the returned object lives.
  class Scope {
   public:
    Scope(Builder& builder, const std::string& name);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Builder& builder_;
    std::size_t length_;
  };
  [[nodiscard]] Scope scope(const std::string& name) { return Scope(*this, name); }

  // How what is built while the returned object lives starts; at first as in PyTorch.
  class Initialised {
   public:
    Initialised(Builder& builder, const Initialisation& how);
    ~Initialised();
    Initialised(const Initialised&) = delete;
    Initialised& operator=(const Initialised&) = delete;

   private:
    Builder& builder_;
    Initialisation before_;
  };
  [[nodiscard]] Initialised initialised(const Initialisation& how) {
    return Initialised(*this, how);
  }

  // The part that parameters of what is built from here on belong to; at first the encoder.
  void part(Part part) { part_ = part; }

  ValueId conv(ValueId x, const std::string& name, const ConvOptions& options);
  ValueId deconv(ValueId x, const std::string& name, const DeconvOptions& options);
  ValueId batchNorm(ValueId x, const std::string& name, const BatchNormOptions& options = {});
  ValueId groupNorm(ValueId x, const std::string& name, const GroupNormOptions& options);
  ValueId relu(ValueId x, const std::string& name);
  ValueId leakyRelu(ValueId x, const std::string& name, double slope = 0.01);
  ValueId prelu(ValueId x, const std::string& name, const PreluOptions& options = {});
  ValueId sigmoid(ValueId x, const std::string& name);
  ValueId softmax(ValueId x, const std::string& name);
  ValueId hardSigmoid(ValueId x, const std::string& name);
  ValueId hardSwish(ValueId x, const std::string& name);
  ValueId swish(ValueId x, const std::string& name);  // x * sigmoid(x), two nodes
  ValueId clip(ValueId x, const std::string& name, double min, double max);
  ValueId relu6(ValueId x, const std::string& name) { return clip(x, name, 0, 6); }
  ValueId elu(ValueId x, const std::string& name, double alpha = 1.0);
  ValueId pow(ValueId x, const std::string& name, double exponent);
  // An op of one input that has no options and keeps the shape: Op::exp, Op::tanh, ...
  ValueId apply(Op op, ValueId x, const std::string& name);
  ValueId maxPool(ValueId x, const std::string& name, const MaxPoolOptions& options = {});
  MaxPooled maxPoolIndexed(ValueId x, const std::string& name, const MaxPoolOptions& options = {});
  // Values, as many as were pooled, where those maxima stood, in a plane of the size of what was
  // pooled; 0 elsewhere.
  ValueId maxUnpool(ValueId x, const MaxPooled& pooled, const std::string& name);
  ValueId avgPool(ValueId x, const std::string& name, const AvgPoolOptions& options = {});
  ValueId globalAvgPool(ValueId x, const std::string& name);
  // PyTorch's AdaptiveAvgPool2d; exported for any size.
  ValueId adaptiveAvgPool(ValueId x, const std::string& name, Extent bins);
  ValueId concat(const std::vector<ValueId>& xs, const std::string& name);
  ValueId add(ValueId a, ValueId b, const std::string& name);
  ValueId mul(ValueId a, ValueId b, const std::string& name);
  ValueId scale(ValueId x, const std::string& name, double factor);
  ValueId resize(ValueId x, const std::string& name, const ResizeOptions& options);
  ValueId dropout(ValueId x, const std::string& name, const DropoutOptions& options = {});
  ValueId crop(ValueId x, const std::string& name, const Margins& border);
  ValueId cropLike(ValueId x, ValueId like, const std::string& name);  // centred
  // To the size of `like`, from the given row and column on.
  ValueId cropLikeFrom(ValueId x, ValueId like, const std::string& name, std::int64_t top,
                       std::int64_t left);
  ValueId pad(ValueId x, const std::string& name, const Margins& border, double value = 0.0);
  ValueId padChannels(ValueId x, const std::string& name, std::int64_t channels);  // with zeros
  ValueId slice(ValueId x, const std::string& name, std::int64_t first, std::int64_t count);
  ValueId pixelShuffle(ValueId x, const std::string& name, int factor);
  // Channels that stood `C / groups` apart come to stand side by side, as in ShuffleNet.
  ValueId channelShuffle(ValueId x, const std::string& name, int groups);

  // An output that exists in training only (deep supervision); never exported.
  void auxiliary(const std::string& name, ValueId value);

  // `main` becomes the first output. The builder is empty afterwards.
  Graph finish(ValueId main, const std::string& outputName = "logits");

 private:
  std::string fullName(const std::string& name) const;
  int addParameter(const Node& node, const char* role, Dims shape, Init init, double value = 0.0,
                   bool learned = true);
  int addWeight(const Node& node, const Dims& shape, const ConvOptions& options);
  ValueId addOutput(Node& node, std::int64_t channels);
  ValueId add(Node node, std::int64_t channels);
  void shareParameters(Node& node, const std::string& earlierName, const Dims& weight, bool bias);
  Node start(Op op, const std::string& name, std::vector<ValueId> inputs) const;

  Graph graph_;
  std::string prefix_;
  Part part_ = Part::encoder;
  Initialisation initialisation_;
  std::vector<std::int64_t> channels_;  // by ValueId
  std::vector<Output> auxiliaries_;
};

}  // namespace limbus
