import { messageOf } from '../error.js';

/** The runtime's messages run over several lines; ours are one. */
export function text(error: unknown): string {
  return messageOf(error).replace(/\s+/g, ' ').trim();
}
