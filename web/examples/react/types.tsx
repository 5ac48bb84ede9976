// What README.md says for JSX, and what it then takes: compiled by the tests, never run.
import type { LimbusSegmenterElement, LimbusSegmenterProps } from 'limbus/element';
import type { DetailedHTMLProps, HTMLAttributes, Ref } from 'react';

type Plain = DetailedHTMLProps<HTMLAttributes<LimbusSegmenterElement>, LimbusSegmenterElement>;

declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
      'limbus-segmenter': Plain & LimbusSegmenterProps;
    }
  }
}

export function Eye(props: { file: File | null; eye: Ref<LimbusSegmenterElement> }) {
  return (
    <limbus-segmenter
      ref={props.eye}
      className="eye"
      model="eye-s.onnx"
      source={props.file}
      overlay="outlines"
      onresult={({ detail }) => console.log(detail.eye?.pupilDiameterPx)}
      onerror={({ detail }) => console.log(detail.code)}
    >
      <p slot="legend">Pupil and iris</p>
    </limbus-segmenter>
  );
}

// @ts-expect-error no such overlay
export const wrong = <limbus-segmenter overlay="everything" />;
