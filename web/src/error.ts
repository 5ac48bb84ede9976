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
