// What Emscripten's loader of the core module looks like; build.mjs puts the real file in its place.
declare module 'limbus-core-module' {
  export interface CoreModule {
    HEAPU8: Uint8Array; // replaced when the heap grows: never keep it
    UTF8ToString(pointer: number): string;
    _limbusCreate(): number;
    _limbusDestroy(limbus: number): void;
    _limbusAllocate(sizeBytes: number): number;
    _limbusFree(memory: number): void;
    _limbusText(limbus: number): number;
    _limbusTextBytes(limbus: number): number;
    _limbusInspect(limbus: number, fileBytes: number): number;
    _limbusInspectOffset(limbus: number): number;
    _limbusInspectBytes(limbus: number): number;
    _limbusInspectGive(limbus: number, slice: number): number;
    _limbusJoin(limbus: number): number;
    _limbusUseManifest(limbus: number, json: number): number;
    _limbusUseFileManifest(limbus: number): number;
    _limbusCheckInterface(limbus: number): number;
    _limbusManifestEntry(limbus: number, json: number): number;
    _limbusInputPresets(limbus: number): number;
    _limbusPreprocess(
      limbus: number,
      pixels: number,
      width: number,
      height: number,
      channels: number,
    ): number;
    _limbusTensor(limbus: number): number;
    _limbusTensorHalves(limbus: number): number;
    _limbusTensorShape(limbus: number): number;
    _limbusPostprocess(
      limbus: number,
      scores: number,
      halves: number,
      first: number,
      second: number,
      third: number,
    ): number;
    _limbusPostprocessIndices(
      limbus: number,
      classes: number,
      height: number,
      width: number,
    ): number;
    _limbusMask(limbus: number): number;
    _limbusAnalysis(limbus: number): number;
    _limbusAnalyse(limbus: number, mask: number, width: number, height: number): number;
    _limbusBeginProbabilities(
      limbus: number,
      scores: number,
      halves: number,
      first: number,
      second: number,
      third: number,
    ): number;
    _limbusProbabilities(limbus: number, firstRow: number, rows: number): number;
    _limbusProbabilityRows(limbus: number): number;
    _limbusEndProbabilities(limbus: number): void;
    _limbusFitEllipse(limbus: number, points: number, count: number): number;
    _limbusConfusion(
      limbus: number,
      truth: number,
      truthWidth: number,
      truthHeight: number,
      prediction: number,
      width: number,
      height: number,
      classes: number,
    ): number;
    _limbusScore(
      limbus: number,
      convention: number,
      counts: number,
      matrices: number,
      classes: number,
    ): number;
    _limbusConventions(limbus: number): number;
    _limbusNumbers(limbus: number): number;
    _limbusClassColour(index: number): number;
    _limbusEyePresets(limbus: number): number;
    _limbusRenderEye(
      limbus: number,
      preset: number,
      seedLow: number,
      seedHigh: number,
      index: number,
    ): number;
    _limbusRenderFacts(limbus: number): number;
    _limbusRenderImage(limbus: number): number;
    _limbusRenderMask(limbus: number): number;
  }
  export default function createLimbusCore(options: {
    wasmBinary: ArrayBuffer | Uint8Array;
  }): Promise<CoreModule>;
}
