// Cheap infrared cameras, held or mounted anyhow.
#include "shared/eyes/preset.h"

namespace limbus {

EyePreset usbPreset() {
  return {
      .name = "usb",
      .summary =
          "cheap infrared cameras: washed out, pale pupils, turned sensors (480 wide, 640 high)",
      .width = 480,
      .height = 640,
      .irisShare = {0.2, 0.42},
      .centreX = {0.3, 0.85},
      .centreY = {0.15, 0.6},
      .rollDegrees = {-16, 16},
      .quarterTurn = 0.3,
      .cameraYaw = {-25, 25},
      .cameraPitch = {-5, 30},
      .cameraDistance = {40, 200},
      .gazeX = {-32, 32},
      .pupilRadius = {1.3, 3.4},
      .scleraLevel = {0.5, 0.9},
      .scleraFalloff = {0.05, 0.4},
      .irisLevel = {0.16, 0.5},
      .pupilLevel = {0.03, 0.2},
      .faintPupil = 0.05,
      .halfClosed = 0.2,
      .closed = 0.03,
      .skinLevel = {0.5, 0.85},
      .lightY = {-0.1, 0.5},
      .skinPores = {0, 0.08},
      .skinShine = {0, 0.6},
      .lashLevel = {0.1, 0.35},
      .lashOpacity = {0.3, 0.95},
      .mascara = 0.3,
      .eyeliner = 0.15,
      .glintCount = {1, 3.99},
      .glintRing = 0.05,
      .glintSpread = {3, 20},
      .glintRadius = {0.12, 0.45},
      .glintLevel = {0.8, 20},
      .squareGlint = 0.3,
      .scleraGlints = {0, 0.3},
      .windows = 0.1,
      .strayReflection = 0.05,
      .glasses = 0.08,
      .vignette = {0, 0.6},
      .exposure = {0.7, 1.1},
      .gamma = {0.7, 1.2},
      .veil = {0.1, 0.5},
      .defocus = {0, 0.25},
      .defocusPx = {0.3, 1.2},
      .motion = 0.1,
      .sensorNoise = {0.002, 0.02},
      .nativeWidth = {160, 700},
      .jpeg = 0.4,
  };
}

}  // namespace limbus
