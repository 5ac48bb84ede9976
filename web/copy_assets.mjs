#!/usr/bin/env node
// Copies what the worker needs to a folder that you serve: the bin `limbus` of the package.
//
//   npx limbus copy-assets DIR [--webgpu]
//
// DIR/  worker.js, limbus_core.wasm, eye-s.onnx, ort/ (WebAssembly; with --webgpu that flavour as well), and
//       licences/, which want to be published with them (a folder: DIR may hold a LICENSE of yours)
import { copyFileSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

// The runtime's files as they are published: one program and one wasm per flavour.
export const runtimeFiles = {
  wasm: ['ort.wasm.min.mjs', 'ort-wasm-simd-threaded.mjs', 'ort-wasm-simd-threaded.wasm'],
  webgpu: [
    'ort.webgpu.min.mjs',
    'ort-wasm-simd-threaded.asyncify.mjs',
    'ort-wasm-simd-threaded.asyncify.wasm',
  ],
};

const kNeighbour = '../../../onnxruntime-web/dist/'; // where lib/limbus/worker.js looks

/** The folder of onnxruntime-web's files, as the caller's project or this package finds it. */
function runtimeFolder() {
  for (const from of [join(process.cwd(), 'package.json'), fileURLToPath(import.meta.url)])
    try {
      return dirname(createRequire(from).resolve('onnxruntime-web/wasm'));
    } catch {
      continue;
    }
  throw new Error('onnxruntime-web is not installed; run `npm install onnxruntime-web`');
}

export function copyAssets(folder, { webgpu = false } = {}) {
  const library = join(dirname(fileURLToPath(import.meta.url)), 'lib');
  const from = join(library, 'limbus');
  const runtime = runtimeFolder();
  for (const name of ['ort', 'licences']) mkdirSync(join(folder, name), { recursive: true });
  const worker = readFileSync(join(from, 'worker.js'), 'utf8');
  if (!worker.includes(kNeighbour)) throw new Error('worker.js names no folder of the runtime');
  writeFileSync(join(folder, 'worker.js'), worker.replaceAll(kNeighbour, './ort/'));
  for (const name of ['limbus_core.wasm', 'eye-s.onnx'])
    copyFileSync(join(from, name), join(folder, name));
  for (const name of [...runtimeFiles.wasm, ...(webgpu ? runtimeFiles.webgpu : [])])
    copyFileSync(join(runtime, name), join(folder, 'ort', name));
  for (const name of ['LICENSE', 'THIRD_PARTY_LICENSES'])
    copyFileSync(join(library, name), join(folder, 'licences', name));
}

function main(words) {
  const usage = 'usage: limbus copy-assets DIR [--webgpu]';
  const [verb, ...rest] = words;
  const folders = rest.filter((word) => !word.startsWith('-'));
  const unknown = rest.find((word) => word.startsWith('-') && word !== '--webgpu');
  if (words.includes('--help') || words.includes('-h')) return console.log(usage);
  if (verb !== 'copy-assets' || folders.length !== 1 || unknown) {
    console.error(usage);
    process.exitCode = 2;
    return;
  }
  try {
    copyAssets(resolve(folders[0]), { webgpu: rest.includes('--webgpu') });
  } catch (error) {
    console.error(`limbus: ${error.message}`);
    process.exitCode = 1;
  }
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url))
  main(process.argv.slice(2));
