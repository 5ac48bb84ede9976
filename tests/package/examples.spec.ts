// web/examples, built with the packed tarball as `npm install` puts it there, run in a browser under the
// strict policy of serve.mjs; every one must say the same of the sample as the page without a bundler.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { Browser, FrameLocator, Page } from 'playwright-core';

import type * as Limbus from '../../web/src/index.js';
import { writePng } from '../../web/test/support/png_writer.js';
import { launch, launchExtension } from '../web/browsers.js';
import { kSoftwareWebGpu } from '../web/package_site.js';
import {
  kExamples,
  kRoot,
  listening,
  npm,
  serving,
  visit,
  withoutPolicy,
  type Visit,
} from './example_sites.js';

const kSample = join(kRoot, 'web/app/samples/anonymized.png');
const kMostPackedBytes = 527_000; // with Emscripten 3.1.69 (Debian 13) 5,700 more than with 3.1.6
const kMostElementBytes = 11_000; // gzip, beside the Segmenter
// As gzip sends it. Emscripten 3.1.6 makes 214,000 of it, 3.1.69 (Debian 13) 7,000 more.
const kMostCoreBytes = 223_000;

let browser: Browser;
let packedBytes = 0;
let expected = '';

const kQuiet = ['--no-audit', '--no-fund']; // no list of what is installed goes to the registry

/** What Vite 8 and Next.js 16 run in; the package itself takes older ones. */
const kOldNode = Number(process.versions.node.split('.')[0]) < 20 && 'it wants Node 20.19 or newer';

/** Builds an example by its npm script and visits it. */
async function built(name: string, pageOf: 'own' | 'written', how: Visit = {}): Promise<string> {
  const out = join(kExamples, name, 'dist');
  rmSync(out, { recursive: true, force: true });
  npm(kExamples, 'run', name);
  if (pageOf === 'written')
    writeFileSync(
      join(out, 'index.html'),
      '<!doctype html><meta charset="utf-8"><body><script type="module" src="/page.js"></script>',
    );
  cpSync(kSample, join(out, 'eye.png'));
  const { createServer } = await serving;
  const files = createServer(out);
  const site = how.ownScriptsOnly === false ? withoutPolicy(files) : files;
  const { line, asked } = await listening(site, (origin) => visit(browser, `${origin}/`, how));
  assert.ok(!asked.some((each) => /asyncify|webgpu/.test(each)), 'the WebGPU runtime came unasked');
  return line;
}

before(async () => {
  const stamp = join(kExamples, 'node_modules/.whole'); // npm clears the folder before it fills it
  const lock = readFileSync(join(kExamples, 'package-lock.json'), 'utf8');
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== lock) {
    npm(kExamples, 'ci', '--ignore-scripts', ...kQuiet);
    writeFileSync(stamp, lock);
  }
  const folder = join(kRoot, 'web/test-build/packed');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  npm(join(kRoot, 'web'), 'pack', '--ignore-scripts', '--pack-destination', folder);
  const tarball = join(
    folder,
    readdirSync(folder).find((name) => name.endsWith('.tgz'))!,
  );
  packedBytes = statSync(tarball).size;
  rmSync(join(kExamples, 'node_modules/limbus'), { recursive: true, force: true });
  npm(
    kExamples,
    'install',
    '--no-save',
    '--ignore-scripts',
    '--prefer-offline',
    ...kQuiet,
    tarball,
  );
  browser = await launch();
  const { createServer } = await serving;
  const site = join(kRoot, 'web/test-build/plain');
  rmSync(site, { recursive: true, force: true });
  mkdirSync(join(site, 'node_modules'), { recursive: true });
  cpSync(join(kExamples, 'plain'), site, { recursive: true });
  for (const name of ['limbus', 'onnxruntime-web'])
    cpSync(join(kExamples, 'node_modules', name), join(site, 'node_modules', name), {
      recursive: true,
    });
  cpSync(join(kExamples, 'element'), join(site, 'element'), { recursive: true });
  cpSync(join(kExamples, 'line.js'), join(site, 'element/line.js'));
  cpSync(kSample, join(site, 'eye.png'));
  expected = (await listening(createServer(site), (origin) => visit(browser, `${origin}/`))).line;
});

after(async () => browser?.close());

test('without a bundler, from node_modules, the sample has a pupil', () => {
  assert.match(expected, /^640 x 400, areas (\d+ ){3}\d+, pupil 1[0-9]{2}\.\d\d px$/);
});

test('the tarball keeps to its size', () => {
  assert.ok(packedBytes < kMostPackedBytes, `${packedBytes} bytes, at most ${kMostPackedBytes}`);
});

test('the core alone keeps to its size', () => {
  const lib = join(kExamples, 'node_modules/limbus/lib');
  const sent = ['core_alone.js', 'limbus/limbus_core.wasm'].map(
    (name) => gzipSync(readFileSync(join(lib, name)), { level: 9 }).length,
  );
  const bytes = sent.reduce((sum, each) => sum + each);
  assert.ok(bytes < kMostCoreBytes, `${bytes} bytes, at most ${kMostCoreBytes}`);
});

test('Vite builds it', async () => assert.equal(await built('vite', 'own'), expected));

test('Vite 8 builds it, without configuration', { skip: kOldNode }, async () =>
  assert.equal(await built('vite8', 'own'), expected),
);

test('Next.js builds it as a client component', { skip: kOldNode }, async () =>
  assert.equal(await built('next', 'own', { selector: 'output', ownScriptsOnly: false }), expected),
);

test('webpack 5 builds it', async () => assert.equal(await built('webpack5', 'written'), expected));

test('esbuild builds it', async () => assert.equal(await built('esbuild', 'written'), expected));

test('who imports the Segmenter alone gets no element, which is small itself', () => {
  const page = readFileSync(join(kExamples, 'esbuild/dist/page.js'), 'utf8');
  assert.ok(!page.includes('limbus-segmenter'));
  const element = readFileSync(join(kExamples, 'node_modules/limbus/lib/element.js'));
  const packed = gzipSync(element).length;
  assert.ok(packed < kMostElementBytes, `${packed} bytes, at most ${kMostElementBytes}`);
});

test('Rollup builds it', async () => assert.equal(await built('rollup', 'written'), expected));

test("it runs in the user's own worker", async () =>
  assert.equal(await built('in-worker', 'own'), expected));

test('as an element, without a bundler', async () => {
  const { createServer } = await serving;
  const site = createServer(join(kRoot, 'web/test-build/plain'));
  const { line } = await listening(site, (origin) =>
    visit(browser, `${origin}/element/`, { selector: 'output' }),
  );
  assert.equal(line, expected);
});

test('in an extension: its pages, an offscreen document, pages of other origins', async () => {
  const folder = join(kRoot, 'web/test-build/extension');
  rmSync(folder, { recursive: true, force: true });
  cpSync(join(kExamples, 'extension'), folder, { recursive: true });
  cpSync(join(kExamples, 'line.js'), join(folder, 'line.js'));
  cpSync(kSample, join(folder, 'eye.png'));
  const lib = join(kExamples, 'node_modules/limbus/lib');
  for (const name of readdirSync(lib).filter((each) => each.endsWith('.js')))
    cpSync(join(lib, name), join(folder, 'limbus', name));
  npm(kExamples, 'exec', '--', 'limbus', 'copy-assets', join(folder, 'limbus/limbus'));
  const context = await launchExtension(folder);
  const said = (page: Page | FrameLocator, selector = 'output') =>
    page
      .locator(selector)
      .filter({ hasText: /areas|failed/ })
      .textContent();
  try {
    const [worker = await context.waitForEvent('serviceworker')] = context.serviceWorkers();
    const page = await context.newPage();
    await page.goto(new URL('popup.html', worker.url()).href);
    assert.equal(await said(page), expected);
    const html = '<!doctype html><title>of another origin</title><body>';
    const site = createServer((_, response) =>
      response.setHeader('Content-Type', 'text/html').end(html),
    );
    await listening(site, async (origin) => {
      await page.goto(origin);
      for (const selector of ['#by-offscreen', '#here'])
        assert.equal(await said(page, selector), expected, selector);
      assert.equal(await said(page.frameLocator('iframe')), expected);
    });
  } finally {
    await context.close();
  }
});

for (const name of ['react', 'vue'])
  test(`as an element in ${name}, which sets properties and hears events`, async () => {
    let second = '';
    const then = async (page: Page) => {
      const before = await page.textContent('output');
      const samples = Array<number>(64 * 48).fill(255);
      const blank = writePng({ width: 64, height: 48, bitDepth: 8, colourType: 0, samples });
      const file = { name: 'blank.png', mimeType: 'image/png', buffer: Buffer.from(blank) };
      await page.setInputFiles('input', file);
      await page.waitForFunction(
        (before) => document.querySelector('output')!.textContent !== before,
        before,
      );
      second = (await page.textContent('output'))!;
    };
    assert.equal(await built(name, 'own', { selector: 'output', then }), expected);
    assert.match(second, /^64 x 48, areas 3072 0 0 0, pupil no px$/);
  });

test('no build holds a path of the machine that built it', () => {
  for (const name of ['vite', 'vite8', 'next', 'esbuild', 'rollup', 'react', 'vue']) {
    const out = join(kExamples, name, 'dist');
    if (kOldNode && !existsSync(out)) continue;
    for (const file of readdirSync(out, { recursive: true, encoding: 'utf8' }))
      if (/\.m?js$/.test(file))
        assert.ok(
          !String(execFileSync('cat', [join(out, file)])).includes(kExamples),
          `${name}/${file}`,
        );
  }
});

for (const name of ['vite', 'vite8'])
  test(
    `the development server of ${name} serves it`,
    { skip: name === 'vite8' && kOldNode },
    async () => {
      const path = pathToFileURL(join(kExamples, `node_modules/${name}/dist/node/index.js`)).href;
      const vite = (await import(path)) as {
        createServer(options: object): Promise<{
          httpServer: Server;
          listen(): Promise<unknown>;
          close(): Promise<void>;
        }>;
      };
      const root = join(kExamples, name);
      mkdirSync(join(root, 'public'), { recursive: true });
      cpSync(kSample, join(root, 'public/eye.png'));
      const server = await vite.createServer({
        root,
        logLevel: 'error',
        // Nothing of an earlier package.
        cacheDir: join(kRoot, 'web/test-build/cache', name),
        server: { port: 0, host: '127.0.0.1' },
      });
      try {
        await server.listen();
        const { port } = server.httpServer.address() as AddressInfo;
        assert.equal((await visit(browser, `http://127.0.0.1:${port}/`)).line, expected);
      } finally {
        await server.close();
      }
    },
  );

test('Node answers as the browser does', async () => {
  const line = execFileSync(process.execPath, ['node/main.js'], {
    cwd: kExamples,
    encoding: 'utf8',
  });
  const { createServer } = await serving;
  const inBrowser = await listening(
    createServer(join(kRoot, 'web/test-build/plain')),
    async (origin) => {
      const page = await browser.newPage();
      await page.goto(`${origin}/`);
      const path = '/node_modules/limbus/lib/';
      const said = await page.evaluate(async (path) => {
        const { Segmenter, renderEye } = (await import(`${path}index.js`)) as typeof Limbus;
        const { image } = await renderEye('openeds2019', 1, 1);
        const segmenter = await Segmenter.load(`${path}limbus/eye-s.onnx`);
        const { mask, areasPx } = await segmenter.segment(image);
        segmenter.dispose();
        return `${mask.length} pixels, areas ${areasPx.join(' ')}`;
      }, path);
      await page.close();
      return said;
    },
  );
  assert.equal(line.trim(), inBrowser);
});

test(
  'what gathers the files of a server finds all that Node needs',
  { skip: kOldNode },
  async () => {
    // The one of Next.js, which Nuxt has as well.
    const path = join(kExamples, 'node_modules/next/dist/compiled/@vercel/nft/index.js');
    const { nodeFileTrace } = createRequire(import.meta.url)(path) as {
      nodeFileTrace(files: string[], options: object): Promise<{ fileList: Set<string> }>;
    };
    const gathered = join(kRoot, 'web/test-build/gathered');
    rmSync(gathered, { recursive: true, force: true });
    const program = join(kExamples, 'node/main.js');
    const { fileList } = await nodeFileTrace([program], { base: kExamples });
    for (const name of [...fileList, 'package.json'])
      cpSync(join(kExamples, name), join(gathered, name));
    const line = execFileSync(process.execPath, ['node/main.js'], {
      cwd: gathered,
      encoding: 'utf8',
    });
    assert.match(line, /^256000 pixels, areas (\d+ ){3}\d+\n$/);
  },
);

test('publint has nothing to say about the package', async () => {
  const path = pathToFileURL(join(kExamples, 'node_modules/publint/src/index-node.js')).href;
  const { publint } = (await import(path)) as {
    publint(options: { pkgDir: string; pack: false }): Promise<{ messages: object[] }>;
  };
  const folder = join(kExamples, 'node_modules/limbus');
  assert.deepEqual((await publint({ pkgDir: folder, pack: false })).messages, []);
});

test('what package.json calls customElements is in the package, and names a module of it', () => {
  const folder = join(kExamples, 'node_modules/limbus');
  const read = (name: string): unknown => JSON.parse(readFileSync(join(folder, name), 'utf8'));
  const { customElements } = read('package.json') as { customElements: string };
  const { modules } = read(customElements) as { modules: { path: string }[] };
  assert.deepEqual(
    modules.map(({ path }) => existsSync(join(folder, path))),
    [true],
  );
});

test('arethetypeswrong finds nothing wrong for ES modules', async () => {
  const path = pathToFileURL(
    join(kExamples, 'node_modules/@arethetypeswrong/core/dist/index.js'),
  ).href;
  const { checkPackage, Package } = (await import(path)) as {
    Package: new (files: Record<string, Uint8Array>, name: string, version: string) => object;
    checkPackage(contents: object): Promise<{
      types: unknown;
      entrypoints?: object;
      problems?: { kind: string; entrypoint?: string; resolutionKind?: string }[];
    }>;
  };
  const folder = join(kExamples, 'node_modules/limbus');
  const files: Record<string, Uint8Array> = {};
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }))
    if (statSync(join(folder, name)).isFile())
      files[`/node_modules/limbus/${name}`] = readFileSync(join(folder, name));
  const found = await checkPackage(new Package(files, 'limbus', '0.1.0'));
  assert.ok(found.types !== false, 'no types were found');
  const checked = Object.keys(found.entrypoints ?? {});
  for (const entry of ['.', './core', './element', './models'])
    assert.ok(checked.includes(entry), entry);
  // There is no CommonJS in it, and nothing for the time before `exports`.
  const ours = (found.problems ?? []).filter(
    ({ resolutionKind }) => resolutionKind !== 'node10' && resolutionKind !== 'node16-cjs',
  );
  assert.deepEqual(ours, []);
});

test('its types hold for a strict user, under Node and with a bundler', () => {
  const tsc = join(kRoot, 'web/node_modules/typescript/bin/tsc');
  // No ambient types: a folder that holds none.
  const kind = '--strict --exactOptionalPropertyTypes --noEmit';
  const strict = `${kind} --target es2022 --lib es2022,dom --typeRoots plain`.split(' ');
  for (const [module, resolution, ...program] of [
    ['nodenext', 'nodenext', 'types.ts', 'element/types.ts'],
    ['esnext', 'bundler', 'types.ts', 'element/types.ts', 'react/types.tsx', '--jsx', 'preserve'],
  ])
    execFileSync(
      process.execPath,
      [tsc, ...strict, '--module', module!, '--moduleResolution', resolution!, ...program],
      { cwd: kExamples, encoding: 'utf8' },
    );
});

test('what copy-assets --webgpu wrote runs as assetsUrl, WebGPU included', async () => {
  const site = join(kRoot, 'web/test-build/plain');
  npm(kExamples, 'exec', '--', 'limbus', 'copy-assets', join(site, 'static/limbus'), '--webgpu');
  for (const name of ['LICENSE', 'THIRD_PARTY_LICENSES'])
    assert.ok(existsSync(join(site, 'static/limbus/licences', name)), name);
  const { createServer } = await serving;
  const software = await launch(kSoftwareWebGpu);
  try {
    const said = await listening(createServer(site), async (origin) => {
      const page = await software.newPage();
      await page.goto(`${origin}/`);
      return page.evaluate(async () => {
        const path = '/node_modules/limbus/lib/index.js';
        const { Segmenter } = (await import(path)) as typeof Limbus;
        const assetsUrl = '/static/limbus'; // no slash at the end: it is a folder all the same
        const model = `${assetsUrl}/eye-s.onnx`;
        const segmenter = await Segmenter.load(model, { assetsUrl, provider: 'webgpu' });
        return [segmenter.provider, segmenter.fallbackReason ?? ''];
      });
    });
    assert.deepEqual(said, ['webgpu', '']);
  } finally {
    await software.close();
  }
});

test('copy-assets refuses what it does not know', () => {
  for (const words of [[], ['copy'], ['copy-assets'], ['copy-assets', 'a', '--all']]) {
    const bin = join(kExamples, 'node_modules/limbus/copy_assets.mjs');
    const { status, stderr } = spawnSync(process.execPath, [bin, ...words], { encoding: 'utf8' });
    assert.equal(status, 2);
    assert.match(stderr, /^usage: limbus copy-assets DIR/);
  }
});

/** The package on one origin, the page on another; `script` is the page's. */
async function fromElsewhere(script: (cdn: string) => string): Promise<string> {
  const { createServer: createOurs } = await serving;
  const files = createOurs(join(kRoot, 'web/test-build/plain'));
  // What a CDN adds to the files.
  const cdnServer = withoutPolicy(files, {
    'Access-Control-Allow-Origin': '*',
    'Cross-Origin-Resource-Policy': 'cross-origin',
  });
  return listening(cdnServer, (cdn) => {
    const pages = createServer((request, response) => {
      response.setHeader(
        'Content-Security-Policy',
        `default-src 'none'; script-src 'self' 'wasm-unsafe-eval' ${cdn}; worker-src blob: ${cdn}; connect-src 'self' ${cdn}`,
      );
      const isScript = request.url === '/page.js';
      response.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html');
      response.end(
        isScript
          ? script(cdn)
          : '<!doctype html><body><script type="module" src="/page.js"></script>',
      );
    });
    return listening(
      pages,
      async (origin) => (await visit(browser, `${origin}/`, { origins: [origin, cdn] })).line,
    );
  });
}

const kForeignPage = (cdn: string, options: string) => `
import { Segmenter } from '${cdn}/node_modules/limbus/lib/index.js';
import { eyeS } from '${cdn}/node_modules/limbus/lib/models.js';
try {
  const segmenter = await Segmenter.load(eyeS, ${options});
  const file = await (await fetch('${cdn}/eye.png')).blob();
  const { width, height, areasPx, eye } = await segmenter.segment(file);
  document.body.textContent =
    width + ' x ' + height + ', areas ' + areasPx.join(' ') + ', pupil ' + eye.pupilDiameterPx.toFixed(2) + ' px';
} catch (error) {
  document.body.textContent = error.name + ' ' + error.code + ': ' + error.message;
}`;

test('from another origin the refusal says what to do', async () => {
  const line = await fromElsewhere((cdn) => kForeignPage(cdn, '{}'));
  assert.match(line, /^LimbusError unsupported: .*copy-assets.*crossOriginWorker/);
});

test('from another origin it runs when that is asked for', async () => {
  const line = await fromElsewhere((cdn) =>
    kForeignPage(
      cdn,
      `{ assetsUrl: '${cdn}/node_modules/limbus/lib/limbus', crossOriginWorker: true }`,
    ),
  );
  assert.equal(line, expected);
});
