// Which model runs, on which provider: the list the page ships, files the user opens, loading with
// progress, and what the page shows about it.
import { inspect, LimbusError, Segmenter } from '../src/index.js';
import type { LoadOptions, ManifestDraft, Provider } from '../src/index.js';
import { readBody } from '../src/response_body.js';
import { byId, fillList, make } from './elements.js';
import { askForManifest } from './manifest_form.js';
import { clearWarnings, showError, showMessage } from './messages.js';
import { store, stored } from './remembered.js';

interface Choice {
  key: string; // the select's value
  title: string;
  file: string; // a name to show, or the path below models/
  sizeBytes: number;
  bytes: Uint8Array | null; // fetched or opened
  manifest: ManifestDraft | null; // for foreign files
}

type ProviderChoice = Provider | 'auto';

export const kProviderNames: Record<Provider, string> = {
  wasm: 'WebAssembly',
  'wasm-threads': 'WebAssembly, threads',
  webgpu: 'WebGPU',
};

const kRemembered = 'limbus.provider.'; // what the user wants, by model
const kFastest = 'limbus.fastest.'; // what 'auto' found on this device, by model
const kChosen = 'limbus.model'; // the served model of the last visit

/** What measuring the providers gave: the fastest, and milliseconds of one run each. */
interface Measurement {
  provider: Provider;
  measuredMs: Partial<Record<Provider, number>>;
}

async function fetchWithProgress(
  url: string,
  expected: number, // bytes; the header counts compressed ones
  onProgress: (part: number) => void,
): Promise<Uint8Array> {
  const response = await fetch(url);
  if (!response.ok || !response.body)
    throw new LimbusError('notFound', `could not fetch ${url}: status ${response.status}`);
  return readBody(response, (loaded) => {
    if (expected > 0) onProgress(loaded / expected);
  });
}

function remembered(key: string): ProviderChoice {
  const value = stored(kRemembered + key);
  return value === 'auto' || (value !== null && value in kProviderNames)
    ? (value as ProviderChoice)
    : 'wasm';
}

/** Of a served file: without the hash, which changes with its content. */
const nameOf = (choice: Choice) => choice.file.replace(/-[0-9a-f]{8}(?=\.onnx$)/, '');

function measuredBefore(key: string): Measurement | null {
  try {
    const found = JSON.parse(stored(kFastest + key) ?? 'null') as Measurement | null;
    return found && found.provider in kProviderNames ? found : null;
  } catch {
    return null;
  }
}

export class Models {
  segmenter: Segmenter | null = null;
  loading = false;
  /** The first model's worker has begun, or there will be none. */
  readonly begun: Promise<void>;
  /** A model became ready, or was lost. */
  onChange: () => void = () => {};

  private sayBegun: () => void = () => {};
  private choices: Choice[] = [];
  private current: Choice | null = null;
  private request = 0; // a newer one makes older ones stop
  private readonly select = byId('model', HTMLSelectElement);
  private readonly provider = byId('provider', HTMLSelectElement);

  constructor() {
    this.begun = new Promise((resolve) => (this.sayBegun = resolve));
    this.select.addEventListener('change', () => {
      const choice = this.choices.find((c) => c.key === this.select.value);
      if (!choice) return;
      store(kChosen, nameOf(choice));
      void this.use(choice);
    });
    this.provider.addEventListener('change', () => {
      if (!this.current) return;
      store(kRemembered + this.current.key, this.provider.value);
      store(kFastest + this.current.key, null); // asked again, measured again
      void this.use(this.current);
    });
  }

  /** The models that are served beside the page; loads the one of the last visit, or the first. */
  async start(): Promise<void> {
    try {
      const response = await fetch('models/index.json');
      const rows: { file: string; title: string; sizeBytes: number }[] = response.ok
        ? await response.json()
        : [];
      this.choices = rows.map(({ file, title, sizeBytes }) => ({
        key: file,
        title,
        file,
        sizeBytes,
        bytes: null,
        manifest: null,
      }));
    } catch (error) {
      showError('The list of models', error);
    }
    this.fillSelect();
    const chosen = stored(kChosen);
    const first = this.choices.find((choice) => nameOf(choice) === chosen) ?? this.choices[0];
    if (first) await this.use(first);
    else this.onChange();
    this.sayBegun();
  }

  /** An .onnx file of the user's; asks for a manifest when it carries none. */
  async open(file: File): Promise<void> {
    try {
      const bytes = new Uint8Array(await file.arrayBuffer());
      const facts = await inspect(bytes);
      const manifest = facts.manifest ? null : await askForManifest(file.name, facts);
      if (!facts.manifest && !manifest) return;
      const title = facts.manifest?.name || file.name;
      const key = `opened-${file.name}-${file.size}`;
      const choice: Choice = {
        key,
        title,
        file: file.name,
        sizeBytes: file.size,
        bytes,
        manifest,
      };
      if (await this.use(choice))
        this.choices = [...this.choices.filter((other) => other.key !== key), choice];
      this.fillSelect();
    } catch (error) {
      showError(file.name, error);
    }
  }

  /** True when the model runs. On failure the one before it stays. */
  private async use(choice: Choice): Promise<boolean> {
    const request = ++this.request;
    const wanted = remembered(choice.key);
    this.provider.value = wanted;
    this.loading = true;
    clearWarnings();
    this.onChange();
    try {
      choice.bytes ??= await fetchWithProgress(`models/${choice.file}`, choice.sizeBytes, (part) =>
        this.showProgress('fetching the model', part),
      );
      const before = wanted === 'auto' ? measuredBefore(choice.key) : null;
      const provider = before?.provider ?? wanted;
      const segmenter = await Segmenter.load(choice.bytes, this.loadOptions(choice, provider));
      if (request !== this.request) {
        segmenter.dispose();
        return false;
      }
      this.segmenter?.dispose();
      this.segmenter = segmenter;
      this.current = choice;
      const { measuredMs, fallbackReason } = segmenter;
      if (wanted === 'auto') {
        const found = before ?? { provider: segmenter.provider, measuredMs };
        store(kFastest + choice.key, fallbackReason ? null : JSON.stringify(found));
      }
      this.showFacts(choice, segmenter, before?.measuredMs ?? measuredMs);
      return true;
    } catch (error) {
      if (request === this.request) showError(choice.file, error);
      return false;
    } finally {
      if (request === this.request) {
        this.loading = false;
        if (this.current) {
          this.select.value = this.current.key;
          this.provider.value = remembered(this.current.key);
        }
        this.showProgress('', null);
        this.onChange();
      }
    }
  }

  private loadOptions(choice: Choice, wanted: ProviderChoice): LoadOptions {
    const options: LoadOptions = {
      provider: wanted,
      onStatus: (status) => {
        this.sayBegun();
        this.showProgress(status.message, undefined);
        if (status.stage === 'fallback') showMessage('warn', status.message);
      },
    };
    if (choice.manifest) options.manifest = choice.manifest;
    return options;
  }

  private fillSelect(): void {
    const titles = this.choices.map((choice) => choice.title);
    const twice = (title: string) => titles.indexOf(title) !== titles.lastIndexOf(title);
    this.select.replaceChildren(
      ...this.choices.map(({ key, title, file }) =>
        make('option', { value: key }, twice(title) ? `${title} (${file})` : title),
      ),
    );
    if (this.choices.length === 0)
      this.select.append(make('option', {}, 'none is served here: open one below'));
    this.select.disabled = this.choices.length === 0;
    if (this.current) this.select.value = this.current.key;
  }

  /** part: [0,1], undefined: unknown, null: done. */
  private showProgress(text: string, part: number | null | undefined): void {
    byId('model-progress', HTMLDivElement).hidden = part === null;
    const bar = byId('progress', HTMLProgressElement);
    if (part === undefined || part === null) bar.removeAttribute('value');
    else bar.value = part;
    byId('progress-text', HTMLSpanElement).textContent = text;
  }

  private showFacts(
    choice: Choice,
    segmenter: Segmenter,
    measuredMs: Measurement['measuredMs'],
  ): void {
    const { manifest, facts } = segmenter;
    const { input } = manifest;
    const rows: [string, string, string?][] = [
      ['File', choice.file],
      ['Input', `${input.width} x ${input.height}, ${input.colour}`],
    ];
    if (manifest.description) rows.push(['About', manifest.description, 'prose']);
    const parameters = manifest.learnedParameters || facts.initializerElements;
    rows.push(['Parameters', parameters.toLocaleString('en')]);
    if (manifest.licence) rows.push(['Licence', manifest.licence]);
    if (manifest.trainingData) rows.push(['Trained on', manifest.trainingData, 'prose']);
    for (const [name, score] of Object.entries(manifest.scores))
      rows.push([name, score.toLocaleString('en', { maximumFractionDigits: 3 })]);
    rows.push(['Provider', kProviderNames[segmenter.provider]]);
    for (const [name, ms] of Object.entries(measuredMs))
      rows.push([`One run, ${kProviderNames[name as Provider]}`, `${ms.toFixed(1)} ms`]);
    fillList(byId('model-facts', HTMLDListElement), rows);
    const fallback = byId('fallback', HTMLParagraphElement);
    fallback.hidden = segmenter.fallbackReason === undefined;
    fallback.textContent = `Runs on ${kProviderNames[segmenter.provider]} instead. ${segmenter.fallbackReason ?? ''}`;
  }
}
