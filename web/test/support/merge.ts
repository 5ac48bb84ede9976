/** A JSON merge patch (RFC 7396), but for arrays, whose entries are merged one by one. */
export function merged(target: unknown, patch: unknown): unknown {
  if (Array.isArray(patch))
    return patch.map((each, i) => merged(Array.isArray(target) ? target[i] : undefined, each));
  if (typeof patch !== 'object' || patch === null) return patch;
  const out: Record<string, unknown> = { ...(target as Record<string, unknown> | undefined) };
  for (const [key, value] of Object.entries(patch)) out[key] = merged(out[key], value);
  return out;
}
