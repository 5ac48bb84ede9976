/** The runtime's messages run over several lines; ours are one. */
export function text(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/\s+/g, ' ').trim();
}
