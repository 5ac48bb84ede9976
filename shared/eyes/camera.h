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

// The same picture with other pixels, bilinear; both have the first one's shape, about.
Canvas resampled(const Canvas& canvas, int width, int height);

// To 8 bits, then JPEG's losses where the preset has them.
Image develop(const EyePreset& preset, const Canvas& canvas, Random& random);

}  // namespace limbus::eyes
