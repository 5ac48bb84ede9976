import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

export default {
  mode: 'production',
  entry: here('../page.js'),
  output: { path: here('./dist'), filename: 'page.js' },
  performance: { hints: false }, // the runtime has 14 MB, fetched when a model is loaded
};
