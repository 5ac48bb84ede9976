#include "shared/nets/pyramid.h"

#include <algorithm>

#include "shared/nets/layers.h"

namespace limbus {
ValueId pyramidPool(Builder& b, ValueId x, const std::string& name, const std::vector<int>& bins,
                    std::int64_t out) {
  const auto scope = b.scope(name);
  const auto count = static_cast<std::int64_t>(bins.size());
  const std::int64_t each = std::max<std::int64_t>(1, b.channels(x) / count);
  std::vector<ValueId> levels{x};
  for (std::size_t i = 0; i < bins.size(); ++i) {
    const auto stage = b.scope("stages." + std::to_string(i));
    ValueId y = bins[i] == 1 ? b.globalAvgPool(x, "0") : b.adaptiveAvgPool(x, "0", bins[i]);
    y = convNormRelu(b, y, "1", "2", {.out = each});
    levels.push_back(b.resize(y, "up", {.alignCorners = true, .like = x}));
  }
  x = convNormRelu(b, b.concat(levels, "join"), "bottleneck",
                   {.out = out, .kernel = 3, .padding = 1});
  return b.dropout(x, "bottleneck.3", {.p = 0.1, .perChannel = true});
}

ValueId atrousPyramid(Builder& b, ValueId x, const std::string& name,
                      const std::vector<int>& dilations, std::int64_t out) {
  const auto scope = b.scope(name);
  std::vector<ValueId> branches{convNormRelu(b, x, "aspp1", {.out = out})};
  for (const int dilation : dilations) {
    branches.push_back(
        convNormRelu(b, x, "aspp" + std::to_string(branches.size() + 1),
                     {.out = out, .kernel = 3, .padding = dilation, .dilation = dilation}));
  }
  const ValueId mean =
      convNormRelu(b, b.globalAvgPool(x, "avg_pool.0"), "avg_pool.1", "avg_pool.2", {.out = out});
  branches.push_back(b.resize(mean, "up", {.alignCorners = true, .like = x}));
  x = convNormRelu(b, b.concat(branches, "join"), "conv1", "bn1", {.out = out});
  return b.dropout(x, "dropout", {.p = 0.5});
}

}  // namespace limbus
