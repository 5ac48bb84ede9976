import type { ErrorCode } from './types.js';

/** The one error type of the package. The message says what was expected, what came, what to do. */
export class LimbusError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string) {
    super(message);
    this.name = 'LimbusError';
    this.code = code;
  }
}

/** What was thrown, in words; not everything is an Error. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
