import { nodeResolve } from '@rollup/plugin-node-resolve';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

export default {
  input: here('../page.js'),
  output: { dir: here('./dist'), format: 'es' },
  plugins: [nodeResolve()],
};
