// The .onnx files that benchmarks compare, by name: LIMBUS_BENCH, default build/bench.
//
// `limbus_bench_models` of the release build (or LIMBUS_BENCH_MODELS) writes those with drawn weights.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const root = process.env['LIMBUS_ROOT']!;
const folder = process.env['LIMBUS_BENCH'] ?? join(root, 'build/bench');
export const kWriter =
  process.env['LIMBUS_BENCH_MODELS'] ?? join(root, 'build/release/tests/limbus_bench_models');

/** Null when it is neither there nor can be written. */
export function benchModel(name: 'dabnet_18' | 'ritnet' | 'eye_s'): Uint8Array | null {
  const file = join(folder, `${name}.onnx`);
  const written = existsSync(file) ? statSync(file).mtimeMs : 0;
  if (existsSync(kWriter) && statSync(kWriter).mtimeMs > written) {
    mkdirSync(folder, { recursive: true });
    execFileSync(kWriter, [folder], { stdio: 'inherit' });
  }
  return existsSync(file) ? readFileSync(file) : null;
}

/** models/NAME/model.onnx, when it has been released. */
export function releasedModel(name: string): Uint8Array | null {
  const file = join(root, 'models', name, 'model.onnx');
  return existsSync(file) ? readFileSync(file) : null;
}
