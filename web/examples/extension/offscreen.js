import { Segmenter } from './limbus/index.js';
import { eyeS } from './limbus/models.js';
import { lineOf } from './line.js';

const loading = Segmenter.load(eyeS);

async function describe(url) {
  const segmenter = await loading;
  return lineOf(await segmenter.segment(url));
}

chrome.runtime.onMessage.addListener(({ to, url }, _, answer) => {
  if (to !== 'offscreen') return false;
  describe(url).then(answer, (error) => answer(`failed: ${error.message}`));
  return true;
});
