/** How files and what a page shows become bitmaps: as the command line reads them. */
export const kBitmapRules: ImageBitmapOptions = {
  colorSpaceConversion: 'none',
  premultiplyAlpha: 'none',
  imageOrientation: 'from-image',
};
