// What a camera can look like, as ranges: one row per preset, every effect a named range.
//
// Each image draws one value per range, uniformly unless the range says otherwise; of a range named
// "...Spread", and of those of glints, freckles, streaks and stray hairs, every single hair, lamp
// or spot draws its own. A number alone is a chance, or a deviation where it says so. Lengths are
// millimetres on the face unless the name says otherwise, angles degrees, levels reflected light
// where 1 is a white surface fully lit, shares and chances in [0,1]. Places are x and y from the
// straight iris, the nasal side on the left before mirroring and y down. What has no preferred
// value draws from all there are and stands in no range: turns all the way round, phases, the
// places of textures.
#pragma once

#include <vector>

#include "shared/options/range.h"

namespace limbus {

// A part of a mixture: another preset and how often it is drawn.
struct EyeMixtureShare {
  const char* name;
  double weight;
};

// What a mixture changes about the camera that it drew. The defaults change nothing.
struct EyeLoosening {
  Range zoom{1, 1};        // above 0; every halving is as likely as the next
  double largestIris = 0;  // iris diameter / frame width up to which zoom enlarges
  double roll = 0;         // chance of a further turn
  Range rollDegrees{0, 0};
  double quarterTurn = 0;  // chance of a turn by 90, 180 or 270 degrees
  double shift = 0;        // chance of another place in the frame
  Range shiftX{0, 0};      // of the frame's width
  Range shiftY{0, 0};      // of the frame's height
  double exposed = 0;      // chance of another exposure
  Range exposure{1, 1};    // above 0; every halving is as likely as the next
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
  double cutToFit = 0.5;       // chance that a frame of another shape cuts this one, else holds it
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
  Range irisFibreFineness{2, 5};  // whole
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
  Range lidWave{-0.03, 0.03};      // of the margins
  Range upperNasalArch{0.6, 1.0};  // power of the margin's rise from a corner: small is full
  Range upperTemporalArch{0.5, 0.85};
  Range lowerNasalArch{0.75, 1.2};
  Range lowerTemporalArch{0.5, 0.85};
  Range outerFoldSlope{0, 0.35};     // of the skin beyond the temporal canthus, positive sinks
  Range innerFoldSlope{-0.3, 0.15};  // and beyond the nasal one
  Range creaseDistance{2, 6};
  Range creaseDepth{0, 0.45};
  Range creaseWidth{0.25, 1.4};
  Range secondCrease{0, 0.5};            // above the first, times its depth
  Range secondCreaseDistance{1.2, 3.5};  // from the first
  double monolid = 0.12;      // chance of a lid without a crease, its skin hanging to the lashes
  Range lidShadow{0.1, 0.6};  // of the upper lid and its lashes on the eyeball
  Range lidShadowWidth{0.8, 3};
  Range lidThickness{0.8, 2};  // width of its margin, from the eyeball to the lashes' roots
  Range lidTurn{-20, 15};      // degrees that the margin leans away from the opening
  Range lowerLidThickness{0.8, 1.6};
  Range lowerLidTurn{10, 50};
  Range lidMargin{-0.35, 0.2};        // the upper margin against the skin
  Range lidMarginSoftness{0.1, 0.6};  // of its edge towards the skin
  Range lidPlate{-0.12, 0.15};        // between margin and crease, against the skin
  Range lidFold{0, 0.12};             // above the crease, against the skin
  Range wetRim{-0.15, 0.4};           // the lower lid's edge against the skin
  Range wetRimSoftness{0.1, 0.5};
  Range lowerRoll{-0.05, 0.15};  // the bulge below the lower lashes, against the skin
  Range lowerCrease{0, 0.25};
  Range lowerCreaseDistance{5, 11};
  Range lowerCreaseWidth{0.6, 2.5};
  Range lowerSecondCrease{0, 0.6};   // half-way to the first, times its depth
  Range caruncleLevel{0.55, 0.95};   // against the skin
  Range caruncleDistance{1.2, 2.6};  // from the nasal canthus
  Range caruncleDrop{-0.4, 0.4};     // below it
  Range caruncleSize{1.4, 3.2};

  // Skin.
  Range skinLevel{0.4, 0.8};
  Range lightMiddleX{-8, 8};
  Range lightMiddleY{-8, 8};
  Range lightX{-0.5, 0.5};      // change of light over 30 mm
  Range lightY{-0.4, 0.4};      // positive: brighter below
  Range lightFalloff{0, 0.35};  // loss 30 mm away from the light's middle
  Range socketShadow{0, 0.5};
  Range socketAside{1, 5};   // of its middle from the nasal canthus
  Range socketHeight{0, 8};  // above it
  Range socketReach{12, 28};
  Range browGlow{-0.1, 0.3};  // light on the bone under the brow
  Range browGlowX{-14, 14};
  Range browGlowHeight{12, 26};  // above the eye
  Range browGlowReach{6, 16};
  Range browHollow{0, 0.7};  // shadow between lid and brow, times socketShadow
  Range browHollowX{-6, 6};
  Range browHollowHeight{9, 14};  // above the eye
  Range browHollowReach{8, 16};
  Range patch{-0.15, 0.2};  // a darker or lighter stretch anywhere
  Range patchX{-20, 20};
  Range patchY{-26, 26};
  Range patchReach{8, 24};
  Range cheekGlow{0, 0.2};
  Range skinMottle{0.01, 0.07};
  Range mottleScale{1.5, 5};  // samples of noise per mm
  Range skinPores{0, 0.05};
  Range poreScale{6, 16};  // samples of noise per mm, three to a pore
  Range wrinkles{0, 0.08};
  Range skinShine{0, 0.4};
  double cheekShine = 0.75;  // chance that it lies below the eye, else towards the brow
  Range shineX{-14, 14};
  Range cheekShineY{8, 24};
  Range browShineY{-24, -10};
  Range shineReach{5, 14};
  Range freckles{0, 6};
  Range freckleX{-26, 26};
  Range freckleY{-24, 30};
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
  Range lashBundle{2, 7};         // lashes to a bundle, about; whole
  Range lashFan{0.6, 2.2};        // spread from nose to temple
  Range lashFanMiddle{0.3, 0.5};  // where they stand upright, share of the way
  Range lashCurl{0, 0.5};
  Range lashShade{0, 0.3};  // darker skin around their roots
  Range lashShadeReach{0.8, 3};
  double lashSway = 0.12;       // deviation of a bundle's lean
  double lashLooseness = 0.22;  // and of one lash's in it
  Range lashLengthSpread{0.45, 1.15};
  Range lashWidthSpread{0.6, 1.3};
  Range lashOpacitySpread{0.75, 1};
  Range lashCurlSpread{0.5, 1.5};
  Range lashLiftSpread{-0.15, 0.15};
  Range lashRootSpread{-0.3, 0.3};
  Range lashPlaceSpread{-0.2, 1.2};     // along the margin, of the even distance
  Range lashBundleSpread{-0.35, 0.35};  // of a bundle's tips along it, of the bundle
  double mascara = 0.2;
  Range mascaraWidth{1.5, 2.6};  // times lashWidth
  Range lowerLashCount{0, 45};
  Range lowerLashLength{0.35, 0.6};  // times the upper ones'
  Range lowerLashLift{0.5, 1.0};
  Range lowerLashOpacity{0.4, 1};  // times the upper ones'
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
  Range browHairCount{60, 240};  // whole
  Range browHairLength{4, 9};    // each one's
  Range browHairLean{-0.25, 0.25};
  Range browPaler{0, 0.25};  // than the lashes

  // Light sources and their reflections.
  Range glintCount{1, 6};          // rounded down
  double glintRing = 0.4;          // chance of a ring, else bars, pairs and single lamps
  Range glintSpread{4, 30};        // degrees from the camera to the lamps
  Range glintAside{0, 0.6};        // of the lamps' middle from the camera, times glintSpread
  Range glintSquash{0.7, 1.3};     // a ring's height, times its width
  Range glintJitter{-0.08, 0.08};  // of each lamp on it, radians
  double openRing = 0.3;           // chance of a gap in it
  Range openRingGap{0.1, 0.4};     // share of the ring
  Range glintLayout{0, 2};         // without a ring: 0 a bar, 1 two columns, 2 a loose cluster
  Range glintRadius{0.12, 0.4};
  Range glintRadiusSpread{0.75, 1.2};
  Range glintLevel{0.7, 12};  // above 0; every halving is as likely as the next
  Range glintLevelSpread{0.5, 1};
  double squareGlint = 0.1;
  Range scleraGlints{0, 0.6};   // chance per lamp of a second, fuzzier reflection
  Range scleraGlintX{-2.5, 1};  // of it, from where a round eyeball would show it
  Range scleraGlintY{-0.6, 0.6};
  Range scleraGlintRadius{0.8, 2.2};  // times glintRadius
  Range scleraGlintLevel{0.1, 0.7};   // times glintLevel
  Range lidGlints{0, 8};
  Range lidGlintLevel{0.1, 0.8};
  Range lidGlintLevelSpread{0.3, 1};
  Range lidGlintRadius{0.05, 0.22};
  Range lidGlintX{-4, 4};              // from a glint of the cornea
  double upperLidGlint = 0.25;         // chance that it lies on the upper lid
  Range upperLidGlintPlace{0.1, 0.6};  // outside the margin
  Range lowerLidGlintPlace{-0.2, 0.5};
  double meniscus = 0.4;           // chance that the tears along the lids mirror the lamps too
  Range meniscusLevel{0.02, 0.5};  // against the glint; every halving is as likely as the next
  Range meniscusX{-0.3, 0.3};      // from the glint
  Range meniscusRadius{0.08, 0.3};
  double meniscusLid = 0.8;  // chance per lid
  double windows = 0;        // chance of a window mirrored by the cornea
  Range windowLevel{0.05, 0.5};
  Range windowSize{0.5, 2.6};  // half its width on the cornea
  Range windowHeight{0.5, 2};  // times its width
  Range windowAside{0, 4.5};   // from the iris's middle
  double windowTilt = 0.3;     // deviation, radians
  Range windowShear{-0.25, 0.25};
  Range windowBend{0, 0.35};        // barrel
  Range windowPanes{1, 3};          // across and down; whole
  Range windowBar{0.03, 0.12};      // half the width of the bars, of a pane
  Range windowSoftness{0.03, 0.3};  // of the edges, of half the window
  double strayReflection = 0.1;     // chance of large saturated spots on skin or glass
  Range strayCount{1, 3};           // whole
  double strayOnEye = 0.5;          // chance that a spot lies near the eye, else anywhere
  Range strayX{-13, 13};
  Range strayY{-9, 11};
  double strayStar = 0.5;        // chance of a star, else round
  Range straySoftness{0.2, 1};   // of the edge, times straySize
  Range straySize{0.004, 0.05};  // radius, share of the frame's width
  Range strayLevel{0.5, 30};     // above 0; every halving is as likely as the next
  double strayRays = 0.4;        // chance that such a spot throws rays
  Range strayRayCount{1, 4};     // whole
  Range strayRayLength{3, 14};   // times straySize, each one's
  Range strayRayWidth{0.05, 0.4};
  Range strayRayRagged{0, 1};  // deviation across, of its width
  Range strayRayLevel{0.05, 0.6};
  Range strayRaySparkle{0.4, 1};  // along it
  double glasses = 0.1;
  double glassesFramed = 0.6;  // chance that their frame is in view
  Range glassesHalfWidth{19, 30};
  Range glassesHalfHeight{12, 22};
  Range glassesX{-6, 8};  // the frame's middle
  Range glassesY{-6, 9};
  Range glassesRim{0.8, 4.5};
  Range glassesLevel{0.01, 0.5};
  double glassesShiny = 0.4;  // chance of a bright line along the frame
  Range glassesShine{0.1, 0.8};
  Range glassesSoftness{0.1, 0.8};  // of the frame's edge
  Range glassesStreaks{0, 4};
  Range streakSize{0.002, 0.0088};  // a spot's radius, share of the frame's width
  Range streakStep{2, 5};           // times it
  Range streakSpots{5, 40};         // whole
  Range streakLevel{0.05, 0.9};
  Range streakSizeSpread{0.6, 1.3};
  Range streakLevelSpread{0.4, 1};
  Range glassesVeil{0, 0.25};
  Range glassesVeilReach{0.2, 0.8};  // share of the frame's width
  double nosePad = 0.3;  // chance, where glasses are worn, that a pad stands beside the nose
  Range nosePadLevel{0.05, 0.9};
  Range nosePadX{-28, -19};
  Range nosePadY{-2, 14};
  Range nosePadHalfWidth{1.2, 3};
  Range nosePadHalfHeight{3, 7};
  Range nosePadLean{-2, 2};
  Range nosePadCover{0.15, 0.8};  // clear plastic to solid
  Range nosePadRim{-0.1, 0.5};

  // Lens, sensor, file.
  double lensEdge = 0;     // chance that the round edge of a headset's lens is in view
  Range edgeBottom{0, 0};  // black strip below, share of the height; none from 0 down
  Range edgeCorner{0, 0};  // how far the black reaches into the lower corners, share of the width
  Range edgeMiddle{-0.5, 0.15};  // where the edge is lowest, of half the width
  Range edgeSide{0, 0};     // black or dark strip at one side, share of the width; none from 0 down
  double edgeRight = 0.75;  // chance that it lies at the right
  Range edgeSoftness{0.002, 0.02};  // of half the frame
  Range edgeLevel{0.01, 0.06};
  double lensRing = 0.4;            // chance of a grey ring in the black
  Range lensRingPlace{0.02, 0.08};  // how deep, of half the frame
  Range lensRingLevel{0.02, 0.2};
  Range ringPattern{0, 0};           // concentric grooves of the lens, amplitude; none from 0 down
  Range ringPatternPhase{120, 320};  // radians of phase over half the frame's width
  Range ringPatternX{-0.6, 0.6};     // their middle, of half the frame
  Range ringPatternY{-0.9, 0.9};
  Range vignette{0, 0.35};
  Range exposure{0.8, 1.2};  // above 0; every halving is as likely as the next
  Range gamma{0.85, 1.2};
  Range veil{0, 0.05};        // added everywhere
  Range defocus{0, 0.18};     // deviation of the blur, mm; small ones are likelier
  Range defocusPx{0.3, 0.9};  // and the lens's own, pixels of a 400 pixel wide frame
  double motion = 0.05;
  Range motionLength{0.2, 1.2};
  Range sensorNoise{0.002, 0.015};
  Range shotNoise{0.3, 1.2};  // what a white pixel has more, times sensorNoise
  Range noiseBlobs{0, 0.5};   // share of the noise that lies in blobs of about three pixels
  Range rowNoise{0, 0.003};
  Range nativeWidth{320, 640};  // pixels across when smaller than the frame: enlarged from there
  double jpeg = 0;
  Range jpegQuality{30, 90};

  // Colour, by day: what the red and blue planes show, against the green one.
  bool colour = false;
  Range skinWarmth{0.3, 1.1};   // from grey to red
  Range scleraGreen{0.9, 1.0};  // against red
  Range scleraBlue{0.88, 1.02};
  Range vesselsRed{0.1, 0.4};
  Range caruncleRed{1.1, 1.35};
  Range caruncleBlue{0.8, 1.05};
  Range irisColour{0.4, 1.0};  // from grey to a full brown, hazel, green or blue
  Range hairRed{1.0, 1.4};
  Range hairBlue{0.6, 1.0};
  Range lightRed{0.85, 1.15};
  Range lightBlue{0.8, 1.15};

  // Not empty: each image draws one of these cameras and loosens it.
  std::vector<EyeMixtureShare> mixture = {};
  EyeLoosening loosening = {};
};

// The drawn cameras, and the mixture `any` (last row; it draws one of the others).
const std::vector<EyePreset>& eyePresetTable();

}  // namespace limbus
