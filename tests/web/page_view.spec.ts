// The canvas: sharp at both pixel ratios, zoom, pan, keys, switches; the layout down to 360 px.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';

import { chromiumOnly } from './browsers.js';
import { useApp } from './hooks.js';
import {
  alerts,
  canvasReader,
  drop,
  greyPng,
  idle,
  kRings,
  openApp,
  openThresholdApp,
  openThresholds,
  ringsSamples,
  sharedThresholdApp,
  view,
} from './page_site.js';

useApp();

const close = (a: number, b: number, tolerance: number) =>
  assert.ok(Math.abs(a - b) <= tolerance, `${a} is not within ${tolerance} of ${b}`);
const distance = (a: number[], b: number[]) =>
  Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));

for (const pixelRatio of [1, 2]) {
  test(`pixel ratio ${pixelRatio}: the sample fills a canvas of as many pixels as the screen`, async () => {
    const { page, finish } = await sharedThresholdApp({ pixelRatio });
    const size = await page.evaluate(() => {
      const canvas = document.querySelector('canvas')!;
      return [canvas.width, canvas.height, canvas.clientWidth, canvas.clientHeight];
    });
    close(size[0]!, size[2]! * pixelRatio, 1);
    close(size[1]!, size[3]! * pixelRatio, 1);
    const at = await canvasReader(page, pixelRatio);
    assert.ok(Math.max(...at(20, 260)) > 120, 'skin is bright');
    assert.ok(Math.min(...at(20, 260)) > 60);
    await finish();
  });

  test(`pixel ratio ${pixelRatio}: a switch in the panel changes the canvas inside its class only`, async () => {
    const { page, finish } = await sharedThresholdApp({ pixelRatio });
    const { width, height, cx, cy, radii } = kRings;
    await drop(page, [greyPng('rings.png', width, height, ringsSamples())]);
    await idle(page);
    // Away from the outlines and the ellipses' axes and labels: to the left of the centre.
    const inIris = [cx - (radii[0]! + radii[1]!) / 2, cy - 8] as const;
    const inSclera = [cx - (radii[1]! + radii[2]!) / 2, cy - 8] as const;
    const outside = [10, 20] as const;
    const before = await canvasReader(page, pixelRatio);
    const box = (await page.locator('#view').boundingBox())!;
    const at = (await view(page)).switches[2]!;
    await page.mouse.click(box.x + at.x, box.y + at.y);
    await idle(page);
    assert.equal(await page.locator('#classes input[type=checkbox]').nth(2).isChecked(), false);
    const after = await canvasReader(page, pixelRatio);
    assert.ok(distance(before(...inIris), after(...inIris)) > 20, 'the iris loses its colour');
    const [r, g, b] = after(...inIris) as [number, number, number];
    close(r, g, 2); // the grey image is what remains
    close(g, b, 2);
    assert.deepEqual(before(...inSclera), after(...inSclera));
    assert.deepEqual(before(...outside), after(...outside));

    await page.locator('#classes input[type=checkbox]').nth(2).check();
    await idle(page);
    const again = await canvasReader(page, pixelRatio);
    assert.deepEqual(again(...inIris), before(...inIris));
    const colour = page.locator('#classes input[type=color]').nth(2);
    const own = await colour.inputValue();
    await colour.fill('#ff0000');
    await idle(page);
    const red = (await canvasReader(page, pixelRatio))(...inIris);
    assert.ok(red[0]! > red[1]! + 40 && red[0]! > red[2]! + 40, `${red} is reddish`);
    await colour.fill(own);
    await finish();
  });
}

test('wheel zooms around the pointer, drag moves, keys zoom and fit', async () => {
  const { page, finish } = await sharedThresholdApp();
  const box = (await page.locator('#view').boundingBox())!;
  const x = Math.round(box.x + box.width * 0.6); // wheel events come at whole pixels
  const y = Math.round(box.y + box.height * 0.45);
  await page.mouse.move(x, y);
  await idle(page);
  const first = await view(page);
  assert.ok(first.hoverX > 0 && first.hoverY > 0);
  const pointOf = (v: typeof first) => [
    (x - box.x - v.imageLeft) / v.zoom,
    (y - box.y - v.imageTop) / v.zoom,
  ];
  await page.mouse.wheel(0, -400);
  await idle(page);
  const zoomed = await view(page);
  close(zoomed.zoom / first.zoom, Math.exp(0.6), 0.01);
  close(pointOf(zoomed)[0]!, pointOf(first)[0]!, 0.1);
  close(pointOf(zoomed)[1]!, pointOf(first)[1]!, 0.1);
  assert.equal(zoomed.hoverX, Math.floor(pointOf(zoomed)[0]!));

  await page.mouse.down();
  await page.mouse.move(x + 50, y + 30, { steps: 5 });
  await page.mouse.up();
  await idle(page);
  const moved = await view(page);
  close(moved.imageLeft - zoomed.imageLeft, 50, 0.6);
  close(moved.imageTop - zoomed.imageTop, 30, 0.6);

  await page.focus('#view');
  await page.keyboard.press('+');
  await idle(page);
  close((await view(page)).zoom / moved.zoom, 1.25, 0.001);
  await page.keyboard.press('0');
  await idle(page);
  close((await view(page)).zoom, first.zoom, 0.001);
  await page.keyboard.press('1');
  await idle(page);
  close((await view(page)).zoom, 1, 0.001);
  await finish();
});

test('keys for outlines, ellipses and the overlay change the canvas and change it back', async () => {
  const { page, finish } = await sharedThresholdApp();
  await drop(page, [greyPng('rings.png', kRings.width, kRings.height, ringsSamples())]);
  await idle(page);
  await page.focus('#view');
  const picture = async () => (await page.locator('#view').screenshot()).toString('base64');
  const first = await picture();
  for (const [there, back] of [
    ['o', 'o'],
    ['e', 'e'],
    [']', '['],
  ] as const) {
    await page.keyboard.press(there);
    await idle(page);
    assert.notEqual(await picture(), first, there);
    await page.keyboard.press(back);
    await idle(page);
    assert.equal(await picture(), first, back);
  }
  await finish();
});

test('keys as layouts and locks have them: brackets with Alt, capital letters', async () => {
  const { page, finish } = await sharedThresholdApp();
  /** Whether the canvas took the key. */
  const press = (key: string, init: { altKey?: true; ctrlKey?: true; shiftKey?: true } = {}) =>
    page.evaluate(
      ([name, more]) =>
        !document
          .querySelector('canvas')!
          .dispatchEvent(new KeyboardEvent('keydown', { key: name, cancelable: true, ...more })),
      [key, init] as const,
    );
  const picture = async () => {
    await idle(page);
    return (await page.locator('#view').screenshot()).toString('base64');
  };
  const first = await picture();
  for (const [there, back, init] of [
    [']', '[', { altKey: true }],
    ['O', 'O', {}],
    ['E', 'E', { shiftKey: true }],
  ] as const) {
    assert.ok(await press(there, init), there);
    assert.notEqual(await picture(), first, there);
    assert.ok(await press(back, init), back);
    assert.equal(await picture(), first, back);
  }
  // The browser's own.
  assert.ok(!(await press(']', { ctrlKey: true })));
  assert.ok(!(await press('o', { altKey: true })));
  assert.equal(await picture(), first);
  await finish();
});

const noTouch = chromiumOnly('the driver has no fingers');

test('touch: a tap switches a class, two fingers zoom and move', noTouch, async () => {
  const { page, finish } = await openThresholdApp({ touch: true });
  const box = (await page.locator('#view').boundingBox())!;
  const at = (await view(page)).switches[2]!;
  await page.touchscreen.tap(box.x + at.x, box.y + at.y);
  await idle(page);
  assert.equal(await page.locator('#classes input[type=checkbox]').nth(2).isChecked(), false);

  const first = await view(page);
  const x = Math.round(box.x + box.width / 2);
  const y = Math.round(box.y + box.height / 2);
  const client = await page.context().newCDPSession(page);
  const fingers = (type: 'touchStart' | 'touchMove' | 'touchEnd', apart: number, shift: number) =>
    client.send('Input.dispatchTouchEvent', {
      type,
      touchPoints:
        type === 'touchEnd' ? [] : [-apart, apart].map((d, id) => ({ x: x + d + shift, y, id })),
    });
  await fingers('touchStart', 50, 0);
  for (const step of [1, 2, 3, 4]) await fingers('touchMove', 50 + 12.5 * step, 5 * step);
  await fingers('touchEnd', 0, 0);
  await idle(page);
  const pinched = await view(page);
  close(pinched.zoom / first.zoom, 2, 0.05);
  const pointBefore = (x - box.x - first.imageLeft) / first.zoom;
  const pointAfter = (x + 20 - box.x - pinched.imageLeft) / pinched.zoom;
  close(pointAfter, pointBefore, 2);
  await finish();
});

/** Takes the canvas's context away and gives it back. */
async function loseContext(page: Page, meanwhile = async () => {}): Promise<void> {
  const loss = await page.evaluateHandle(async () => {
    const canvas = document.querySelector('canvas')!;
    const loss = canvas.getContext('webgl2')!.getExtension('WEBGL_lose_context')!;
    const lost = new Promise((resolve) =>
      canvas.addEventListener('webglcontextlost', resolve, { once: true }),
    );
    loss.loseContext();
    await lost;
    return loss;
  });
  await meanwhile();
  await loss.evaluate(async (loss) => {
    const back = new Promise((resolve) =>
      document
        .querySelector('canvas')!
        .addEventListener('webglcontextrestored', resolve, { once: true }),
    );
    setTimeout(() => loss.restoreContext(), 100);
    await back;
  });
}

test('a lost graphics context comes back with the same picture', async () => {
  const { page, finish } = await sharedThresholdApp();
  await drop(page, [greyPng('rings.png', kRings.width, kRings.height, ringsSamples())]);
  await idle(page);
  // Round corners are the page's, and come out by a level otherwise.
  await page.locator('.canvas-frame').evaluate((frame) => (frame.style.borderRadius = '0'));
  const picture = async () => (await page.locator('#view').screenshot()).toString('base64');
  const first = await picture();
  await loseContext(page);
  assert.deepEqual(await alerts(page), [], 'it came back');
  await idle(page);
  assert.equal(await picture(), first);
  await finish();
});

test('it does so at the size that the window has by then', async () => {
  const { page, finish } = await sharedThresholdApp();
  await drop(page, [greyPng('rings.png', kRings.width, kRings.height, ringsSamples())]);
  const [wide, narrow] = [page.viewportSize()!, { width: 900, height: 700 }];
  const resize = async (size: typeof wide) => {
    await page.setViewportSize(size);
    await idle(page);
  };
  const drawn = () =>
    page.evaluate(() => {
      const { width, height } = document.querySelector('canvas')!;
      return [width, height, limbusDiagnostics.view()!.zoom];
    });
  await resize(narrow);
  await page.focus('#view');
  await page.keyboard.press('0');
  await idle(page);
  const fitted = await drawn();
  await resize(wide);
  await loseContext(page, async () => {
    await page.click('.message button'); // which moves the canvas when it goes by itself
    await resize(narrow);
  });
  await idle(page);
  assert.deepEqual(await drawn(), fitted);
  await resize(wide);
  await finish();
});

test('where no graphics context comes back, the page says so', async () => {
  const { page, finish } = await openThresholdApp();
  await page.evaluate(() => {
    // As where the driver gives none; Emscripten has taken hold of the method.
    const canvas = document.querySelector('canvas')!;
    const none = () => null;
    canvas.addEventListener('webglcontextlost', () =>
      Object.assign(canvas, { getContext: none, getContextSafariWebGL2Fixed: none }),
    );
  });
  await loseContext(page);
  const said = await alerts(page);
  assert.equal(said.length, 1, said.join(' | '));
  assert.match(said[0]!, /cannot be drawn.*did not come back.*Results and downloads still work/);
  await drop(page, [greyPng('rings.png', kRings.width, kRings.height, ringsSamples())]);
  await idle(page);
  assert.match((await page.textContent('#file-name'))!, /^rings\.png/);
  await finish();
});

test('360 px wide: nothing sticks out, everything is there', async () => {
  const { page, finish } = await openThresholdApp({ width: 360, height: 740, pixelRatio: 2 });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(wide <= 360, `the page is ${wide} px wide`);
  for (const id of ['#open', '#synthetic', '#save-mask', '#model', '#provider', '#open-model'])
    assert.ok(await page.locator(id).isVisible(), id);
  const box = (await page.locator('#view').boundingBox())!;
  for (const at of (await view(page)).switches)
    assert.ok(at.x > 0 && at.x < box.width && at.y > 0 && at.y < box.height);
  await finish();
});

test('every control has a name', async () => {
  const { page, finish } = await sharedThresholdApp();
  const nameless = await page.evaluate(() =>
    [...document.querySelectorAll('button, input:not([hidden]), select, textarea, canvas')]
      .filter((control) => {
        const labels = (control as HTMLInputElement).labels;
        const text = `${control.getAttribute('aria-label') ?? ''}${control.textContent}`;
        return text.trim() === '' && !(labels && labels.length > 0);
      })
      .map((control) => control.outerHTML),
  );
  assert.deepEqual(nameless, []);
  await finish();
});

/** Columns one pixel wide: in a smaller copy they are one grey. */
const kColumns = { width: 8192, height: 64 };
function columns() {
  const { width, height } = kColumns;
  const samples = Array.from({ length: width * height }, (_, i) => (i % 2 ? 255 : 20));
  return greyPng('columns.png', width, height, samples);
}

/** Waits for single columns at the left of the canvas, every other one of this colour. */
async function columnsOf(page: Page, bright: number[]): Promise<void> {
  const off = async () => {
    const at = await canvasReader(page, 1);
    const { imageLeft } = await view(page);
    const first = 2 * Math.ceil((100 - imageLeft) / 2);
    let worst = 0;
    for (let x = first; x < first + 40; ++x) {
      const expected = x % 2 ? bright : [20, 20, 20];
      at(x, 32).forEach((value, c) => (worst = Math.max(worst, Math.abs(value - expected[c]!))));
    }
    return worst;
  };
  for (let tries = 0; (await off()) > 3; ++tries) {
    assert.ok(tries < 40, `still ${await off()} off`);
    await page.waitForTimeout(100);
  }
}

const kTinted = [0xd5, 0x5e, 0x00].map((value) => 0.55 * 255 + 0.45 * value); // of class 3, at 0.45

test('an image that is drawn smaller shows all its pixels where it is zoomed into, mask and all', async () => {
  const { page, finish } = await sharedThresholdApp();
  await drop(page, [columns()]);
  await idle(page);
  assert.match((await page.locator('#file-name').textContent())!, /drawn smaller until zoomed/);
  await page.focus('#view');
  await page.keyboard.press('1');
  await columnsOf(page, kTinted);
  const before = (await view(page)).imageLeft;
  for (let step = 0; step < 30; ++step) await page.keyboard.press('ArrowRight');
  await idle(page);
  assert.ok(Math.abs((await view(page)).imageLeft - before) > 1000, 'far enough for another part');
  await columnsOf(page, kTinted);
  // The class under the pointer is that of the pixel.
  const box = (await page.locator('#view').boundingBox())!;
  for (const step of [0, 1, 2, 3]) {
    await page.mouse.move(box.x + 300 + step, box.y + box.height / 2);
    await idle(page);
    const { hoverX, hoverClass } = await view(page);
    assert.equal(hoverClass, hoverX % 2 ? 3 : 0, `column ${hoverX}`);
  }
  await page.keyboard.press('0');
  await idle(page);
  await page.waitForTimeout(400);
  // Whole again: nothing of the part is left over it.
  const whole = await canvasReader(page, 1);
  const seen = [0.3, 0.5, 0.7].map((part) => whole(Math.round(part * kColumns.width), 32)[0]!);
  assert.ok(Math.max(...seen) - Math.min(...seen) <= 12, seen.join());
  await finish();
});

test('after a lost context its pixels come back, too', async () => {
  const { page, finish } = await sharedThresholdApp();
  await drop(page, [columns()]);
  await idle(page);
  await page.focus('#view');
  await page.keyboard.press('1');
  await columnsOf(page, kTinted);
  // A new view shows the image whole; here it is back where it was before anything was looked at.
  await page.evaluate(() => {
    const canvas = document.querySelector('canvas')!;
    canvas.addEventListener('webglcontextrestored', () =>
      canvas.dispatchEvent(new KeyboardEvent('keydown', { key: '1' })),
    );
  });
  await loseContext(page);
  await columnsOf(page, kTinted);
  await finish();
});

test('it does so before there is a model, and goes on once there is one', async () => {
  const { page, finish } = await openApp({ noModels: true });
  await drop(page, [columns()]);
  await idle(page);
  assert.match((await page.locator('#file-name').textContent())!, /^columns.png, drawn smaller/);
  await page.focus('#view');
  await page.keyboard.press('1');
  await columnsOf(page, [255, 255, 255]);
  await openThresholds(page);
  await columnsOf(page, kTinted);
  await finish();
});
