// Where `limbus_parity_export DIR` has written its graphs: DIR is LIMBUS_PARITY, default build/parity.
//
// The exporter of the release build (or LIMBUS_PARITY_EXPORT) fills it when it is newer. index.json
// lists {name, network, indices, input, output} with shapes; beside it lie NAME.onnx, NAME.input.bin and
// NAME.output.bin (little-endian float32).
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

export interface ParityRow {
  name: string;
  network: boolean;
  indices: boolean; // unpools by the indices of a max pooling
  input: number[];
  output: number[];
}

const root = process.env['LIMBUS_ROOT']!;
export const kParityFolder = process.env['LIMBUS_PARITY'] ?? join(root, 'build/parity');
export const kExporter =
  process.env['LIMBUS_PARITY_EXPORT'] ?? join(root, 'build/release/tests/limbus_parity_export');

/** Empty when there is neither a filled folder nor an exporter. */
export function parityRows(): ParityRow[] {
  const index = join(kParityFolder, 'index.json');
  const written = existsSync(index) ? statSync(index).mtimeMs : 0;
  if (existsSync(kExporter) && statSync(kExporter).mtimeMs > written)
    execFileSync(kExporter, [kParityFolder], { stdio: 'inherit' });
  return existsSync(index) ? (JSON.parse(readFileSync(index, 'utf8')) as ParityRow[]) : [];
}
