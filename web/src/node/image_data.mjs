// Node has no ImageData: one that is read and sent, no more.
export class ImageData {
  constructor(...given) {
    const [data, width, height] =
      typeof given[0] === 'number'
        ? [new Uint8ClampedArray(4 * given[0] * given[1]), ...given]
        : given;
    Object.assign(this, { width, height, data });
  }
}
