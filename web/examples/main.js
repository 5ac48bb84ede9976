// The same program in every example: a picture in, a mask and the pupil's size out.
import { Segmenter } from 'limbus';
import { eyeS } from 'limbus/models';
import { lineOf } from './line.js';

export async function describe(pictureUrl) {
  const segmenter = await Segmenter.load(eyeS);
  const file = await (await fetch(pictureUrl)).blob();
  const result = await segmenter.segment(file);
  segmenter.dispose();
  return lineOf(result);
}
