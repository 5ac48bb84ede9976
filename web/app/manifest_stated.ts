// What a file states of its input and outputs, and what that leaves to ask. No DOM.
import type { ImagePort, Layout, Manifest, OnnxFacts } from '../src/types.js';
import { coloursOf, namesOf, textOfClasses, type Fields } from './manifest_fields.js';

type Kind = Manifest['output']['kind'];

/** Null: the file leaves it open. */
export interface Stated {
  width: number | null;
  height: number | null;
  channels: number | null;
  layout: Layout | null;
  outputLayout: Layout | null;
  scores: number | null; // channels of the chosen output
  kinds: Kind[];
}

const isFloat = (port: ImagePort) => port.type === 'float' || port.type === 'float16';

export function outputOf(facts: OnnxFacts, name: string): ImagePort {
  const outputs = facts.ports?.outputs ?? [];
  return outputs.find((port) => port.name === name) ?? outputs[0]!;
}

/** Of a file that can run. */
export function draftOf(facts: OnnxFacts, output: string): OnnxFacts['outputDrafts'][number] {
  const outputs = facts.ports?.outputs ?? [];
  return facts.outputDrafts[
    Math.max(
      0,
      outputs.findIndex((port) => port.name === output),
    )
  ]!;
}

/** Of a file that can run. */
export function statedBy(facts: OnnxFacts, output: string): Stated {
  const { input } = facts.ports!;
  const port = outputOf(facts, output);
  return {
    width: input.width,
    height: input.height,
    channels: input.channels,
    layout: input.channels === null ? null : input.layout, // they tell which dimension is theirs
    outputLayout: port.channels === null ? null : port.layout,
    scores: port.channels,
    kinds: isFloat(port) ? ['logits', 'probabilities', 'argmax'] : ['argmax'],
  };
}

/** How many classes there must be; null: open. */
export function classesNeeded(fields: Fields, { scores }: Stated): number | null {
  if (fields.kind === 'argmax' || scores === null) return null;
  return fields.withoutBackground ? scores + 1 : scores;
}

const kMadeUp = /^(background|class \d+)$/;

/** Typed names stay; made-up ones fill the rest, and go where they are too many. */
function withCount(text: string, count: number | null, background: boolean): string {
  const names = namesOf(text);
  if (count === null || count > 255) return text;
  if (background && names.length < count && names[0] !== 'background') names.unshift('background');
  while (names.length < count)
    names.push(names.length === 0 ? 'background' : `class ${names.length}`);
  while (names.length > count && kMadeUp.test(names[names.length - 1]!)) names.pop();
  if (!background && names.length > count && names[0] === 'background') names.shift();
  return names.join('\n');
}

/** The fields when another output than that of `before` is chosen: its kind and names, but typed names stay. */
export function withOutput(fields: Fields, facts: OnnxFacts, before: string): Fields {
  const stated = statedBy(facts, fields.output);
  const port = outputOf(facts, fields.output);
  const { input } = facts.ports!;
  const draft = draftOf(facts, fields.output);
  const untouched = fields.classes === textOfClasses(draftOf(facts, before).classes);
  const changed: Fields = {
    ...fields,
    kind: draft.output.kind,
    classes: untouched ? textOfClasses(draft.classes) : fields.classes,
    outputLayout: stated.outputLayout ?? fields.outputLayout,
    withoutBackground: draft.output.threshold !== undefined,
    stride:
      input.width && port.width
        ? String(Math.max(1, Math.floor(input.width / port.width)))
        : fields.stride,
  };
  return withClasses(changed, stated);
}

/** As many classes as the output asks for. */
export function withClasses(fields: Fields, stated: Stated): Fields {
  const { classes, withoutBackground } = fields;
  return {
    ...fields,
    classes: withCount(classes, classesNeeded(fields, stated), withoutBackground),
  };
}

const shapeOf = (tensor: OnnxFacts['inputs'][number]) =>
  `${tensor.type} ${tensor.shaped ? `[${tensor.shape.join(', ')}]` : 'of unknown shape'}`;

/** 'y: float [N, 4, H, W]', for each output that may be a mask. */
export function outputChoices(facts: OnnxFacts): { name: string; text: string }[] {
  return facts.ports!.outputs.map(({ name }) => {
    const tensor = facts.outputs.find((each) => each.name === name)!;
    return { name, text: `${name}: ${shapeOf(tensor)}` };
  });
}

export function summaryOf(facts: OnnxFacts): string {
  const one = (what: string, list: OnnxFacts['inputs']) =>
    list.map((tensor) => `${what} '${tensor.name}': ${shapeOf(tensor)}`).join('; ');
  return `The file states: ${one('input', facts.inputs)}; ${one('output', facts.outputs)}.`;
}

/** What came from the file, to be said beside the fields. */
export function notesOf(fields: Fields, facts: OnnxFacts): Partial<Record<keyof Fields, string>> {
  const stated = statedBy(facts, fields.output);
  const drafted = draftOf(facts, fields.output).output;
  const notes: Partial<Record<keyof Fields, string>> = {};
  for (const side of ['width', 'height'] as const)
    notes[side] = stated[side] === null ? 'left open by the file' : 'fixed by the file';
  notes.channels = stated.channels === null ? 'left open by the file' : 'fixed by the file';
  const extra = Number(fields.channels) - coloursOf(fields.colour);
  if (extra !== 0) notes.channels += '; the colours repeat in turn';
  notes.layout = stated.layout === null ? 'left open by the file' : 'stated by the file';
  notes.outputLayout =
    stated.outputLayout === null ? 'left open by the file' : 'stated by the file';
  if (stated.width !== null || stated.height !== null)
    notes.resize = 'the file fixes its size: every image is brought to it';
  if (stated.kinds.length === 1) notes.kind = 'the file answers whole numbers';
  else if (drafted.kind !== 'logits' && drafted.kind === fields.kind)
    notes.kind = "read from the file's last operation";
  notes.classes = noteOfClasses(fields, facts, stated);
  return notes;
}

function noteOfClasses(fields: Fields, facts: OnnxFacts, stated: Stated): string {
  const needed = classesNeeded(fields, stated);
  const names = namesOf(fields.classes);
  const parts = [
    needed === null ? `${names.length} named` : `${names.length} of ${needed} that the file has`,
  ];
  const drafted = draftOf(facts, fields.output).classes.map(({ name }) => name);
  if (!drafted.every((name) => kMadeUp.test(name)) && drafted.join('\n') === names.join('\n'))
    parts.push("names from the file's metadata");
  const roles = names.filter((name) => /^(sclera|iris|pupil)$/i.test(name));
  if (roles.length > 0) parts.push(`measured as parts of an eye: ${roles.join(', ')}`);
  return parts.join('; ');
}

/** What must be typed before the network can run; null: nothing. */
export function missingIn(fields: Fields): { field: 'width' | 'height'; text: string } | null {
  const open = (['width', 'height'] as const).filter((side) => fields[side].trim() === '');
  const [field] = open;
  if (!field) return null;
  return {
    field,
    text: `The file leaves its ${open.join(' and ')} open: type the size that the network was trained with.`,
  };
}

// The core's errors begin with the place in the manifest, or say what of the file does not fit.
const kPlaces: [RegExp, keyof Fields][] = [
  [/^manifest\.input\.pad\.multiple\b/, 'multiple'],
  [
    /^manifest\.classes\b|^output '.*' has \d+ channels|^the manifest names \d+|^label \d+ in a mask/,
    'classes',
  ],
  [/^manifest\.output\.name\b|^the manifest takes output/, 'output'],
  [/^manifest\.output\.layout\b|^the network answers .* per image/, 'outputLayout'],
  [/^output '.*' has class indices|^the network answers \w+ \[/, 'kind'],
  [/^input '.*' has \d+ channels/, 'channels'],
];

/** Which field an error is about, and its text there. */
export function placeOf(message: string): { field: keyof Fields | null; text: string } {
  const text = message.replace(/^manifest[\w.[\]]*: /, '');
  const row = kPlaces.find(([pattern]) => pattern.test(message));
  if (row) return { field: row[1], text };
  const key =
    /^manifest\.(?:[\w.]+\.)?(\w+)(?:\[\d+\])?: /.exec(message)?.[1] ??
    /^input '.*' has (width|height|layout) /.exec(message)?.[1];
  return { field: (key as keyof Fields | undefined) ?? null, text };
}
