#include "shared/nets/encoders.h"

#include <algorithm>

namespace limbus {

// Of the files of encoders/.
std::vector<EncoderRow> densenetRows();
std::vector<EncoderRow> dpnRows();
std::vector<EncoderRow> efficientnetRows();
std::vector<EncoderRow> mobilenetV2Rows();
std::vector<EncoderRow> mobilenetV3Rows();
std::vector<EncoderRow> resnetRows();
std::vector<EncoderRow> senetRows();
std::vector<EncoderRow> vggRows();
std::vector<EncoderRow> widerResnetRows();
std::vector<EncoderRow> xceptionRows();

const std::vector<EncoderRow>& encoders() {
  static const std::vector<EncoderRow> rows = [] {
    std::vector<EncoderRow> all;
    for (auto family : {resnetRows, senetRows, densenetRows, dpnRows, efficientnetRows,
                        mobilenetV2Rows, mobilenetV3Rows, vggRows, widerResnetRows, xceptionRows}) {
      for (EncoderRow& row : family()) all.push_back(std::move(row));
    }
    return all;
  }();
  return rows;
}

void describeEncoder(OptionVisitor& v, Chosen<EncoderRow>& encoder) {
  v.named("encoder", encoder, encoders(), "encoder", "the network that sees the image");
}

Features encode(Builder& b, const Chosen<EncoderRow>& encoder, const EncoderWish& wish) {
  b.part(Part::encoder);
  const auto scope = b.scope("encoder");
  const auto start = b.initialised({});
  return encoder.row->build(b, wish, encoder.options);
}

Features strided(Features features) {
  if (features.front().stride == 1) features.erase(features.begin());
  return features;
}

}  // namespace limbus
