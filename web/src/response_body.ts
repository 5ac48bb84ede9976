// The body of a response, with progress.

/** Bytes that will arrive, somewhat fewer of what is sent compressed; null where nobody says. */
export function lengthOf({ headers }: Response): number | null {
  const length = Number(headers.get('Content-Length'));
  return length > 0 ? length : null;
}

type OnPart = (loaded: number, part: Uint8Array) => void;

/** Called with each part, after so many bytes in all. */
export async function eachPart({ body }: Response, onPart: OnPart): Promise<number> {
  let loaded = 0;
  if (!body) return loaded;
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return loaded;
    loaded += value.length;
    onPart(loaded, value);
  }
}

export async function readBody(
  response: Response,
  progress: (loaded: number) => void,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  const loaded = await eachPart(response, (loaded, part) => {
    parts.push(part);
    progress(loaded);
  });
  const bytes = new Uint8Array(loaded);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
