// What the form's fields hold, as typed, and the manifest that they make. No DOM.
//
// Nothing is checked here: what is no number goes on as it is, and the core says what it expects.
import type { InputPreset, InputSpec, Layout, Manifest, ManifestDraft } from '../src/types.js';

export interface Fields {
  name: string;
  colour: InputSpec['colour'];
  channels: string;
  layout: Layout;
  width: string;
  height: string;
  resize: InputSpec['resize'];
  multiple: string; // of both sides, where they are padded to one
  interpolation: InputSpec['interpolation'];
  values: string; // a preset's name, or one of the two below
  mean: string;
  std: string;
  gamma: string;
  clahe: boolean;
  clipLimit: string;
  tilesX: string;
  tilesY: string;
  output: string;
  outputLayout: Layout;
  kind: Manifest['output']['kind'];
  withoutBackground: boolean; // class 0 has no channel
  threshold: string;
  stride: string;
  alignCorners: boolean;
  classes: string;
  rule: Manifest['regions']['rule'];
  minAreaPx: string;
  neck: string;
}

export const kOwnValues = 'own';
export const kOfEachImage = 'image';

const kClahe = { clipLimit: 1.5, tilesX: 8, tilesY: 8 };
const kRoles = ['background', 'sclera', 'iris', 'pupil'] as const;
const kDigits = 9; // what tells float32 values apart

export const coloursOf = (colour: Fields['colour']) => (colour === 'grey' ? 1 : 3);

/** '3' -> 3; what is no number stays text. */
function numberOf(text: string): number {
  const value = Number(text.trim());
  return text.trim() !== '' && Number.isFinite(value) ? value : (text.trim() as unknown as number);
}

/** One number stands for all channels. */
function numbersOf(text: string, channels: string): number[] {
  const list = text.split(/[,;\s]+/).filter((part) => part !== '');
  const count = Number(channels);
  if (list.length === 1 && Number.isInteger(count) && count >= 1 && count <= 256)
    return Array(count).fill(numberOf(list[0]!));
  return list.map(numberOf);
}

function textOfNumbers(values: number[]): string {
  const texts = values.map((value) => String(Number(value.toPrecision(kDigits))));
  return new Set(texts).size === 1 ? texts[0]! : texts.join(', ');
}

export function namesOf(text: string): string[] {
  return text
    .split('\n')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

export const textOfClasses = (classes: Manifest['classes']) =>
  classes.map(({ name }) => name).join('\n');

export function classesOf(text: string): ManifestDraft['classes'] {
  const taken = new Set<string>();
  return namesOf(text).map((name) => {
    const role = kRoles.find((known) => known === name.toLowerCase());
    if (!role || taken.has(role)) return { name }; // colours: the core's palette
    taken.add(role);
    return { name, role };
  });
}

export function fieldsOf(manifest: Manifest, presets: InputPreset[]): Fields {
  const { input, output } = manifest;
  const { normalise } = input;
  const clahe = input.clahe ?? kClahe;
  const side = (value: number) => (value > 0 ? String(value) : ''); // 0: left open
  const fields: Fields = {
    name: manifest.name,
    colour: input.colour,
    channels: String(input.channels ?? coloursOf(input.colour)),
    layout: input.layout ?? 'nchw',
    width: side(input.width),
    height: side(input.height),
    resize: input.resize,
    multiple: String(input.pad.multiple),
    interpolation: input.interpolation,
    values: kOfEachImage,
    mean: normalise.by === 'constants' ? textOfNumbers(normalise.mean) : '0',
    std: normalise.by === 'constants' ? textOfNumbers(normalise.std) : '1',
    gamma: String(input.gamma),
    clahe: Boolean(input.clahe),
    clipLimit: String(clahe.clipLimit),
    tilesX: String(clahe.tilesX),
    tilesY: String(clahe.tilesY),
    output: output.name ?? '',
    outputLayout: output.layout ?? 'nchw',
    kind: output.kind,
    withoutBackground: output.threshold !== undefined,
    threshold: String(output.threshold ?? 0.5),
    stride: String(output.stride),
    alignCorners: output.alignCorners,
    classes: textOfClasses(manifest.classes),
    rule: manifest.regions.rule,
    minAreaPx: String(manifest.regions.minAreaPx),
    neck: String(manifest.regions.neck ?? 0),
  };
  if (normalise.by === 'constants') fields.values = presetOf(fields, presets);
  return fields;
}

/** What follows each rule of size: a fixed size gets no padding, the others sides to halve. */
function padOf(fields: Fields): Partial<InputSpec['pad']> {
  if (fields.resize === 'fit') return { to: 'box' };
  const multiple = fields.resize === 'stretch' ? 1 : numberOf(fields.multiple);
  return { to: 'multiple', multiple };
}

/** `base`: what the form does not ask for. */
export function manifestOf(fields: Fields, base: Manifest): ManifestDraft {
  const { channels } = fields;
  const { clahe: _, ...input } = base.input;
  const { threshold: __, name: ___, ...output } = base.output;
  const draft: ManifestDraft = {
    ...base,
    name: fields.name.trim(),
    input: {
      ...input,
      width: numberOf(fields.width),
      height: numberOf(fields.height),
      colour: fields.colour,
      channels: numberOf(channels),
      layout: fields.layout,
      resize: fields.resize,
      interpolation: fields.interpolation,
      gamma: numberOf(fields.gamma),
      pad: { ...input.pad, ...padOf(fields) },
      normalise:
        fields.values === kOfEachImage
          ? { by: 'image' }
          : {
              by: 'constants',
              mean: numbersOf(fields.mean, channels),
              std: numbersOf(fields.std, channels),
            },
    },
    classes: classesOf(fields.classes),
    regions: {
      rule: fields.rule,
      minAreaPx: numberOf(fields.minAreaPx),
      neck: numberOf(fields.neck),
    },
    output: {
      ...output,
      kind: fields.kind,
      layout: fields.outputLayout,
      stride: numberOf(fields.stride),
      alignCorners: fields.alignCorners,
    },
  };
  if (fields.clahe)
    draft.input.clahe = {
      clipLimit: numberOf(fields.clipLimit),
      tilesX: numberOf(fields.tilesX),
      tilesY: numberOf(fields.tilesY),
    };
  if (fields.output !== '') draft.output!.name = fields.output;
  if (fields.withoutBackground && fields.kind !== 'argmax')
    draft.output!.threshold = numberOf(fields.threshold);
  return draft;
}

/** Mean and deviation of a preset, in the order of these colours, repeated for more channels. */
export function presetValues(
  preset: InputPreset,
  { colour, channels }: Pick<Fields, 'colour' | 'channels'>,
): Pick<Fields, 'mean' | 'std'> {
  const count = Math.min(256, Math.max(1, Number(channels) || coloursOf(colour)));
  const text = (values: [number, number, number]) => {
    const grey = (values[0] + values[1] + values[2]) / 3;
    const ordered = colour === preset.order ? values : [...values].reverse();
    return textOfNumbers(
      Array.from({ length: count }, (_, i) => (colour === 'grey' ? grey : ordered[i % 3]!)),
    );
  };
  return { mean: text(preset.mean), std: text(preset.std) };
}

/** The preset whose numbers these are. */
export function presetOf(fields: Fields, presets: InputPreset[]): string {
  const same = (a: string, b: string) =>
    String(numbersOf(a, fields.channels)) === String(numbersOf(b, fields.channels));
  const found = presets.find((preset) => {
    const { mean, std } = presetValues(preset, fields);
    return same(mean, fields.mean) && same(std, fields.std);
  });
  return found?.name ?? kOwnValues;
}

/** What the network sees of black and of white; '' while that is not known. */
export function rangeOf(fields: Fields): string {
  if (fields.values === kOfEachImage) return '';
  const mean = numbersOf(fields.mean, fields.channels);
  const std = numbersOf(fields.std, fields.channels);
  const ends = [0, 1].map((value) => mean.map((m, i) => (value - m) / (std[i] ?? NaN)));
  const [black, white] = ends.map((list) =>
    [...new Set(list.map((value) => value.toFixed(2).replace('-', '−')))].join(', '),
  );
  if (ends.flat().some((value) => !Number.isFinite(value)) || ends[0]!.length === 0) return '';
  return `Black becomes ${black}; white ${white}.`;
}
