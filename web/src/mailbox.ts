// Between a source that does not wait and whoever takes from it, one at a time.

/** `newestOnly`: what was not taken when the next comes is discarded, and counted. */
export class Mailbox<T> {
  dropped = 0;
  private readonly waiting: T[] = [];
  private ended = false;
  private failure: { error: unknown } | null = null;
  private wake: (() => void) | null = null;

  constructor(
    private readonly newestOnly: boolean,
    private readonly discard: (item: T) => void,
  ) {}

  push(item: T): void {
    if (this.ended) return this.discard(item);
    if (this.newestOnly && this.waiting.length > 0) {
      this.discard(this.waiting.pop()!);
      this.dropped += 1;
    }
    this.waiting.push(item);
    this.wake?.();
  }

  /** What came before is still taken; then the error, if there is one, once. */
  end(failure: { error: unknown } | null = null): void {
    if (this.ended) return;
    this.ended = true;
    this.failure = failure;
    this.wake?.();
  }

  /** Nothing is taken any more. */
  close(): void {
    this.ended = true;
    this.failure = null;
    for (const item of this.waiting.splice(0)) this.discard(item);
    this.wake?.();
  }

  /** Undefined at the end. One call at a time. */
  async take(): Promise<T | undefined> {
    while (this.waiting.length === 0 && !this.ended)
      await new Promise<void>((resolve) => (this.wake = resolve));
    this.wake = null;
    const item = this.waiting.shift();
    const { failure } = this;
    if (item !== undefined || !failure) return item;
    this.failure = null;
    throw failure.error;
  }
}
