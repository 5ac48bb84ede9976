// The canvas module's C ABI (wasm/canvas/canvas.h), for canvas.ts alone.
export interface CanvasModule {
  HEAPU8: Uint8Array;
  _canvasStageGlobal(sizeBytes: number): number;
  _canvasCreate(): number;
  _canvasDestroy(canvas: number): void;
  _canvasStage(canvas: number, sizeBytes: number): number;
  _canvasResize(canvas: number, width: number, height: number, pixelRatio: number): void;
  _canvasFrame(canvas: number, timeSeconds: number): number;
  _canvasState(canvas: number): number;
  _canvasTakeChanges(canvas: number): number;
  _canvasSetFont(canvas: number, sizePx: number, count: number): number;
  _canvasSetImage(canvas: number, w: number, h: number, textureW: number, textureH: number): number;
  _canvasSetMask(canvas: number, textureW: number, textureH: number): number;
  _canvasSetDetail(
    canvas: number,
    left: number,
    top: number,
    width: number,
    height: number,
    textureW: number,
    textureH: number,
  ): number;
  _canvasClearDetail(canvas: number): void;
  _canvasClearImage(canvas: number): void;
  _canvasClearMask(canvas: number): void;
  _canvasSetClassCount(canvas: number, count: number): void;
  _canvasSetClass(canvas: number, index: number, rgb: number, visible: number): void;
  _canvasSetLayers(canvas: number, opacity: number, outlines: number, ellipses: number): void;
  _canvasClearShapes(canvas: number): void;
  _canvasAddOutline(canvas: number, classIndex: number, count: number): number;
  _canvasAddEllipse(
    canvas: number,
    classIndex: number,
    centreX: number,
    centreY: number,
    majorPx: number,
    minorPx: number,
    angleDegrees: number,
  ): void;
  _canvasFit(canvas: number): void;
  _canvasZoomAt(canvas: number, x: number, y: number, factor: number): void;
  _canvasPan(canvas: number, dx: number, dy: number): void;
  _canvasPointer(canvas: number, x: number, y: number, button: number, down: number): void;
  _canvasPointerLeave(canvas: number): void;
  _canvasWheel(canvas: number, x: number, y: number, deltaY: number): void;
  _canvasKey(canvas: number, down: number, modifiers: number): number;
}

// Byte offsets in CanvasState.
export const kState = {
  cursor: 4,
  hoverX: 8,
  hoverY: 12,
  hoverClass: 16,
  zoom: 20,
  imageLeft: 24,
  imageTop: 28,
  opacity: 32,
  outlines: 36,
  ellipses: 40,
  maxTextureSize: 44,
  classCount: 48,
  classes: 52,
  classStride: 16,
} as const;

// Bits of CanvasState::changes.
export const kLayersChanged = 1;
export const kViewChanged = 2;
