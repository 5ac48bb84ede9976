// The form that asks what a foreign model expects: opened, filled in, and what comes of it.
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';

import { kForeignCases } from '../../web/test/support/foreign_cases.js';
import { foreignModel } from '../../web/test/support/foreign_model.js';
import { download } from './browsers.js';
import { readPng } from './page_png.js';
import { drop, greyPng, idle, type NamedBytes } from './page_site.js';

export const kSize = { width: 64, height: 48 }; // where a file fixes it
export const samples = Array.from({ length: kSize.width * kSize.height }, (_, i) => (i * 7) % 256);
export const ramp = greyPng('ramp.png', kSize.width, kSize.height, samples);

export function fileOf(name: string): NamedBytes {
  const { model } = kForeignCases.find((row) => row.name === name)!;
  return { name: `${name}.onnx`, bytes: foreignModel(model) };
}

export async function openForm(page: Page, name: string): Promise<void> {
  await drop(page, [fileOf(name)]);
  await page.locator('#manifest').waitFor();
}

/** Fields by name. */
export async function fill(page: Page, answers: Record<string, string>): Promise<void> {
  for (const [name, value] of Object.entries(answers)) {
    const field = page.locator(`#manifest-form [name=${name}]`);
    if (await field.evaluate((element) => element instanceof HTMLSelectElement))
      await field.selectOption(value);
    else await field.fill(value);
  }
}

export const valueOf = (page: Page, name: string) =>
  page.locator(`#manifest-form [name=${name}]`).inputValue();
export const saidOf = async (page: Page, name: string) =>
  (await page.locator(`#${name}-said`).textContent())!;
export const wrongOf = async (page: Page, name: string) =>
  (await page.locator(`#${name}-wrong`).textContent())!;

/** The preview has computed what is typed now; its pixels. */
export async function previewed(page: Page): Promise<number[]> {
  await page.locator('#preview-box[aria-busy=false] #preview:not(.old)').waitFor();
  assert.match((await page.locator('#preview-state').textContent())!, /the network took/);
  return page.evaluate(() => {
    const canvas = document.querySelector<HTMLCanvasElement>('#preview')!;
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
    return [...data];
  });
}

export async function useModel(page: Page, name: string): Promise<void> {
  await page.click('#manifest-use');
  await page.locator('#manifest').waitFor({ state: 'hidden' });
  await page
    .locator('#model-facts')
    .filter({ hasText: `${name}.onnx` })
    .waitFor();
  await idle(page);
}

export async function maskOf(page: Page): Promise<number[]> {
  return [...readPng((await download(page, '#save-mask')).bytes).pixels];
}

export const bands = (thresholds: number[]) =>
  samples.map((grey) => thresholds.filter((threshold) => grey > threshold).length);

export const kOpenSize = { width: '64', height: '48' };
