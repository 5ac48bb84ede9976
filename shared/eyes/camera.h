// From light behind the lens to grey levels: blur, tone, noise, resolution, JPEG.
#pragma once

#include "shared/eyes/canvas.h"
#include "shared/eyes/preset.h"
#include "shared/image.h"

namespace limbus::eyes {

// Defocus and motion.
void blur(const EyePreset& preset, double pxPerMm, Canvas& canvas, Random& random);

// Exposure (times the factor), gamma, veil and sensor noise, in place. Each plane of a colour image
// has noise of its own.
void expose(const EyePreset& preset, double factor, unsigned plane, Canvas& canvas, Random& random);

// To 8 bits at the wanted size (bilinear when it differs), then JPEG's losses where the preset has
// them.
Image develop(const EyePreset& preset, const Canvas& canvas, int width, int height, Random& random);

}  // namespace limbus::eyes
