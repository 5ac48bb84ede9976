// fetch() that also reads file: URLs, which Node's own does not.
import { readFile } from 'node:fs/promises';

export async function fetch(source, options) {
  const url = new URL(source);
  if (url.protocol !== 'file:') return globalThis.fetch(url, options);
  const bytes = await readFile(url, options);
  return new Response(bytes, { headers: { 'Content-Length': String(bytes.length) } });
}
