// What ONNX Runtime says, in codes, paths of its sources and several lines -> one line of ours.
import { LimbusError } from '../error.js';
import type { ErrorCode, Provider } from '../types.js';
import { text } from './text.js';

const kWords: [RegExp, string][] = [
  [/bad_alloc|allocate|out of memory|memory access/i, 'there is not enough memory for it'],
  [
    /(?:No Op registered for |implementation for )(\w+)(?: with domain_version of |\()(\d+)/,
    'ONNX Runtime lacks operation $1 of opset $2',
  ],
  [/Fatal error: (\S+)\(.* not a registered/, 'ONNX Runtime lacks operation $1'],
  [/Opset (\d+) is under .* till opset (\d+)/, 'opset $1 is too new, ONNX Runtime knows $2'],
  [/IR version: (\d+), max.*: (\d+)/, 'IR version $1 is too new, ONNX Runtime knows $2'],
  [/for input: (\S+) .*index: (\d+) Got: (\d+) Expected: (\d+)/, '$1 takes $4 in axis $2, got $3'],
  [/running (\w+) node/, 'its operation $1 fails; it may want another size of input'],
  [/no available backend/, 'ONNX Runtime does not start here'],
];

/** The runtime's own text stays as the `cause`. */
export function inOurWords(error: unknown, provider: Provider, code: ErrorCode): LimbusError {
  if (error instanceof LimbusError) return error;
  const cause = text(error);
  for (const [pattern, words] of kWords) {
    const [said] = pattern.exec(cause) ?? [];
    if (said)
      return new LimbusError(code, `${provider}: ${said.replace(pattern, words)}`, { cause });
  }
  return new LimbusError(code, `${provider}: the runtime cannot run this network`, { cause });
}
