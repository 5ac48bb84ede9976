// The network's input as a small picture: a wrong mean or deviation, swapped channels and a wrong size are seen there.
import type { Layout, NetworkInput } from '../src/index.js';
import { byId } from './elements.js';
import type { Rgba } from './picture_calls.js';

/** What the values of an input are, over all its channels. */
export interface InputFacts {
  least: number;
  most: number;
  means: number[]; // by channel
  deviation: number;
}

interface Planes {
  width: number;
  height: number;
  channels: number;
  at: (channel: number, pixel: number) => number;
}

function planesOf({ data, shape }: NetworkInput, layout: Layout): Planes {
  const [, a, b, c] = shape;
  if (layout === 'nhwc')
    return { height: a, width: b, channels: c, at: (k, i) => data[i * c + k]! };
  return { channels: a, height: b, width: c, at: (k, i) => data[k * b * c + i]! };
}

export function inputFacts(input: NetworkInput, layout: Layout): InputFacts {
  const { width, height, channels, at } = planesOf(input, layout);
  const count = width * height;
  const sums = new Float64Array(channels);
  let [least, most, squares] = [Infinity, -Infinity, 0];
  for (let k = 0; k < channels; ++k)
    for (let i = 0; i < count; ++i) {
      const value = at(k, i);
      sums[k]! += value;
      squares += value * value;
      if (value < least) least = value;
      if (value > most) most = value;
    }
  const means = [...sums].map((sum) => sum / count);
  const mean = means.reduce((sum, each) => sum + each, 0) / channels;
  const deviation = Math.sqrt(Math.max(0, squares / (count * channels) - mean * mean));
  return { least, most, means, deviation };
}

/**
 * RGBA: black is the least value and white the most, the same for all channels, so that a mean of a channel that is off
 * is a cast of colour. The first three channels are red, green and blue, whatever they hold; one or two are grey.
 */
export function inputPixels(
  input: NetworkInput,
  layout: Layout,
  { least, most }: InputFacts,
): Rgba {
  const { width, height, channels, at } = planesOf(input, layout);
  const data = new Uint8ClampedArray(4 * width * height);
  const scale = most > least ? 255 / (most - least) : 0;
  for (let i = 0; i < width * height; ++i) {
    for (let k = 0; k < 3; ++k)
      data[4 * i + k] = Math.round((at(channels < 3 ? 0 : k, i) - least) * scale);
    data[4 * i + 3] = 255;
  }
  return { data, width, height };
}

const number = (value: number) => value.toFixed(2).replace('-', '\u2212');

/** Null: there is none to show. */
export function showInput(input: NetworkInput | undefined, layout: Layout): void {
  byId('network-input', HTMLElement).hidden = !input;
  if (!input) return;
  const facts = inputFacts(input, layout);
  const picture = inputPixels(input, layout, facts);
  const canvas = byId('network-input-picture', HTMLCanvasElement);
  Object.assign(canvas, { width: picture.width, height: picture.height });
  const image = new ImageData(picture.data, picture.width, picture.height);
  canvas.getContext('2d')!.putImageData(image, 0, 0);
  const { least, most, means, deviation } = facts;
  const shown = means.length < 3 ? '' : ' Its first three channels are shown as red, green, blue.';
  const listed = means.slice(0, 4).map(number).join(', ');
  byId('network-input-text', HTMLElement).textContent =
    `What the network is given, ${picture.width} x ${picture.height}: values from ${number(least)} (black) to ` +
    `${number(most)} (white), mean ${listed}, deviation ${number(deviation)}.${shown}`;
}
