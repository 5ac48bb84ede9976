// The rows of the table in nets/encoders.cpp, one family per file of this folder.
#pragma once

#include <vector>

#include "shared/nets/encoders.h"

namespace limbus {

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

}  // namespace limbus
