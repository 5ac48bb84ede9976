// The whole C ABI of the headless core module: plain functions over numbers, pointers and one
// opaque handle. Only this header, exports.cpp and web/src/core.ts know the layout.
//
// Every function that can fail returns 0, or an ErrorCode of shared/result.h; limbusText() is then
// its one-line message, and otherwise the JSON answer where one is named. Pointers that a getter
// returns live in the handle until the next call of the function that filled them; the heap may
// move in any call (memory growth), so views over it are taken afresh after each.
//
//   Limbus* limbus = limbusCreate();
//   limbusUseManifest(limbus, json);
//   limbusPreprocess(limbus, pixels, 640, 400, 4);   // -> limbusTensor, limbusTensorShape
//   limbusPostprocess(limbus, logits, 4, 50, 80);    // -> limbusMask; text: analysis
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

// UTF-8, NUL-terminated: the last call's message or JSON answer.
EMSCRIPTEN_KEEPALIVE const char* limbusText(const Limbus* limbus);

// Checks the bytes of an .onnx. Text: its facts, manifest included.
EMSCRIPTEN_KEEPALIVE int limbusInspect(Limbus* limbus, const std::uint8_t* onnx,
                                       std::uint32_t sizeBytes);

// What preprocess and postprocess follow from now on. Text: the manifest, complete.
EMSCRIPTEN_KEEPALIVE int limbusUseManifest(Limbus* limbus, const char* json);

// Pixels [height, width, channels] of 1, 3 (RGB) or 4 (RGBA) channels, 8 bits each.
EMSCRIPTEN_KEEPALIVE int limbusPreprocess(Limbus* limbus, const std::uint8_t* pixels, int width,
                                          int height, int channels);
EMSCRIPTEN_KEEPALIVE const float* limbusTensor(const Limbus* limbus);              // [1,C,H,W]
EMSCRIPTEN_KEEPALIVE const std::int32_t* limbusTensorShape(const Limbus* limbus);  // four numbers

// Logits [channels, height, width] of the image that preprocess saw last, or class indices
// [height, width] for files that end in argmax. Text: the analysis (shared/vision/regions.h).
EMSCRIPTEN_KEEPALIVE int limbusPostprocess(Limbus* limbus, const float* logits, int channels,
                                           int height, int width);
EMSCRIPTEN_KEEPALIVE int limbusPostprocessIndices(Limbus* limbus, const std::uint8_t* classes,
                                                  int height, int width);
EMSCRIPTEN_KEEPALIVE const std::uint8_t* limbusMask(const Limbus* limbus);  // source height x width

// Text: the fingerprint of bytes (shared/hash.h), by which tests compare targets.
EMSCRIPTEN_KEEPALIVE int limbusHash(Limbus* limbus, const std::uint8_t* bytes,
                                    std::uint32_t sizeBytes);

// Procedural eyes (shared/eyes/eyes.h). Text: the presets; size, channels (1 or 3) and true
// ellipses of the render.
EMSCRIPTEN_KEEPALIVE int limbusEyePresets(Limbus* limbus);
EMSCRIPTEN_KEEPALIVE int limbusRenderEye(Limbus* limbus, const char* preset, std::uint32_t seedLow,
                                         std::uint32_t seedHigh, std::uint32_t index);
EMSCRIPTEN_KEEPALIVE const std::uint8_t* limbusRenderImage(const Limbus* limbus);
EMSCRIPTEN_KEEPALIVE const std::uint8_t* limbusRenderMask(const Limbus* limbus);
}
