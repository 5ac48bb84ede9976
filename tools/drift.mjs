// Names of LibTorch that come, go or move between its versions stand in native/train/torch_compat.h alone (those of its
// c10d in torch_ranks.h, those of CUDA in cuda_graph.cpp), so that a new version is met in one place:   node tools/drift.mjs [ROOT]
// Prints one line per fault; exit code 1 if there is one.
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

const home = 'native/train/torch_compat.h';
const homes = [home, 'native/train/ranks/torch_ranks.h', 'native/train/executor/cuda_graph.cpp'];

/** What must not stand elsewhere, and why. */
export const drifting = [
  [/\bTORCH_VERSION(_MAJOR|_MINOR|_PATCH)?\b/, 'asks for the version'],
  [/#\s*include\s*<(ATen|c10|caffe2|torch\/csrc)\//, 'headers below torch/torch.h move'],
  [/#\s*include\s*<torch\/(?!torch\.h>)/, 'headers beside torch/torch.h move'],
  [/__has_include\s*\(\s*<(torch|ATen|c10)\b/, 'asks for the version'],
  [/\bset_autocast_|\bis_autocast_/, 'renamed in 2.4'],
  [/\bc10d::/, 'its headers and constructors move'],
  [/\bsetUserEnabled\w+|\bsetAllowTF32\w+|\bsetFloat32\w+/, 'switches of libraries are renamed'],
  [/\bshow_config\b/, 'describes a build'],
];

/** What stands in the wrong place below `root`, one line each. */
export function faults(root) {
  const below = (folder) =>
    readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
      const path = posix.join(folder, entry.name);
      if (entry.isDirectory()) return below(path);
      return /\.(cpp|h|cu|cuh)$/.test(entry.name) && !homes.includes(path) ? [path] : [];
    });
  return below('native').flatMap((file) => {
    const lines = readFileSync(join(root, file), 'utf8').split('\n');
    return lines.flatMap((text, i) => {
      const code = text.replace(/\/\/.*/, '');
      const found = drifting.filter(([name]) => name.test(code));
      return found.map(([name, why]) => `${file}:${i + 1}: '${code.match(name)[0]}' belongs in ${home}: ${why}`);
    });
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const lines = faults(process.argv[2] ?? dirname(dirname(fileURLToPath(import.meta.url))));
  for (const line of lines) console.error(line);
  process.exit(lines.length > 0 ? 1 : 0);
}
