// What the next visit shall find again. Only a convenience: without storage nothing is remembered.
import type { Layers } from './canvas.js';

const kLayers = 'limbus.layers';
const kWaitMs = 300; // a slider moves many times

export function stored(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

export function store(key: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // The next visit starts afresh.
  }
}

type Look = Pick<Layers, 'opacity' | 'outlines' | 'ellipses'>;
type ClassLook = Pick<Layers['classes'][number], 'colour' | 'visible'>;

interface Kept {
  look: Look;
  classes: Record<string, ClassLook>; // by name: what differs from the models' own
}

function kept(): Kept | null {
  try {
    const { look, classes } = JSON.parse(stored(kLayers) ?? 'null') as Kept;
    const sound =
      look.opacity >= 0 &&
      look.opacity <= 1 &&
      Object.values(classes).every(({ colour }) => colour.length === 3);
    return sound ? { look, classes } : null;
  } catch {
    return null; // nothing, or of another time
  }
}

/** As the user left them on the last visit; what was not there then stays as it is. */
export function withRemembered(layers: Layers): Layers {
  const before = kept();
  if (!before) return layers;
  const { opacity, outlines, ellipses } = before.look;
  return {
    opacity,
    outlines: Boolean(outlines),
    ellipses: Boolean(ellipses),
    classes: layers.classes.map((layer) => {
      const known = Object.hasOwn(before.classes, layer.name) && before.classes[layer.name];
      return known ? { ...layer, colour: known.colour, visible: Boolean(known.visible) } : layer;
    }),
  };
}

let waiting: ReturnType<typeof setTimeout> | undefined;

/** `own`: the classes as the model has them. */
export function rememberLayers({ classes, ...look }: Layers, own: Layers['classes']): void {
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    const all = { ...kept()?.classes };
    classes.forEach((layer, i) => {
      const { name, colour, visible } = layer;
      if (JSON.stringify(layer) === JSON.stringify(own[i])) delete all[name];
      else all[name] = { colour, visible };
    });
    store(kLayers, JSON.stringify({ look, classes: all } satisfies Kept));
  }, kWaitMs);
}
