// What assistive technology finds in the page: axe-core's rules, in every state that a visitor meets.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

import { thresholdModel } from '../../web/test/support/threshold_model.js';
import { useApp } from './hooks.js';
import { type AppOptions, drop, idle, kRoot, openApp, openThresholds, rings } from './page_site.js';

const axe = readFileSync(join(kRoot, 'web/node_modules/axe-core/axe.min.js'), 'utf8');

useApp();

/** In both colour schemes. */
async function check(page: Page, state: string): Promise<void> {
  await page.evaluate(axe);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    const { violations, passes } = await page.evaluate<AxeResults>('axe.run()');
    assert.ok(passes.length > 10, `${state}: axe looked at the page`);
    assert.deepEqual(
      violations.flatMap(({ id, nodes }) =>
        nodes.map(
          ({ html, failureSummary }) =>
            `${state}, ${colorScheme}: ${id}: ${html.slice(0, 160)}: ${failureSummary}`,
        ),
      ),
      [],
    );
  }
}

const windows: [string, AppOptions][] = [
  ['wide', {}],
  ['narrow', { width: 360, height: 740, touch: true }],
];
for (const [name, options] of windows)
  test(`axe-core finds nothing: ${name}`, async () => {
    const { page, finish } = await openApp(options);
    await check(page, 'first sight');
    await page.click('#synthetic');
    await page.locator('#truth-label:visible').waitFor();
    await idle(page);
    await check(page, 'a rendered eye with its true mask');
    await openThresholds(page);
    await drop(page, [
      rings('a.png'),
      rings('b.png'),
      { name: 'no.png', bytes: new Uint8Array(9) },
    ]);
    await idle(page);
    await page.locator('#thumbs button').first().click();
    await idle(page);
    await check(page, 'a list, a message');
    for (const file of ['1.png', '2.png', '3.png'])
      await drop(page, [{ name: file, bytes: new Uint8Array(9) }]).then(() => idle(page));
    await drop(page, [{ name: 'foreign.onnx', bytes: thresholdModel({ manifest: null }) }]);
    await page.locator('#manifest[open]').waitFor();
    await check(page, 'the form');
    await page.locator('#manifest [name=width]').fill('160');
    await page.locator('#manifest [name=height]').fill('120');
    await page.locator('#manifest [name=mean]').fill('none');
    await page.locator('#mean-wrong').filter({ hasText: /none/ }).waitFor();
    await check(page, 'the form, with a mistake');
    await page.click('#manifest-cancel');
    await finish();
  });
