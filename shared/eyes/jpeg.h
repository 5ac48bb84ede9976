// What saving as JPEG does to a grey image: 8x8 cosine blocks, quantised as quality asks (ITU-T
// T.81, annex K).
#pragma once

#include "shared/image.h"

namespace limbus::eyes {

// quality in [1,100], as libjpeg counts it.
void loseJpegDetail(Image& image, double quality);

}  // namespace limbus::eyes
