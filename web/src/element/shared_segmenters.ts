// Elements with the same model and options share one segmenter; its worker ends after the last of them.
import { Segmenter } from '../segmenter.js';
import type { LoadOptions, LoadStatus, ManifestDraft } from '../types.js';
import { urlOf } from '../url.js';
import type { MirroredElement } from './attributes.js';

/** Pages replace elements in two steps; a worker survives that. */
const kLingerMs = 500;

/** One key, one worker. */
export interface Wanted {
  url: string;
  options: Omit<LoadOptions, 'onStatus' | 'signal'>;
  key: string;
}

interface Shared {
  loading: Promise<Segmenter>;
  loaded: Segmenter | null;
  lastStatus: LoadStatus | null;
  readonly holders: Set<Lease>;
  readonly controller: AbortController;
}

const all = new Map<string, Shared>();

/** One element's share. */
export class Lease {
  private shared: Shared | null;

  constructor(
    readonly key: string,
    shared: Shared,
    readonly onStatus: (status: LoadStatus) => void,
  ) {
    this.shared = shared;
    shared.holders.add(this);
    if (shared.lastStatus && !shared.loaded) onStatus(shared.lastStatus);
  }

  /** Rejects with why it could not be loaded; the next to ask tries again. */
  get segmenter(): Promise<Segmenter> {
    return this.shared!.loading;
  }

  /** False after its worker has failed: who asks now gets a new one. */
  get current(): boolean {
    return running(this.key) === this.shared;
  }

  release(): void {
    const shared = this.shared;
    this.shared = null;
    if (!shared?.holders.delete(this)) return;
    const end = () => {
      if (shared.holders.size > 0) return;
      forget(this.key, shared);
      shared.controller.abort();
      shared.loaded?.dispose();
    };
    if (shared.holders.size === 0) setTimeout(end, shared.loaded ? kLingerMs : 0);
  }

  /** After its worker has failed: who asks from now on gets a new one. */
  discard(): void {
    if (!this.shared) return;
    forget(this.key, this.shared);
    this.release();
  }
}

/** Null: none, or its worker has ended. */
function running(key: string): Shared | null {
  const shared = all.get(key);
  return shared && !shared.loaded?.ended.aborted ? shared : null;
}

function forget(key: string, shared: Shared): void {
  if (all.get(key) === shared) all.delete(key);
}

/** What the attributes say; addresses mean what they mean in the element's document. Throws where one is no URL. */
export function wantedBy(element: MirroredElement, manifest: ManifestDraft | null): Wanted {
  const { baseURI, assetsUrl, workerUrl, crossOriginWorker, provider } = element;
  const absolute = (url: string) => urlOf(url, baseURI).href;
  const url = absolute(element.model);
  const options = {
    provider,
    ...(assetsUrl && { assetsUrl: absolute(assetsUrl) }),
    ...(workerUrl && { workerUrl: absolute(workerUrl) }),
    ...(crossOriginWorker && { crossOriginWorker }),
    ...(manifest && { manifest }),
  };
  return { url, options, key: JSON.stringify([url, options]) };
}

/** `onStatus` also hears the last word that was said before it came. */
export function acquire(wanted: Wanted, onStatus: (status: LoadStatus) => void): Lease {
  return new Lease(wanted.key, running(wanted.key) ?? start(wanted), onStatus);
}

function start({ url, options, key }: Wanted): Shared {
  const controller = new AbortController();
  const holders = new Set<Lease>();
  const tell = (status: LoadStatus) => {
    shared.lastStatus = status;
    for (const holder of holders) holder.onStatus(status);
  };
  const load = async () => {
    await null; // `shared` is there before the first status
    return Segmenter.load(url, { ...options, signal: controller.signal, onStatus: tell });
  };
  const shared: Shared = { loading: load(), loaded: null, lastStatus: null, holders, controller };
  all.set(key, shared);
  shared.loading.then(
    (loaded) => (shared.loaded = loaded),
    () => forget(key, shared),
  );
  return shared;
}
