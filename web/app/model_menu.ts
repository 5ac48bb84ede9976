// What the page shows of models: the menu, how far one is loaded, what is offered for the user's own.
import { byId, make, passFocus } from './elements.js';
import type { KeptModel } from './kept_models.js';

type Listed = Pick<KeptModel, 'key' | 'title' | 'file'>;
type Own = Pick<KeptModel, 'title' | 'manifest'> & { kept: boolean };

/** Two of one title are told apart by their files. `shown`: the one that is selected. */
export function fillMenu(select: HTMLSelectElement, models: Listed[], shown: Listed | null): void {
  const titles = models.map((model) => model.title);
  const twice = (title: string) => titles.indexOf(title) !== titles.lastIndexOf(title);
  const given = new Map<string, number>();
  select.replaceChildren(
    ...models.map(({ key, title, file }) => {
      const name = twice(title) ? `${title} (${file})` : title;
      const count = (given.get(name) ?? 0) + 1;
      given.set(name, count);
      return make('option', { value: key }, count > 1 ? `${name}, ${count}` : name);
    }),
  );
  if (models.length === 0) select.append(make('option', {}, 'none is served here: open one below'));
  select.disabled = models.length === 0;
  if (shown) select.value = shown.key;
}

/** part: [0,1], undefined: unknown, null: done. */
export function showProgress(text: string, part: number | null | undefined): void {
  byId('model-progress', HTMLDivElement).hidden = part === null;
  const bar = byId('progress', HTMLProgressElement);
  if (part === undefined || part === null) bar.removeAttribute('value');
  else bar.value = part;
  byId('progress-text', HTMLSpanElement).textContent = text;
}

/** What is offered for models that the user opened. */
export function showOwn(current: Own | null, failed: Own | null): void {
  byId('described', HTMLDivElement).hidden = !current?.manifest;
  const kept = byId('kept', HTMLDivElement);
  const keeps = (failed ?? current)?.kept ?? false;
  const select = byId('model', HTMLSelectElement);
  if (!keeps) passFocus(kept, select.disabled ? byId('open-model', HTMLButtonElement) : select);
  kept.hidden = !keeps;
  // By its name: the menu shows another one already while that loads.
  const title = (failed ?? current)?.title ?? '';
  byId('kept-model', HTMLSpanElement).textContent = failed
    ? `${title}, which did not load,`
    : title;
  byId('forget-model', HTMLButtonElement).textContent = `Forget ${title}`;
}
