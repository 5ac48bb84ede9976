// Which room may include which, and that no file includes itself through others:   node tools/includes.mjs [ROOT]
// Prints one line per fault; exit code 1 if there is one.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

// What everything stands on: results, images, tensors, random numbers; options and how they are described.
const ground = ['shared', 'shared/options'];
const core = [...ground];
for (const name of ['eyes', 'graph', 'metrics', 'model', 'nets', 'onnx', 'ops', 'vision'])
  core.push(`shared/${name}`);
const infer = [
  ...core,
  'native/system',
  'native/weights',
  'native/data',
  'native/report',
  'native/train',
];
const everything = [...infer, 'native/tune', 'native/infer', 'native/commands'];

/** A room and the others that it may include. What lies deeper belongs to it. */
export const rooms = {
  shared: ground,
  'shared/options': ground,
  'shared/vision': ground,
  'shared/metrics': ground,
  'shared/eyes': [...ground, 'shared/vision'],
  'shared/graph': ground,
  'shared/onnx': ground,
  'shared/ops': [...ground, 'shared/graph', 'shared/onnx'],
  'shared/nets': [...ground, 'shared/graph', 'shared/ops'],
  'shared/model': [...ground, 'shared/graph', 'shared/onnx', 'shared/ops'],
  native: [...ground, 'native/commands'], // main.cpp
  'native/system': core,
  'native/weights': [...core, 'native/system'],
  'native/data': [...core, 'native/system'],
  'native/report': [...core, 'native/system', 'native/data'],
  'native/tune': [...core, 'native/system'],
  'native/train': [...core, 'native/system', 'native/weights', 'native/data', 'native/report'],
  'native/infer': infer,
  'native/commands': [...infer, 'native/tune', 'native/infer'],
  wasm: core,
  'wasm/canvas': [],
  tests: everything,
};

/** shared/result.h lies in shared, native/train/losses/pixels.h in native/train, every test in tests. */
function roomOf(file) {
  const [top, second] = file.split('/');
  const room = second.includes('.') || top === 'tests' ? top : `${top}/${second}`;
  return room in rooms ? room : undefined;
}

function sources(root) {
  const below = (folder) =>
    readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
      const path = posix.join(folder, entry.name);
      if (entry.isDirectory()) return below(path);
      return /\.(cpp|h|cu|cuh)$/.test(entry.name) ? [path] : [];
    });
  return ['shared', 'native', 'wasm', 'tests']
    .filter((name) => existsSync(join(root, name)))
    .flatMap(below);
}

/** The project's own files that a file includes, however it writes it: "shared/result.h" or <shared/result.h>. */
function includesOf(root, file) {
  const text = readFileSync(join(root, file), 'utf8');
  const names = [...text.matchAll(/^\s*#\s*include\s*["<]([^">]+)[">]/gm)].map((match) => match[1]);
  return names.flatMap((name) => {
    const places = [name, posix.join(posix.dirname(file), name)];
    return places.filter((place) => existsSync(join(root, place))).slice(0, 1);
  });
}

/** The first way from `start` back to itself, or null. */
function circle(graph, start) {
  const cameFrom = new Map();
  const queue = [start];
  for (const file of queue) {
    for (const next of graph.get(file) ?? []) {
      if (next === start) {
        const way = [start];
        for (let at = file; at !== start; at = cameFrom.get(at)) way.unshift(at);
        return [start, ...way];
      }
      if (!cameFrom.has(next)) cameFrom.set(next, file) && queue.push(next);
    }
  }
  return null;
}

/** What is wrong below `root`, one line each. */
export function faults(root) {
  const graph = new Map(sources(root).map((file) => [file, includesOf(root, file)]));
  const found = [];
  for (const [file, included] of graph) {
    const room = roomOf(file);
    if (!room) found.push(`${file}: its folder has no row in tools/includes.mjs`);
    for (const other of room ? included : []) {
      const reached = roomOf(other);
      if (reached !== room && !rooms[room].includes(reached))
        found.push(
          `${file} includes ${other}: ${room} may include ${rooms[room].join(', ') || 'no other room'}`,
        );
    }
  }
  const told = new Set();
  for (const file of graph.keys()) {
    const way = told.has(file) ? null : circle(graph, file);
    if (!way) continue;
    for (const member of way) told.add(member);
    found.push(`include circle: ${way.join(' -> ')}`);
  }
  return found;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const lines = faults(process.argv[2] ?? dirname(dirname(fileURLToPath(import.meta.url))));
  for (const line of lines) console.error(line);
  process.exit(lines.length > 0 ? 1 : 0);
}
