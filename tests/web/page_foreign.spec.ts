// Models of other people's, through the page: refused in one line, or asked about with what the file
// states filled in, tried while one types, changed later and saved with the answers inside.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { kForeignCases } from '../../web/test/support/foreign_cases.js';
import { foreignModel } from '../../web/test/support/foreign_model.js';
import { kThresholds, thresholdModel } from '../../web/test/support/threshold_model.js';
import { chromiumOnly, download } from './browsers.js';
import { useApp } from './hooks.js';
import {
  ramp,
  fileOf,
  openForm,
  fill,
  valueOf,
  saidOf,
  previewed,
  useModel,
  maskOf,
  bands,
  kOpenSize,
} from './page_form.js';
import { alerts, drop, idle, openApp, openThresholdApp, sharedThresholdApp } from './page_site.js';

useApp();

test('what cannot run is refused in one line, once, and nothing is asked', async () => {
  const { page, finish } = await sharedThresholdApp();
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
  const { page, finish } = await openApp({ noModels: true });
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

test('a network that the runtime refuses: said once, the dialog and what was typed stay', async () => {
  const { page, finish } = await sharedThresholdApp();
  const bytes = thresholdModel({ manifest: null, op: 'Nonsense' });
  await drop(page, [{ name: 'nonsense.onnx', bytes }]);
  await page.locator('#manifest').waitFor();
  await fill(page, { ...kOpenSize, mean: '0.3' });
  const error = page.locator('#manifest-error');
  const said = 'wasm: ONNX Runtime lacks operation Nonsense of opset 17';
  await error.filter({ hasText: 'Nonsense' }).waitFor();
  assert.equal(await error.textContent(), said);
  await page.click('#manifest-use');
  await page.locator('#manifest-use:not(:disabled)').waitFor();
  await error.filter({ hasText: 'Nonsense' }).waitFor();
  assert.equal(await error.textContent(), said);
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
  const { page, finish } = await openThresholdApp();
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

// The runtime writes to the console of a network that cannot run with what is half typed.
const typedAtOnce = chromiumOnly('the preview runs between two values');

test(
  'a file that states no numbers leaves layout, channels and classes to say',
  typedAtOnce,
  async () => {
    const { page, finish } = await sharedThresholdApp();
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
  },
);

test('models dropped together, or while one is asked about, are asked about in turn', async () => {
  const { page, finish } = await sharedThresholdApp();
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
