// Which provider the user wants for a model, and which one was found to be the fastest: for the next visit.
import type { Provider } from '../src/index.js';
import { kProviderNames } from './provider_names.js';
import { store, stored } from './remembered.js';

export type ProviderChoice = Provider | 'auto';

const kRemembered = 'limbus.provider.'; // what the user wants, by model
const kFastest = 'limbus.fastest.'; // what 'auto' found on this device, by model

/** What measuring the providers gave: the fastest, and milliseconds of one run each. */
export interface Measurement {
  provider: Provider;
  measuredMs: Partial<Record<Provider, number>>;
}

export function wantedProvider(key: string): ProviderChoice {
  const value = stored(kRemembered + key);
  return value === 'auto' || (value !== null && value in kProviderNames)
    ? (value as ProviderChoice)
    : 'wasm';
}

/** Asked again, measured again. */
export function wantProvider(key: string, wanted: string): void {
  store(kRemembered + key, wanted);
  store(kFastest + key, null);
}

export function measuredBefore(key: string): Measurement | null {
  try {
    const found = JSON.parse(stored(kFastest + key) ?? 'null') as Measurement | null;
    return found && found.provider in kProviderNames ? found : null;
  } catch {
    return null;
  }
}

/** null: to be measured again. */
export function keepMeasurement(key: string, found: Measurement | null): void {
  store(kFastest + key, found && JSON.stringify(found));
}
