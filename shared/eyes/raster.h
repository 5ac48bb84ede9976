// From shapes to pixels: the shaded surface with soft edges, and the mask with hard ones.
#pragma once

#include "shared/eyes/glasses.h"
#include "shared/eyes/lens.h"
#include "shared/eyes/surface.h"
#include "shared/image.h"

namespace limbus::eyes {

// Skin, and the eyeball where the lids leave it open, on every pixel of the canvas.
void shade(const Skin& skin, const EyeSurface& surface, const Lids& lids, const View& view,
           Canvas& canvas);

// The class of what lies at each pixel's centre: 0 background, 1 sclera, 2 iris, 3 pupil.
Mask classify(const Globe& globe, const Lids& lids, const Glasses& glasses, const Lens& lens,
              const View& view);

}  // namespace limbus::eyes
