// One result as HTML: figures of the eye or counts, area per class with its switch and colour, time per stage.
import type {
  ClassSpec,
  Ellipse,
  EyeMeasurements,
  Region,
  RenderedEye,
  SegmentResult,
} from '../src/index.js';
import type { ClassLayer } from './canvas.js';
import { byId, fillList, make } from './elements.js';
import { countOf, knowsEyes, type Measured } from '../src/measurements.js';
import { kProviderNames } from './provider_names.js';

const kMostCounted = 3; // classes

export interface ClassEdits {
  onVisible(index: number, visible: boolean): void;
  onColour(index: number, colour: [number, number, number]): void;
}

export function hexOf(colour: [number, number, number]): string {
  return `#${colour.map((v) => v.toString(16).padStart(2, '0')).join('')}`;
}

/** '#rrggbb' -> 8-bit values. */
export function colourOf(hex: string): [number, number, number] {
  const value = Number.parseInt(hex.slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}

const px = (value: number | null | undefined) =>
  value === null || value === undefined ? '–' : `${value.toFixed(1)} px`;
const centre = (e: Ellipse | null | undefined) =>
  e ? `centre ${e.centreX.toFixed(1)}, ${e.centreY.toFixed(1)}` : 'not found';

function figure(name: string, value: string, extras: string[]): [string, Node] {
  const cell = document.createDocumentFragment();
  cell.append(make('span', { class: 'big' }, value));
  for (const extra of extras) cell.append(make('span', { class: 'extra' }, extra));
  return [name, cell];
}

/** dl entries must lie beside each other: each pair in a div. */
function showFigures(rows: [string, Node][]): void {
  byId('figures', HTMLDListElement).replaceChildren(
    ...rows.map(([term, value]) => make('div', {}, make('dt', {}, term), make('dd', {}, value))),
  );
}

export function showMeasurements(
  result: SegmentResult | null,
  classes: ClassSpec[],
  truth: RenderedEye | null,
): void {
  const eyes = knowsEyes(classes);
  byId('no-eye', HTMLParagraphElement).hidden = !result || result.eye !== null || !eyes;
  byId('figures', HTMLDListElement).hidden = result === null || (eyes && result.eye === null);
  if (!result) return;
  if (result.eye) showFigures(eyeFigures(result.eye, truth));
  else if (!eyes) showFigures(countFigures(result.regions, classes));
}

function eyeFigures(eye: EyeMeasurements, truth: RenderedEye | null): [string, Node][] {
  const real = (e: Ellipse | null | undefined) => (e ? [`true ${e.majorPx.toFixed(1)} px`] : []);
  return [
    figure('Pupil diameter', px(eye.pupilDiameterPx), [centre(eye.pupil), ...real(truth?.pupil)]),
    figure('Iris diameter', px(eye.irisDiameterPx), [
      centre(eye.iris),
      ...(eye.irisOccluded ? ['partly hidden'] : []),
      ...real(truth?.iris),
    ]),
    figure('Pupil / iris', eye.pupilToIrisRatio?.toFixed(3) ?? '–', []),
  ];
}

/** How many parts of each class there are and how large; of few classes, for many the table does. */
function countFigures(regions: Region[], classes: ClassSpec[]): [string, Node][] {
  const things = classes.flatMap(({ name, role }, i) => (role === 'background' ? [] : { name, i }));
  if (things.length > kMostCounted) return [];
  return things.map(({ name, i }) => {
    const { count, medianAreaPx, medianDiameterPx } = countOf(regions, i);
    const size = [`median ${medianAreaPx.toFixed(0)} px²`, `${px(medianDiameterPx)} across`];
    return figure(name, count.toLocaleString('en'), count > 0 ? size : []);
  });
}

/** Rows exist as long as the classes stay the same, so that focus survives a new image. */
export function showClasses(
  layers: ClassLayer[],
  measured: Measured | null,
  ious: (number | null)[] | null, // against a true mask, where there is one
  edits: ClassEdits,
): void {
  const table = byId('classes', HTMLTableElement);
  table.hidden = layers.length === 0;
  table.classList.toggle('scored', ious !== null);
  showScore(ious);
  const body = table.tBodies[0];
  if (!body) return;
  const names = layers.map((layer) => layer.name).join('\n');
  if (body.dataset['names'] !== names) {
    body.dataset['names'] = names;
    body.replaceChildren(...layers.map((layer, i) => classRow(layer, i, edits)));
  }
  layers.forEach((layer, i) => {
    const row = body.rows[i];
    const box = row?.querySelector<HTMLInputElement>('input[type=checkbox]');
    const colour = row?.querySelector<HTMLInputElement>('input[type=color]');
    if (box) box.checked = layer.visible;
    if (colour) colour.value = hexOf(layer.colour);
    const numbers = measured?.classes[i];
    const [, area, percent, iou] = row?.cells ?? [];
    if (area) area.textContent = numbers ? numbers.areaPx.toLocaleString('en') : '–';
    if (percent) percent.textContent = numbers ? numbers.areaPercent.toFixed(2) : '–';
    if (iou) iou.textContent = percentOf(ious?.[i]);
  });
}

const percentOf = (share: number | null | undefined) =>
  share === null || share === undefined ? '–' : (100 * share).toFixed(1);

function showScore(ious: (number | null)[] | null): void {
  const line = byId('score', HTMLParagraphElement);
  const there = (ious ?? []).filter((iou): iou is number => iou !== null);
  line.hidden = there.length === 0;
  const mean = there.reduce((sum, iou) => sum + iou, 0) / there.length;
  line.textContent = line.hidden ? '' : `Against the true mask: mIoU ${percentOf(mean)} %`;
}

function classRow(layer: ClassLayer, index: number, edits: ClassEdits): HTMLTableRowElement {
  const box = make('input', { type: 'checkbox', title: 'Show in the image' });
  box.addEventListener('change', () => edits.onVisible(index, box.checked));
  const colour = make('input', { type: 'color', 'aria-label': `Colour of ${layer.name}` });
  colour.addEventListener('input', () => edits.onColour(index, colourOf(colour.value)));
  return make(
    'tr',
    {},
    make(
      'th',
      { scope: 'row' },
      make('span', {}, colour, make('label', {}, box, make('span', {}, layer.name))),
    ),
    make('td', { class: 'number' }),
    make('td', { class: 'number' }),
    make('td', { class: 'number iou' }),
  );
}

export function showTime(result: SegmentResult | null): void {
  const bar = byId('time-bar', HTMLDivElement);
  byId('no-time', HTMLParagraphElement).hidden = result !== null;
  bar.hidden = result === null;
  if (!result) {
    fillList(byId('time', HTMLDListElement), []);
    return;
  }
  const t = result.timings;
  const stages: [string, number][] = [
    ['Decode', t.decodeMs],
    ['Preprocess', t.preprocessMs],
    ['Network', t.inferenceMs],
    ['Mask and regions', t.postprocessMs],
  ];
  bar.replaceChildren(
    ...stages.map(([, ms]) => {
      const part = make('span');
      part.style.flexGrow = String(Math.max(ms, 0.01));
      return part;
    }),
  );
  fillList(byId('time', HTMLDListElement), [
    ...stages.map(([name, ms]): [string, string] => [name, `${ms.toFixed(1)} ms`]),
    ['Total', `${t.totalMs.toFixed(1)} ms`, 'total'],
    ['Provider', kProviderNames[result.provider]],
  ]);
}
