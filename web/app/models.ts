// Which model runs: the list the page ships, files the user opens and keeps, loading one in the place of another.
import { LimbusError, Segmenter, withManifest } from '../src/index.js';
import type { LoadOptions, Manifest, OnnxFacts } from '../src/index.js';
import { fetched } from '../src/image_source.js';
import { readBody } from '../src/response_body.js';
import { wholeModel } from '../src/whole_model.js';
import { hashOf } from './content_hash.js';
import { save } from './downloads.js';
import { byId } from './elements.js';
import { forgetModel, keepModel, keptFile, keptModels, type KeptModel } from './kept_models.js';
import { askForManifest } from './manifest_form.js';
import type { PreviewImage } from './manifest_preview.js';
import { clearWarnings, showError, showMessage, textOf } from './messages.js';
import { showFacts } from './model_facts.js';
import { fillMenu, showOwn, showProgress } from './model_menu.js';
import {
  keepMeasurement,
  measuredBefore,
  wantedProvider,
  wantProvider,
} from './provider_choice.js';
import type { ProviderChoice } from './provider_choice.js';
import { store, stored } from './remembered.js';

interface Choice extends KeptModel {
  // `key` is the select's value; of a served one the path below models/
  bytes: Uint8Array | null; // once fetched or read
  opened: boolean; // by the user; else served
  sample: Sample;
  kept: boolean; // for the next visit
}

/** An image to see a model at work. */
export interface Sample {
  file: string; // served
  name: string;
}

export const kEyeSample: Sample = {
  file: 'samples/anonymized.png',
  name: 'open-iris sample.png',
};

/** Of a segmenter that takes another's place: whose, and why. */
interface Instead {
  of: Segmenter;
  why: string;
}

/** `overtaken`: it loaded, but another had been chosen by then. */
type Outcome = 'runs' | 'overtaken' | 'failed';

const kChosen = 'limbus.model'; // of the last visit
const kNamed = 3; // of many missing files

async function fetchWithProgress(
  url: string,
  expected: number, // bytes; the header counts compressed ones
  onProgress: (part: number) => void,
): Promise<Uint8Array> {
  const response = await fetched(url, undefined);
  if (!response.ok || !response.body)
    throw new LimbusError('notFound', `could not fetch ${url}: status ${response.status}`);
  return readBody(response, (loaded) => {
    if (expected > 0) onProgress(loaded / expected);
  });
}

/** Refuses a model of whose weights not all files were opened with it. */
function checkTogether({ externalFiles }: OnnxFacts, beside: File[]): void {
  const there = new Set(beside.map(({ name }) => name));
  const missing = externalFiles.map(({ name }) => name).filter((name) => !there.has(name));
  if (missing.length === 0) return;
  const more = missing.length > kNamed ? ` and ${missing.length - kNamed} more files` : '';
  throw new LimbusError(
    'notFound',
    `its weights lie in ${missing.slice(0, kNamed).join(', ')}${more}; ` +
      `open ${externalFiles.length > 1 ? 'all of them' : 'both files'} together`,
  );
}

/** By which the next visit knows it. */
const nameOf = ({ opened, key, file }: Choice) => (opened ? key : file);

export class Models {
  segmenter: Segmenter | null = null;
  loading = false;
  /** The segmenter is the one before in another worker: what that one found stands. */
  renewed = false;
  /** The first model's worker has begun, or there will be none. */
  readonly begun: Promise<void>;
  /** A model became ready, or was lost. */
  onChange: () => void = () => {};

  private sayBegun: () => void = () => {};
  private choices: Choice[] = [];
  private current: Choice | null = null;
  private coming: Choice | null = null; // that is being loaded
  private using: Promise<Outcome> = Promise.resolve('failed'); // the last load
  private readonly settled: (() => void)[] = []; // called when nothing is being loaded any more
  private failed: Choice | null = null; // chosen last and kept, but it did not load
  private asking: Promise<unknown> = Promise.resolve(); // one form at a time
  private request = 0; // a newer one makes older ones stop
  private readonly select = byId('model', HTMLSelectElement);
  private readonly provider = byId('provider', HTMLSelectElement);

  /** `image`: what a form's answers are tried on. */
  constructor(private readonly image: () => PreviewImage) {
    this.begun = new Promise((resolve) => (this.sayBegun = resolve));
    this.select.addEventListener('change', () => {
      const choice = this.choices.find((c) => c.key === this.select.value);
      if (!choice) return;
      store(kChosen, nameOf(choice));
      this.setFailed(null);
      void this.use(choice);
    });
    this.provider.addEventListener('change', () => {
      const choice = this.coming ?? this.current;
      if (!choice) return;
      wantProvider(choice.key, this.provider.value);
      this.setFailed(null);
      void this.use(choice);
    });
    byId('edit-manifest', HTMLButtonElement).addEventListener('click', () => void this.edit());
    byId('save-model', HTMLButtonElement).addEventListener(
      'click',
      () => void this.saveDescribed(),
    );
    byId('forget-model', HTMLButtonElement).addEventListener('click', () => void this.forget());
  }

  /** The models that are served beside the page and those kept here; loads the one of the last visit, or the first. */
  async start(): Promise<void> {
    const kept = keptModels();
    try {
      const response = await fetch('models/index.json');
      if (response.status >= 500)
        throw new LimbusError(
          'io',
          `the server answers status ${response.status}; try again later`,
        );
      const rows: { file: string; title: string; sizeBytes: number; sample?: Sample }[] =
        response.ok ? await response.json() : [];
      const served = rows.map(({ file, title, sizeBytes, sample }) => ({
        key: file,
        title,
        file: file.replace(/-[0-9a-f]{8}(?=\.onnx$)/, ''), // which changes with its content
        sizeBytes,
        bytes: null,
        manifest: null,
        opened: false,
        sample: sample ?? kEyeSample,
        kept: false,
      }));
      this.choices = [...served, ...this.choices]; // what was opened meanwhile is behind them
    } catch (error) {
      showError('The list of models', error);
    }
    const own = { bytes: null, opened: true, kept: true, sample: kEyeSample };
    const before = await kept;
    const listed = new Set(this.choices.map(({ key }) => key));
    for (const model of before) if (!listed.has(model.key)) this.choices.push({ ...model, ...own });
    fillMenu(this.select, this.choices, this.coming ?? this.current);
    const chosen = stored(kChosen);
    const [first] = this.choices;
    const last = this.choices.find((choice) => nameOf(choice) === chosen) ?? first;
    for (const choice of new Set([last, first])) {
      await this.using; // what the user chose or opened meanwhile stands
      if (choice && !this.current) await this.use(choice);
    }
    if (!first) this.onChange();
    this.sayBegun();
  }

  /** An .onnx file of the user's; asks for a manifest when it carries none. `beside`: files that came with it. */
  async open(file: File, beside: File[]): Promise<void> {
    this.setFailed(null);
    try {
      const externalData = Object.fromEntries(beside.map((each) => [each.name, each]));
      const { bytes, facts } = await wholeModel(file, { externalData }, (stated) => {
        if (stated.obstacle !== null) throw new LimbusError('unsupported', stated.obstacle);
        checkTogether(stated, beside);
      });
      const said = facts.manifest ? null : await this.ask(file.name, bytes, facts);
      if (!facts.manifest && !said) return;
      const title = facts.manifest?.name || file.name;
      const key = await this.keyOf(file, bytes);
      const choice: Choice = {
        key,
        title,
        file: file.name,
        sizeBytes: bytes.length,
        bytes,
        manifest: said?.manifest ?? null,
        opened: true,
        sample: kEyeSample,
        kept: false,
      };
      const outcome = await this.use(choice, said);
      const others = this.choices.filter((other) => other.key !== key);
      const isNew = others.length === this.choices.length;
      if (outcome === 'runs' || (outcome === 'overtaken' && isNew)) {
        this.choices = [...others, choice];
        const joined = facts.externalFiles.length > 0;
        await this.keep(choice, joined ? new Blob([bytes as BlobPart]) : file);
      }
      fillMenu(this.select, this.choices, this.coming ?? this.current);
    } catch (error) {
      showError(file.name, error);
    }
  }

  /** By its content, too; a file that was kept when names and sizes were all keeps that key. */
  private async keyOf(file: File, bytes: Uint8Array): Promise<string> {
    const early = `opened-${file.name}-${file.size}`;
    const hash = await hashOf(bytes);
    if (this.choices.some(({ key }) => key === early)) {
      const kept = await keptFile(early).catch(() => null);
      if (kept && (await hashOf(new Uint8Array(await kept.arrayBuffer()))) === hash) return early;
    }
    return `${early}-${hash}`;
  }

  /** Of the current model. */
  get sample(): Sample {
    return this.current?.sample ?? kEyeSample;
  }

  private ask(fileName: string, bytes: Uint8Array, facts: OnnxFacts, manifest?: Manifest) {
    const name = fileName.replace(/\.onnx$/i, '');
    const begin = manifest ?? { ...facts.draft!, name };
    const asked = this.asking.then(() =>
      askForManifest({ fileName, bytes, facts, manifest: begin, image: this.image }),
    );
    this.asking = asked.catch(() => {});
    return asked;
  }

  /** What the user said of a foreign file, said again. */
  private async edit(): Promise<void> {
    const { current, segmenter } = this;
    if (!current?.manifest || !current.bytes || !segmenter) return;
    try {
      const said = await this.ask(current.file, current.bytes, segmenter.facts, current.manifest);
      if (!said) return;
      current.manifest = said.manifest;
      await this.use(current, said);
      if (current.kept) await this.keep(current, null);
    } catch (error) {
      showError(current.file, error);
    }
  }

  /** `file`: null where it is kept already. Without room the visit goes on with one line. */
  private async keep(choice: Choice, file: Blob | null): Promise<void> {
    const { key, title, file: name, sizeBytes, manifest } = choice;
    try {
      choice.kept = await keepModel({ key, title, file: name, sizeBytes, manifest }, file);
      if (choice.kept && choice === this.current) store(kChosen, nameOf(choice));
    } catch (error) {
      const full = error instanceof DOMException && error.name === 'QuotaExceededError';
      const why = full ? 'the browser has no room for it; forget other models' : textOf(error);
      showMessage('warn', `${name} works, but is not kept for the next visit: ${why}.`);
    }
    showOwn(this.current, this.failed);
  }

  /** The kept model that was chosen leaves the menu; of the current one the first takes the place, if there is one. */
  private async forget(): Promise<void> {
    const forgotten = this.failed ?? this.current;
    if (!forgotten?.kept) return;
    try {
      await forgetModel(forgotten.key);
      forgotten.kept = false;
      const others = this.choices.filter((choice) => choice !== forgotten);
      if (await this.left(forgotten, others)) this.choices = others;
      const { current } = this;
      store(kChosen, current && current !== forgotten ? nameOf(current) : null);
      fillMenu(this.select, this.choices, this.coming ?? this.current);
      this.setFailed(null);
    } catch (error) {
      showError(forgotten.file, error);
    }
  }

  /** Another model than this one runs, which what is on its way already brings about, or else the first of the others. */
  private async left(choice: Choice, others: Choice[]): Promise<boolean> {
    if (choice !== this.current) return true;
    const coming = this.coming && this.coming !== choice ? this.using : null;
    return (await (coming ?? (others[0] && this.use(others[0])))) === 'runs';
  }

  private setFailed(choice: Choice | null): void {
    this.failed = choice;
    showOwn(this.current, choice);
  }

  private async saveDescribed(): Promise<void> {
    const { current } = this;
    if (!current?.manifest || !current.bytes) return;
    try {
      const whole = await withManifest(current.bytes, current.manifest);
      save(whole, `${current.manifest.name || 'model'}.onnx`);
    } catch (error) {
      showError(current.file, error);
    }
  }

  /** On failure the model before it stays. `ready`: runs already, on wasm; it is ours from here on. */
  private use(
    choice: Choice,
    ready: Segmenter | null = null,
    instead: Instead | null = null,
  ): Promise<Outcome> {
    this.using = this.load(choice, ready, instead);
    return this.using;
  }

  /**
   * The current model again, in another worker: this one's has failed, `why` tells how. After WebGPU it runs on
   * WebAssembly. Where another model is on its way already, it is waited for. Results stay valid.
   */
  async renew(failed: Segmenter, why: string): Promise<void> {
    const { current } = this;
    if (failed !== this.segmenter || !current) return;
    if (this.coming) await new Promise<void>((resolve) => this.settled.push(resolve));
    else await this.use(current, null, { of: failed, why });
  }

  /** What came after it decides: that may be the same model, on another provider. */
  private async overtaken(choice: Choice, loaded: boolean): Promise<Outcome> {
    await this.using;
    if (this.current === choice) return 'runs';
    return loaded ? 'overtaken' : 'failed';
  }

  private async load(
    choice: Choice,
    ready: Segmenter | null,
    instead: Instead | null,
  ): Promise<Outcome> {
    const request = ++this.request;
    const progress: typeof showProgress = (text, part) => {
      if (request === this.request) showProgress(text, part);
    };
    this.coming = choice;
    const offGpu = instead?.of.provider === 'webgpu';
    const wanted = offGpu ? 'wasm' : wantedProvider(choice.key);
    this.provider.value = wanted;
    this.loading = true;
    clearWarnings();
    this.onChange();
    try {
      choice.bytes ??= await this.bytesOf(choice, progress);
      const before = wanted === 'auto' ? measuredBefore(choice.key) : null;
      const provider = before?.provider ?? wanted;
      const fallbacks: string[] = []; // of a load that fails they are its error
      if (offGpu) fallbacks.push(`${instead.why}; WebAssembly runs instead`);
      const segmenter =
        ready?.provider === provider
          ? ready
          : await Segmenter.load(
              choice.bytes,
              this.loadOptions(choice, provider, fallbacks, progress),
            );
      if (ready !== segmenter) ready?.dispose();
      if (request !== this.request) {
        segmenter.dispose();
        return this.overtaken(choice, true);
      }
      for (const why of fallbacks) showMessage('warn', why);
      this.segmenter?.dispose();
      this.segmenter = segmenter;
      this.renewed = instead !== null;
      this.current = choice;
      const { measuredMs, fallbackReason } = segmenter;
      if (wanted === 'auto') {
        const found = before ?? { provider: segmenter.provider, measuredMs };
        keepMeasurement(choice.key, fallbackReason ? null : found);
      }
      showFacts(choice.file, segmenter, before?.measuredMs ?? measuredMs);
      this.setFailed(this.failed === choice ? null : this.failed);
      return 'runs';
    } catch (error) {
      ready?.dispose();
      if (request !== this.request) return this.overtaken(choice, false);
      showError(choice.file, error);
      this.setFailed(choice.kept ? choice : this.failed);
      return 'failed';
    } finally {
      if (request === this.request) {
        this.loading = false;
        this.coming = null;
        if (this.current) {
          this.select.value = this.current.key;
          this.provider.value = offGpu ? wanted : wantedProvider(this.current.key);
        }
        showProgress('', null);
        this.onChange();
        for (const go of this.settled.splice(0)) go();
      }
    }
  }

  private async bytesOf(
    { opened, key, sizeBytes }: Choice,
    progress: typeof showProgress,
  ): Promise<Uint8Array> {
    if (!opened)
      return fetchWithProgress(`models/${key}`, sizeBytes, (part) =>
        progress('fetching the model', part),
      );
    const kept = await keptFile(key);
    if (kept) return new Uint8Array(await kept.arrayBuffer());
    throw new LimbusError('notFound', 'the browser no longer keeps it; open the file again');
  }

  private loadOptions(
    choice: Choice,
    wanted: ProviderChoice,
    fallbacks: string[],
    progress: typeof showProgress,
  ): LoadOptions {
    const options: LoadOptions = {
      provider: wanted,
      onStatus: (status) => {
        this.sayBegun();
        const percent = status.bytes?.percent ?? null;
        progress(status.message, percent === null ? undefined : percent / 100);
        if (status.stage === 'fallback') fallbacks.push(status.message);
      },
    };
    if (choice.manifest) options.manifest = choice.manifest;
    return options;
  }
}
