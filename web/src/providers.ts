// Which providers to try, in which order, and why one is not worth trying here.
import { kLacking } from './environment.js';
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
  if (provider === 'wasm') return null;
  const has = provider === 'webgpu' ? abilities.webgpu : abilities.crossOriginIsolated;
  return has ? null : kLacking[provider];
}
