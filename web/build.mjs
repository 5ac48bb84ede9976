// Builds lib/ (the npm package) and dist/ (the page, ready to be served).
//
//   node build.mjs [package] [page] [--wasm DIR]     both without a name; DIR: build folder of preset wasm
//
// lib/   index.js, types, worker.js, limbus_core.wasm, ort/
// dist/  index.html, app.js, worker.js, limbus_core.wasm, limbus_canvas.{js,wasm}, ort/, models/, samples/
import { build } from 'esbuild';
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createHash } from 'node:crypto';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const web = dirname(fileURLToPath(import.meta.url));
const root = dirname(web);
const words = process.argv.slice(2);
const wasmAt = words.indexOf('--wasm');
const wasmBuild = resolve(wasmAt >= 0 ? words.splice(wasmAt, 2)[1] : join(root, 'build/wasm'));

// The runtime's files, as they are published: one program and one wasm per flavour.
const ortFiles = [
  'ort.wasm.min.mjs',
  'ort-wasm-simd-threaded.mjs',
  'ort-wasm-simd-threaded.wasm',
  'ort.webgpu.min.mjs',
  'ort-wasm-simd-threaded.asyncify.mjs',
  'ort-wasm-simd-threaded.asyncify.wasm',
];

function required(file, how) {
  if (existsSync(file)) return file;
  console.error(`${file} is missing: ${how}`);
  process.exit(1);
}

/** A file that the modules are built into: DIR/wasm/NAME or DIR/wasm/canvas/NAME. */
function module(folder, name) {
  return required(join(wasmBuild, folder, name), 'build it with `cmake --build --preset wasm`');
}

// Emscripten's loader of the core becomes part of the worker.
export const coreModule = {
  name: 'limbus-core-module',
  setup(esbuild) {
    esbuild.onResolve({ filter: /^limbus-core-module$/ }, () => ({
      path: module('wasm', 'limbus_core.js'),
    }));
  },
};

const options = {
  bundle: true,
  format: 'esm',
  target: ['es2022', 'chrome111', 'firefox114', 'safari16.4'],
  minify: true,
  sourcemap: false,
  legalComments: 'none',
  logLevel: 'warning',
};

/** What every place that segments needs beside it. */
async function buildWorker(out) {
  await build({
    ...options,
    entryPoints: [join(web, 'src/worker/worker.ts')],
    outfile: join(out, 'worker.js'),
    plugins: [coreModule],
  });
  cpSync(module('wasm', 'limbus_core.wasm'), join(out, 'limbus_core.wasm'));
  const ort = join(web, 'node_modules/onnxruntime-web/dist');
  for (const file of ortFiles)
    cpSync(required(join(ort, file), 'run `npm install` in web/'), join(out, 'ort', file));
  const licences = join(root, 'THIRD_PARTY_LICENSES');
  if (existsSync(licences)) cpSync(licences, join(out, 'THIRD_PARTY_LICENSES'));
  const licence = join(root, 'LICENSE');
  if (existsSync(licence)) cpSync(licence, join(out, 'LICENSE'));
}

async function buildPackage() {
  const out = join(web, 'lib');
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out);
  await build({
    ...options,
    entryPoints: [join(web, 'src/index.ts')],
    outfile: join(out, 'index.js'),
  });
  await buildWorker(out);
  const tsc = join(web, 'node_modules/typescript/bin/tsc');
  execFileSync(process.execPath, [tsc, '-p', join(web, 'tsconfig.package.json')], {
    stdio: 'inherit',
  });
}

/** models/NAME/model.onnx -> models/NAME-HASH.onnx and a list of them, the smallest first: the page starts with it. */
function copyModels(out) {
  const from = join(root, 'models');
  const list = [];
  for (const name of existsSync(from) ? readdirSync(from).sort() : []) {
    const file = join(from, name, 'model.onnx');
    if (!existsSync(file)) continue;
    const bytes = readFileSync(file);
    // The name changes with the content, so that no cache serves an old one.
    const served = `${name}-${createHash('sha256').update(bytes).digest('hex').slice(0, 8)}.onnx`;
    writeFileSync(join(out, served), bytes);
    const card = join(from, name, 'README.md');
    const title = existsSync(card)
      ? /^#\s+(.+)$/m.exec(readFileSync(card, 'utf8'))?.[1]
      : undefined;
    list.push({ name, file: served, title: title ?? name, sizeBytes: bytes.length });
  }
  list.sort((a, b) => a.sizeBytes - b.sizeBytes);
  writeFileSync(join(out, 'index.json'), `${JSON.stringify(list, null, 2)}\n`);
}

async function buildPage() {
  const app = join(web, 'app');
  const out = join(web, 'dist');
  rmSync(out, { recursive: true, force: true });
  mkdirSync(join(out, 'models'), { recursive: true });
  // The canvas module is loaded as it is, beside the page's own program.
  await build({
    ...options,
    entryPoints: [required(join(app, 'main.ts'), 'the page lies in web/app')],
    outfile: join(out, 'app.js'),
    external: ['./limbus_canvas.js'],
  });
  for (const file of readdirSync(app))
    if (/\.(html|css|svg|png|ico|webmanifest)$/.test(file))
      cpSync(join(app, file), join(out, file));
  if (existsSync(join(app, 'samples')))
    cpSync(join(app, 'samples'), join(out, 'samples'), { recursive: true });
  for (const file of ['limbus_canvas.js', 'limbus_canvas.wasm'])
    cpSync(module('wasm/canvas', file), join(out, file));
  await buildWorker(out);
  copyModels(join(out, 'models'));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const known = { package: buildPackage, page: buildPage };
  for (const word of words)
    if (!(word in known)) {
      console.error(`unknown target '${word}'; known: ${Object.keys(known).join(', ')}`);
      process.exit(2);
    }
  for (const word of words.length > 0 ? words : Object.keys(known)) await known[word]();
}
