// The events of <limbus-segmenter>, by name.
import type { LimbusSegmenterElement } from '../element.js';
import type { LimbusError } from '../error.js';
import type { ImageSource } from '../image_source.js';
import type { SegmenterApi } from '../segmenter.js';
import type { LoadStatus, ManifestDraft, SegmentResult } from '../types.js';
import type { LimbusSegmenterAttributes } from './attributes.js';

/** The element's own events, by name. */
export interface LimbusSegmenterEvents {
  /** The model is ready; does not bubble. */
  load: CustomEvent<SegmenterApi>;
  /** While the model is loaded; `detail.bytes` until it runs. Does not bubble. */
  progress: CustomEvent<LoadStatus>;
  /** The picture is segmented and drawn; bubbles out of shadow roots. */
  result: CustomEvent<SegmentResult>;
  /** Model or picture failed. Does not bubble: at the window 'error' means a broken script. */
  error: CustomEvent<LimbusError>;
}

/** All events that are heard at the element, its own included: what `addEventListener` knows by name. */
export type LimbusSegmenterEventMap = Omit<HTMLElementEventMap, keyof LimbusSegmenterEvents> &
  LimbusSegmenterEvents;

/** Of an event that is known by name. */
export type LimbusSegmenterListener<K extends keyof LimbusSegmenterEventMap> = (
  this: LimbusSegmenterElement,
  event: LimbusSegmenterEventMap[K],
) => unknown;

/** What JSX takes where it sets properties and listens to `on` + name, as React 19 does. */
export interface LimbusSegmenterProps extends LimbusSegmenterAttributes {
  source?: ImageSource | null | undefined;
  manifest?: ManifestDraft | null | undefined;
  segmenter?: SegmenterApi | null | undefined;
  assetsUrl?: string | URL | undefined;
  workerUrl?: string | URL | undefined;
  crossOriginWorker?: boolean | undefined;
  /** `LimbusSegmenterEvents.load` */
  onload?: ((event: LimbusSegmenterEvents['load']) => void) | undefined;
  /** `LimbusSegmenterEvents.progress` */
  onprogress?: ((event: LimbusSegmenterEvents['progress']) => void) | undefined;
  /** `LimbusSegmenterEvents.result` */
  onresult?: ((event: LimbusSegmenterEvents['result']) => void) | undefined;
  /** `LimbusSegmenterEvents.error` */
  onerror?: ((event: LimbusSegmenterEvents['error']) => void) | undefined;
}
