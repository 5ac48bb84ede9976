// A window, or a bright screen, mirrored by the cornea: a bent patch of panes over iris and pupil.
#pragma once

#include "shared/eyes/anatomy.h"
#include "shared/eyes/canvas.h"

namespace limbus::eyes {

void paintWindow(const EyePreset& preset, const Globe& globe, const Lids& lids, const View& view,
                 Canvas& canvas, Random& random);

}  // namespace limbus::eyes
