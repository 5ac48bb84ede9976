// The cameras, one per file of this folder.
#pragma once

#include "shared/eyes/preset.h"

namespace limbus {

EyePreset openeds2019Preset();
EyePreset openeds2020Preset();
EyePreset headsetPreset();
EyePreset deskPreset();
EyePreset irisPreset();
EyePreset usbPreset();
EyePreset webcamPreset();

}  // namespace limbus
