// Models of other people's, through the page: refused in one line, or asked about with what the file
// states filled in, tried while one types, changed later and saved with the answers inside.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';

import { kForeignCases } from '../../web/test/support/foreign_cases.js';
import { foreignModel } from '../../web/test/support/foreign_model.js';
import { kThresholds, thresholdModel } from '../../web/test/support/threshold_model.js';
import { useApp } from './hooks.js';
import { readPng } from './page_png.js';
import { alerts, download, drop, greyPng, idle, openApp, type NamedBytes } from './page_site.js';

useApp();

const kSize = { width: 64, height: 48 }; // where a file fixes it
const samples = Array.from({ length: kSize.width * kSize.height }, (_, i) => (i * 7) % 256);
const ramp = greyPng('ramp.png', kSize.width, kSize.height, samples);

function fileOf(name: string): NamedBytes {
  const { model } = kForeignCases.find((row) => row.name === name)!;
  return { name: `${name}.onnx`, bytes: foreignModel(model) };
}

async function openForm(page: Page, name: string): Promise<void> {
  await drop(page, [fileOf(name)]);
  await page.locator('#manifest').waitFor();
}

/** Fields by name. */
async function fill(page: Page, answers: Record<string, string>): Promise<void> {
  for (const [name, value] of Object.entries(answers)) {
    const field = page.locator(`#manifest-form [name=${name}]`);
    if (await field.evaluate((element) => element instanceof HTMLSelectElement))
      await field.selectOption(value);
    else await field.fill(value);
  }
}

const valueOf = (page: Page, name: string) =>
  page.locator(`#manifest-form [name=${name}]`).inputValue();
const saidOf = async (page: Page, name: string) =>
  (await page.locator(`#${name}-said`).textContent())!;
const wrongOf = async (page: Page, name: string) =>
  (await page.locator(`#${name}-wrong`).textContent())!;

/** The preview has computed what is typed now; its pixels. */
async function previewed(page: Page): Promise<number[]> {
  await page.locator('#preview-box[aria-busy=false] #preview:not(.old)').waitFor();
  assert.match((await page.locator('#preview-state').textContent())!, /the network took/);
  return page.evaluate(() => {
    const canvas = document.querySelector<HTMLCanvasElement>('#preview')!;
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
    return [...data];
  });
}

async function useModel(page: Page, name: string): Promise<void> {
  await page.click('#manifest-use');
  await page.locator('#manifest').waitFor({ state: 'hidden' });
  await page
    .locator('#model-facts')
    .filter({ hasText: `${name}.onnx` })
    .waitFor();
  await idle(page);
}

async function maskOf(page: Page): Promise<number[]> {
  return [...readPng((await download(page, '#save-mask')).bytes).pixels];
}

const bands = (thresholds: number[]) =>
  samples.map((grey) => thresholds.filter((threshold) => grey > threshold).length);

test('what cannot run is refused in one line, once, and nothing is asked', async () => {
  const { page, finish } = await openApp();
  for (const { name, obstacle } of kForeignCases) {
    if (!obstacle) continue;
    await drop(page, [fileOf(name)]);
    await page
      .locator('#messages [role=alert]')
      .filter({ hasText: `${name}.onnx` })
      .waitFor();
    await idle(page);
    const messages = await alerts(page);
    assert.equal(messages.length, 1, messages.join(' | '));
    assert.ok(messages[0]!.startsWith(`${name}.onnx: ${obstacle}`), messages[0]);
    assert.ok(!messages[0]!.includes('\n'));
    assert.ok(!(await page.locator('#manifest').isVisible()));
    await page.click('#messages button');
  }
  await finish();
});

interface Row {
  name: string;
  /** What the file states already. */
  states: Record<string, string>;
  says?: Record<string, RegExp>;
  answers?: Record<string, string>;
  thresholds?: number[];
  classes?: string[];
}

const kOpenSize = { width: '64', height: '48' };

const rows: Row[] = [
  {
    name: 'planes',
    states: { width: '', height: '', colour: 'grey', channels: '1', kind: 'logits' },
    says: { width: /left open/, channels: /fixed/, classes: /4 of 4/ },
    answers: kOpenSize,
    classes: ['background', 'class 1', 'class 2', 'class 3'],
  },
  {
    name: 'pixels',
    states: { width: '64', height: '48', layout: 'nhwc', outputLayout: 'nhwc', resize: 'stretch' },
    says: { width: /fixed by the file/, layout: /stated/ },
  },
  {
    name: 'four_channels',
    states: { colour: 'rgb', channels: '4' },
    says: { channels: /repeat in turn/ },
    answers: kOpenSize,
  },
  {
    name: 'sigmoid',
    states: { kind: 'probabilities', threshold: '0.5' },
    says: { kind: /last operation/, classes: /2 of 2/ },
    answers: kOpenSize,
    thresholds: [127],
  },
  {
    name: 'argmax',
    states: { kind: 'argmax' },
    says: { kind: /whole numbers/ },
    answers: { ...kOpenSize, classes: 'dark\ndim\nlight\nbright' },
    classes: ['dark', 'dim', 'light', 'bright'],
  },
  {
    name: 'two_outputs',
    states: { output: 'features' },
    answers: { ...kOpenSize, output: 'y' },
  },
  {
    name: 'hugging_face_names',
    states: { classes: 'wall\nfloor\nroof\ndoor' },
    says: { classes: /metadata/ },
    answers: kOpenSize,
    classes: ['wall', 'floor', 'roof', 'door'],
  },
  { name: 'fixed_batch', states: { width: '' }, answers: kOpenSize },
];

test('what can run is asked about from what the file states, and its answers are used', async () => {
  const { page, finish } = await openApp();
  await drop(page, [ramp]);
  await idle(page);
  for (const { name, states, says, answers, thresholds, classes } of rows) {
    await openForm(page, name);
    assert.match((await page.locator('#manifest-io').textContent())!, /input 'x': float/, name);
    for (const [field, value] of Object.entries(states))
      assert.equal(await valueOf(page, field), value, `${name}: ${field}`);
    for (const side of ['width', 'height']) {
      const editable = await page.locator(`#manifest-form [name=${side}]`).isEditable();
      assert.equal(editable, states[side] !== kOpenSize[side as 'width'], `${name}: ${side}`);
    }
    await fill(page, answers ?? {});
    for (const [field, text] of Object.entries(says ?? {}))
      assert.match(await saidOf(page, field), text, `${name}: ${field}`);
    await useModel(page, name);
    assert.deepEqual(await maskOf(page), bands(thresholds ?? kThresholds), name);
    if (classes)
      assert.deepEqual(await page.locator('#classes tbody th').allTextContents(), classes);
    assert.ok(!(await page.locator('#no-eye').isVisible()), 'without eyes none is missing');
    assert.deepEqual(await alerts(page), []);
  }
  await finish();
});

test('the threshold of one channel: shown, moved by its slider, followed', async () => {
  const { page, finish } = await openApp();
  await drop(page, [ramp]);
  await idle(page);
  await openForm(page, 'planes');
  assert.ok(!(await page.locator('[name=threshold]').isVisible()));
  await page.keyboard.press('Escape');
  await page.locator('#manifest').waitFor({ state: 'hidden' });

  await openForm(page, 'sigmoid');
  assert.ok(await page.locator('[name=threshold]').isVisible());
  assert.match(
    (await page.locator('#preview-state').textContent())!,
    /width and height open: type the size/,
  );
  await fill(page, kOpenSize);
  const half = await previewed(page);
  await page.locator('#threshold-slider').fill('0.9');
  assert.equal(await valueOf(page, 'threshold'), '0.9');
  assert.notDeepEqual(await previewed(page), half);
  await useModel(page, 'sigmoid');
  // sigmoid(8 (v - 127.5) / 255) > 0.9: at v - 127.5 > ln(9) 255 / 8.
  const edge = 127.5 + (Math.log(9) * 255) / 8;
  assert.deepEqual(
    await maskOf(page),
    samples.map((grey) => Number(grey > edge)),
  );
  await finish();
});

test('the preview follows the values; errors stand at their field, and nothing typed is lost', async () => {
  const { page, finish } = await openApp();
  await drop(page, [ramp]);
  await idle(page);
  await openForm(page, 'colour');
  await fill(page, kOpenSize);
  const right = await previewed(page);
  for (const mean of ['0.9', '0.5', '0']) await fill(page, { mean }); // only the last counts
  assert.deepEqual(await previewed(page), right);

  await fill(page, { values: 'imagenet' });
  assert.equal(await valueOf(page, 'mean'), '0.485, 0.456, 0.406');
  assert.match(await saidOf(page, 'values'), /Black becomes −2\.12/);
  await fill(page, { values: 'caffe' });
  assert.equal(await valueOf(page, 'colour'), 'bgr');
  await fill(page, { mean: '0.2', std: '1' });
  assert.equal(await valueOf(page, 'values'), 'own');
  const wrong = await previewed(page);
  assert.notDeepEqual(wrong, right);

  await fill(page, { mean: 'zero' });
  await page.locator('#mean-wrong').filter({ hasText: /zero/ }).waitFor();
  assert.match(await wrongOf(page, 'mean'), /^expected/);
  assert.equal(await page.locator('[name=mean]').getAttribute('aria-invalid'), 'true');
  await fill(page, { classes: 'one\ntwo' });
  await page.click('#manifest-use');
  await page.locator('#mean-wrong').filter({ hasText: /zero/ }).waitFor();
  assert.ok(await page.locator('#manifest').isVisible());
  await fill(page, { mean: '0' });
  await page
    .locator('#classes-wrong')
    .filter({ hasText: /4 channels/ })
    .waitFor();
  assert.equal(await valueOf(page, 'classes'), 'one\ntwo');
  assert.equal(await wrongOf(page, 'mean'), '');
  await fill(page, { classes: 'a\nb\nc\nd' });
  assert.deepEqual((await previewed(page)).length, right.length);
  await useModel(page, 'colour');
  assert.deepEqual(await maskOf(page), bands(kThresholds));
  await finish();
});

test('a network that the runtime refuses: said once, the dialog and what was typed stay', async () => {
  const { page, finish } = await openApp();
  const bytes = thresholdModel({ manifest: null, op: 'Nonsense' });
  await drop(page, [{ name: 'nonsense.onnx', bytes }]);
  await page.locator('#manifest').waitFor();
  await fill(page, { ...kOpenSize, mean: '0.3' });
  const error = page.locator('#manifest-error');
  await error.filter({ hasText: 'Nonsense' }).waitFor();
  await page.click('#manifest-use');
  await page.locator('#manifest-use:not(:disabled)').waitFor();
  await error.filter({ hasText: 'Nonsense' }).waitFor();
  assert.equal(await valueOf(page, 'mean'), '0.3');
  assert.equal(await valueOf(page, 'width'), '64');
  assert.deepEqual(await alerts(page), []);
  await page.click('#manifest-cancel');
  await page.locator('#manifest').waitFor({ state: 'hidden' });
  await drop(page, [ramp]);
  await idle(page);
  assert.deepEqual(await alerts(page), []); // with the model that was there before
  await finish();
});

test('what was said is changed later, written into the file, and then asked no more', async () => {
  const { page, finish } = await openApp();
  await drop(page, [ramp]);
  await idle(page);
  assert.ok(!(await page.locator('#edit-manifest').isVisible()), 'a model that describes itself');
  await openForm(page, 'planes');
  await fill(page, { ...kOpenSize, mean: '0.25', classes: 'a\nb\nc\nd' });
  await useModel(page, 'planes');
  const shifted = await maskOf(page);
  assert.notDeepEqual(shifted, bands(kThresholds));

  await page.click('#edit-manifest');
  await page.locator('#manifest').waitFor();
  assert.equal(await valueOf(page, 'mean'), '0.25');
  assert.equal(await valueOf(page, 'classes'), 'a\nb\nc\nd');
  await page.locator('#manifest summary').click();
  await fill(page, { mean: '0', name: 'mine' });
  await useModel(page, 'planes');
  assert.deepEqual(await maskOf(page), bands(kThresholds));

  const saved = await download(page, '#save-model');
  assert.equal(saved.name, 'mine.onnx');
  await drop(page, [saved]);
  await page.locator('#model-facts').filter({ hasText: 'mine.onnx' }).waitFor();
  await idle(page);
  assert.ok(!(await page.locator('#manifest').isVisible()));
  assert.ok(!(await page.locator('#edit-manifest').isVisible()));
  assert.deepEqual(await maskOf(page), bands(kThresholds));
  assert.deepEqual(await page.locator('#classes tbody th').allTextContents(), ['a', 'b', 'c', 'd']);
  assert.deepEqual(await alerts(page), []);
  await finish();
});

test('a file that states no numbers leaves layout, channels and classes to say', async () => {
  const { page, finish } = await openApp();
  await drop(page, [ramp]);
  await idle(page);
  const { model } = kForeignCases.find(({ name }) => name === 'pixels')!;
  const open = { ...model, inputs: [{ name: 'x', dims: [...'nhwc'] }] };
  open.outputs = [{ name: 'y', dims: [...'nhwk'] }];
  await drop(page, [{ name: 'open.onnx', bytes: foreignModel(open) }]);
  await page.locator('#manifest').waitFor();
  assert.match(await saidOf(page, 'layout'), /left open/);
  await fill(page, { ...kOpenSize, layout: 'nhwc', outputLayout: 'nhwc', colour: 'grey' });
  assert.equal(await valueOf(page, 'channels'), '1');
  // What it answers is known when it has run.
  await page
    .locator('#classes-wrong')
    .filter({ hasText: /gives 4 channels/ })
    .waitFor();
  await fill(page, { classes: 'a\nb\nc\nd' });
  await previewed(page);
  await useModel(page, 'open');
  assert.deepEqual(await maskOf(page), bands(kThresholds));
  await finish();
});

test('models dropped together, or while one is asked about, are asked about in turn', async () => {
  const { page, finish } = await openApp();
  const asked = () => page.locator('#manifest-file').textContent();
  await drop(page, [fileOf('planes'), fileOf('sigmoid')]);
  await page.locator('#manifest').waitFor();
  assert.equal(await asked(), 'planes.onnx');
  await fill(page, { width: '77' });
  await drop(page, [fileOf('colour')]);
  await page.waitForTimeout(300);
  assert.equal(await asked(), 'planes.onnx');
  assert.equal(await valueOf(page, 'width'), '77');
  const rest = new Set<string | null>();
  for (const _ of ['sigmoid', 'colour']) {
    const before = await asked();
    await page.click('#manifest-cancel');
    await page.locator('#manifest-file').filter({ hasNotText: before! }).waitFor();
    await page.locator('#manifest').waitFor();
    assert.equal(await valueOf(page, 'width'), '');
    rest.add(await asked());
  }
  assert.deepEqual([...rest].sort(), ['colour.onnx', 'sigmoid.onnx']);
  await page.keyboard.press('Escape');
  await page.locator('#manifest').waitFor({ state: 'hidden' });
  await finish();
});

test('320 px wide: nothing is cut off, the buttons stay in sight, each field has its words', async () => {
  const { page, finish } = await openApp({ width: 320, height: 640 });
  await openForm(page, 'two_outputs');
  await page.locator('#manifest summary').click();
  await fill(page, { ...kOpenSize, mean: 'zero' });
  await page.locator('#mean-wrong').filter({ hasText: /zero/ }).waitFor();
  const faults = await page.evaluate(() => {
    const dialog = document.querySelector('#manifest')!;
    const right = dialog.getBoundingClientRect().right;
    const found: string[] = [];
    for (const element of dialog.querySelectorAll<HTMLInputElement>('input, select, textarea')) {
      if (element.getClientRects().length === 0) continue; // not asked of this file
      if (element.getBoundingClientRect().right > right) found.push(`${element.id} is cut off`);
      if (!element.labels?.length && !element.ariaLabel) found.push(`${element.id}: no label`);
      for (const id of (element.getAttribute('aria-describedby') ?? '').split(' '))
        if (id !== '' && !document.getElementById(id)) found.push(`${id} is not there`);
    }
    if (dialog.scrollWidth > dialog.clientWidth) found.push('the dialog scrolls sideways');
    const { bottom } = document.querySelector('#manifest-use')!.getBoundingClientRect();
    if (bottom > innerHeight) found.push('the button is out of sight');
    return found;
  });
  assert.deepEqual(faults, []);
  // What has the focus lies neither under the preview nor under the buttons.
  let fields = 0;
  for (let step = 0; step < 40; ++step) {
    await page.keyboard.press('Tab');
    const hidden = await page.evaluate(() => {
      const focused = document.activeElement!;
      if (!focused.closest('.answers')) return null;
      const { left, top, width, height } = focused.getBoundingClientRect();
      const seen = document.elementFromPoint(left + width / 2, top + Math.min(8, height / 2));
      const whole = seen !== null && (focused.contains(seen) || seen.contains(focused));
      return whole ? '' : focused.id || focused.outerHTML;
    });
    if (hidden !== null) fields += 1;
    assert.ok(!hidden, `${hidden} is covered`);
  }
  assert.ok(fields > 15, `${fields} fields had the focus`);
  await finish();
});
