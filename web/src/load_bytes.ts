// How much has come of what a load fetches: the model, the core and the runtime.
import type { LoadStatus, Provider } from './types.js';

/** Put in by build.mjs: how many bytes the files have, however they are sent. */
declare const LIMBUS_BYTES: { core: number; wasm: number; webgpu: number };

export type Part = 'model' | 'core' | 'runtime';

export class LoadBytes {
  private readonly parts: Record<Part, { loaded: number; total: number | null }>;
  private lastPercent: number | null = null;

  /** `model`: the size of one that is there already. */
  constructor(provider: Provider, model: number | null = null) {
    const runtime = LIMBUS_BYTES[provider === 'webgpu' ? 'webgpu' : 'wasm'];
    this.parts = {
      model: { loaded: model ?? 0, total: model },
      core: { loaded: 0, total: LIMBUS_BYTES.core },
      runtime: { loaded: 0, total: runtime },
    };
  }

  /** False where people would see the same percent again. `total`: what a server says, null where it does not. */
  came(part: Part, loaded: number, total = this.parts[part].total): boolean {
    // Said of what is sent compressed, or of another version of the runtime, it is about right.
    this.parts[part] = { loaded, total: total === null ? null : Math.max(total, loaded) };
    const { percent } = this.told;
    const another = percent === null || percent !== this.lastPercent;
    this.lastPercent = percent;
    return another;
  }

  /** What was not counted, because it was there already, has come too. */
  finish(): void {
    for (const part of Object.values(this.parts))
      part.loaded = part.total = Math.max(part.loaded, part.total ?? 0);
  }

  get told(): NonNullable<LoadStatus['bytes']> {
    const parts = Object.values(this.parts);
    const loaded = parts.reduce((sum, part) => sum + part.loaded, 0);
    if (parts.some(({ total }) => total === null)) return { loaded, total: null, percent: null };
    const total = parts.reduce((sum, part) => sum + part.total!, 0);
    return { loaded, total, percent: Math.floor((100 * loaded) / total) };
  }
}
