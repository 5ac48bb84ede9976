// The whole C ABI of the headless core module: plain functions over numbers, pointers and one
// opaque handle. Only this header, *exports.cpp and web/src/core{,_row}.ts know the layout.
//
// Every function that can fail returns 0, or an ErrorCode of shared/result.h; limbusText() is then
// its one-line message, and otherwise the JSON answer where one is named: what is asked for once
// per model is text, what comes with every image is numbers. Pointers that a getter returns live in
// the handle until the next call of the function that filled them; the heap may move in any call
// (memory growth), so views over it are taken afresh after each.
//
//   Limbus* limbus = limbusCreate();
//   limbusUseManifest(limbus, json);
//   limbusPreprocess(limbus, pixels, 640, 400, 4);   // -> limbusTensor, limbusTensorShape
//   limbusPostprocess(limbus, logits, 0, 4, 50, 80); // -> limbusMask, limbusAnalysis
//   limbusDestroy(limbus);
#pragma once

#include <emscripten/em_macros.h>

#include <cstdint>

extern "C" {

struct Limbus;

EMSCRIPTEN_KEEPALIVE Limbus* limbusCreate();
EMSCRIPTEN_KEEPALIVE void limbusDestroy(Limbus* limbus);

// Memory for what is handed in; null when there is none left.
EMSCRIPTEN_KEEPALIVE std::uint8_t* limbusAllocate(std::uint32_t sizeBytes);
EMSCRIPTEN_KEEPALIVE void limbusFree(std::uint8_t* memory);

// UTF-8, NUL-terminated: the last call's message or JSON answer; and how many bytes it has.
EMSCRIPTEN_KEEPALIVE const char* limbusText(const Limbus* limbus);
EMSCRIPTEN_KEEPALIVE std::uint32_t limbusTextBytes(const Limbus* limbus);

// Checks an .onnx of which only slices come here: as long as limbusInspectBytes is not 0, that many
// bytes from limbusInspectOffset on are given. Text, after the last: its facts
// (shared/onnx/facts.h) with its manifest, or a draft of one (shared/onnx/interface.h), or the
// reason why it cannot run.
EMSCRIPTEN_KEEPALIVE int limbusInspect(Limbus* limbus, std::uint32_t fileBytes);
EMSCRIPTEN_KEEPALIVE std::uint32_t limbusInspectOffset(const Limbus* limbus);
EMSCRIPTEN_KEEPALIVE std::uint32_t limbusInspectBytes(const Limbus* limbus);
EMSCRIPTEN_KEEPALIVE int limbusInspectGive(Limbus* limbus, const std::uint8_t* slice);

// Of the file inspected last, whose facts name externalFiles: the one file that holds all. Text:
// what none of them has as it stands there; -> limbusNumbers: count of parts, of each: where its
// bytes come from (0 the text, 1 the file, from 2 on the external files), from which offset on, how
// many.
EMSCRIPTEN_KEEPALIVE int limbusJoin(Limbus* limbus);

// What preprocess and postprocess follow from now on: this manifest (text: the same, complete), or
// the one that the file inspected last carries.
EMSCRIPTEN_KEEPALIVE int limbusUseManifest(Limbus* limbus, const char* json);
EMSCRIPTEN_KEEPALIVE int limbusUseFileManifest(Limbus* limbus);

// That the manifest in use fits the file inspected last, and that such a file can run. Text: the
// ports that are used: {"input", "output"}.
EMSCRIPTEN_KEEPALIVE int limbusCheckInterface(Limbus* limbus);

// Text: the bytes that give a file without a manifest this one, put at its end.
EMSCRIPTEN_KEEPALIVE int limbusManifestEntry(Limbus* limbus, const char* json);

// Text: how other toolkits bring pixels to their networks (shared/input_presets.h).
EMSCRIPTEN_KEEPALIVE int limbusInputPresets(Limbus* limbus);

// Pixels [height, width, channels] of 1, 3 (RGB) or 4 (RGBA) channels, 8 bits each.
EMSCRIPTEN_KEEPALIVE int limbusPreprocess(Limbus* limbus, const std::uint8_t* pixels, int width,
                                          int height, int channels);
// [1,C,H,W] or [1,H,W,C], as the manifest says; halves: the same as float16, null without memory.
EMSCRIPTEN_KEEPALIVE const float* limbusTensor(const Limbus* limbus);
EMSCRIPTEN_KEEPALIVE const std::uint16_t* limbusTensorHalves(Limbus* limbus);
EMSCRIPTEN_KEEPALIVE const std::int32_t* limbusTensorShape(const Limbus* limbus);  // four numbers

// Scores of the image that preprocess saw last, floats or halves: [first,second,third], which are
// [C,h,w] or [h,w,C] as the manifest says; first 0: [second,third] of one channel. Or class indices
// [height,width].
EMSCRIPTEN_KEEPALIVE int limbusPostprocess(Limbus* limbus, const void* scores, int halves,
                                           int first, int second, int third);
EMSCRIPTEN_KEEPALIVE int limbusPostprocessIndices(Limbus* limbus, const std::uint8_t* classes,
                                                  int height, int width);
EMSCRIPTEN_KEEPALIVE const std::uint8_t* limbusMask(const Limbus* limbus);  // source height x width

// The analysis (shared/vision/regions.h, rounded) as numbers in a row; NaN: absent.
//   count of classes, area of each
//   1 if there is an eye, else 0. If so: ellipse of the pupil, ellipse of the iris, 1 if the iris
//   is occluded, diameter of the pupil, diameter of the iris, their ratio
//   count of regions, of each: class, area, centroid x, y, left, top, width, height, ellipse, 1 if
//   occluded, count of outline points, x and y of each
// An ellipse is five numbers: centre x, y, major and minor axis, angle.
EMSCRIPTEN_KEEPALIVE const double* limbusAnalysis(const Limbus* limbus);

// The same of a mask that comes from elsewhere, by the classes and regions of the manifest in use.
EMSCRIPTEN_KEEPALIVE int limbusAnalyse(Limbus* limbus, const std::uint8_t* mask, int width,
                                       int height);

// Probabilities (shared/vision/probabilities.h) of the image that preprocess saw last, from the
// scores of limbusPostprocess. These are brought to planes of floats once and stay in use, as does
// the memory they lie in, until limbusEndProbabilities; between, any rows are asked for:
// [classes, rows, source width].
EMSCRIPTEN_KEEPALIVE int limbusBeginProbabilities(Limbus* limbus, const void* scores, int halves,
                                                  int first, int second, int third);
EMSCRIPTEN_KEEPALIVE int limbusProbabilities(Limbus* limbus, int firstRow, int rows);
EMSCRIPTEN_KEEPALIVE const float* limbusProbabilityRows(const Limbus* limbus);
EMSCRIPTEN_KEEPALIVE void limbusEndProbabilities(Limbus* limbus);

// An ellipse through points x, y, ... (shared/vision/ellipse_fit.h), unrounded -> limbusNumbers.
EMSCRIPTEN_KEEPALIVE int limbusFitEllipse(Limbus* limbus, const float* points, std::uint32_t count);

// Metrics (shared/metrics/metrics.h) -> limbusNumbers. A confusion matrix is classes * classes
// counts, [truth][prediction]; limbusScore takes one or more in a row. Scores are mIoU, mDice,
// pixel accuracy, class accuracy, and of each class IoU, Dice, precision, recall, F1, accuracy.
// Text of limbusConventions: their names and summaries.
EMSCRIPTEN_KEEPALIVE int limbusConfusion(Limbus* limbus, const std::uint8_t* truth, int truthWidth,
                                         int truthHeight, const std::uint8_t* prediction, int width,
                                         int height, int classes);
EMSCRIPTEN_KEEPALIVE int limbusScore(Limbus* limbus, const char* convention, const double* counts,
                                     int matrices, int classes);
EMSCRIPTEN_KEEPALIVE int limbusConventions(Limbus* limbus);
EMSCRIPTEN_KEEPALIVE const double* limbusNumbers(const Limbus* limbus);

// The palette (shared/class_colours.h), as 0xRRGGBB.
EMSCRIPTEN_KEEPALIVE std::uint32_t limbusClassColour(std::uint32_t index);

// Procedural eyes (shared/eyes/eyes.h). Text: the presets. The facts of a render are width, height,
// channels (1 or 3), the true ellipse of the pupil and that of the iris.
EMSCRIPTEN_KEEPALIVE int limbusEyePresets(Limbus* limbus);
EMSCRIPTEN_KEEPALIVE int limbusRenderEye(Limbus* limbus, const char* preset, std::uint32_t seedLow,
                                         std::uint32_t seedHigh, std::uint32_t index);
EMSCRIPTEN_KEEPALIVE const double* limbusRenderFacts(const Limbus* limbus);
EMSCRIPTEN_KEEPALIVE const std::uint8_t* limbusRenderImage(const Limbus* limbus);
EMSCRIPTEN_KEEPALIVE const std::uint8_t* limbusRenderMask(const Limbus* limbus);
}
