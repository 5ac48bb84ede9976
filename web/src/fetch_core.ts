import { Core } from './core.js';
import { LimbusError } from './error.js';

/** `advice`: what to do where `url` is not served. */
export async function fetchCore(url: URL, advice: string): Promise<Core> {
  const response = await fetch(url).catch(() => null);
  if (!response?.ok) throw new LimbusError('io', `could not fetch ${url.href}; ${advice}`);
  return Core.start(await response.arrayBuffer());
}
