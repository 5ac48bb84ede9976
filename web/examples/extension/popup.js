import './limbus/element.js';
import { lineOf } from './line.js';

const eye = document.querySelector('limbus-segmenter');
eye.addEventListener('result', ({ detail }) => {
  document.querySelector('output').textContent = lineOf(detail);
});
