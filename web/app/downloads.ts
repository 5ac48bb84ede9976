// Files that people take away.
import type { SegmentResult } from '../src/index.js';
import { zipSync, type Zippable } from 'fflate';

import { byId } from './elements.js';
import { toCsv, toJson, type Failed, type Measured } from './measurements.js';
import { showError } from './messages.js';
import { encodePng } from './png.js';

export interface Downloadable {
  /** Of the shown image; null when there is no result. */
  shown(): { name: string; result: SegmentResult; colours: [number, number, number][] } | null;
  measured(): Measured[];
  failed(): Failed[];
  masks(): { name: string; png: Blob }[];
}

export function save(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

const stem = (name: string) => name.replace(/\.[^./]*$/, '');
const base = (path: string) => path.slice(path.lastIndexOf('/') + 1);

async function saveMask(from: Downloadable, coloured: boolean): Promise<void> {
  const shown = from.shown();
  if (!shown) return;
  const { mask, width, height } = shown.result;
  const png = await encodePng(mask, width, height, coloured ? shown.colours : undefined);
  save(png, `${stem(base(shown.name))}-${coloured ? 'colours' : 'mask'}.png`);
}

/** The masks of all images; two images of one name get numbers. */
async function saveMasks(from: Downloadable): Promise<void> {
  const files: Zippable = {};
  for (const { name, png } of from.masks()) {
    let file = `${stem(name)}-mask.png`;
    for (let n = 2; file in files; ++n) file = `${stem(name)}-${n}-mask.png`;
    files[file] = new Uint8Array(await png.arrayBuffer());
  }
  // PNGs are packed already.
  save(new Blob([zipSync(files, { level: 0 })], { type: 'application/zip' }), 'limbus-masks.zip');
}

export function listenForDownloads(from: Downloadable): void {
  const on = (id: string, act: () => void) =>
    byId(id, HTMLButtonElement).addEventListener('click', act);
  on('save-mask', () => void saveMask(from, false));
  on('save-colours', () => void saveMask(from, true));
  on('save-masks', () => void saveMasks(from).catch((error) => showError('The masks', error)));
  on('save-csv', () =>
    save(
      new Blob([toCsv(from.measured(), from.failed())], { type: 'text/csv' }),
      'limbus-measurements.csv',
    ),
  );
  on('save-json', () =>
    save(
      new Blob([toJson(from.measured(), from.failed())], { type: 'application/json' }),
      'limbus-measurements.json',
    ),
  );
}

export function enableDownloads(from: Downloadable): void {
  for (const id of ['save-mask', 'save-colours'])
    byId(id, HTMLButtonElement).disabled = from.shown() === null;
  byId('save-masks', HTMLButtonElement).disabled = from.masks().length === 0;
  for (const id of ['save-csv', 'save-json'])
    byId(id, HTMLButtonElement).disabled = from.measured().length + from.failed().length === 0;
}
