// Any other headset: cameras that look from below or beside, lens edges, few to many lamps.
#include "shared/eyes/preset.h"

namespace limbus {

EyePreset headsetPreset() {
  return {
      .name = "headset",
      .summary =
          "any head-mounted display or glasses: oblique, close, lens edges, ring or bar of lamps",
      .width = 640,
      .height = 480,
      .irisShare = {0.16, 0.42},
      .centreX = {0.3, 0.7},
      .centreY = {0.35, 0.65},
      .rollDegrees = {-20, 20},
      .quarterTurn = 0.15,
      .cameraYaw = {-32, 32},
      .cameraPitch = {-15, 38},
      .cameraDistance = {28, 120},
      .gazeX = {-28, 28},
      .gazeY = {-24, 24},
      .pupilRadius = {1.0, 4.0},
      .scleraLevel = {0.25, 0.8},
      .irisLevel = {0.12, 0.6},
      .pupilLevel = {0.02, 0.2},
      .faintPupil = 0.03,
      .brightPupil = 0.05,
      .contactLens = 0.08,
      .fissureWidth = {23, 30},
      .halfClosed = 0.15,
      .closed = 0.03,
      .skinLevel = {0.25, 0.95},
      .lightX = {-0.7, 0.7},
      .cheekGlow = {-0.2, 0.6},
      .mascara = 0.25,
      .glintCount = {1, 14},
      .glintRing = 0.65,
      .glintSpread = {8, 40},
      .glintRadius = {0.08, 0.35},
      .glintLevel = {0.7, 30},
      .scleraGlints = {0, 0.9},
      .glasses = 0.15,
      .lensEdge = 0.6,
      .edgeBottom = {-0.1, 0.1},
      .edgeCorner = {0, 0.4},
      .edgeSide = {-0.15, 0.15},
      .ringPattern = {-0.06, 0.06},
      .vignette = {0, 0.9},
      .exposure = {0.45, 1.4},
      .gamma = {0.75, 1.3},
      .veil = {0, 0.12},
      .sensorNoise = {0.002, 0.03},
      .nativeWidth = {160, 1000},
      .jpeg = 0.15,
  };
}

}  // namespace limbus
