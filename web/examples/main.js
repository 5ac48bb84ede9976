// The same program in every example: a picture in, a mask and the pupil's size out.
import { Segmenter } from 'limbus';
import { eyeS } from 'limbus/models';

export async function describe(pictureUrl) {
  const segmenter = await Segmenter.load(eyeS);
  const file = await (await fetch(pictureUrl)).blob();
  const { width, height, areasPx, eye } = await segmenter.segment(file);
  segmenter.dispose();
  const pupil = eye?.pupilDiameterPx?.toFixed(2) ?? 'no';
  return `${width} x ${height}, areas ${areasPx.join(' ')}, pupil ${pupil} px`;
}
