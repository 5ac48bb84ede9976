// The page's elements by id, with their types; a missing one is a mistake in index.html.
import { make, type Child } from '../src/element/make.js';

export { make };

export function byId<T extends HTMLElement>(id: string, type: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`index.html has no ${type.name} with id '${id}'`);
  return found;
}

/** Before `going` is hidden or removed: where the focus is in it, it goes to `next`, not to the page's beginning. */
export function passFocus(going: Element, next: HTMLElement): void {
  if (going.contains(document.activeElement)) next.focus();
}

/** dt/dd pairs; the list's content is replaced. */
export function fillList(list: HTMLElement, rows: [string, Child, string?][]): void {
  list.replaceChildren(
    ...rows.flatMap(([term, value, className]) => {
      const attributes: Record<string, string> = className ? { class: className } : {};
      return [make('dt', attributes, term), make('dd', attributes, value)];
    }),
  );
}
