// A model and what the core says of it, with the weights inside that lie in other files.
import { callCore } from './core_in_worker.js';
import { ModelBytes } from './model_bytes.js';
import type { ModelOptions, ModelSource, OnnxFacts } from './types.js';

/** `check`: called with the facts of the file as it was, before weights are read. */
export async function wholeModel(
  source: ModelSource,
  options: ModelOptions,
  check: (facts: OnnxFacts) => void,
): Promise<{ bytes: Uint8Array; facts: OnnxFacts }> {
  const model = await ModelBytes.of(source, options);
  const facts = await callCore('inspect', { bytes: model.bytes }, options);
  check(facts);
  if (facts.externalFiles.length > 0)
    await model.complete(await callCore('join', { bytes: model.bytes }, options));
  return { bytes: model.bytes, facts };
}
