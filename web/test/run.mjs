// Bundles the TypeScript tests and runs them with `node --test`.
//
//   node test/run.mjs units | browser | firefox | examples | bench  [PART OF A FILE NAME]...
//
// units    web/test/*.test.ts: the core module under Node, no browser
// browser  tests/web/*.spec.ts, tests/parity/*.spec.ts: Chromium (LIMBUS_CHROMIUM, default /usr/bin/chromium)
// firefox  of the same, without names a choice, in Firefox (LIMBUS_FIREFOX, default /usr/bin/firefox-esr) on a screen of
//          its own (Xvfb)
// examples tests/package/*.spec.ts: web/examples, built with the packed package, in Chromium
// bench    tests/bench/*_bench.{ts,mjs}: prints times, fails where a promised ratio is missed
// LIMBUS_WASM: build folder of the wasm preset; default build/wasm.
import { build } from 'esbuild';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const web = dirname(dirname(fileURLToPath(import.meta.url)));
const root = dirname(web);
const inBrowser = {
  folders: [join(root, 'tests/web'), join(root, 'tests/parity')],
  pattern: /\.spec\.ts$/,
};
// Some ask Chromium's debugger for memory or time; others take long and say little more.
const inFirefox = new RegExp(
  '^(element|element_form|package_decode|package_parity|package_segment|page_bad_input|' +
    'page_files|page_offline|page_results|page_shipped|page_view)\\.spec',
);
const places = {
  units: { folders: [join(web, 'test')], pattern: /\.test\.ts$/ },
  browser: inBrowser,
  firefox: { ...inBrowser, unnamed: inFirefox },
  examples: { folders: [join(root, 'tests/package')], pattern: /\.spec\.ts$/ },
  bench: { folders: [join(root, 'tests/bench')], pattern: /_bench\.(ts|mjs)$/ },
};

const [kind, ...parts] = process.argv.slice(2);
if (!(kind in places)) {
  console.error(`unknown kind of test '${kind}'; known: ${Object.keys(places).join(', ')}`);
  process.exit(2);
}
const { folders, pattern, unnamed = pattern } = places[kind];
const files = folders
  .filter((folder) => existsSync(folder))
  .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
  .filter((file) => pattern.test(file))
  .filter((file) =>
    parts.length === 0
      ? unnamed.test(basename(file))
      : parts.some((part) => basename(file).includes(part)),
  )
  .sort();
if (files.length === 0) {
  console.error(`no ${kind} tests${parts.length > 0 ? ` named like ${parts.join(' or ')}` : ''}`);
  process.exit(1);
}

const wasmBuild = resolve(process.env.LIMBUS_WASM ?? join(root, 'build/wasm'));
const resolveOurs = {
  name: 'limbus-tests',
  setup(esbuild) {
    esbuild.onResolve({ filter: /^limbus-core-module$/ }, () => ({
      path: join(wasmBuild, 'wasm/limbus_core.js'),
    }));
    // Scripts that find files beside themselves stay where they are.
    esbuild.onResolve({ filter: /^\.{1,2}\/.*\.mjs$/ }, ({ path, resolveDir }) => ({
      path: pathToFileURL(resolve(resolveDir, path)).href,
      external: true,
    }));
  },
};

const out = join(web, 'test-build', kind);
rmSync(out, { recursive: true, force: true });
const bundled = [];
for (const file of files) {
  const outfile = join(out, `${basename(file).replace(/\.(ts|mjs)$/, '')}.mjs`);
  await build({
    entryPoints: [file],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node18',
    sourcemap: 'inline',
    packages: 'external',
    define: { 'import.meta.url': JSON.stringify(pathToFileURL(file).href) },
    plugins: [resolveOurs],
    logLevel: 'warning',
  });
  bundled.push(outfile);
}
/** A screen in memory: Firefox has WebGL on Linux only where it has a screen. */
async function startScreen() {
  const words = ['-displayfd', '3', '-screen', '0', '1920x1200x24', '-nolisten', 'tcp'];
  // It ends with this process, however that ends.
  const server = spawn('setpriv', ['--pdeathsig', 'TERM', 'Xvfb', ...words], {
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
  });
  const number = await new Promise((resolve, reject) => {
    server.on('error', reject);
    server.on('exit', (code) => reject(new Error(`Xvfb ended with ${code}`)));
    server.stdio[3].once('data', resolve);
  });
  return { server, display: `:${String(number).trim()}` };
}

const screen = kind === 'firefox' ? await startScreen() : null;
const environment = { ...process.env, LIMBUS_ROOT: root, LIMBUS_WASM: wasmBuild };
if (screen) Object.assign(environment, { LIMBUS_BROWSER: 'firefox', DISPLAY: screen.display });

/** Whether all tests of these bundles passed. */
function passed(bundles, concurrency) {
  const words = ['--enable-source-maps', '--test'];
  if (concurrency) words.push(`--test-concurrency=${concurrency}`);
  const reporter = process.env.LIMBUS_TEST_REPORTER;
  if (reporter) words.push(`--test-reporter=${reporter}`);
  const { status } = spawnSync(process.execPath, [...words, ...bundles], {
    stdio: 'inherit',
    env: environment,
  });
  return status === 0;
}

// Pages compete for the processor: two files at a time, and alone those that measure time or memory.
const measures = (bundle) => /_(long_tasks|memory)\./.test(bundle);
const runs = {
  units: [[bundled]],
  browser: [
    [bundled.filter((bundle) => !measures(bundle)), 2],
    [bundled.filter(measures), 1],
  ],
}[kind] ?? [[bundled, 1]];
const results = runs
  .filter(([bundles]) => bundles.length > 0)
  .map(([bundles, concurrency]) => passed(bundles, concurrency));
screen?.server.kill();
process.exit(results.every(Boolean) ? 0 : 1);
