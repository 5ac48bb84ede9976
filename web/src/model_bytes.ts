// A model's bytes from wherever it lies, with progress; of one whose weights lie in other files, with them inside. And
// what was said of it.
import { orAborted } from './abort.js';
import { LimbusError, messageOf } from './error.js';
import { checkUsable, fetched, isPart, kindOf } from './image_source.js';
import { LoadBytes } from './load_bytes.js';
import type { JoinedOnnx } from './protocol.js';
import { readBlob } from './read_blob.js';
import { lengthOf, readBody } from './response_body.js';
import type { ExternalFile, LoadOptions, ModelSource } from './types.js';
import { urlOf } from './url.js';

const kMarkup = 0x3c; // '<', with which no .onnx begins

type Options = Pick<LoadOptions, 'signal' | 'onStatus' | 'provider' | 'externalData' | 'manifest'>;

/** The bytes of a model, which `complete` replaces where the core finds that files are lacking. */
export class ModelBytes {
  private constructor(
    public bytes: Uint8Array,
    readonly manifest: string | null, // the one handed in, as JSON
    private readonly url: URL | null,
    private readonly options: Options,
  ) {}

  static async of(source: ModelSource, options: Options): Promise<ModelBytes> {
    const manifest = options.manifest ? JSON.stringify(options.manifest) : null; // as it is now
    const bytes = await modelBytes(source, options);
    return new ModelBytes(bytes, manifest, addressOf(source), options);
  }

  /** Puts the weights inside that lie in other files. */
  async complete({ files, text, parts }: JoinedOnnx): Promise<void> {
    const sources: (Uint8Array | Blob)[] = [text, this.bytes];
    for (const file of files) sources.push(await this.external(file));
    let size = 0;
    for (let i = 0; i < parts.length; i += 3) size += parts[i + 2]!;
    const whole = new Uint8Array(size);
    let at = 0;
    for (let i = 0; i < parts.length; i += 3) {
      const [offset, count] = [parts[i + 1]!, parts[i + 2]!];
      whole.set(await partOf(sources[parts[i]!]!, offset, offset + count), at);
      at += count;
    }
    this.options.signal?.throwIfAborted();
    this.bytes = whole;
  }

  /** What was handed in by this name, or lies beside the model. */
  private async external({ name, bytes }: ExternalFile): Promise<Uint8Array | Blob> {
    const { externalData = {} } = this.options;
    const given = Object.hasOwn(externalData, name) ? externalData[name]! : this.beside(name);
    const file = isBlob(given) ? given : await bytesOf(given, this.options, this.bytes.length);
    const size = isBlob(file) ? file.size : file.length;
    if (size >= bytes) return file;
    throw new LimbusError(
      'badData',
      `${name} has ${size} bytes, the model expects ${bytes}; it is cut off, or of another model`,
    );
  }

  private beside(name: string): URL {
    // As a path: 'http:name' would be another origin.
    const path = `./${encodeURIComponent(name)}`;
    if (this.url && !['blob:', 'data:'].includes(this.url.protocol)) return new URL(path, this.url);
    throw new LimbusError(
      'notFound',
      `the model keeps its weights in ${name}, which is not here; hand it in as externalData`,
    );
  }
}

function isBlob(source: ModelSource): source is Blob {
  return ['Blob', 'File'].includes(kindOf(source));
}

/** To be sent alone: of part of a buffer, or of shared memory, a copy as it is at the call. */
export async function modelBytes(source: ModelSource, options: Options): Promise<Uint8Array> {
  return isPart(source) ? new Uint8Array(source) : bytesOf(source, options, null);
}

function addressOf(source: ModelSource): URL | null {
  const kind = kindOf(source);
  if (kind === 'String' || kind === 'URL') return urlOf(source as string | URL);
  if (kind !== 'Response' || (source as Response).url === '') return null;
  return urlOf((source as Response).url);
}

async function partOf(source: Uint8Array | Blob, begin: number, end: number): Promise<Uint8Array> {
  if (isBlob(source)) return new Uint8Array(await readBlob(source.slice(begin, end)));
  return source.subarray(begin, end);
}

/** `before`: of weights, how many bytes of their model have come already; null: the model itself. */
async function bytesOf(
  source: ModelSource,
  { signal, onStatus, provider = 'wasm' }: Options,
  before: number | null,
): Promise<Uint8Array> {
  const kind = kindOf(source);
  switch (kind) {
    case 'Uint8Array':
      return source as Uint8Array;
    case 'ArrayBuffer':
      return new Uint8Array(source as ArrayBuffer);
    case 'Blob':
    case 'File':
      return new Uint8Array(await orAborted(readBlob(source as Blob), signal));
    case 'String':
    case 'URL':
    case 'Response':
      break;
    default:
      throw new LimbusError(
        'badArgument',
        `a model is a URL, Blob, Response, ArrayBuffer or Uint8Array, got ${kind}`,
      );
  }
  const given = kind === 'Response' ? (source as Response) : null;
  const what = given ? 'the model' : urlOf(source as string).pathname;
  onStatus?.({ stage: 'fetch', provider: null, message: `fetching ${what}` });
  const response = given ?? (await fetched(source as string, signal));
  checkUsable(response);
  const place = response.url || what;
  let bytes: Uint8Array;
  try {
    const length = lengthOf(response);
    const total = length === null ? null : length + (before ?? 0);
    const sofar = new LoadBytes(provider === 'auto' ? 'wasm' : provider);
    const body = readBody(response, (loaded) => {
      if (!sofar.came('model', loaded + (before ?? 0), total)) return;
      const message = `fetching ${what}`;
      onStatus?.({ stage: 'fetch', provider: null, message, bytes: sofar.told });
    });
    bytes = await orAborted(body, signal);
  } catch (error) {
    signal?.throwIfAborted();
    throw new LimbusError('io', `could not fetch ${place}: ${messageOf(error)}`);
  }
  // Servers send their start page in place of what they do not have.
  const isPage = before === null || response.headers.get('Content-Type')?.startsWith('text/html');
  if (bytes[0] === kMarkup && isPage)
    throw new LimbusError(
      'notFound',
      `could not fetch ${place}: a web page came, not ${before === null ? 'an .onnx' : 'weights'}`,
    );
  return bytes;
}
