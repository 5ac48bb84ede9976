// withProbabilities, by the shipped model on rendered eyes.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';

import { loadInPage } from './package_calls.js';
import { launch, openPage, serve, type OpenPage, type Site } from './package_site.js';

let browser: Browser;
let site: Site;
let open: OpenPage;

before(async () => {
  site = await serve();
  browser = await launch();
  open = await openPage(browser, site);
  const loaded = await open.page.evaluate(loadInPage, { url: '/lib/limbus/eye-s.onnx' });
  assert.equal(loaded.error, null);
});

after(async () => {
  await open.finish();
  await browser.close();
  await site.close();
});

test('the most probable class of every pixel is the mask; unasked nothing comes', async () => {
  const seen = await open.page.evaluate(async () => {
    const { image, width, height } = await limbus.renderEye('openeds2019', 7, 3);
    const plain = await segmenter.segment(image);
    const result = await segmenter.segment(image, { withProbabilities: true });
    const [values, plane] = [result.probabilities!, width * height];
    const classes = segmenter.manifest.classes.length;
    let [different, worstSum, unsure] = [0, 0, 0];
    for (let i = 0; i < plane; ++i) {
      let [best, sum] = [0, 0];
      for (let c = 0; c < classes; ++c) {
        sum += values[c * plane + i]!;
        if (values[c * plane + i]! > values[best * plane + i]!) best = c;
      }
      if (best !== result.mask[i]) different += 1;
      if (values[best * plane + i]! < 0.9) unsure += 1;
      worstSum = Math.max(worstSum, Math.abs(sum - 1));
    }
    const same = plain.mask.every((value, i) => value === result.mask[i]);
    const kind = values.constructor.name;
    const shaped = values.length === classes * plane;
    return {
      kind,
      shaped,
      same,
      different,
      worstSum,
      unsure,
      plane,
      unasked: 'probabilities' in plain,
    };
  });
  assert.deepEqual(
    [seen.kind, seen.shaped, seen.same, seen.different, seen.unasked],
    ['Float32Array', true, true, 0, false],
  );
  assert.ok(seen.worstSum < 1e-6, `${seen.worstSum}`);
  // Sure of most, not of borders: they are no copies of the mask.
  assert.ok(seen.unsure > 50 && seen.unsure < seen.plane / 10, `${seen.unsure}`);
});
