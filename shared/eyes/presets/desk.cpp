// Trackers on a desk or a helmet: dark frames, soft focus, few grey levels between pupil and iris.
#include "shared/eyes/preset.h"

namespace limbus {

EyePreset deskPreset() {
  return {
      .name = "desk",
      .summary =
          "remote and head-mounted trackers: dark, low contrast, one or two lamps, soft focus",
      .width = 320,
      .height = 240,
      .irisShare = {0.14, 0.5},
      .centreX = {0.3, 0.7},
      .centreY = {0.32, 0.68},
      .rollDegrees = {-14, 14},
      .quarterTurn = 0.05,
      .cameraYaw = {-18, 18},
      .cameraPitch = {-6, 24},
      .cameraDistance = {80, 700},
      .pupilRadius = {1.1, 3.8},
      .scleraLevel = {0.4, 0.9},
      .irisLevel = {0.14, 0.5},
      .irisFibres = {0.01, 0.12},
      .irisCrypts = {0, 0.12},
      .collarette = {-0.05, 0.12},
      .limbalRing = {0, 0.3},
      .limbusSoftness = {0.2, 1.8},
      .limbusOverlap = {0.1, 0.35},
      .pupilLevel = {0.04, 0.22},
      .pupilSoftness = {0.02, 0.3},
      .faintPupil = 0.05,
      .brightPupil = 0.06,
      .wetRim = {-0.1, 0.2},
      .skinLevel = {0.4, 0.95},
      .skinShine = {0, 0.5},
      .lashOpacity = {0.2, 0.9},
      .glintCount = {1, 3.99},
      .glintRing = 0.05,
      .glintSpread = {3, 22},
      .glintRadius = {0.15, 0.6},
      .glintLevel = {2, 100},
      .scleraGlints = {0, 0.3},
      .meniscus = 0.6,
      .windows = 0.05,
      .strayReflection = 0.35,
      .strayRays = 0.6,
      .glasses = 0.15,
      .vignette = {0, 0.5},
      .exposure = {0.1, 0.9},
      .gamma = {0.8, 1.25},
      .defocus = {0, 0.35},
      .defocusPx = {0.4, 1.4},
      .motion = 0.1,
      .sensorNoise = {0.002, 0.02},
      .noiseBlobs = {0, 0.9},
      .rowNoise = {0, 0.006},
      .nativeWidth = {120, 640},
      .jpeg = 0.5,
  };
}

}  // namespace limbus
