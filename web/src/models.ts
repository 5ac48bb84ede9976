/**
 * URLs of the models that come with the package, in the form that bundlers look for.
 *
 * @module limbus/models
 */

/** Background, sclera, iris and pupil of near-eye cameras: models/eye-s, 232 KB. */
export const eyeS: string = new URL('./limbus/eye-s.onnx', import.meta.url).href;
