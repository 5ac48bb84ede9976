// What the page says of the model that runs.
import type { Provider, Segmenter } from '../src/index.js';
import { byId, fillList } from './elements.js';
import { kProviderNames } from './provider_names.js';

export function showFacts(
  file: string,
  segmenter: Segmenter,
  measuredMs: Segmenter['measuredMs'],
): void {
  const { manifest, facts } = segmenter;
  const { input } = manifest;
  const rows: [string, string, string?][] = [
    ['File', file],
    ['Input', `${input.width} x ${input.height}, ${input.colour}`],
  ];
  if (manifest.description) rows.push(['About', manifest.description, 'prose']);
  const parameters = manifest.learnedParameters || facts.initializerElements;
  rows.push(['Parameters', parameters.toLocaleString('en')]);
  if (manifest.licence) rows.push(['Licence', manifest.licence]);
  if (manifest.trainingData) rows.push(['Trained on', manifest.trainingData, 'prose']);
  for (const [name, score] of Object.entries(manifest.scores))
    rows.push([name, score.toLocaleString('en', { maximumFractionDigits: 3 })]);
  rows.push(['Provider', kProviderNames[segmenter.provider]]);
  for (const [name, ms] of Object.entries(measuredMs))
    rows.push([`One run, ${kProviderNames[name as Provider]}`, `${ms.toFixed(1)} ms`]);
  fillList(byId('model-facts', HTMLDListElement), rows);
  const fallback = byId('fallback', HTMLParagraphElement);
  fallback.hidden = segmenter.fallbackReason === undefined;
  fallback.textContent = `Runs on ${kProviderNames[segmenter.provider]} instead. ${segmenter.fallbackReason ?? ''}`;
}
