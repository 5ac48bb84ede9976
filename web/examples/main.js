// The same program in every example: a picture in, a mask and the pupil's size out.
import { Segmenter } from 'limbus';
import { analyse } from 'limbus/core';
import { eyeS } from 'limbus/models';
import { lineOf } from './line.js';

export async function describe(pictureUrl) {
  const segmenter = await Segmenter.load(eyeS);
  const file = await (await fetch(pictureUrl)).blob();
  const { mask, width, height, areasPx } = await segmenter.segment(file);
  segmenter.dispose();
  // The result has these already; masks from elsewhere are measured like this, without a worker.
  const { eye } = await analyse({ data: mask, width, height }, segmenter.manifest);
  return lineOf({ width, height, areasPx, eye });
}
