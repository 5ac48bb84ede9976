// Builds lib/ (the npm package) and dist/ (the page, ready to be served).
//
//   node build.mjs [package] [page] [--wasm DIR]     both without a name; DIR: build folder of preset wasm
//
// lib/   types; {index,core_alone,models}.js, limbus/{worker.js,limbus_core.wasm,eye-s.onnx}: as they are, for
//        pages and CDNs; node/{index,core_alone,worker}.js: the same for Node;
//        bundler/index.js, bundler/limbus/worker.js: what `import 'limbus'` means to a bundler;
//        custom-elements.json: what the element offers, for editors
// dist/  index.html, app.js, {worker,picture_worker,video_reader}.js, limbus_core.wasm, limbus_canvas.{js,wasm}, ort/, models/,
//        samples/; but for index.html the names carry hashes, and .br and .gz lie beside what they make smaller
import { build } from 'esbuild';
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createHash } from 'node:crypto';
import { dirname, join, parse, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { compressFolder } from './compress.mjs';
import { runtimeFiles } from './copy_assets.mjs';
import { elementsManifest } from './elements_manifest.mjs';

const web = dirname(fileURLToPath(import.meta.url));
const root = dirname(web);
const words = process.argv.slice(2);
const wasmAt = words.indexOf('--wasm');
const wasmBuild = resolve(wasmAt >= 0 ? words.splice(wasmAt, 2)[1] : join(root, 'build/wasm'));

function required(file, how) {
  if (existsSync(file)) return file;
  console.error(`${file} is missing: ${how}`);
  process.exit(1);
}

/** A file that the modules are built into: DIR/wasm/NAME or DIR/wasm/canvas/NAME. */
function module(folder, name) {
  return required(join(wasmBuild, folder, name), 'build it with `cmake --build --preset wasm`');
}

/**
 * Emscripten's loader of the core becomes part of the worker. Its own search for limbus_core.wasm goes:
 * the worker hands in the bytes, and a bundler that met it would look for that file or put the path of
 * the build in its place.
 */
export const coreModule = {
  name: 'limbus-core-module',
  setup(esbuild) {
    esbuild.onResolve({ filter: /^limbus-core-module$/ }, () => ({
      path: module('wasm', 'limbus_core.js'),
    }));
    esbuild.onLoad({ filter: /limbus_core\.js$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8')
        .replace(/new URL\((["'][\w.]+["']),\s*import\.meta\.url\)(\.href|\.toString\(\))/g, '$1')
        .replaceAll('import.meta.url', 'undefined'),
    }));
  },
};

/** The runtime is what the bundler finds under its name, not a folder. */
const bundledRuntime = {
  name: 'limbus-bundled-runtime',
  setup(esbuild) {
    esbuild.onResolve({ filter: /runtime_folder\.js$/ }, () => ({
      path: join(web, 'src/worker/runtime_bundled.ts'),
    }));
  },
};

/** `limbus/core` asks no worker: the core runs in the thread that calls. */
const coreHere = {
  name: 'limbus-core-here',
  setup(esbuild) {
    esbuild.onResolve({ filter: /core_in_worker\.js$/ }, () => ({
      path: join(web, 'src/core_here.ts'),
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
  define: {
    LIMBUS_WORKER: '"./worker.js"',
    LIMBUS_CORE: '"./limbus_core.wasm"',
    LIMBUS_RUNTIME: '"./ort/"',
  },
  logLevel: 'warning',
};

/** How many bytes come to a visitor before the first picture, beside the model. */
function bytesOfParts() {
  const bytesOf = (file) => statSync(required(file, 'run `npm install` in web/')).size;
  const runtime = (kind) =>
    bytesOf(join(web, 'node_modules/onnxruntime-web/dist', runtimeFiles[kind].at(-1)));
  const core = bytesOf(module('wasm', 'limbus_core.wasm'));
  return { core, wasm: runtime('wasm'), webgpu: runtime('webgpu') };
}

/** `options` with other places put in. */
function withPlaces(places) {
  const define = { ...options.define, LIMBUS_BYTES: JSON.stringify(bytesOfParts()) };
  for (const [name, place] of Object.entries(places)) define[name] = JSON.stringify(place);
  return { ...options, define };
}

/** Of others' licences those of what is delivered: without the parts about the command line and the tests. */
function copyLicences(out) {
  const source = (name) => required(join(root, name), 'it belongs to the source');
  cpSync(source('LICENSE'), join(out, 'LICENSE'));
  const rule = `${'='.repeat(100)}\n`;
  const [intro, ...parts] = readFileSync(source('THIRD_PARTY_LICENSES'), 'utf8').split(rule);
  let text = intro;
  for (let i = 0; i < parts.length; i += 2)
    if (!/^[23] /.test(parts[i])) text += rule + parts[i] + rule + parts[i + 1];
  writeFileSync(join(out, 'THIRD_PARTY_LICENSES'), text);
}

/** Node decodes no files, and says so in words of its own. */
const inNode = {
  name: 'limbus-in-node',
  setup(esbuild) {
    esbuild.onResolve({ filter: /\/(high_bytes|read_back)\.js$/ }, () => ({
      path: join(web, 'src/node/no_files.mjs'),
    }));
    esbuild.onResolve({ filter: /\/environment\.js$/ }, () => ({
      path: join(web, 'src/node/environment.mjs'),
    }));
  },
};

/** What the page needs beside it to segment. */
async function buildWorker(out) {
  await build({
    ...options,
    entryPoints: [join(web, 'src/worker/worker.ts')],
    outfile: join(out, 'worker.js'),
    plugins: [coreModule],
  });
  cpSync(module('wasm', 'limbus_core.wasm'), join(out, 'limbus_core.wasm'));
  const ort = join(web, 'node_modules/onnxruntime-web/dist');
  for (const file of [...runtimeFiles.wasm, ...runtimeFiles.webgpu])
    cpSync(required(join(ort, file), 'run `npm install` in web/'), join(out, 'ort', file));
  copyLicences(out);
}

/** Of the declarations what the entries lead to: nobody can import the others. */
function keepDeclarations(out, entries) {
  const kept = new Set(entries.map((name) => join(out, `${name}.d.ts`)));
  for (const file of kept)
    for (const [, name] of readFileSync(file, 'utf8').matchAll(/['"](\.[\w./]+)\.js['"]/g))
      kept.add(join(dirname(file), `${name}.d.ts`));
  for (const name of readdirSync(out, { recursive: true }))
    if (name.endsWith('.d.ts') && !kept.has(join(out, name))) rmSync(join(out, name));
}

async function buildPackage() {
  const out = join(web, 'lib');
  rmSync(out, { recursive: true, force: true });
  mkdirSync(join(out, 'limbus'), { recursive: true });
  // The same program in both places: each finds the worker that lies beside it. Where a bundler leaves
  // its URL as it is (esbuild, Rollup), `limbus copy-assets OUT/limbus` puts the files there.
  // What both entries hold lies in a chunk: there is one Segmenter and one LimbusError.
  const entries = ['index', 'element'].map((name) => join(web, `src/${name}.ts`));
  const parted = { entryPoints: entries, splitting: true, chunkNames: 'chunk-[hash]' };
  for (const folder of ['', 'bundler'])
    await build({
      ...withPlaces({ LIMBUS_WORKER: './limbus/worker.js' }),
      ...parted,
      outdir: join(out, folder),
    });
  await build({
    ...options,
    entryPoints: [join(web, 'src/models.ts')],
    outfile: join(out, 'models.js'),
  });
  const alone = {
    entryPoints: [join(web, 'src/core_alone.ts')],
    plugins: [coreModule, coreHere],
  };
  await build({
    ...withPlaces({ LIMBUS_CORE: './limbus/limbus_core.wasm' }),
    ...alone,
    outfile: join(out, 'core_alone.js'),
  });
  await build({
    ...withPlaces({ LIMBUS_CORE: '../limbus/limbus_core.wasm' }),
    ...alone,
    outfile: join(out, 'node/core_alone.js'),
    platform: 'node',
    target: 'node18',
    inject: [join(web, 'src/node/core_names.mjs')],
  });
  const worker = { entryPoints: [join(web, 'src/worker/worker.ts')] };
  await build({
    ...withPlaces({ LIMBUS_RUNTIME: '../../../onnxruntime-web/dist/' }),
    ...worker,
    outfile: join(out, 'limbus/worker.js'),
    plugins: [coreModule],
  });
  await build({
    ...withPlaces({ LIMBUS_CORE: '../../limbus/limbus_core.wasm' }),
    ...worker,
    outfile: join(out, 'bundler/limbus/worker.js'),
    plugins: [coreModule, bundledRuntime],
    external: ['onnxruntime-web/wasm'],
  });
  await build({
    ...withPlaces({}),
    ...parted,
    outdir: join(out, 'node'),
    platform: 'node',
    target: 'node18',
    inject: [join(web, 'src/node/page_names.mjs')],
    plugins: [inNode],
  });
  await build({
    ...withPlaces({ LIMBUS_CORE: '../limbus/limbus_core.wasm' }),
    ...worker,
    outfile: join(out, 'node/worker.js'),
    platform: 'node',
    target: 'node18',
    inject: [join(web, 'src/node/worker_names.mjs')],
    plugins: [coreModule, bundledRuntime, inNode],
    external: ['onnxruntime-web/wasm'],
    // The runtime imports it by a computed name, which Nuxt and Next.js overlook when they gather a server's files.
    banner: { js: "import 'onnxruntime-web/ort-wasm-simd-threaded.mjs';" },
  });
  cpSync(module('wasm', 'limbus_core.wasm'), join(out, 'limbus/limbus_core.wasm'));
  cpSync(join(root, 'models/eye-s/model.onnx'), join(out, 'limbus/eye-s.onnx'));
  copyLicences(out);
  const tsc = join(web, 'node_modules/typescript/bin/tsc');
  execFileSync(process.execPath, [tsc, '-p', join(web, 'tsconfig.package.json')], {
    stdio: 'inherit',
  });
  keepDeclarations(out, ['index', 'core_alone', 'models', 'element']);
  // A script of one's own imports it for what it does (`workerUrl`).
  writeFileSync(join(out, 'limbus/worker.d.ts'), 'export {};\n');
  writeFileSync(join(out, 'custom-elements.json'), `${JSON.stringify(elementsManifest())}\n`);
}

// What of the page gets a name with the hash of its content, each with the names that its text holds.
// In this order: a name must be final before what holds it is hashed.
const hashed = {
  'ort/': [],
  'limbus_core.wasm': [],
  'worker.js': ['ort/', 'limbus_core.wasm'],
  'picture_worker.js': [],
  'limbus_canvas.wasm': [],
  'limbus_canvas.js': ['limbus_canvas.wasm'],
  'samples/anonymized.png': [],
  'video_reader.js': [],
  'app.js': [
    'worker.js',
    'picture_worker.js',
    'limbus_canvas.js',
    'video_reader.js',
    'samples/anonymized.png',
  ],
  'app.css': [],
  'icon.svg': [],
  'icon-192.png': [],
  'icon-512.png': [],
  'app.webmanifest': ['icon.svg', 'icon-192.png', 'icon-512.png'],
};
const hashedInPage = [
  'app.js',
  'app.css',
  'icon.svg',
  'icon-192.png',
  'app.webmanifest',
  'samples/anonymized.png',
];

// What the first visit needs and would otherwise ask for one after the other, in the order of need.
// 'prefetch' is for what the worker fetches: it fills the HTTP cache, the page itself has no use for it.
const early = {
  'limbus_canvas.js': 'rel="modulepreload"',
  'limbus_canvas.wasm': 'rel="preload" as="fetch" crossorigin',
  'models/index.json': 'rel="preload" as="fetch" crossorigin',
  'models/FIRST': 'rel="preload" as="fetch" crossorigin',
  'worker.js': 'rel="modulepreload"',
  'picture_worker.js': 'rel="modulepreload"',
  'ort/ort.wasm.min.mjs': 'rel="modulepreload"',
  'ort/ort-wasm-simd-threaded.mjs': 'rel="modulepreload"',
  'limbus_core.wasm': 'rel="prefetch"',
  'ort/ort-wasm-simd-threaded.wasm': 'rel="prefetch"',
};

// What the service worker keeps for visits without a network; '' is index.html.
const offline = ['', ...hashedInPage, ...Object.keys(early)];

const hashOf = (...parts) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex').slice(0, 8);
};

/** Renames what `hashed` lists, also where it is named. Returns old name -> new name. */
function hashNames(out) {
  const served = {};
  for (const [name, holds] of Object.entries(hashed)) {
    const at = join(out, name);
    if (holds.length > 0) replaceNames(at, holds, served);
    const files = name.endsWith('/') ? readdirSync(at).map((file) => join(at, file)) : [at];
    const hash = hashOf(...files.sort().map((file) => readFileSync(file)));
    served[name] = name.replace(/(\/|\.\w+)$/, `-${hash}$1`);
    renameSync(at, join(out, served[name]));
  }
  return served;
}

function replaceNames(file, names, served) {
  let text = readFileSync(file, 'utf8');
  for (const name of names) {
    const found = new RegExp(`(?<![\\w.-])${name.replaceAll('.', '\\.')}`, 'g');
    if (!found.test(text)) throw new Error(`${file} does not name ${name}: see 'hashed'`);
    text = text.replace(found, served[name]);
  }
  writeFileSync(file, text);
}

/** Where a file is served, by the name that it has here. */
function servedAs(name, served) {
  const known = Object.keys(served).find((each) => name.startsWith(each));
  return known ? name.replace(known, served[known]) : name;
}

/** Writes the links of `early` into the page. */
function linkEarly(index, served) {
  const links = Object.entries(early)
    .filter(([name]) => name in served || !name.endsWith('FIRST'))
    .map(([name, how]) => `<link ${how} href="${servedAs(name, served)}" />`);
  const html = readFileSync(index, 'utf8').replace('<!-- early -->', links.join('\n    '));
  writeFileSync(index, html);
}

/** An image that shows what the model is for; those without one are shown the eye of web/app/samples. */
function copySample(folder, out) {
  const [name] = existsSync(folder) ? readdirSync(folder) : [];
  if (!name) return {};
  const bytes = readFileSync(join(folder, name));
  const { name: stem, ext } = parse(name);
  const served = `${stem}-${hashOf(bytes)}${ext}`;
  writeFileSync(join(out, served), bytes);
  return { sample: { file: `models/${served}`, name } };
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
    const served = `${name}-${hashOf(bytes)}.onnx`;
    writeFileSync(join(out, served), bytes);
    const card = join(from, name, 'README.md');
    const title = existsSync(card)
      ? /^#\s+(.+)$/m.exec(readFileSync(card, 'utf8'))?.[1]
      : undefined;
    const row = { name, file: served, title: title ?? name, sizeBytes: bytes.length };
    list.push({ ...row, ...copySample(join(from, name, 'sample/images'), out) });
  }
  list.sort((a, b) => a.sizeBytes - b.sizeBytes);
  writeFileSync(join(out, 'index.json'), `${JSON.stringify(list, null, 2)}\n`);
  return list;
}

/** It changes whenever the page does: browsers take that for a new version. */
async function buildServiceWorker(out, served) {
  const files = offline
    .filter((name) => name in served || !name.endsWith('FIRST'))
    .map((name) => servedAs(name, served));
  const version = hashOf(readFileSync(join(out, 'index.html')), files.join());
  await build({
    ...options,
    entryPoints: [join(web, 'app/service_worker.ts')],
    outfile: join(out, 'service_worker.js'),
    define: { kBuiltFiles: JSON.stringify(files), kBuiltVersion: JSON.stringify(version) },
  });
}

async function buildPage() {
  const app = join(web, 'app');
  const out = join(web, 'dist');
  rmSync(out, { recursive: true, force: true });
  mkdirSync(join(out, 'models'), { recursive: true });
  // The canvas module is loaded as it is, beside the page's own program.
  await build({
    ...withPlaces({}),
    entryPoints: [required(join(app, 'main.ts'), 'the page lies in web/app')],
    outfile: join(out, 'app.js'),
    external: ['./limbus_canvas.js'],
  });
  for (const name of ['picture_worker', 'video_reader'])
    await build({
      ...options,
      entryPoints: [join(app, `${name}.ts`)],
      outfile: join(out, `${name}.js`),
    });
  await build({
    ...options,
    entryPoints: [join(app, 'app.css')],
    outfile: join(out, 'app.css'),
  });
  for (const file of readdirSync(app))
    if (/\.(html|svg|png|ico|webmanifest)$/.test(file)) cpSync(join(app, file), join(out, file));
  if (existsSync(join(app, 'samples')))
    cpSync(join(app, 'samples'), join(out, 'samples'), { recursive: true });
  for (const file of ['limbus_canvas.js', 'limbus_canvas.wasm'])
    cpSync(module('wasm/canvas', file), join(out, file));
  await buildWorker(out);
  const [first] = copyModels(join(out, 'models'));
  const served = hashNames(out);
  if (first) served['models/FIRST'] = `models/${first.file}`;
  const index = join(out, 'index.html');
  replaceNames(index, hashedInPage, served);
  linkEarly(index, served);
  await buildServiceWorker(out, served);
  await compressFolder(out, join(root, 'build/compressed'));
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
