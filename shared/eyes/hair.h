// Lashes and brows: tapered curved strokes over the finished surface.
#pragma once

#include "shared/eyes/anatomy.h"
#include "shared/eyes/canvas.h"
#include "shared/eyes/palette.h"

namespace limbus::eyes {

void paintLashes(const EyePreset& preset, const Lids& lids, const Tint& tint, const View& view,
                 Canvas& canvas, Random& random);
void paintBrow(const EyePreset& preset, const Lids& lids, const Tint& tint, const View& view,
               Canvas& canvas, Random& random);

}  // namespace limbus::eyes
