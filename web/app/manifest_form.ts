// Asks what an .onnx without a manifest expects. Its answers make a manifest; nothing is guessed.
import type { InputSpec, ManifestDraft, OnnxFacts } from '../src/index.js';
import { byId } from './elements.js';

const kRoles = ['background', 'sclera', 'iris', 'pupil'] as const;

function numbers(text: string, what: string, channels: number): number[] {
  const list = text
    .split(/[,;\s]+/)
    .filter((part) => part !== '')
    .map(Number);
  if (list.some((value) => !Number.isFinite(value)))
    throw new Error(`${what}: expected numbers with commas between, got '${text}'`);
  if (list.length === 1 && list[0] !== undefined) return Array(channels).fill(list[0]);
  if (list.length !== channels)
    throw new Error(
      `${what}: expected ${channels === 1 ? 'one number' : `1 or ${channels} numbers`}, got ${list.length}`,
    );
  return list;
}

function classesOf(text: string): ManifestDraft['classes'] {
  const names = text
    .split(/[\n,]+/)
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (names.length < 2) throw new Error('classes: expected at least two names, one per line');
  if (new Set(names).size !== names.length) throw new Error('classes: a name appears twice');
  return names.map((name) => {
    const role = kRoles.find((known) => known === name.toLowerCase());
    return role ? { name, role } : { name }; // colours: the core's palette
  });
}

/** What follows each rule of size, so that the network gets sides it can halve. */
const kPads: Record<InputSpec['resize'], Partial<InputSpec['pad']>> = {
  none: { to: 'multiple', multiple: 32 },
  shrink: { to: 'multiple', multiple: 32 },
  stretch: { to: 'multiple', multiple: 1 },
  fit: { to: 'box' },
};

/** The fields as typed -> a manifest; throws an Error that says which field is wrong. */
export function manifestOf(name: string, fields: FormData): ManifestDraft {
  const field = (key: string) => String(fields.get(key) ?? '');
  const colour = field('colour') as 'grey' | 'rgb' | 'bgr';
  const resize = field('resize') as InputSpec['resize'];
  const channels = colour === 'grey' ? 1 : 3;
  const mean = numbers(field('mean'), 'mean', channels);
  const std = numbers(field('std'), 'deviation', channels);
  if (std.some((value) => value <= 0)) throw new Error('deviation: must be greater than 0');
  return {
    formatVersion: 1,
    name,
    input: {
      width: Number(field('width')),
      height: Number(field('height')),
      colour,
      resize,
      pad: kPads[resize],
      normalise: { by: 'constants', mean, std },
    },
    classes: classesOf(field('classes')),
    output: { kind: field('kind') as 'logits' | 'argmax', stride: Number(field('stride')) },
  };
}

/** Numbers that the file itself states: [N,C,H,W] of its first input and output. */
function suggest(form: HTMLFormElement, facts: OnnxFacts): void {
  const set = (name: string, value: string) => {
    const field = form.elements.namedItem(name);
    if (field instanceof HTMLInputElement || field instanceof HTMLSelectElement)
      field.value = value;
  };
  const input = facts.inputs[0]?.shape ?? [];
  const fixed = (text: string | undefined) => (text && /^[1-9]\d*$/.test(text) ? text : '');
  set('height', fixed(input[2]));
  set('width', fixed(input[3]));
  if (input[1] === '1' || input[1] === '3') set('colour', input[1] === '1' ? 'grey' : 'rgb');
}

function shapes(facts: OnnxFacts): string {
  const one = (what: string, list: OnnxFacts['inputs']) =>
    list.map((t) => `${what} '${t.name}': ${t.type} [${t.shape.join(', ')}]`).join('; ');
  return `The file states: ${one('input', facts.inputs)}; ${one('output', facts.outputs)}.`;
}

/** Resolves with null when the user cancels. */
export function askForManifest(fileName: string, facts: OnnxFacts): Promise<ManifestDraft | null> {
  const dialog = byId('manifest', HTMLDialogElement);
  const form = byId('manifest-form', HTMLFormElement);
  const error = byId('manifest-error', HTMLParagraphElement);
  const abort = new AbortController();
  byId('manifest-file', HTMLElement).textContent = fileName;
  byId('manifest-io', HTMLSpanElement).textContent = shapes(facts);
  error.hidden = true;
  form.reset();
  suggest(form, facts);
  return new Promise((resolve) => {
    const finish = (manifest: ManifestDraft | null) => {
      abort.abort();
      dialog.close();
      resolve(manifest);
    };
    const options = { signal: abort.signal };
    byId('manifest-cancel', HTMLButtonElement).addEventListener(
      'click',
      () => finish(null),
      options,
    );
    dialog.addEventListener('cancel', () => finish(null), options);
    form.addEventListener(
      'submit',
      (event) => {
        event.preventDefault();
        try {
          finish(manifestOf(fileName.replace(/\.onnx$/i, ''), new FormData(form)));
        } catch (problem) {
          error.textContent = problem instanceof Error ? problem.message : String(problem);
          error.hidden = false;
        }
      },
      options,
    );
    dialog.showModal();
  });
}
