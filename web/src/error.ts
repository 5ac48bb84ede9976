import type { ErrorCode } from './types.js';

/**
 * The one error type of the package. The message says what was expected, what came, what to do; `cause` is what
 * ONNX Runtime said, where it was that which failed.
 */
export class LimbusError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, { cause }: ErrorOptions = {}) {
    super(message, cause === undefined ? {} : { cause }); // which is shown, if it is there
    this.name = 'LimbusError';
    this.code = code;
  }
}

/** What was thrown, in words; not everything is an Error. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
