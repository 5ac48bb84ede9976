// What a strict TypeScript user writes with the element: compiled by the tests, never run.
import type { LimbusSegmenterElement } from 'limbus/element';

export function pupilOf(eye: LimbusSegmenterElement): void {
  const found = document.querySelector('limbus-segmenter') satisfies LimbusSegmenterElement | null;
  eye.source = found?.source ?? null;
  eye.addEventListener('progress', ({ detail }) => console.log(detail.bytes?.percent));
  eye.addEventListener('error', ({ detail }) => console.log(detail.code));
  eye.addEventListener('click', ({ clientX }) => console.log(clientX, eye.result?.areasPx));
}
