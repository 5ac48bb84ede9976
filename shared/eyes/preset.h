// What a camera can look like, as ranges: one row per preset, every effect a named range.
//
// Each image draws one value per range, uniformly unless the range says otherwise. Lengths are
// millimetres on the face unless the name says otherwise, angles degrees, levels reflected light
// where 1 is a white surface fully lit, shares and chances in [0,1]. The eye's nasal side is on the
// left before mirroring, y points down.
#pragma once

#include <vector>

namespace limbus {

struct Range {
  double low = 0;
  double high = 0;
};

// A part of a mixture: another preset and how often it is drawn.
struct EyeMixtureShare {
  const char* name;
  double weight;
};

struct EyePreset {
  const char* name = "";
  const char* summary = "";
  int width = 0;
  int height = 0;

  // Framing: where the eye looking straight ahead lies in the frame, and how large.
  Range irisShare{0.2, 0.4};  // iris diameter / frame width
  Range centreX{0.4, 0.6};    // of the frame's width
  Range centreY{0.4, 0.6};    // of the frame's height
  Range rollDegrees{-8, 8};
  double quarterTurn = 0;  // chance of a sensor mounted at 90, 180 or 270 degrees
  double mirrored = 0.5;
  Range cameraYaw{-12, 12};    // the camera's place around the eye, positive towards the temple
  Range cameraPitch{-12, 12};  // positive from below
  Range cameraDistance{60, 600};

  // Eyeball.
  Range gazeX{-24, 24};
  Range gazeY{-18, 18};
  Range irisRadius{5.7, 6.3};
  Range pupilRadius{1.2, 3.6};  // as seen, refraction included
  Range pupilOffset{0, 0.35};   // from the iris centre
  Range pupilStretch{0, 0.03};  // elliptic out-of-roundness
  Range pupilWobble{0, 0.015};  // three-cornered out-of-roundness
  Range scleraLevel{0.4, 0.7};
  Range scleraFalloff{0.1, 0.5};  // darkening towards the corners
  Range vessels{0, 0.15};
  Range irisLevel{0.2, 0.5};
  double paleIris = 0.07;  // chance that the iris may be as bright as the sclera, or brighter
  Range irisFibres{0.03, 0.2};
  Range irisCrypts{0, 0.25};
  Range collarette{-0.1, 0.25};
  Range limbalRing{0, 0.45};
  Range limbusSoftness{0.2, 1.7};  // width of the translucent rim, mm
  Range limbusOverlap{0.05, 0.3};  // share of it, from its middle, that the sclera shines through
  Range pupilLevel{0.03, 0.12};
  Range pupilSoftness{0.02, 0.12};
  double faintPupil = 0;   // chance that pupil and iris differ by a few grey levels only
  double brightPupil = 0;  // chance of the retina's reflection
  double contactLens = 0;  // chance of a soft lens rim

  // Lids.
  Range fissureWidth{25, 31};
  Range upperHeight{3.2, 6.0};  // lid margin above the canthi at rest
  Range lowerHeight{2.5, 5.0};
  Range canthalTilt{-3, 8};
  Range openness{0.6, 1.1};
  double halfClosed = 0.1;  // chance that openness comes from [0.05, 0.6] instead
  double closed = 0.02;     // chance of a shut eye
  Range lidFollowsGaze{0.45, 0.85};
  Range creaseDistance{2, 6};
  Range creaseDepth{0, 0.45};
  Range creaseWidth{0.25, 1.4};
  Range lidShadow{0.1, 0.6};  // of the upper lid and its lashes on the eyeball
  Range lidShadowWidth{0.8, 3};
  Range lidThickness{0, 1.2};   // of the upper lid in view: from its edge to the lashes' roots
  Range lidMargin{-0.35, 0.2};  // the upper margin against the skin
  Range wetRim{-0.15, 0.4};     // the lower lid's edge against the skin
  Range lowerCrease{0, 0.25};
  Range caruncleLevel{0.55, 0.95};  // against the skin

  // Skin.
  Range skinLevel{0.4, 0.8};
  Range lightX{-0.5, 0.5};      // change of light over 30 mm
  Range lightY{-0.4, 0.4};      // positive: brighter below
  Range lightFalloff{0, 0.35};  // loss 30 mm away from the light's middle
  Range socketShadow{0, 0.5};
  Range browGlow{-0.1, 0.3};  // light on the bone under the brow
  Range cheekGlow{0, 0.2};
  Range skinMottle{0.01, 0.07};
  Range skinPores{0, 0.05};
  Range wrinkles{0, 0.08};
  Range skinShine{0, 0.4};
  Range freckles{0, 6};

  // Hair.
  Range lashCount{25, 110};
  Range lashLength{4, 10};
  Range lashWidth{0.06, 0.2};
  Range lashLift{-0.5, 1.0};  // 1 up along the lid, negative hanging over the eye
  Range lashLevel{0.05, 0.3};
  Range lashOpacity{0.4, 1};
  Range lashBundling{0, 0.8};
  double mascara = 0.2;
  Range lowerLashCount{0, 45};
  double eyeliner = 0.08;
  double brow = 0.6;
  Range browDistance{13, 22};

  // Light sources and their reflections.
  Range glintCount{1, 6};    // rounded down
  double glintRing = 0.4;    // chance of a ring, else bars, pairs and single lamps
  Range glintSpread{4, 30};  // degrees from the camera to the lamps
  Range glintRadius{0.12, 0.4};
  Range glintLevel{0.7, 12};  // above 0; every halving is as likely as the next
  double squareGlint = 0.1;
  Range scleraGlints{0, 0.6};  // chance per lamp of a second, fuzzier reflection
  Range lidGlints{0, 8};
  double meniscus = 0.4;           // chance that the tears along the lids mirror the lamps too
  Range meniscusLevel{0.02, 0.5};  // against the glint; every halving is as likely as the next
  double windows = 0;              // chance of a window mirrored by the cornea
  Range windowLevel{0.05, 0.5};
  double strayReflection = 0.1;  // chance of large saturated spots on skin or glass
  double strayRays = 0.4;        // chance that such a spot throws rays
  double glasses = 0.1;
  Range glassesStreaks{0, 4};
  Range glassesVeil{0, 0.25};
  double nosePad = 0.3;  // chance, where glasses are worn, that a pad stands beside the nose

  // Lens, sensor, file.
  bool colour = false;     // three planes, lit by day
  double lensEdge = 0;     // chance that the round edge of a headset's lens is in view
  Range edgeBottom{0, 0};  // black strip below, share of the height; none from 0 down
  Range edgeCorner{0, 0};  // how far the black reaches into the lower corners, share of the width
  Range edgeSide{0, 0};    // black or dark strip at one side, share of the width; none from 0 down
  Range edgeLevel{0.01, 0.06};
  Range ringPattern{0, 0};  // concentric grooves of the lens, amplitude; none from 0 down
  Range vignette{0, 0.35};
  Range exposure{0.8, 1.2};  // above 0; every halving is as likely as the next
  Range gamma{0.85, 1.2};
  Range veil{0, 0.05};        // added everywhere
  Range defocus{0, 0.18};     // deviation of the blur, mm; small ones are likelier
  Range defocusPx{0.3, 0.9};  // and the lens's own, pixels of a 400 pixel wide frame
  double motion = 0.05;
  Range motionLength{0.2, 1.2};
  Range sensorNoise{0.002, 0.015};
  Range noiseBlobs{0, 0.5};  // share of the noise that lies in blobs of about three pixels
  Range rowNoise{0, 0.003};
  Range nativeWidth{320, 640};  // pixels across when smaller than the frame: enlarged from there
  double jpeg = 0;
  Range jpegQuality{30, 90};

  std::vector<EyeMixtureShare> mixture =
      {};  // not empty: each image draws one of these, and loosens it
};

// The drawn cameras, and the mixture `any` (last row; it draws one of the others).
const std::vector<EyePreset>& eyePresetTable();

}  // namespace limbus
