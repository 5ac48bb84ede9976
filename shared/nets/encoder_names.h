// What others (torchvision, timm, mmsegmentation, ...) call the layers of our encoders, where the
// names differ: ours are those of one library (shared/nets/encoders/ says which). timm's
// "blocks.1.0.conv_dw" is "features.2.conv.1.0" of our MobileNetV2 and "_blocks.1._depthwise_conv"
// of our EfficientNet-B0.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "shared/graph/graph.h"

namespace limbus {

class EncoderNames {
 public:
  // The graph's encoder says how many blocks its stages have.
  explicit EncoderNames(const Graph& graph);

  // Our names, without "encoder.", of what `theirs` ("conv_stem.weight") may be in any family of
  // encoders; the first of them that is a parameter of the graph is meant.
  std::vector<std::string> candidates(const std::string& theirs) const;

 private:
  std::vector<std::vector<int>> stages_;  // our numbers of each stage's blocks
  std::set<std::string> layers_;
};

}  // namespace limbus
