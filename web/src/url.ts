// Addresses that callers hand in.
import { LimbusError } from './error.js';

/** What is no URL is told of as all else that a caller gets wrong. */
export function urlOf(address: string | URL, base: string = location.href): URL {
  try {
    return new URL(address, base);
  } catch {
    throw new LimbusError('badArgument', `'${address}' is no URL, seen from ${base}`);
  }
}
