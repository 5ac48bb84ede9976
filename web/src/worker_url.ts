/** worker.js lies beside the module that contains this package, unless the caller says where. */
export function workerUrlOf(workerUrl: string | URL | undefined): URL {
  return new URL(workerUrl ?? './worker.js', workerUrl ? location.href : import.meta.url);
}
