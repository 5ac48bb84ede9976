// The package where it has less than a page gives: Trusted Types, no WebAssembly, shared and service workers.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import type * as Limbus from '../../web/src/index.js';
import { thresholdModel } from '../../web/test/support/threshold_model.js';
import { chromiumOnly, launch } from './browsers.js';
import { withPage } from './hooks.js';
import { kPolicy, serve } from './package_site.js';

/** Not in TypeScript's library yet. */
interface Trusting {
  trustedTypes: {
    createPolicy(name: string, rules: { createScriptURL(url: string): string | null }): void;
  };
}

const files = { '/model.onnx': thresholdModel() };

/** The class of a grey picture, or what went wrong. */
async function said(policy: string, ownRule = false): Promise<string> {
  const site = await serve({ files, policy });
  const browser = await launch();
  try {
    const page = await browser.newPage(); // whose console tells of what the policy refused
    await page.goto(`${site.origin}/`);
    await page.waitForFunction(() => globalThis.limbus !== undefined);
    return await page.evaluate(async (ownRule) => {
      if (ownRule)
        (globalThis as unknown as Trusting).trustedTypes.createPolicy('default', {
          createScriptURL: (url) => (url.startsWith(`${origin}/`) ? url : null),
        });
      try {
        const segmenter = await limbus.Segmenter.load('/model.onnx');
        const data = new Uint8Array(64 * 48).fill(100);
        const { mask } = await segmenter.segment({ data, width: 64, height: 48 });
        segmenter.dispose();
        return String(mask[0]);
      } catch (error) {
        const { code, message } = error as Limbus.LimbusError;
        return `${code}: ${message}`;
      }
    }, ownRule);
  } finally {
    await browser.close();
    await site.close();
  }
}

test(
  "Trusted Types: the page's default policy lets the worker start, and the error says so",
  chromiumOnly('the one of the tests may not know them'),
  async () => {
    const policy = `${kPolicy}; require-trusted-types-for 'script'`;
    assert.equal(await said(policy, true), '1');
    assert.match(
      await said(policy),
      /^unsupported: the browser refuses .*The page enforces Trusted Types: its policy 'default' has to/,
    );
  },
);

test("without 'wasm-unsafe-eval' the error names it", async () => {
  const policy = kPolicy.replace(" 'wasm-unsafe-eval'", '');
  assert.match(await said(policy), /^unsupported: [^\n]*script-src 'wasm-unsafe-eval'$/);
});

const kWorker = `import { Segmenter } from '/lib/index.js';
import { renderEye } from '/lib/core_alone.js';
const told = async () => {
  const { image } = await renderEye('openeds2019', 1, 1);
  const why = await Segmenter.load('/model.onnx').then(String, ({ message }) => message);
  return [image.width, why];
};
`;

test('in shared and service workers limbus/core answers, and the Segmenter says what to do', async () => {
  const scripts = {
    '/shared.js': `${kWorker}self.onconnect = async ({ ports: [port] }) => port.postMessage(await told());`,
    '/service.js': `${kWorker}self.onmessage = async ({ source }) => source.postMessage(await told());`,
  };
  const seen = await withPage({ files, scripts }, ({ page }) =>
    page.evaluate(async () => {
      type Said = [width: number, why: string];
      const said = (target: { onmessage: unknown }) =>
        new Promise<Said>((resolve) => {
          target.onmessage = ({ data }: MessageEvent<Said>) => resolve(data);
        });
      const { port } = new SharedWorker('/shared.js', { type: 'module' });
      const { serviceWorker } = navigator;
      await serviceWorker.register('/service.js', { type: 'module' });
      const { active } = await serviceWorker.ready;
      const service = said(serviceWorker);
      active!.postMessage(null);
      return Promise.all([said(port), service]);
    }),
  );
  for (const [width, why] of seen) {
    assert.equal(width, 400);
    assert.match(why, /^there are no workers here, .*limbus\/core needs none$/);
  }
});
