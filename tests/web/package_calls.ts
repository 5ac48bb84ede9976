// What specs run inside the page. Each function is sent there as text: it may use only its argument.
import type * as Limbus from '../../web/src/index.js';
import type { LoadOptions, LoadStatus, Provider } from '../../web/src/types.js';

declare global {
  var limbus: typeof Limbus;
  var segmenter: Limbus.Segmenter;
}

export interface LoadedFacts {
  provider: Provider;
  fallbackReason: string | null;
  manifestName: string;
  measuredMs: Partial<Record<Provider, number>>;
  stages: LoadStatus['stage'][];
  error: { code: string; message: string; name: string } | null;
}

/** Loads into `globalThis.segmenter`; a refusal comes back as a value. */
export async function loadInPage(call: {
  url: string;
  options?: LoadOptions;
}): Promise<LoadedFacts> {
  const stages: LoadStatus['stage'][] = [];
  try {
    const loaded = await limbus.Segmenter.load(call.url, {
      ...call.options,
      onStatus: ({ stage }) => stages.at(-1) === stage || stages.push(stage),
    });
    globalThis.segmenter = loaded;
    return {
      provider: loaded.provider,
      fallbackReason: loaded.fallbackReason ?? null,
      manifestName: loaded.manifest.name,
      measuredMs: loaded.measuredMs,
      stages,
      error: null,
    };
  } catch (caught) {
    const { code, message, name } = caught as Limbus.LimbusError;
    return {
      provider: 'wasm',
      fallbackReason: null,
      manifestName: '',
      measuredMs: {},
      stages,
      error: { code, message, name },
    };
  }
}

export interface SegmentedFacts {
  width: number;
  height: number;
  mask: number[];
  grey: number[]; // of the decoded image's red channel
  areasPx: number[];
  hasEye: boolean;
  provider: Provider;
  timings: Limbus.Timings;
  error: { code: string; message: string } | null;
}

/** Segments a file of the site with `globalThis.segmenter`, handed over as the named kind of source. */
export async function segmentInPage(call: {
  url: string;
  as: string; // blob, bitmap or imageData
}): Promise<SegmentedFacts> {
  const empty = {
    width: 0,
    height: 0,
    mask: [],
    grey: [],
    areasPx: [],
    hasEye: false,
    provider: 'wasm',
    timings: {
      decodeMs: 0,
      preprocessMs: 0,
      inferenceMs: 0,
      postprocessMs: 0,
      totalMs: 0,
    },
  } as const;
  try {
    const blob = await (await fetch(call.url)).blob();
    let source: ImageBitmap | ImageData | Blob = blob;
    if (call.as !== 'blob') {
      const bitmap = await createImageBitmap(blob);
      source = bitmap;
      if (call.as === 'imageData') {
        const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d')!;
        context.drawImage(bitmap, 0, 0);
        source = context.getImageData(0, 0, bitmap.width, bitmap.height);
      }
    }
    const result = await segmenter.segment(source, { withImage: true });
    const pixels = result.image!.data;
    return {
      width: result.width,
      height: result.height,
      mask: [...result.mask],
      grey: [...result.mask].map((_, i) => pixels[4 * i]!),
      areasPx: result.areasPx,
      hasEye: result.eye !== null,
      provider: result.provider,
      timings: result.timings,
      error: null,
    };
  } catch (error) {
    const { code, message } = error as Limbus.LimbusError;
    return {
      ...empty,
      mask: [],
      grey: [],
      areasPx: [],
      error: { code, message },
    };
  }
}
