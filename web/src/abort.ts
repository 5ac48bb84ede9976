// What an AbortSignal ends.

/** `work`, unless the signal comes first: then its reason. */
export function orAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  if (signal.aborted) {
    work.catch(() => {});
    return Promise.reject(signal.reason);
  }
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort);
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

const kReturned = Symbol('nobody takes results any more');

/**
 * What `run` yields, for `for await`. Begins with the first item that is asked for; the end, an error, an
 * abort by one of the signals and return(), also while one is asked for, each stop it, once. `free` is
 * called at the end, and at once when it is stopped: more than once does no harm.
 */
export function stoppable<T>(
  signals: (AbortSignal | undefined)[],
  run: (stop: AbortSignal) => AsyncGenerator<T, undefined>,
  free: () => void | Promise<void>,
): AsyncIterableIterator<T> & { return(): Promise<IteratorResult<T>> } {
  const controller = new AbortController();
  const stop = controller.signal;
  const leave: (() => void)[] = [];
  const left = () => leave.splice(0).forEach((each) => each());
  for (const signal of signals) {
    const abort = () => controller.abort(signal!.reason);
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort);
    leave.push(() => signal?.removeEventListener('abort', abort));
  }
  const freeNow = () => void Promise.resolve(free()).catch(() => {});
  stop.addEventListener('abort', freeNow);
  leave.push(() => stop.removeEventListener('abort', freeNow));

  async function* guarded(): AsyncGenerator<T, undefined> {
    try {
      stop.throwIfAborted();
      return yield* run(stop);
    } catch (error) {
      if (error !== kReturned) throw error;
      return undefined;
    } finally {
      left();
      await free();
    }
  }

  const generator = guarded();
  return {
    next: () => generator.next(),
    return() {
      controller.abort(kReturned); // of no effect where it was aborted before
      left();
      return generator.return(undefined);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
