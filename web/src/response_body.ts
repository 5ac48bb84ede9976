// The body of a response, with progress.

/** Bytes that will arrive; null where nobody says: the length of what is sent compressed is another one. */
export function lengthOf({ headers }: Response): number | null {
  const length = headers.has('Content-Encoding') ? 0 : Number(headers.get('Content-Length'));
  return length > 0 ? length : null;
}

/** `progress`: called with each part, after so many bytes in all. */
export async function readBody(
  response: Response,
  progress: (loaded: number) => void,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let loaded = 0;
  if (!response.body) return new Uint8Array();
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    loaded += value.length;
    progress(loaded);
  }
  const bytes = new Uint8Array(loaded);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
