import { Core } from './core.js';
import { LimbusError } from './error.js';
import { readBody } from './response_body.js';

/** `advice`: what to do where `url` is not served. `progress`: after so many bytes. */
export async function fetchCore(
  url: URL,
  advice: string,
  progress: (loaded: number) => void = () => {},
): Promise<Core> {
  const response = await fetch(url).catch(() => null);
  if (!response?.ok) throw new LimbusError('io', `could not fetch ${url.href}; ${advice}`);
  return Core.start(await readBody(response, progress));
}
