// Models that the user opened, over a reload: kept in the browser with what was said of them, until they are forgotten.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';

import {
  kThresholds,
  thresholdManifest,
  thresholdModel,
} from '../../web/test/support/threshold_model.js';
import { useApp } from './hooks.js';
import { bands, fill, kOpenSize, maskOf, openForm, ramp, useModel, valueOf } from './page_form.js';
import {
  alerts,
  drop,
  idle,
  kHold,
  openApp,
  openThresholdApp,
  openThresholds,
} from './page_site.js';

useApp();

const titles = (page: Page) => page.locator('#model option').allTextContents();
const shown = (page: Page) => page.locator('#model-facts dd').first().textContent();
const isKept = (page: Page) => page.locator('#forget-model').isVisible();

async function reload(page: Page): Promise<void> {
  await page.reload();
  await idle(page);
}

test('a foreign model and what was said of it are there again, and can be changed and forgotten', async () => {
  const { page, finish } = await openApp();
  await drop(page, [ramp]);
  await idle(page);
  const served = await titles(page);
  assert.ok(!(await isKept(page)), 'a served model');
  await openForm(page, 'planes');
  await fill(page, { ...kOpenSize, mean: '0.25', classes: 'a\nb\nc\nd' });
  await useModel(page, 'planes');
  assert.match((await page.locator('#kept').textContent())!, /on this machine.*sent\s+nowhere/s);
  const shifted = await maskOf(page);

  await reload(page);
  assert.equal(await shown(page), 'planes.onnx');
  assert.deepEqual(await titles(page), [...served, 'planes.onnx']);
  assert.ok(await isKept(page));
  await drop(page, [ramp]);
  await idle(page);
  assert.deepEqual(await maskOf(page), shifted);
  assert.deepEqual(await page.locator('#classes tbody th').allTextContents(), ['a', 'b', 'c', 'd']);

  await page.click('#edit-manifest');
  await page.locator('#manifest').waitFor();
  assert.equal(await valueOf(page, 'mean'), '0.25');
  await fill(page, { mean: '0' });
  await useModel(page, 'planes');
  await reload(page);
  await drop(page, [ramp]);
  await idle(page);
  assert.deepEqual(await maskOf(page), bands(kThresholds));

  await page.click('#forget-model');
  await page.locator('#forget-model').waitFor({ state: 'hidden' });
  await idle(page);
  assert.deepEqual(await titles(page), served);
  await reload(page);
  assert.deepEqual(await titles(page), served);
  assert.notEqual(await shown(page), 'planes.onnx');
  assert.deepEqual(await alerts(page), []);
  await finish();
});

test('of several kept models the one that was used last runs; the others are read when they are chosen', async () => {
  const { page, finish } = await openThresholdApp();
  await openForm(page, 'planes');
  await fill(page, kOpenSize);
  await useModel(page, 'planes');
  const thresholds = await page.locator('#model option', { hasText: 'thresholds' }).first();
  await page.selectOption('#model', (await thresholds.getAttribute('value'))!);
  await page.locator('#model-facts').filter({ hasText: 'thresholds.onnx' }).waitFor();
  await reload(page);
  assert.equal(await shown(page), 'thresholds.onnx');
  await page.selectOption('#model', { label: 'planes.onnx' });
  await page.locator('#model-facts').filter({ hasText: 'planes.onnx' }).waitFor();
  await idle(page);
  assert.deepEqual(await alerts(page), []);
  await finish();
});

// Private windows of WebKit.
const kNoBlobs = `{
  const { put } = IDBObjectStore.prototype;
  IDBObjectStore.prototype.put = function (value, ...rest) {
    if (!(value instanceof Blob)) return put.call(this, value, ...rest);
    const request = put.call(this, value, ...rest);
    this.transaction.abort();
    return request;
  };
}`;

test('where no Blob can be kept, its bytes are', async () => {
  const { page, finish } = await openThresholdApp({ scripts: [kNoBlobs] });
  await page.locator('#forget-model').waitFor();
  await reload(page);
  assert.equal(await shown(page), 'thresholds.onnx');
  assert.deepEqual(await alerts(page), []);
  await finish();
});

test('models of one file name and size are told apart, and kept both', async () => {
  const { page, finish } = await openApp();
  const served = await titles(page);
  const fold = (name: string) => ({
    name: 'model.onnx',
    bytes: thresholdModel({ manifest: thresholdManifest({ name }) }),
  });
  const folds = [fold('fold-0'), fold('fold-1')];
  assert.equal(folds[0]!.bytes.length, folds[1]!.bytes.length);
  for (const each of folds) {
    await drop(page, [each]);
    await page
      .locator('#model option', { hasText: each === folds[0] ? 'fold-0' : 'fold-1' })
      .waitFor({
        state: 'attached',
      });
    await idle(page);
  }
  assert.deepEqual(await titles(page), [...served, 'fold-0', 'fold-1']);
  await drop(page, [folds[1]!]);
  await idle(page);
  assert.deepEqual(await titles(page), [...served, 'fold-0', 'fold-1']);
  await reload(page);
  assert.deepEqual((await titles(page)).sort(), [...served, 'fold-0', 'fold-1'].sort());
  await finish();
});

/** As visits before kept it: named by file name and size alone. */
async function keepAsBefore(page: Page, bytes: Uint8Array): Promise<void> {
  await page.evaluate(
    async (content) => {
      const db = await new Promise<IDBDatabase>((resolve) => {
        const open = indexedDB.open('limbus');
        open.onsuccess = () => resolve(open.result);
      });
      const key = `opened-old.onnx-${content.length}`;
      const sizeBytes = content.length;
      const row = { key, title: 'thresholds', file: 'old.onnx', sizeBytes, manifest: null };
      const writing = db.transaction(['models', 'files'], 'readwrite');
      writing.objectStore('models').put(row);
      writing.objectStore('files').put(new Blob([new Uint8Array(content)]), key);
      await new Promise((resolve) => (writing.oncomplete = resolve));
      db.close();
    },
    [...bytes],
  );
}

test('a model that an earlier version kept is found, opened again without a double, and forgotten', async () => {
  const { page, finish } = await openApp();
  const served = await titles(page);
  const bytes = thresholdModel();
  await keepAsBefore(page, bytes);
  await reload(page);
  assert.deepEqual(await titles(page), [...served, 'thresholds']);
  await drop(page, [{ name: 'old.onnx', bytes }]);
  await page.locator('#model-facts').filter({ hasText: 'old.onnx' }).waitFor();
  await idle(page);
  assert.deepEqual(await titles(page), [...served, 'thresholds']);
  await reload(page);
  assert.equal(await shown(page), 'old.onnx');
  await page.click('#forget-model');
  await page.locator('#forget-model').waitFor({ state: 'hidden' });
  await reload(page);
  assert.deepEqual(await titles(page), served);
  await finish();
});

const kNoRoom = `
  IDBObjectStore.prototype.put = () => {
    throw new DOMException('The quota has been exceeded.', 'QuotaExceededError');
  };`;
const kNoDatabase = `
  IDBFactory.prototype.open = () => {
    throw new DOMException('The operation is insecure.', 'SecurityError');
  };`;

for (const [what, script, lines] of [
  ['without room: one line says that it is not kept', kNoRoom, [/not kept.*no room.*forget other/]],
  ['without a database: as ever, and nothing is said', kNoDatabase, []],
] as const)
  test(what, async () => {
    const { page, finish } = await openApp({ scripts: [script], noModels: true });
    const served = await titles(page);
    await openThresholds(page);
    const said = await alerts(page);
    assert.equal(said.length, lines.length, said.join(' | '));
    for (const [i, line] of lines.entries()) assert.match(said[i]!, line);
    assert.ok(!(await isKept(page)));
    assert.equal(await shown(page), 'thresholds.onnx');
    await reload(page);
    assert.deepEqual(await titles(page), served);
    await finish();
  });

/** Of what is kept. */
async function cutThresholds(page: Page): Promise<void> {
  await page.evaluate(
    async (bytes) => {
      const db = await new Promise<IDBDatabase>((resolve) => {
        const open = indexedDB.open('limbus');
        open.onsuccess = () => resolve(open.result);
      });
      const files = db.transaction('files', 'readwrite').objectStore('files');
      const keys = await new Promise<IDBValidKey[]>((resolve) => {
        const all = files.getAllKeys();
        all.onsuccess = () => resolve(all.result);
      });
      const key = keys.find((each) => String(each).includes('thresholds'))!;
      await new Promise((resolve) => {
        files.put(new Blob([new Uint8Array(bytes)]), key).onsuccess = resolve;
      });
      db.close();
    },
    [...thresholdModel().subarray(0, 60)],
  );
}

test('a kept file that no longer runs leaves the served model, says why and can be forgotten', async () => {
  const { page, finish } = await openApp();
  await openThresholds(page);
  await cutThresholds(page);
  await reload(page);
  const [line, ...more] = await alerts(page);
  assert.match(line!, /^thresholds\.onnx: not an ONNX file/);
  assert.deepEqual(more, []);
  assert.notEqual(await shown(page), 'thresholds.onnx');
  assert.match((await page.textContent('#forget-model'))!, /^Forget thresholds/);
  await page.click('#forget-model');
  await page.locator('#forget-model').waitFor({ state: 'hidden' });
  assert.ok(!(await titles(page)).some((title) => title.startsWith('thresholds')));
  assert.notEqual(await shown(page), 'thresholds.onnx');
  await reload(page);
  assert.deepEqual(await alerts(page), []);
  await finish();
});

test('the button that forgets names the model that goes, also while another one loads', async () => {
  const { page, finish } = await openApp({ scripts: [kHold('/nuclei-s')] });
  await openThresholds(page);
  await openForm(page, 'planes');
  await fill(page, kOpenSize);
  await useModel(page, 'planes');
  await cutThresholds(page);
  await reload(page);
  assert.equal(await shown(page), 'planes.onnx');
  const title = (await titles(page)).find((each) => each.startsWith('thresholds'))!;
  await page.selectOption('#model', { label: title });
  await page.locator('#forget-model', { hasText: 'Forget thresholds' }).waitFor();
  await page.selectOption('#model', { label: 'nuclei-s' });
  assert.equal(await page.textContent('#forget-model'), 'Forget planes.onnx');
  assert.match((await page.textContent('#kept'))!, /planes\.onnx\s+is kept/);
  await page.click('#forget-model');
  await page.evaluate('release()');
  await page.locator('#forget-model').waitFor({ state: 'hidden' });
  await idle(page);
  assert.equal(await shown(page), 'nuclei-s.onnx');
  const left = await titles(page);
  assert.ok(left.includes(title) && !left.includes('planes.onnx'), left.join('; '));
  await finish();
});

test('a model that was forgotten in another tab is not kept again by a change of what was said', async () => {
  const { page, finish } = await openApp();
  const served = await titles(page);
  await openForm(page, 'planes');
  await fill(page, kOpenSize);
  await useModel(page, 'planes');
  const other = await page.context().newPage();
  await other.goto(page.url());
  await other.click('#forget-model');
  await other.locator('#forget-model').waitFor({ state: 'hidden' });
  await page.click('#edit-manifest');
  await page.locator('#manifest').waitFor();
  await fill(page, { mean: '0.25' });
  await useModel(page, 'planes');
  await page.locator('#forget-model').waitFor({ state: 'hidden' });
  await reload(page);
  assert.deepEqual(await titles(page), served);
  assert.deepEqual(await alerts(page), []);
  await finish();
});
