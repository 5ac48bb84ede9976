// What the core answers without a network, by kind of call: in the worker, and in `limbus/core`.
import type { Core } from './core.js';
import { toImageData } from './image_data.js';
import type { CoreCalls, CoreKind } from './protocol.js';
import type { ClassSpec } from './types.js';

const kRoles = ['background', 'sclera', 'iris', 'pupil'] as const; // of the renderer's masks

export const coreCalls: {
  [K in CoreKind]: (core: Core, parameters: CoreCalls[K][0]) => CoreCalls[K][1];
} = {
  inspect: (core, { bytes }) => core.inspect(bytes),
  join(core, { bytes }) {
    core.inspect(bytes);
    return core.join();
  },
  manifestEntry: (core, { manifest }) => core.manifestEntry(manifest),
  inputPresets: (core) => core.inputPresets(),
  eyePresets: (core) => core.eyePresets(),
  renderEye(core, { preset, seed, index }) {
    const { pixels, channels, ...eye } = core.renderEye(preset, seed, index);
    const { width, height } = eye;
    const image = toImageData({ data: pixels, width, height, channels });
    const classOf = (role: (typeof kRoles)[number], i: number): ClassSpec => ({
      name: role,
      colour: core.classColour(i),
      role,
    });
    return { ...eye, image, classes: kRoles.map(classOf) };
  },
  analyse(core, { mask, by }) {
    const { classes, regions = {} } = by;
    // Of the input nothing is used: any size will do.
    core.useManifest({ formatVersion: 1, input: { width: 1, height: 1 }, classes, regions });
    return core.analyse(mask);
  },
  fitEllipse: (core, { points }) => core.fitEllipse(points),
  confusion: (core, { truth, prediction, classes }) => core.confusion(truth, prediction, classes),
  score: (core, { matrices, convention }) => core.score(matrices, convention),
  conventions: (core) => core.conventions(),
};
