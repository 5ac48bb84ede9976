import { describe } from './main.js';

describe('/eye.png').then(
  (line) => (document.body.textContent = line),
  (error) => (document.body.textContent = `failed: ${error.message}`),
);
