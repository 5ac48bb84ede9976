// A client component needs nothing of this: plain files come out, and what it uses lies beside this folder here.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

export default {
  output: 'export',
  distDir: 'dist',
  turbopack: { root: dirname(dirname(fileURLToPath(import.meta.url))) },
};
