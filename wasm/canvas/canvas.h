// The canvas module's whole C ABI: Dear ImGui over WebGL 2, drawing what it is handed.
//
// It knows no model, no file and no OpenCV. The page hands over pixels, a mask of class indices,
// classes, outlines and ellipses, forwards input events, and calls canvasFrame() from
// requestAnimationFrame while that returns 1. What the user changes in the panels is written into
// CanvasState, which the page reads after a frame. web/app/canvas.ts is the only other place that
// knows this layout.
//
// Units: event positions and sizes are CSS pixels from the canvas's top left corner. Image
// coordinates are source pixels; integers are pixel centres. Angles are degrees from the x axis
// towards the y axis.
//
// Bytes go in through one staging buffer: `p = canvasStage(c, size)`, write at p, then call the
// function that consumes it. p is valid until the next call of any function here. Strings are
// UTF-8 with a final zero byte.
//
//   memcpy(canvasStageGlobal(8), "#canvas", 8);  // the <canvas> as a CSS selector
//   Canvas* c = canvasCreate();                  // null: no WebGL 2
//   canvasResize(c, 800, 600, 2.0f);
//   memcpy(canvasStage(c, w * h * 4), rgba, w * h * 4);
//   canvasSetImage(c, w, h, w, h);
//   while (canvasFrame(c, seconds)) seconds += 1.0 / 60;
#pragma once

#include <stdint.h>

#define LIMBUS_EXPORT __attribute__((used, visibility("default")))

enum { kCanvasMaxClasses = 256 };

// Bits of CanvasState::changes.
enum CanvasChange {
  kCanvasLayersChanged = 1,  // opacity, a switch, a colour
  kCanvasViewChanged = 2,    // zoom or position
  kCanvasHoverChanged = 4,
};

enum CanvasCursor {
  kCursorDefault = 0,
  kCursorPointer = 1,
  kCursorCrosshair = 2,
  kCursorGrabbing = 3,
  kCursorText = 4,
  kCursorResize = 5,
};

// Every field is four bytes wide, in this order.
struct CanvasClassState {
  uint32_t rgb;  // 0xRRGGBB
  int32_t visible;
  float switchX;  // centre of the switch in the panel, so that a test can click it
  float switchY;
};

struct CanvasState {
  uint32_t changes;  // CanvasChange bits, collected until canvasTakeChanges()
  int32_t cursor;    // CanvasCursor
  int32_t hoverX;    // pixel under the pointer, -1: none
  int32_t hoverY;
  int32_t hoverClass;  // -1: no mask or no pointer
  float zoom;          // CSS pixels per image pixel
  float imageLeft;     // top left corner of the image on the canvas
  float imageTop;
  float opacity;  // of the overlay, [0,1]
  int32_t outlines;
  int32_t ellipses;
  int32_t maxTextureSize;
  int32_t classCount;
  struct CanvasClassState classes[kCanvasMaxClasses];
};

#ifdef __cplusplus
extern "C" {
#endif

typedef struct Canvas Canvas;

// Life. canvasStageGlobal serves canvasCreate only, when there is no handle yet.
LIMBUS_EXPORT uint8_t* canvasStageGlobal(uint32_t sizeBytes);
LIMBUS_EXPORT Canvas* canvasCreate(void);
LIMBUS_EXPORT void canvasDestroy(Canvas* canvas);
LIMBUS_EXPORT uint8_t* canvasStage(Canvas* canvas, uint32_t sizeBytes);
LIMBUS_EXPORT void canvasResize(Canvas* canvas, float width, float height, float pixelRatio);
// 1: call again in the next animation frame; 0: nothing moves any more.
LIMBUS_EXPORT int canvasFrame(Canvas* canvas, double timeSeconds);
LIMBUS_EXPORT const struct CanvasState* canvasState(Canvas* canvas);
LIMBUS_EXPORT uint32_t canvasTakeChanges(Canvas* canvas);

// Glyphs drawn by the browser. Staged: count rows of six int32 (code point, width, height, left,
// top, advance in 1/64), all in device pixels, then every glyph's coverage bytes in the same order.
LIMBUS_EXPORT int canvasSetFont(Canvas* canvas, float sizePx, int count);

// Content. Texture sizes may be smaller than the image (see maxTextureSize). Both return 0 when the
// staged bytes do not have the announced size.
LIMBUS_EXPORT int canvasSetImage(Canvas* canvas, int width, int height, int textureWidth,
                                 int textureHeight);  // staged: RGBA
LIMBUS_EXPORT int canvasSetMask(Canvas* canvas, int textureWidth, int textureHeight);  // indices
// A part of an image whose texture is smaller than it is, in finer textures over it: source pixels
// from (left, top) on. Goes when image or mask change. Staged: RGBA, behind it the mask's indices
// if there is one. 0 where the bytes are others or the part is not inside the image.
LIMBUS_EXPORT int canvasSetDetail(Canvas* canvas, int left, int top, int width, int height,
                                  int textureWidth, int textureHeight);
LIMBUS_EXPORT void canvasClearDetail(Canvas* canvas);
LIMBUS_EXPORT void canvasClearImage(Canvas* canvas);  // mask and shapes too
LIMBUS_EXPORT void canvasClearMask(Canvas* canvas);
LIMBUS_EXPORT void canvasSetClassCount(Canvas* canvas, int count);
LIMBUS_EXPORT void canvasSetClass(Canvas* canvas, int index, uint32_t rgb, int visible);  // name
LIMBUS_EXPORT void canvasSetLayers(Canvas* canvas, float opacity, int outlines, int ellipses);
LIMBUS_EXPORT void canvasClearShapes(Canvas* canvas);
// Staged: `count` points as float x, y pairs; drawn closed.
LIMBUS_EXPORT int canvasAddOutline(Canvas* canvas, int classIndex, int count);
// Full axis lengths; staged: the label beside it.
LIMBUS_EXPORT void canvasAddEllipse(Canvas* canvas, int classIndex, float centreX, float centreY,
                                    float majorPx, float minorPx, float angleDegrees);

// View.
LIMBUS_EXPORT void canvasFit(Canvas* canvas);
LIMBUS_EXPORT void canvasZoomAt(Canvas* canvas, float x, float y, float factor);
LIMBUS_EXPORT void canvasPan(Canvas* canvas, float dx, float dy);

// Input. `button` 0 is the main one, -1 none; canvasPointerLeave ends hovering.
LIMBUS_EXPORT void canvasPointer(Canvas* canvas, float x, float y, int button, int down);
LIMBUS_EXPORT void canvasPointerLeave(Canvas* canvas);
LIMBUS_EXPORT void canvasWheel(Canvas* canvas, float x, float y, float deltaY);
// Staged: KeyboardEvent.key. modifiers: 1 control or command, 2 shift, 4 alt. 1: the key was used.
LIMBUS_EXPORT int canvasKey(Canvas* canvas, int down, int modifiers);

#ifdef __cplusplus
}
#endif
