// A camera is one file in presets/, one row below and its share of the mixture.
#include "shared/eyes/preset.h"

namespace limbus {

// Of the files of presets/.
EyePreset openeds2019Preset();
EyePreset openeds2020Preset();
EyePreset headsetPreset();
EyePreset deskPreset();
EyePreset irisPreset();
EyePreset usbPreset();
EyePreset webcamPreset();

namespace {

EyePreset any() {
  EyePreset preset;
  preset.name = "any";
  preset.summary = "all of them mixed, looser in scale, place and turn";
  preset.width = 320;
  preset.height = 240;
  preset.mixture = {{"openeds2019", 0.16}, {"openeds2020", 0.14}, {"headset", 0.2}, {"desk", 0.24},
                    {"iris", 0.1},         {"usb", 0.12},         {"webcam", 0.04}};
  preset.loosening = {.zoom = {0.6, 1.8},
                      .largestIris = 0.5,  // closer, wide pupils and dark irises look alike
                      .roll = 0.35,
                      .rollDegrees = {-30, 30},
                      .quarterTurn = 0.25,
                      .shift = 0.5,
                      .shiftX = {-0.15, 0.15},
                      .shiftY = {-0.15, 0.15},
                      .exposed = 0.5,
                      .exposure = {0.37, 1.4}};
  return preset;
}

}  // namespace

const std::vector<EyePreset>& eyePresetTable() {
  static const std::vector<EyePreset> rows = {
      openeds2019Preset(), openeds2020Preset(), headsetPreset(), deskPreset(),
      irisPreset(),        usbPreset(),         webcamPreset(),  any()};
  return rows;
}

}  // namespace limbus
