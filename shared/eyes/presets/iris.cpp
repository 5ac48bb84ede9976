// Cameras that recognise people by their iris.
#include "shared/eyes/preset.h"

namespace limbus {

EyePreset irisPreset() {
  return {
      .name = "iris",
      .summary =
          "iris-recognition close-ups: the eye fills the frame, sharp, bright sclera, lamps in the "
          "pupil",
      .width = 640,
      .height = 480,
      .irisShare = {0.3, 0.58},
      .rollDegrees = {-10, 10},
      .cameraYaw = {-6, 6},
      .cameraPitch = {-6, 6},
      .cameraDistance = {120, 800},
      .gazeX = {-10, 10},
      .gazeY = {-8, 8},
      .pupilRadius = {1.1, 3.8},
      .scleraLevel = {0.55, 1.0},
      .scleraFalloff = {0.05, 0.35},
      .irisLevel = {0.22, 0.7},
      .irisFibres = {0.06, 0.3},
      .irisCrypts = {0, 0.45},
      .pupilLevel = {0.02, 0.2},
      .faintPupil = 0.02,
      .brightPupil = 0.02,
      .contactLens = 0.15,
      .halfClosed = 0.06,
      .closed = 0.005,
      .skinLevel = {0.6, 1.1},
      .cheekGlow = {-0.1, 0.3},
      .lashWidth = {0.06, 0.16},
      .glintCount = {1, 8.99},
      .glintRing = 0.3,
      .glintSpread = {1.5, 14},
      .glintRadius = {0.1, 0.5},
      .glintLevel = {1, 20},
      .squareGlint = 0.3,
      .scleraGlints = {0, 0.1},
      .windows = 0.1,
      .strayReflection = 0.03,
      .glasses = 0.08,
      .exposure = {0.7, 1.3},
      .veil = {0, 0.1},
      .defocus = {0, 0.2},
      .nativeWidth = {320, 1000},
      .jpeg = 0.2,
  };
}

}  // namespace limbus
