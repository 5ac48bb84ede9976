// <limbus-segmenter> in a page with a strict policy: what it shows, says, fetches and tells.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

import type * as Limbus from '../../web/src/index.js';
import { writePng } from '../../web/test/support/png_writer.js';
import { bandOf, thresholdModel } from '../../web/test/support/threshold_model.js';
import { chromiumOnly } from './browsers.js';
import { useSite } from './hooks.js';
import {
  kPlain,
  openElements,
  partText,
  resultOf,
  serveElements,
  shareElements,
  type Elements,
} from './element_site.js';

const kAxe = join(process.env['LIMBUS_ROOT']!, 'web/node_modules/axe-core/axe.min.js');

const kWide = Array.from({ length: 64 * 48 }, (_, i) => (i * 4099) % 65536); // 16 bits
const wide = writePng({ width: 64, height: 48, bitDepth: 16, colourType: 0, samples: kWide });

const ground = useSite(() =>
  serveElements({ files: { '/wide.png': wide, '/bands.onnx': thresholdModel() } }),
);

test('the sample: the mask of the Segmenter, drawn in the colours of the manifest', async () => {
  const { page, finish } = await openElements(ground, kPlain, { deviceScaleFactor: 2 });
  const { width, height, mask } = await resultOf(page, 'eye');
  const seen = await page.evaluate(async () => {
    const eye = document.getElementById('eye') as Elements;
    const blob = await (await fetch('/eye.png')).blob();
    const other = await limbus.Segmenter.load('/eye-s.onnx');
    const expected = await other.segment(blob, { withImage: true });
    other.dispose();
    const part = (name: string) =>
      eye.shadowRoot!.querySelector<HTMLCanvasElement>(`canvas[part=${name}]`)!;
    const pixels = (name: string) =>
      part(name).getContext('2d')!.getImageData(0, 0, part(name).width, part(name).height).data;
    const [picture, painted] = [pixels('picture'), pixels('mask')];
    const byClass = eye.segmenter!.manifest.classes.map(({ colour, role }) =>
      role === 'background'
        ? [0, 0, 0, 0]
        : [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16)).concat(255),
    );
    const wrong = [...expected.mask].filter((c, i) =>
      byClass[c]!.some((value, k) => painted[4 * i + k] !== value),
    );
    const { width, height } = part('outlines').getBoundingClientRect();
    return {
      same: eye.result!.mask.every((value, i) => value === expected.mask[i]),
      pictureDiffers: expected.image!.data.filter((value, i) => value !== picture[i]).length,
      wrongColours: wrong.length,
      sizes: [part('picture').width, part('mask').width],
      outlines: [part('outlines').width / width, part('outlines').height / height],
      drawn: pixels('outlines').some((value) => value > 0),
      told,
    };
  });
  assert.deepEqual([width, height, mask.length], [640, 400, 640 * 400]);
  assert.ok(seen.same && seen.drawn);
  assert.equal(seen.pictureDiffers, 0);
  assert.equal(seen.wrongColours, 0);
  assert.deepEqual(seen.sizes, [640, 640]);
  for (const ratio of seen.outlines)
    assert.ok(Math.abs(ratio - 2) < 0.01, `${ratio} per CSS pixel`);
  assert.deepEqual(seen.told, ['eye progress', 'eye load', 'eye result']);
  assert.match(
    (await partText(page, 'eye', 'legend'))!,
    /sclera\s+\d+\.\d %\s+iris\s+Ø 2\d\d\.\d px/,
  );
  await finish();
});

test('it says what it found, and what it is doing', async () => {
  const { page, finish } = await shareElements(
    ground,
    '<limbus-segmenter id="eye" model="/eye-s.onnx" alt="Left eye"></limbus-segmenter>',
  );
  const said = await page.evaluate(async () => {
    const eye = document.getElementById('eye') as Elements;
    const root = eye.shadowRoot!;
    const status = root.querySelector('[role=status]')!;
    const lines: string[] = [];
    new MutationObserver(() => lines.push(status.textContent!)).observe(status, {
      childList: true,
      characterData: true,
      subtree: true,
    });
    const busy: (string | null)[] = [];
    const frame = root.querySelector('[part=frame]')!;
    const shown: Limbus.LoadStatus[] = [];
    eye.addEventListener('progress', ({ detail }) => shown.push(detail));
    const result = eye.segment(await (await fetch('/eye.png')).blob());
    busy.push(frame.getAttribute('aria-busy'));
    await result;
    busy.push(frame.getAttribute('aria-busy'));
    await new Promise((resolve) => setTimeout(resolve));
    return { lines, busy, bytes: shown.flatMap(({ bytes }) => bytes ?? []) };
  });
  assert.deepEqual(said.busy, ['true', 'false']);
  assert.equal(said.bytes.at(-1)!.percent, 100);
  assert.deepEqual(said.lines.slice(0, -1), ['Loading the model', 'Starting', 'Segmenting']);
  assert.match(said.lines.at(-1)!, /^sclera .* % of the picture, iris .*, pupil .* in diameter$/);
  const snapshot = await page.locator('#eye').ariaSnapshot();
  assert.match(snapshot, /img "Left eye: sclera .* pupil 1\d\d\.\d pixels in diameter"/);
  assert.match(snapshot, /listitem: pupil Ø 1\d\d\.\d px/);
  // Nothing to do: Tab goes past it.
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement!.localName), 'body');
  await finish();
});

test('attributes and properties mirror', async () => {
  const { page, finish } = await shareElements(ground, '');
  const seen = await page.evaluate(() => {
    const eye = document.createElement('limbus-segmenter');
    Object.assign(eye, { src: '/a.png', model: '/b.onnx', poster: '/c.png', alt: 'An eye' });
    Object.assign(eye, { loading: 'eager', assetsUrl: '/d', workerUrl: '/e.js', name: 'mask' });
    Object.assign(eye, { crossOriginWorker: true, provider: 'auto', overlay: 'outlines' });
    Object.assign(eye, { opacity: 0.25, disabled: true, required: true });
    const html = eye.outerHTML;
    const back = [eye.src, eye.assetsUrl, eye.provider, eye.overlay, eye.opacity, eye.disabled];
    eye.setAttribute('overlay', 'all');
    eye.setAttribute('loading', 'soon');
    eye.setAttribute('opacity', '7');
    const odd = [eye.overlay, eye.loading, eye.opacity];
    Object.assign(eye, { opacity: null, src: undefined, crossOriginWorker: false });
    return { html, back, odd, left: [eye.opacity, eye.src, eye.hasAttribute('src')] };
  });
  assert.equal(
    seen.html,
    '<limbus-segmenter src="/a.png" model="/b.onnx" poster="/c.png" alt="An eye" loading="eager" ' +
      'assets-url="/d" worker-url="/e.js" name="mask" cross-origin-worker="" provider="auto" ' +
      'overlay="outlines" opacity="0.25" disabled="" required=""></limbus-segmenter>',
  );
  assert.deepEqual(seen.back, ['/a.png', '/d', 'auto', 'outlines', 0.25, true]);
  assert.deepEqual(seen.odd, ['mask', 'lazy', 1]);
  assert.deepEqual(seen.left, [NaN, '', false]);
  await finish();
});

test('properties of a time before the definition count', async () => {
  const plain = await serveElements({
    scripts: { '/page.js': "import * as limbus from '/lib/index.js'; globalThis.limbus = limbus;" },
  });
  const { page, finish } = await openElements({ ...ground, site: plain }, '');
  const seen = await page.evaluate(async () => {
    const before = customElements.get('limbus-segmenter') === undefined; // the main entry leaves it out
    const eye = document.createElement('limbus-segmenter');
    eye.id = 'eye';
    document.body.append(eye);
    Object.assign(eye, { model: '/eye-s.onnx', source: await (await fetch('/eye.png')).blob() });
    const path = '/lib/element.js';
    const { LimbusSegmenterElement } = (await import(path)) as typeof element;
    const again = (await import(`${path}?another-copy`)) as typeof element;
    return {
      before,
      registered: customElements.get('limbus-segmenter') === LimbusSegmenterElement,
      copies: again.LimbusSegmenterElement !== LimbusSegmenterElement,
      upgraded: eye instanceof LimbusSegmenterElement && eye.getAttribute('model'),
    };
  });
  assert.deepEqual(seen, { before: true, registered: true, copies: true, upgraded: '/eye-s.onnx' });
  assert.ok((await resultOf(page, 'eye')).eye);
  await finish();
  await plain.close();
});

test('a server can import it: there are no elements in Node', async () => {
  const path = join(process.env['LIMBUS_ROOT']!, 'web/lib/node/element.js');
  const { LimbusSegmenterElement } = (await import(pathToFileURL(path).href)) as typeof element;
  assert.equal(typeof LimbusSegmenterElement, 'function');
});

test('every kind of source gives the mask of the file; a canvas is read anew', async () => {
  const { page, finish } = await shareElements(ground, kPlain);
  await resultOf(page, 'eye');
  const seen = await page.evaluate(async () => {
    const eye = document.getElementById('eye') as Elements;
    const expected = eye.result!;
    const blob = await (await fetch('/eye.png')).blob();
    const bitmap = await createImageBitmap(blob);
    const { width, height } = bitmap;
    const canvas = Object.assign(document.createElement('canvas'), { width, height });
    const context = canvas.getContext('2d')!;
    context.drawImage(bitmap, 0, 0);
    const pixels = context.getImageData(0, 0, width, height);
    const image = new Image();
    image.src = '/eye.png';
    const grey = pixels.data.filter((_, i) => i % 4 === 0);
    const kinds: Record<string, Limbus.ImageSource> = {
      blob,
      bitmap,
      canvas,
      pixels,
      image,
      grey: { data: grey, width, height },
      response: await fetch('/eye.png'),
      url: new URL('/eye.png', location.href),
    };
    const different: string[] = [];
    const shown: number[] = [];
    const picture = eye.shadowRoot!.querySelector<HTMLCanvasElement>('canvas[part=picture]')!;
    for (const [name, source] of Object.entries(kinds)) {
      eye.source = source;
      const { mask } = await new Promise<Limbus.SegmentResult>((resolve) =>
        eye.addEventListener('result', ({ detail }) => resolve(detail), { once: true }),
      );
      if (mask.some((value, i) => value !== expected.mask[i])) different.push(name);
      shown.push(picture.getContext('2d')!.getImageData(330, 230, 1, 1).data[0]!);
    }
    const first = await eye.segment(canvas);
    context.fillStyle = '#fff';
    context.fillRect(0, 0, width, height);
    const second = await eye.segment();
    return {
      kinds: Object.keys(kinds).length,
      different,
      greys: [...new Set(shown)].length,
      bitmapLives: bitmap.width === width,
      pupils: [first.eye?.pupilDiameterPx ?? 0, second.eye?.pupilDiameterPx ?? 0],
    };
  });
  assert.deepEqual(seen.different, []);
  assert.equal(seen.kinds, 8);
  assert.equal(seen.greys, 1, 'each shows the same picture');
  assert.ok(seen.bitmapLives, 'what was handed in stays usable');
  assert.ok(seen.pupils[0]! > 100 && seen.pupils[1] === 0, `${seen.pupils}`);
  await finish();
});

test('of a 16-bit PNG the high bytes count, whatever the browser makes of the low ones', async () => {
  const { page, finish } = await openElements(ground, '');
  await page.evaluate(() => {
    // As one that rounds would, but for all to see.
    const plain = createImageBitmap;
    const grey = new ImageData(64, 48);
    grey.data.fill(128);
    const rounding = (source: ImageBitmapSource) => plain(source instanceof Blob ? grey : source);
    Object.assign(globalThis, { createImageBitmap: rounding });
    document.body.innerHTML = `<limbus-segmenter id="eye" src="/wide.png" model="/bands.onnx"></limbus-segmenter>
      <limbus-segmenter id="plain" src="/wide.png"></limbus-segmenter>`;
  });
  const { mask } = await resultOf(page, 'eye');
  assert.deepEqual(
    [...mask],
    kWide.map((value) => bandOf(value >> 8)),
  );
  await page.waitForFunction(
    () => document.getElementById('plain')!.shadowRoot!.querySelector('canvas')!.width === 64,
  );
  await finish();
});

test('without a model the picture is shown as it is, and segment() says what is missing', async () => {
  const { page, asked, finish } = await shareElements(
    ground,
    '<limbus-segmenter id="eye" src="/eye.png"></limbus-segmenter>',
  );
  await page.waitForFunction(
    () =>
      document.getElementById('eye')!.shadowRoot!.querySelector<HTMLCanvasElement>('.picture')!
        .width === 640,
  );
  const said = await page.evaluate(async () => {
    const eye = document.getElementById('eye') as Elements;
    const loose = document.createElement('limbus-segmenter');
    const words: string[] = [];
    const say = (error: Limbus.LimbusError) => words.push(`${error.code}: ${error.message}`);
    await eye.segment().catch(say);
    await loose.segment('/eye.png').catch(say);
    eye.model = '/eye-s.onnx';
    eye.disabled = true;
    await eye.segment().catch(say);
    return { words, told };
  });
  assert.deepEqual(said.told, []);
  assert.match(said.words[0]!, /^badArgument: .* has no model/);
  assert.match(said.words[1]!, /^badArgument: .* append it/);
  assert.match(said.words[2]!, /^badArgument: .* is disabled/);
  assert.ok(!asked.some((path) => /onnx|worker/.test(path)), asked.join());
  await finish();
});

test('no style comes in or goes out; parts and custom properties are for the page', async () => {
  const { page, finish } = await shareElements(
    ground,
    `<p class="frame legend"><button>Page</button></p>${kPlain}`,
  );
  await resultOf(page, 'eye');
  const seen = await page.evaluate(async () => {
    const eye = document.getElementById('eye') as Elements;
    const inside = (part: string) => eye.shadowRoot!.querySelector(`[part=${part}]`)!;
    const pageButton = getComputedStyle(document.querySelector('p button')!).borderRadius;
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`
      canvas { filter: blur(9px); }
      .frame { border: 7px solid red; }
      #eye { --limbus-opacity: 0.75; --limbus-class-3: rgb(1 2 3); --limbus-radius: 3px; }
      #eye::part(legend) { color: rgb(4, 5, 6); }`);
    document.adoptedStyleSheets = [sheet];
    await eye.segment();
    const at = eye.result!.mask.indexOf(3);
    const mask = inside('mask') as HTMLCanvasElement;
    const { data } = mask.getContext('2d')!.getImageData(at % 640, Math.floor(at / 640), 1, 1);
    const styles = {
      filter: getComputedStyle(mask).filter,
      border: getComputedStyle(inside('frame')).borderTopWidth,
      radius: getComputedStyle(inside('frame')).borderRadius,
      legend: getComputedStyle(inside('legend')).color,
      opacity: getComputedStyle(mask).opacity,
    };
    eye.opacity = 0.5;
    const own = getComputedStyle(mask).opacity;
    eye.overlay = 'outlines';
    const outlines = getComputedStyle(mask).visibility;
    eye.overlay = 'none';
    const none = getComputedStyle(inside('outlines')).visibility;
    return { pageButton, styles, colour: [...data], own, outlines, none };
  });
  assert.equal(seen.pageButton, '0px');
  assert.deepEqual(seen.styles, {
    filter: 'none',
    border: '0px',
    radius: '3px',
    legend: 'rgb(4, 5, 6)',
    opacity: '0.75',
  });
  assert.deepEqual(seen.colour, [1, 2, 3, 255]);
  assert.deepEqual([seen.own, seen.outlines, seen.none], ['0.5', 'hidden', 'hidden']);
  await finish();
});

test('in a box of another shape the outlines stay on the picture', async () => {
  const { page, finish } = await shareElements(ground, kPlain);
  await page.evaluate(() => {
    const { style } = document.getElementById('eye')!;
    Object.assign(style, { width: '500px', height: '240px' });
  });
  await resultOf(page, 'eye');
  const { drawn, expected } = await page.evaluate(async () => {
    const eye = document.getElementById('eye') as Elements;
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    const canvas = eye.shadowRoot!.querySelector<HTMLCanvasElement>('[part=outlines]')!;
    const { width, height } = canvas;
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, width, height);
    const columns = Array.from({ length: width * height }, (_, i) => i)
      .filter((i) => data[4 * i + 3]! > 200)
      .map((i) => i % width);
    const { regions } = eye.result!;
    const left = Math.min(...regions.map((region) => region.left));
    const right = Math.max(...regions.map((region) => region.left + region.width));
    const scale = height / 400;
    const onCanvas = (x: number) => (width - scale * 640) / 2 + scale * x;
    const drawn = columns.reduce(
      ([least, most], x) => [Math.min(least!, x), Math.max(most!, x)],
      [width, 0],
    );
    return { drawn, expected: [onCanvas(left), onCanvas(right)] };
  });
  for (const side of [0, 1])
    assert.ok(Math.abs(drawn[side]! - expected[side]!) < 4, `${drawn} where ${expected} should be`);
  await finish();
});

test('axe finds nothing in any state', async () => {
  const { page, finish } = await openElements(
    ground,
    `<main><h1>States</h1>${kPlain}</limbus-segmenter>
    <limbus-segmenter id="failed" src="/none.png" model="/eye-s.onnx" alt="Right eye"></limbus-segmenter>
    <limbus-segmenter><p>Choose a picture</p></limbus-segmenter>
    <limbus-segmenter id="waits" src="/eye.png" loading="eager" alt="Third eye"></limbus-segmenter></main>`,
  );
  await page.route('**/slow.onnx', () => {}); // never answered
  await page.evaluate(() => (document.documentElement.lang = 'en'));
  await resultOf(page, 'eye');
  await page.evaluate(() => ((document.getElementById('waits') as Elements).model = '/slow.onnx'));
  await page.waitForFunction(() => (document.getElementById('failed') as Elements).error);
  await page.waitForTimeout(700); // what fades in is there
  await page.evaluate(readFileSync(kAxe, 'utf8'));
  const { found, passed } = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: typeof import('axe-core') };
    const { violations, passes } = await axe.run();
    const found = violations.map(({ id, nodes }) => `${id} ${nodes.map(({ html }) => html)}`);
    return { found, passed: passes.map(({ id }) => id) };
  });
  assert.deepEqual(found, []);
  for (const rule of ['role-img-alt', 'color-contrast', 'aria-progressbar-name', 'button-name'])
    assert.ok(passed.includes(rule), rule);
  await finish();
});

test('its look survives a move into the document of a frame', async () => {
  const { page, finish } = await openElements(ground, `<iframe></iframe>${kPlain}`);
  await resultOf(page, 'eye');
  const display = await page.evaluate(() => {
    const inner = document.querySelector('iframe')!.contentDocument!;
    const eye = document.getElementById('eye') as Elements;
    inner.documentElement.append(eye);
    return inner.defaultView!.getComputedStyle(eye).display;
  });
  assert.match(display, /grid/);
  await finish();
});

const emulated = chromiumOnly('the driver sets no preferences of a visitor');

test('less motion and forced colours are respected', emulated, async () => {
  const { page, finish } = await openElements(ground, kPlain, {
    reducedMotion: 'reduce',
    forcedColors: 'active',
  });
  await resultOf(page, 'eye');
  const seen = await page.evaluate(() => {
    const root = document.getElementById('eye')!.shadowRoot!;
    const swatch = getComputedStyle(root.querySelectorAll('.swatch')[2]!).backgroundColor;
    const { animationDuration } = getComputedStyle(root.querySelector('[part=mask]')!);
    return [swatch, animationDuration, getComputedStyle(root.querySelector('.pill')!).borderWidth];
  });
  assert.deepEqual(seen, ['rgb(255, 96, 80)', '0s', '1px']);
  await finish();
});
