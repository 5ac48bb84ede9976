// The model of an element: one that it was given, or what its attributes ask for, which it shares with others.
import type { SegmenterApi } from '../segmenter.js';
import type { LoadStatus, ManifestDraft } from '../types.js';
import type { MirroredElement } from './attributes.js';
import { acquire, wantedBy, type Lease, type Wanted } from './shared_segmenters.js';

export class ModelInUse {
  /** Goes before what the attributes ask for. */
  given: SegmenterApi | null = null;
  #manifest: ManifestDraft | null = null;
  #meaning: ManifestDraft | null = null; // as it was when it was set
  #lease: Lease | null = null;
  #ready: SegmenterApi | null = null;

  constructor(
    private readonly element: MirroredElement,
    private readonly onStatus: (status: LoadStatus) => void,
    private readonly onLoad: (segmenter: SegmenterApi) => void,
  ) {}

  /** For a file without one of its own. */
  get manifest(): ManifestDraft | null {
    return this.#manifest;
  }
  set manifest(value: ManifestDraft | null) {
    this.#manifest = value;
    this.#meaning = value && (JSON.parse(JSON.stringify(value)) as ManifestDraft);
  }

  /** Null until it is loaded. */
  get segmenter(): SegmenterApi | null {
    return this.given ?? this.#ready;
  }

  /** There is one to be loaded. */
  get named(): boolean {
    return this.given !== null || this.element.model !== '';
  }

  /** Resolves when it is ready, and tells so once. */
  async load(): Promise<SegmenterApi> {
    if (this.given) return this.given;
    if (this.#lease && !this.#lease.current) this.letGo();
    const lease = (this.#lease ??= acquire(this.#wanted()!, this.onStatus));
    try {
      const segmenter = await lease.segmenter;
      if (lease === this.#lease && !this.#ready) {
        this.#ready = segmenter;
        this.onLoad(segmenter);
      }
      return segmenter;
    } catch (error) {
      if (lease === this.#lease) this.letGo();
      throw error;
    }
  }

  letGo(): void {
    this.#lease?.release();
    this.#lease = null;
    this.#ready = null;
  }

  /** Of what is no longer asked for. */
  letGoOfFormer(): void {
    if (this.#lease && this.#lease.key !== this.#wantedKey()) this.letGo();
  }

  /** After its worker has failed: who asks from now on gets a new one. */
  discard(): void {
    this.#lease?.discard();
    this.letGo();
  }

  /** Null also where an address is no URL, of which load() tells. */
  #wantedKey(): string | null {
    try {
      return this.#wanted()?.key ?? null;
    } catch {
      return null;
    }
  }

  #wanted(): Wanted | null {
    return this.given || !this.element.model ? null : wantedBy(this.element, this.#meaning);
  }
}
