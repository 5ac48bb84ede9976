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
  Range irisStretch{0, 0.015};  // elliptic out-of-roundness
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
  Range collarettePlace{0.12, 0.4};  // share of the way from pupil to limbus
  Range limbalRing{0, 0.45};
  Range limbalRingWidth{0.08, 0.35};  // share of the radius
  Range limbusSoftness{0.2, 1.7};     // width of the translucent rim, mm
  Range limbusOverlap{0.05, 0.3};  // share of it, from its middle, that the sclera shines through
  Range pupilLevel{0.03, 0.12};
  Range pupilSoftness{0.02, 0.12};
  Range pupilGlow{-0.15, 0.25};      // brighter towards its rim
  double faintPupil = 0;             // chance that pupil and iris differ by a few grey levels only
  Range faintPupilRatio{1.1, 1.6};   // of the iris to it
  double brightPupil = 0;            // chance of the retina's reflection
  Range brightPupilRatio{1.2, 2.6};  // of it to the iris
  double contactLens = 0;            // chance of a soft lens rim
  Range contactLensRadius{1.08, 1.28};  // of the iris's
  Range contactLensLevel{-0.2, 0.2};    // against the sclera

  // Lids.
  Range fissureWidth{25, 31};
  Range upperHeight{3.2, 6.0};  // lid margin above the canthi at rest
  Range lowerHeight{2.5, 5.0};
  Range canthalTilt{-3, 8};
  Range openness{0.6, 1.1};
  double halfClosed = 0.1;  // chance that openness comes from the next range instead
  Range halfOpenness{0.05, 0.6};
  double closed = 0.02;  // chance of a shut eye
  Range lidFollowsGaze{0.45, 0.85};
  Range lidWave{-0.03, 0.03};        // of the margins
  Range outerFoldSlope{0, 0.35};     // of the skin beyond the temporal canthus, positive sinks
  Range innerFoldSlope{-0.3, 0.15};  // and beyond the nasal one
  Range creaseDistance{2, 6};
  Range creaseDepth{0, 0.45};
  Range creaseWidth{0.25, 1.4};
  Range lidShadow{0.1, 0.6};  // of the upper lid and its lashes on the eyeball
  Range lidShadowWidth{0.8, 3};
  Range lidThickness{0, 1.2};  // of the upper lid in view: from its edge to the lashes' roots
  Range lowerLidThickness{0.3, 1.5};
  Range lidMargin{-0.35, 0.2};  // the upper margin against the skin
  Range lidMarginWidth{0.3, 1.1};
  Range lidPlate{-0.12, 0.15};  // between margin and crease, against the skin
  Range lidFold{0, 0.12};       // above the crease, against the skin
  Range wetRim{-0.15, 0.4};     // the lower lid's edge against the skin
  Range wetRimWidth{0.35, 1.0};
  Range lowerRoll{-0.05, 0.15};  // the bulge below the lower lashes, against the skin
  Range lowerCrease{0, 0.25};
  Range lowerCreaseDistance{5, 11};
  Range lowerCreaseWidth{0.6, 2.5};
  Range caruncleLevel{0.55, 0.95};   // against the skin
  Range caruncleDistance{1.2, 2.6};  // from the nasal canthus
  Range caruncleSize{1.4, 3.2};

  // Skin.
  Range skinLevel{0.4, 0.8};
  Range lightX{-0.5, 0.5};      // change of light over 30 mm
  Range lightY{-0.4, 0.4};      // positive: brighter below
  Range lightFalloff{0, 0.35};  // loss 30 mm away from the light's middle
  Range socketShadow{0, 0.5};
  Range socketReach{12, 28};
  Range browGlow{-0.1, 0.3};  // light on the bone under the brow
  Range cheekGlow{0, 0.2};
  Range skinMottle{0.01, 0.07};
  Range mottleScale{1.5, 5};  // samples of noise per mm
  Range skinPores{0, 0.05};
  Range poreScale{6, 16};  // samples of noise per mm, three to a pore
  Range wrinkles{0, 0.08};
  Range skinShine{0, 0.4};
  Range shineReach{5, 14};
  Range freckles{0, 6};
  Range freckleRadius{0.25, 1.1};
  Range freckleLevel{0.1, 0.6};  // how much darker

  // Hair.
  Range lashCount{25, 110};
  Range lashLength{4, 10};
  Range lashWidth{0.06, 0.2};
  Range lashLift{-0.5, 1.0};  // 1 up along the lid, negative hanging over the eye
  Range lashLevel{0.05, 0.3};
  Range lashOpacity{0.4, 1};
  Range lashBundling{0, 0.8};
  Range lashFan{0.6, 2.2};  // spread from nose to temple
  Range lashCurl{0, 0.5};
  Range lashShade{0, 0.3};  // darker skin around their roots
  Range lashShadeReach{0.8, 3};
  double mascara = 0.2;
  Range mascaraWidth{1.5, 2.6};  // times lashWidth
  Range lowerLashCount{0, 45};
  Range lowerLashLength{0.35, 0.6};  // times the upper ones'
  Range lowerLashLift{0.5, 1.0};
  Range lowerLashShade{0, 0.2};
  double eyeliner = 0.08;
  Range eyelinerLevel{0.4, 0.85};  // how much darker
  Range eyelinerWidth{0.5, 1.8};
  double brow = 0.6;
  Range browDistance{13, 22};
  Range browThickness{2, 6};
  Range browArch{0, 5};
  Range browOpacity{0.25, 0.9};
  Range browHairWidth{0.08, 0.22};

  // Light sources and their reflections.
  Range glintCount{1, 6};    // rounded down
  double glintRing = 0.4;    // chance of a ring, else bars, pairs and single lamps
  Range glintSpread{4, 30};  // degrees from the camera to the lamps
  Range glintRadius{0.12, 0.4};
  Range glintLevel{0.7, 12};  // above 0; every halving is as likely as the next
  double squareGlint = 0.1;
  Range scleraGlints{0, 0.6};  // chance per lamp of a second, fuzzier reflection
  Range lidGlints{0, 8};
  Range lidGlintLevel{0.1, 0.8};
  double meniscus = 0.4;           // chance that the tears along the lids mirror the lamps too
  Range meniscusLevel{0.02, 0.5};  // against the glint; every halving is as likely as the next
  double windows = 0;              // chance of a window mirrored by the cornea
  Range windowLevel{0.05, 0.5};
  Range windowSize{0.5, 2.6};    // half its width on the cornea
  double strayReflection = 0.1;  // chance of large saturated spots on skin or glass
  Range straySize{0.004, 0.05};  // radius, share of the frame's width
  Range strayLevel{0.5, 30};     // above 0; every halving is as likely as the next
  double strayRays = 0.4;        // chance that such a spot throws rays
  double glasses = 0.1;
  double glassesFramed = 0.6;  // chance that their frame is in view
  Range glassesHalfWidth{19, 30};
  Range glassesHalfHeight{12, 22};
  Range glassesRim{0.8, 4.5};
  Range glassesLevel{0.01, 0.5};
  Range glassesStreaks{0, 4};
  Range glassesVeil{0, 0.25};
  double nosePad = 0.3;  // chance, where glasses are worn, that a pad stands beside the nose
  Range nosePadLevel{0.05, 0.9};

  // Lens, sensor, file.
  bool colour = false;     // three planes, lit by day
  double lensEdge = 0;     // chance that the round edge of a headset's lens is in view
  Range edgeBottom{0, 0};  // black strip below, share of the height; none from 0 down
  Range edgeCorner{0, 0};  // how far the black reaches into the lower corners, share of the width
  Range edgeSide{0, 0};    // black or dark strip at one side, share of the width; none from 0 down
  Range edgeLevel{0.01, 0.06};
  double lensRing = 0.4;  // chance of a grey ring in the black
  Range lensRingLevel{0.02, 0.2};
  Range ringPattern{0, 0};           // concentric grooves of the lens, amplitude; none from 0 down
  Range ringPatternPhase{120, 320};  // radians of phase over half the frame's width
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
