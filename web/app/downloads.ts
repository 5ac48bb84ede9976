// Files that people take away.
import { byId } from './elements.js';
import { toCsv, toJson, type Failed, type Measured } from '../src/measurements.js';
import { showError, showMessage } from './messages.js';
import { withPalette } from '../src/png.js';

export interface Downloadable {
  /** Of the shown image; null when there is no mask of it. */
  shown(): ShownMask | null;
  measured(): Measured[];
  failed(): Failed[];
  /** How many images are in the list, and how many of them have neither result nor failure yet. */
  progress(): { images: number; left: number };
  masks(): { name: string; blob: Blob }[];
  zip(files: { name: string; blob: Blob }[]): Promise<Blob>;
  /** The masks of all that is measured are there: they come a moment later. */
  packed(): Promise<void>;
  /** What was found is with the user: in the shown image, in all, or in those with these masks. */
  saved(which: 'shown' | 'all' | Blob[]): void;
}

export interface ShownMask {
  stem: string; // of its files' names, with its folders
  png: Blob; // grey
  width: number;
  height: number;
  colours: [number, number, number][]; // by class
}

export function save(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

const base = (path: string) => path.slice(path.lastIndexOf('/') + 1);

function saveMask(from: Downloadable, coloured: boolean): void {
  const shown = from.shown();
  if (!shown) return;
  const { stem, png, width, height, colours } = shown;
  save(
    coloured ? withPalette(png, width, height, colours) : png,
    `${base(stem)}-${coloured ? 'colours' : 'mask'}.png`,
  );
  from.saved('shown');
}

/** Whoever saves in the middle of the work is told that it is not all. */
function sayWhatIsLeft(from: Downloadable, file: string): void {
  const { images, left } = from.progress();
  if (left > 0)
    showMessage(
      'warn',
      `${file} leaves out ${left} of ${images} images, which are not done yet: save it again when they are.`,
    );
}

/** The masks of all images. */
async function saveMasks(from: Downloadable): Promise<void> {
  await from.packed();
  const masks = from.masks();
  save(await from.zip(masks), 'limbus-masks.zip');
  from.saved(masks.map(({ blob }) => blob)); // more may be there by now
  sayWhatIsLeft(from, 'limbus-masks.zip');
}

export function listenForDownloads(from: Downloadable): void {
  const on = (id: string, act: () => void) =>
    byId(id, HTMLButtonElement).addEventListener('click', act);
  on('save-mask', () => saveMask(from, false));
  on('save-colours', () => saveMask(from, true));
  on('save-masks', () => void saveMasks(from).catch((error) => showError('The masks', error)));
  const tables = [
    ['csv', 'text/csv', toCsv],
    ['json', 'application/json', toJson],
  ] as const;
  for (const [kind, type, write] of tables)
    on(`save-${kind}`, () => {
      const table = write(from.measured(), from.failed());
      const file = `limbus-measurements.${kind}`;
      save(new Blob([table], { type }), file);
      from.saved('all');
      sayWhatIsLeft(from, file);
    });
}

export function enableDownloads(from: Downloadable): void {
  for (const id of ['save-mask', 'save-colours'])
    byId(id, HTMLButtonElement).disabled = from.shown() === null;
  byId('save-masks', HTMLButtonElement).disabled = from.masks().length === 0;
  for (const id of ['save-csv', 'save-json'])
    byId(id, HTMLButtonElement).disabled = from.measured().length + from.failed().length === 0;
}
