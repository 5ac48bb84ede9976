// The events of <limbus-segmenter>, by name.
import type { LimbusError } from '../error.js';
import type { SegmenterApi } from '../segmenter.js';
import type { LoadStatus, SegmentResult } from '../types.js';

export interface LimbusSegmenterEvents {
  /** The model is ready; does not bubble. */
  load: CustomEvent<SegmenterApi>;
  /** While the model is loaded; `detail.bytes` while it is fetched. Does not bubble. */
  progress: CustomEvent<LoadStatus>;
  /** The picture is segmented and drawn; bubbles out of shadow roots. */
  result: CustomEvent<SegmentResult>;
  /** Model or picture failed. Does not bubble: at the window 'error' means a broken script. */
  error: CustomEvent<LimbusError>;
}

export type LimbusSegmenterEventMap = Omit<HTMLElementEventMap, keyof LimbusSegmenterEvents> &
  LimbusSegmenterEvents;
