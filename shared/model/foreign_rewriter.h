// The rewriting of one foreign file: a rule per operation, over what is known of its values.
//
// foreign.cpp holds the walk and the table of rules, foreign_windows.cpp the rules of operations
// that slide, pad, cut or resize, foreign_channels.cpp those that take channels apart, shuffle them
// or normalise groups of them, foreign_vectors.cpp those of vectors, foreign_values.cpp those of
// the others. A rule gets a node and emits what it means in our words, or says in words what is
// lacking; its caller names the node.
#pragma once

#include <deque>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "shared/manifest.h"
#include "shared/model/foreign_parts.h"
#include "shared/onnx/proto.h"
#include "shared/result.h"

namespace limbus {

class ForeignRewriter {
 public:
  ForeignRewriter(OnnxFile file, const Manifest& manifest, std::deque<std::string>& kept)
      : file_(std::move(file)), manifest_(manifest), parts_(kept) {}

  Result<OnnxFile> run();

 private:
  static constexpr std::int64_t kMostChannels =
      1 << 16;  // each may cost a constant of so many floats

  using Rule = Result<void> (ForeignRewriter::*)(OnnxNode&);
  struct RuleRow {
    const char* type;
    Rule rule;
  };
  static const std::vector<RuleRow>& rules();

  Result<void> ports();
  void addConstant(std::string_view name, OnnxTensor tensor);
  void sortNodes();
  void keepNeeded();
  Result<void> checkOrder(const OnnxNode& node);
  Result<void> rewrite(OnnxNode node);
  Result<void> end();

  std::string_view valueOf(std::string_view name) const;  // through what was looked through
  const AxisOrder& orderOf(std::string_view name) const;
  int channelsOf(std::string_view value) const;  // 0: not known
  void lookThrough(const OnnxNode& node);
  Result<void> emit(OnnxNode node, std::int64_t channels);
  Result<void> planesOnly(const OnnxNode& node) const;
  Result<std::vector<std::int64_t>> padsOf(OnnxNode& node, const std::vector<std::int64_t>& kernel,
                                           const std::vector<std::int64_t>& stride,
                                           const std::vector<std::int64_t>& dilation) const;
  void padBefore(OnnxNode& node, const std::vector<std::int64_t>& pads, float value);
  std::int64_t opset() const { return file_.opset; }

  Result<void> constant(OnnxNode& node);
  Result<void> same(OnnxNode& node);
  Result<void> cast(OnnxNode& node);
  Result<void> transpose(OnnxNode& node);
  Result<void> squeeze(OnnxNode& node);
  Result<void> convolution(OnnxNode& node);
  Result<void> batchNorm(OnnxNode& node);
  Result<void> pool(OnnxNode& node);
  Result<void> unary(OnnxNode& node);
  Result<void> power(OnnxNode& node);
  Result<void> spelledOut(OnnxNode& node);
  Result<void> prelu(OnnxNode& node);
  Result<void> clip(OnnxNode& node);
  Result<void> concat(OnnxNode& node);
  Result<void> arithmetic(OnnxNode& node);
  Result<void> inverted(OnnxNode& node);
  Result<void> perChannel(OnnxNode& node, std::size_t constant);
  Result<void> resize(OnnxNode& node);
  Result<void> slice(OnnxNode& node);
  Result<void> pad(OnnxNode& node);
  Result<void> reduceMean(OnnxNode& node);
  Result<void> softmax(OnnxNode& node);
  Result<void> split(OnnxNode& node);
  Result<void> sliceChannels(OnnxNode& node, std::int64_t start, std::int64_t end);
  Result<void> emitChannels(std::string_view value, std::int64_t first, std::int64_t count,
                            std::string_view output);
  Result<void> groupNorm(OnnxNode& node);
  Result<void> reshape(OnnxNode& node);
  Result<void> flatten(OnnxNode& node);
  Result<void> unsqueeze(OnnxNode& node);
  Result<void> gemm(OnnxNode& node);
  Result<void> argmax(OnnxNode& node);
  Result<void> asItIs(OnnxNode& node);

  // A norm of groups of channels on its way: reshaped into groups, then normalised.
  struct GroupNorm {
    std::string_view source;
    std::int64_t groups = 0;
    float epsilon = 1e-5F;
    std::vector<float> scale = {}, shift = {};  // per channel; none before it is normalised
  };
  Result<void> emitGroupNorm(const GroupNorm& norm, std::string_view output);

  // A shuffle of channels on its way: reshaped into groups, then groups and members swapped.
  struct Shuffle {
    std::string_view source;
    std::int64_t groups = 0;
    KnownIntegers size;  // height and width
    bool swapped = false;
  };
  Result<void> startShuffle(const OnnxNode& node, const KnownIntegers& target);
  Result<void> endShuffle(const OnnxNode& node, const KnownIntegers& back);

  static bool isOfEachValue(std::string_view type);  // by the table of operations
  static bool takesVectors(std::string_view type);
  bool isSingle(std::string_view value) const;  // of one pixel
  bool isVector(std::string_view value) const { return vectors_.count(value) > 0; }
  Result<void> toVector(const OnnxNode& node);
  Result<void> toPlanes(const OnnxNode& node);

  OnnxFile file_;
  const Manifest& manifest_;
  ForeignParts parts_;
  std::vector<OnnxNode> nodes_;
  std::map<std::string_view, std::string_view> aliases_;
  std::map<std::string_view, AxisOrder> orders_;
  std::map<std::string_view, int> channels_;
  std::map<std::string_view, GroupNorm> groupNorms_;
  std::map<std::string_view, Shuffle> shuffles_;
  std::set<std::string_view> singles_, vectors_;  // of one pixel; [N,C] in the file
  std::set<std::string_view> indices_;            // of classes
  std::set<std::string_view> defined_;            // values of the file so far
  std::set<std::string_view> names_;              // of nodes
  std::map<std::string, int> unknown_;            // operations without a rule, and how often
};

tl::unexpected<Error> lacks(std::string message);

}  // namespace limbus
