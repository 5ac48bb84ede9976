// The worker: takes requests in order, owns the core and at most one model. Ending it frees both.
import type { Core } from '../core.js';
import { coreCalls } from '../core_calls.js';
import { LimbusError, messageOf } from '../error.js';
import { fetchCore } from '../fetch_core.js';
import type {
  Answer,
  Calls,
  Cancel,
  CoreCalls,
  CoreKind,
  Failure,
  Kind,
  Request,
} from '../protocol.js';
import { turn } from '../turn.js';
import { Ahead } from './ahead.js';
import { Model, ProviderFailure } from './segment.js';

declare const self: DedicatedWorkerGlobalScope;

/** Put in as a literal by build.mjs: bundlers look for one. */
declare const LIMBUS_CORE: string;

let core: Promise<Core> | null = null;
let model: Model | null = null;
let last: Promise<void> = Promise.resolve();
const waiting = new Map<number, Request>(); // by id: those that have not begun
const ahead = new Ahead();

// The runtime starts its threads from the script that it was bundled into: there it is they who listen.
if (!self.name.startsWith('em-pthread'))
  self.onmessage = ({ data }: MessageEvent<Request | Cancel>) => {
    if ('cancel' in data) {
      passOver(data.cancel);
      return;
    }
    waiting.set(data.id, data);
    if (data.kind === 'segment' && data.parameters.source instanceof Blob)
      ahead.add(data.id, data.parameters.source);
    last = last.then(async () => {
      await turn(); // a network that holds this thread lets nothing in, and answers follow each other at once
      if (waiting.delete(data.id)) await answer(data, ahead.take(data.id));
    });
  };

/** What was made for it is let go. */
function passOver(id: number): void {
  const request = waiting.get(id);
  if (!request) return;
  waiting.delete(id);
  ahead.drop(id);
  if (request.kind === 'segment' && 'close' in request.parameters.source)
    request.parameters.source.close();
  post({ passedOver: id }, []);
}

async function answer(request: Request, opened: Promise<ImageBitmap> | null): Promise<void> {
  try {
    const value = await handle(request, opened);
    post({ id: request.id, value }, transferables(value));
  } catch (error) {
    post({ id: request.id, error: failureOf(error) }, []);
  }
}

async function handle(
  request: Request,
  opened: Promise<ImageBitmap> | null,
): Promise<Calls[Kind][1]> {
  const ready = await startedCore();
  switch (request.kind) {
    case 'load':
      return load(ready, request.parameters);
    case 'segment':
      if (!model) throw new LimbusError('badArgument', 'no model is loaded in this worker');
      return model.segment(request.parameters.source, request.parameters.options, opened, () =>
        ahead.underWay(),
      );
    case 'useManifest':
      if (!model) throw new LimbusError('badArgument', 'no model is loaded in this worker');
      return model.useManifest(request.parameters.manifest);
    default:
      return answerOfCore(ready, request.kind, request.parameters);
  }
}

function answerOfCore<K extends CoreKind>(
  core: Core,
  kind: K,
  parameters: CoreCalls[K][0],
): CoreCalls[K][1] {
  return coreCalls[kind](core, parameters);
}

async function load(ready: Core, parameters: Calls['load'][0]): Promise<Calls['load'][1]> {
  try {
    const loaded = await Model.load(ready, parameters, {
      stage: (stage, message) => post({ progress: { stage, message } }, []),
      came: (loaded) => post({ came: { part: 'runtime', loaded } }, []),
    });
    if ('lacking' in loaded) return loaded;
    model = loaded.model;
    return loaded.answer;
  } catch (error) {
    if (error instanceof ProviderFailure) return { providerFailed: failureOf(error) };
    throw error;
  }
}

function startedCore(): Promise<Core> {
  core ??= fetchCore(
    new URL(LIMBUS_CORE, import.meta.url),
    'it is served with worker.js',
    (loaded) => post({ came: { part: 'core', loaded } }, []),
  );
  core.catch(() => (core = null));
  return core;
}

function failureOf(error: unknown): Failure {
  if (error instanceof LimbusError) {
    const { code, message, cause } = error;
    return { code, message, cause };
  }
  return { code: 'internal', message: messageOf(error) };
}

/** Pixels move to the page, they are not copied. */
function transferables(value: Calls[Kind][1]): Transferable[] {
  const moved: Transferable[] = [];
  if (value === null) return moved;
  if ('mask' in value) moved.push(value.mask.buffer);
  if ('pixels' in value && value.pixels) moved.push(value.pixels.buffer);
  if ('image' in value && value.image) moved.push(value.image.data.buffer as ArrayBuffer);
  if ('probabilities' in value && value.probabilities) moved.push(value.probabilities.buffer);
  if ('input' in value && value.input && 'data' in value.input) moved.push(value.input.data.buffer);
  if ('areasPx' in value) for (const region of value.regions) moved.push(region.outline.buffer);
  return moved;
}

function post(message: Answer, moved: Transferable[]): void {
  self.postMessage(message, moved);
}
