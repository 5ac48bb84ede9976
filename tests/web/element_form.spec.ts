// <limbus-segmenter> in a form: its value, its validity, reset and disabled fieldsets.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { kFirefox } from './browsers.js';
import { useSite } from './hooks.js';
import {
  openElements,
  resultOf,
  serveElements,
  shareElements,
  type Elements,
} from './element_site.js';
import { readPng } from './page_png.js';

const kForm = `<form>
  <label for="eye">Left eye</label>
  <fieldset>
    <limbus-segmenter id="eye" model="/eye-s.onnx" name="mask" required></limbus-segmenter>
  </fieldset>
</form>`;

const ground = useSite(() => serveElements());

test('the form sends the mask as PNG and the measurements as JSON', async () => {
  const { page, finish } = await shareElements(ground, kForm);
  const sent = await page.evaluate(async () => {
    const eye = document.getElementById('eye') as Elements;
    const form = eye.form!;
    const names = () => [...new FormData(form).keys()].join();
    const before = names();
    let inEvent = '';
    eye.addEventListener('result', () => (inEvent = names()));
    await eye.segment('/eye.png');
    const file = new FormData(form).get('mask') as File;
    const base64 = await new Promise<string>((resolve) => {
      const reader = new FileReader();
      reader.onload = () => resolve(String(reader.result).split(',')[1]!);
      reader.readAsDataURL(file);
    });
    const json = String(new FormData(form).get('mask-measurements'));
    eye.name = 'left';
    while (!names().includes('left')) await new Promise((resolve) => setTimeout(resolve, 10));
    return { before, inEvent, base64, file: [file.name, file.type], json, renamed: names() };
  });
  const { mask, eye } = await resultOf(page, 'eye');
  assert.deepEqual([sent.before, sent.inEvent], ['', 'mask,mask-measurements']);
  assert.deepEqual(sent.file, ['mask.png', 'image/png']);
  assert.equal(sent.renamed, 'left,left-measurements');
  const png = readPng(Buffer.from(sent.base64, 'base64'));
  assert.deepEqual([png.width, png.height, png.channels], [640, 400, 1]);
  assert.deepEqual([...png.pixels], [...mask]);
  const { format, images } = JSON.parse(sent.json);
  assert.equal(format, 'limbus-measurements');
  assert.equal(images[0].eye.pupilDiameterPx, eye!.pupilDiameterPx);
  if (!kFirefox) {
    const session = await page.context().newCDPSession(page);
    const { nodes } = await session.send('Accessibility.getFullAXTree');
    const groups = nodes.filter(({ role }) => role?.value === 'group');
    assert.ok(
      groups.some(({ name }) => name?.value === 'Left eye'),
      'its label names it',
    );
  }
  await finish();
});

test('it is not fit to be sent while it is missing, busy or failed', async () => {
  const { page, finish } = await shareElements(ground, kForm);
  const seen = await page.evaluate(async () => {
    const eye = document.getElementById('eye') as Elements;
    const lines: string[] = [];
    const note = () => {
      const { valueMissing, customError, valid } = eye.validity;
      lines.push(`${{ valueMissing, customError, valid }.valid} ${eye.validationMessage}`);
      return { valueMissing, customError };
    };
    const flags = [note()];
    const message = eye.reportValidity();
    const pointsAt = eye.shadowRoot!.activeElement?.getAttribute('part');
    const running = eye.segment('/eye.png');
    flags.push(note());
    await running;
    flags.push(note());
    await eye.segment('/none.png').catch(() => {});
    flags.push(note());
    return { lines, flags, message, pointsAt };
  });
  const no = { valueMissing: false, customError: false };
  assert.deepEqual(seen.flags, [
    { ...no, valueMissing: true },
    { ...no, customError: true },
    no,
    { ...no, customError: true },
  ]);
  assert.deepEqual(seen.lines.slice(0, 3), [
    'false A picture is missing.',
    'false The picture is being segmented.',
    'true ',
  ]);
  assert.match(seen.lines[3]!, /^false could not fetch .*404$/);
  assert.deepEqual([seen.message, seen.pointsAt], [false, 'frame']);
  await finish();
});

test('taken out of the form and put back it sends the same', async () => {
  const { page, finish } = await shareElements(ground, kForm);
  const sent = await page.evaluate(async () => {
    const eye = document.getElementById('eye') as Elements;
    const [form, fieldset] = [eye.form!, eye.parentElement!];
    const size = () => (new FormData(form).get('mask') as File | null)?.size;
    await eye.segment('/eye.png');
    const before = size();
    eye.remove();
    await new Promise((resolve) => setTimeout(resolve, 50)); // more than a move
    const { segmenter, form: none } = eye;
    fieldset.append(eye);
    return { before, after: size(), segmenter, none, valid: form.checkValidity() };
  });
  assert.ok(sent.before);
  assert.deepEqual(sent, { ...sent, after: sent.before, segmenter: null, none: null, valid: true });
  await finish();
});

test('a reset form goes back to the attributes', async () => {
  const { page, finish } = await shareElements(ground, kForm);
  const blank = await page.evaluate(async () => {
    const eye = document.getElementById('eye') as Elements;
    await eye.segment(new ImageData(40, 30));
    eye.form!.reset();
    await null;
    return [eye.result, eye.source, eye.validity.valueMissing];
  });
  assert.deepEqual(blank, [null, null, true]);
  await page.evaluate(async () => {
    const eye = document.getElementById('eye') as Elements;
    eye.src = '/eye.png';
    await eye.segment(new ImageData(40, 30));
    eye.form!.reset();
  });
  assert.equal((await resultOf(page, 'eye')).width, 640);
  await finish();
});

test('in a disabled fieldset nothing is fetched or sent', async () => {
  const { page, asked, finish } = await shareElements(
    ground,
    kForm
      .replace('<fieldset>', '<fieldset disabled>')
      .replace('name', 'src="/eye.png" poster="/eye.png?poster" loading="eager" name'),
  );
  await page.waitForTimeout(300);
  assert.deepEqual(asked, []);
  const state = await page.evaluate(() => {
    const eye = document.getElementById('eye') as Elements;
    const { willValidate } = eye;
    document.querySelector('fieldset')!.disabled = false;
    return [willValidate, eye.matches(':disabled')];
  });
  assert.deepEqual(state, [false, false]);
  await resultOf(page, 'eye');
  const names = await page.evaluate(() => {
    const eye = document.getElementById('eye') as Elements;
    const enabled = [...new FormData(eye.form!).keys()];
    eye.disabled = true;
    return [enabled.length, [...new FormData(eye.form!).keys()].length, eye.result !== null];
  });
  assert.deepEqual(names, [2, 0, true]);
  await finish();
});

test('disabled as the parser finds it, or while its poster is there', async () => {
  const { page, finish } = await openElements(ground, '');
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  const html = `<!doctype html><script type="module" async src="/page.js"></script>
    <script src="/late.js"></script><form><fieldset disabled>
    <limbus-segmenter id="eye" src="/eye.png" model="/eye-s.onnx" loading="eager"></limbus-segmenter>
    </fieldset></form>`;
  await page.route('**/form.html', (route) =>
    route.fulfill({ contentType: 'text/html', body: html }),
  );
  // What comes after it is parsed when the element is known.
  await page.route('**/late.js', async (route) => {
    const polling = 50; // no frames are drawn yet
    await page.waitForFunction(() => globalThis.element !== undefined, null, { polling });
    await route.fulfill({ contentType: 'text/javascript', body: '' });
  });
  await page.goto(`${ground.site.origin}/form.html`);
  await page.waitForTimeout(300);
  assert.deepEqual(
    asked.filter((path) => /eye/.test(path)),
    [],
  );
  // A poster that is shown stays; another one waits.
  const posters = await page.evaluate(async () => {
    const eye = document.getElementById('eye') as Elements;
    eye.src = null;
    eye.poster = '/eye.png';
    eye.form!.querySelector('fieldset')!.disabled = false;
    const image = eye.shadowRoot!.querySelector('img')!;
    while (!image.naturalWidth) await new Promise((resolve) => setTimeout(resolve, 10));
    const shown: (string | null)[] = [];
    for (const change of [() => (eye.disabled = true), () => (eye.poster = '/eye.png?other')]) {
      change();
      await null;
      shown.push(image.getAttribute('src'));
    }
    eye.disabled = false;
    await null;
    return [...shown, image.getAttribute('src')];
  });
  assert.deepEqual(posters, ['/eye.png', null, '/eye.png?other']);
  await finish();
});
