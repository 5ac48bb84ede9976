// Which providers to try, in which order, and why one is not worth trying here.
import type { Provider } from './types.js';

export interface Abilities {
  crossOriginIsolated: boolean;
  webgpu: boolean;
}

export function abilitiesOfPage(): Abilities {
  return {
    crossOriginIsolated: globalThis.crossOriginIsolated === true,
    webgpu: typeof navigator !== 'undefined' && 'gpu' in navigator && Boolean(navigator.gpu),
  };
}

/** Wasm runs everywhere: it ends every list. */
export function candidates(wanted: Provider): Provider[] {
  return wanted === 'wasm' ? ['wasm'] : [wanted, 'wasm'];
}

/** Why `provider` cannot run here, in words for people; null when it may. */
export function obstacle(provider: Provider, abilities: Abilities): string | null {
  if (provider === 'wasm-threads' && !abilities.crossOriginIsolated)
    return 'wasm threads need a cross-origin isolated page (headers COOP same-origin and COEP require-corp)';
  if (provider === 'webgpu' && !abilities.webgpu) return 'this browser offers no WebGPU';
  return null;
}
