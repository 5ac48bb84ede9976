// A rendered eye with all four classes, and what the page's mask of it must be.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Page } from 'playwright-core';

import { download } from './browsers.js';
import { readPng } from './page_png.js';
import { drop, idle, kRoot, shippedModel } from './page_site.js';

const kClasses = 4;
export const kLimbus = process.env['LIMBUS_CLI'] ?? join(kRoot, 'build/release/native/limbus');

/** Values of a uint8 .npy file; the header's text ends where its length says. */
function readNpy(file: string): Uint8Array {
  const bytes = readFileSync(file);
  assert.match(bytes.subarray(10, 128).toString('latin1'), /'descr': '\|u1'/);
  return bytes.subarray(10 + bytes.readUInt16LE(8));
}

/** A rendered eye in which every class has at least 1% of the pixels. */
function renderWithAllClasses(folder: string, size: string): { image: string; truth: Uint8Array } {
  const data = join(folder, 'eyes');
  const words = [
    '--preset',
    'openeds2019',
    '--count',
    '40',
    '--seed',
    '77',
    '--size',
    size,
    '--out',
    data,
  ];
  execFileSync(kLimbus, ['synth', ...words]);
  const images = join(data, 'train/images');
  for (const name of readdirSync(images).sort()) {
    const truth = readNpy(join(data, 'train/labels', `${name.replace(/\.png$/, '')}.npy`));
    const counts = Array<number>(kClasses).fill(0);
    for (const value of truth) ++counts[value]!;
    if (counts.every((count) => count > truth.length / 100))
      return { image: join(images, name), truth };
  }
  throw new Error('no render among 32 holds all four classes');
}

function meanIou(mask: Uint8Array, truth: Uint8Array): number {
  let sum = 0;
  for (let k = 0; k < kClasses; ++k) {
    let both = 0;
    let either = 0;
    for (let i = 0; i < truth.length; ++i) {
      both += Number(mask[i] === k && truth[i] === k);
      either += Number(mask[i] === k || truth[i] === k);
    }
    sum += both / either;
  }
  return (100 * sum) / kClasses;
}

/** Drops a render on the page: its mask equals that of `limbus predict` and is near the truth. */
export async function compareWithPredict(page: Page, folder: string, size: string): Promise<void> {
  const { image, truth } = renderWithAllClasses(folder, size);
  await drop(page, [{ name: basename(image), bytes: readFileSync(image) }]);
  await idle(page);
  const mask = readPng((await download(page, '#save-mask')).bytes);

  const out = join(folder, 'masks');
  execFileSync(kLimbus, ['predict', '--model', shippedModel()!, '--images', image, '--out', out]);
  const native = readPng(readFileSync(join(out, basename(image))));
  assert.deepEqual([native.width, native.height], [mask.width, mask.height]);
  const equal = native.pixels.filter((value, i) => value === mask.pixels[i]).length;
  assert.ok(equal >= 0.999 * mask.pixels.length, `${equal} of ${mask.pixels.length} are equal`);
  const score = meanIou(mask.pixels, truth);
  assert.ok(score >= 80, `mIoU ${score.toFixed(2)}`);
}
