// Asks what an .onnx without a manifest expects, beginning with what the file states, and shows at
// once what the answers do to an image.
import { inputPresets } from '../src/index.js';
import type { InputPreset, Manifest, OnnxFacts, Segmenter } from '../src/index.js';
import { byId } from './elements.js';
import { Controls, type Name } from './manifest_controls.js';
import {
  coloursOf,
  fieldsOf,
  kOfEachImage,
  kOwnValues,
  manifestOf,
  presetOf,
  presetValues,
  rangeOf,
  type Fields,
} from './manifest_fields.js';
import { Preview, type PreviewImage } from './manifest_preview.js';
import {
  missingIn,
  notesOf,
  outputChoices,
  outputOf,
  placeOf,
  statedBy,
  summaryOf,
  withClasses,
  withOutput,
} from './manifest_stated.js';
import { textOf } from './messages.js';

export interface Question {
  fileName: string;
  bytes: Uint8Array;
  facts: OnnxFacts; // of a file that can run
  manifest: Manifest; // what the form begins with
  image(): PreviewImage;
}

/** Resolves with a segmenter that follows the answers, with null when the user cancels. */
export async function askForManifest(question: Question): Promise<Segmenter | null> {
  const presets = await inputPresets();
  return new Promise((resolve) => new ManifestForm(question, presets, resolve));
}

let controls: Controls | null = null; // one dialog, made ready once

class ManifestForm {
  private readonly dialog = byId('manifest', HTMLDialogElement);
  private readonly controls = (controls ??= new Controls());
  private readonly error = byId('manifest-error', HTMLParagraphElement);
  private readonly use = byId('manifest-use', HTMLButtonElement);
  private readonly listening = new AbortController();
  private readonly preview: Preview;
  private fields: Fields;

  constructor(
    private readonly question: Question,
    private readonly presets: InputPreset[],
    private readonly resolve: (segmenter: Segmenter | null) => void,
  ) {
    const { fileName, facts, manifest } = question;
    byId('manifest-file', HTMLElement).textContent = fileName;
    byId('manifest-io', HTMLSpanElement).textContent = summaryOf(facts);
    this.fields = fieldsOf(manifest, presets);
    this.fields.output ||= outputOf(facts, '').name;
    this.preview = new Preview({
      bytes: question.bytes,
      image: question.image,
      onError: (error) => this.refuse(error),
      onDrawn: () => this.refuse(null),
    });
    this.prepare();
    this.listen();
    this.dialog.showModal();
    const missing = missingIn(this.fields);
    this.controls.control(missing?.field ?? 'values').focus();
    this.dialog.scrollTop = 0;
  }

  private prepare(): void {
    const { controls, question } = this;
    for (const more of this.dialog.querySelectorAll('details')) more.open = false;
    controls.choices('values', [
      ...this.presets.map(({ name, summary }) => ({ value: name, text: summary })),
      { value: kOfEachImage, text: "each image's own mean and deviation" },
      { value: kOwnValues, text: 'own numbers' },
    ]);
    const outputs = outputChoices(question.facts);
    controls.choices(
      'output',
      outputs.map(({ name, text }) => ({ value: name, text })),
    );
    controls.show('output', outputs.length > 1);
    this.refuse(null);
    this.update();
  }

  private listen(): void {
    const options = { signal: this.listening.signal };
    const { form } = this.controls;
    form.addEventListener(
      'input',
      (event) => this.typed(event.target as HTMLInputElement),
      options,
    );
    form.addEventListener(
      'submit',
      (event) => {
        event.preventDefault();
        void this.submit();
      },
      options,
    );
    const cancel = () => this.finish(null);
    byId('manifest-cancel', HTMLButtonElement).addEventListener('click', cancel, options);
    this.dialog.addEventListener('cancel', cancel, options);
  }

  private typed({ id, value, name }: HTMLInputElement): void {
    if (id === 'threshold-slider') this.controls.control('threshold').value = value;
    const before = this.fields;
    this.fields = this.followed(name as Name, before, this.controls.read(before));
    this.refuse(null);
    this.update();
  }

  /** What a change brings with it. */
  private followed(name: Name, before: Fields, now: Fields): Fields {
    const { facts } = this.question;
    const stated = statedBy(facts, now.output);
    if (name === 'output') return withOutput(now, facts, before.output);
    if (name === 'kind' || name === 'withoutBackground') return withClasses(now, stated);
    if (name === 'colour' && before.channels === String(coloursOf(before.colour)))
      if (stated.channels === null) now.channels = String(coloursOf(now.colour));
    if (name === 'mean' || name === 'std') now.values = presetOf(now, this.presets);
    const preset = this.presets.find((each) => each.name === now.values);
    if (!preset || !['values', 'colour', 'channels'].includes(name)) return now;
    if (name === 'values' && now.colour !== 'grey') now.colour = preset.order;
    return { ...now, ...presetValues(preset, now) };
  }

  /** Everything that follows from the fields. */
  private update(): void {
    const { controls, fields } = this;
    const { facts, manifest } = this.question;
    const stated = statedBy(facts, fields.output);
    controls.write(fields);
    for (const side of ['width', 'height', 'channels'] as const)
      controls.lock(side, stated[side] !== null);
    for (const layout of ['layout', 'outputLayout'] as const)
      controls.lock(layout, stated[layout] !== null);
    const fixed = stated.width !== null || stated.height !== null;
    controls.allow('resize', fixed ? ['stretch', 'fit'] : ['stretch', 'fit', 'shrink', 'none']);
    controls.allow('kind', stated.kinds);
    controls.lock('kind', stated.kinds.length === 1);
    const scores = fields.kind !== 'argmax';
    controls.show('withoutBackground', scores && stated.scores !== 1);
    controls.show('threshold', scores && fields.withoutBackground);
    const constants = fields.values !== kOfEachImage;
    controls.show('mean', constants);
    controls.show('std', constants);
    controls.show('multiple', fields.resize === 'shrink' || fields.resize === 'none');
    for (const name of ['clipLimit', 'tilesX', 'tilesY'] as const)
      controls.show(name, fields.clahe);
    byId('threshold-slider', HTMLInputElement).value = fields.threshold;
    const values = `not stated by the file; the preview shows what fits. ${rangeOf(fields)}`;
    controls.note({ ...notesOf(fields, facts), values });
    const missing = missingIn(fields);
    if (missing) this.preview.show(null, missing.text);
    else this.preview.show(manifestOf(fields, manifest));
  }

  /** At its field where it has one, else below all of them; null: nothing is wrong. */
  private refuse(error: unknown): void {
    const { field, text } = placeOf(error === null ? '' : textOf(error));
    const shown = field !== null && field in this.fields ? field : null;
    this.controls.refuse(shown, text);
    this.error.textContent = shown === null ? text : '';
    this.error.hidden = this.error.textContent === '';
  }

  /** The dialog stays, with what was typed, until the network has run with it. */
  private async submit(): Promise<void> {
    const missing = missingIn(this.fields);
    if (missing) {
      this.controls.refuse(missing.field, missing.text);
      this.controls.control(missing.field).focus();
      return;
    }
    this.use.disabled = true;
    try {
      this.finish(await this.preview.take(manifestOf(this.fields, this.question.manifest)));
    } catch (error) {
      const typedOn = error instanceof DOMException && error.name === 'AbortError';
      if (typedOn || this.listening.signal.aborted) return;
      this.refuse(error);
      this.controls.form.querySelector<HTMLElement>('[aria-invalid=true]')?.focus();
    } finally {
      this.use.disabled = false;
    }
  }

  private finish(segmenter: Segmenter | null): void {
    this.listening.abort();
    this.preview.close();
    this.dialog.close();
    this.resolve(segmenter);
  }
}
