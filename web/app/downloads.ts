// Files that people take away.
import type { SegmentResult } from '../src/index.js';
import { byId } from './elements.js';
import { toCsv, toJson, type Measured } from './measurements.js';
import { encodePng } from './png.js';

export interface Downloadable {
  /** Of the shown image; null when there is no result. */
  shown(): { name: string; result: SegmentResult; colours: [number, number, number][] } | null;
  measured(): Measured[];
}

function save(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

const stem = (name: string) => name.replace(/\.[^.]*$/, '');

async function saveMask(from: Downloadable, coloured: boolean): Promise<void> {
  const shown = from.shown();
  if (!shown) return;
  const { mask, width, height } = shown.result;
  const png = await encodePng(mask, width, height, coloured ? shown.colours : undefined);
  save(png, `${stem(shown.name)}-${coloured ? 'colours' : 'mask'}.png`);
}

export function listenForDownloads(from: Downloadable): void {
  const on = (id: string, act: () => void) =>
    byId(id, HTMLButtonElement).addEventListener('click', act);
  on('save-mask', () => void saveMask(from, false));
  on('save-colours', () => void saveMask(from, true));
  on('save-csv', () =>
    save(new Blob([toCsv(from.measured())], { type: 'text/csv' }), 'limbus-measurements.csv'),
  );
  on('save-json', () =>
    save(
      new Blob([toJson(from.measured())], { type: 'application/json' }),
      'limbus-measurements.json',
    ),
  );
}

export function enableDownloads(from: Downloadable): void {
  for (const id of ['save-mask', 'save-colours'])
    byId(id, HTMLButtonElement).disabled = from.shown() === null;
  for (const id of ['save-csv', 'save-json'])
    byId(id, HTMLButtonElement).disabled = from.measured().length === 0;
}
