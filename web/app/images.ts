// The images of this visit, one after the other: names, where they stand, what was measured.
// Pixels and masks are kept for the shown image only, so that hundreds cost little.
import { byId, make, passFocus } from './elements.js';
import type { Measured } from '../src/measurements.js';
import { Thumbnails } from './thumbnails.js';
import { closeVideos, stemOf, type Moment } from './videos.js';

/** A rendered eye is made again when it is needed. */
export interface Synthetic {
  preset: string;
  seed: number;
}

export interface Item {
  name: string;
  stem: string; // of its files' names, with its folders: of no other item
  source: Blob | Synthetic | Moment;
  status: 'waiting' | 'working' | 'done' | 'failed';
  measured: Measured | null;
  mask: Blob | null; // as PNG
  failure: string | null;
  saved: boolean; // what was found: by whichever download
}

const kGroup = 50; // images

export const kUntouched = {
  status: 'waiting',
  measured: null,
  mask: null,
  failure: null,
  saved: false,
} as const;

export const isUnsaved = ({ source, measured, saved }: Item) =>
  (source instanceof File || 'video' in source) && measured !== null && !saved;

/** Where what stood at `at` stands when what stood at `gone` is there no more; -1: nowhere. */
export function without(at: number, gone: number): number {
  return at === gone ? -1 : at > gone ? at - 1 : at;
}

export class ImageList {
  items: Item[] = [];
  shown = -1;
  onPick: (index: number) => void = () => {};
  onRemove: (index: number) => void = () => {};
  onClear: () => void = () => {};
  readonly thumbnails: Thumbnails<Item>;

  private readonly list = byId('thumbs', HTMLDivElement);
  private buttons: HTMLButtonElement[] = [];
  private readonly stems = new Set<string>(); // in small letters
  private asked = -1; // to be shown next; -1: none is on its way
  private marked: HTMLButtonElement | null = null; // of the shown image

  constructor() {
    byId('previous', HTMLButtonElement).addEventListener('click', () => this.onPick(this.at - 1));
    byId('next', HTMLButtonElement).addEventListener('click', () => this.onPick(this.at + 1));
    byId('remove', HTMLButtonElement).addEventListener('click', () => this.onRemove(this.at));
    byId('clear', HTMLButtonElement).addEventListener('click', () => this.onClear());
    this.list.addEventListener('keydown', (event) => this.move(event));
    this.thumbnails = new Thumbnails(this.list);
  }

  /** The list is one stop for Tab; the arrow keys move in it, and Delete takes away. */
  private move(event: KeyboardEvent): void {
    if (event.key === 'Delete' || event.key === 'Backspace') {
      event.preventDefault();
      this.onRemove(this.buttons.indexOf(event.target as HTMLButtonElement));
      return;
    }
    const last = this.items.length - 1;
    const steps: Record<string, number> = {
      ArrowLeft: Math.max(0, this.at - 1),
      ArrowRight: Math.min(last, this.at + 1),
      Home: 0,
      End: last,
    };
    const index = steps[event.key];
    if (index === undefined) return;
    event.preventDefault();
    this.buttons[index]?.focus();
    if (index !== this.at) this.onPick(index);
  }

  /** Where one is, and goes on from: pressing twice is two steps, however long the first image takes. */
  get at(): number {
    return this.items[this.asked] ? this.asked : this.shown;
  }

  /** To be shown next; -1: none. */
  ask(index: number): void {
    this.asked = index;
    this.refresh();
  }

  /** Is shown now; -1: none. */
  show(index: number): void {
    this.shown = index;
    if (index === this.asked) this.asked = -1;
  }

  get current(): Item | null {
    return this.items[this.shown] ?? null;
  }

  /** Results of the user's own files that a reload would lose. */
  get unsaved(): boolean {
    return this.items.some(isUnsaved);
  }

  /** Adds images; returns the index of the first one. */
  add(items: Pick<Item, 'name' | 'source'>[]): number {
    const first = this.items.length;
    for (const given of items) {
      const item: Item = { ...given, stem: this.freeStem(stemOf(given)), ...kUntouched };
      this.items.push(item);
      const file = item.source instanceof Blob ? item.source : null;
      const button = make(
        'button',
        { type: 'button', title: item.name, tabindex: '-1' },
        this.thumbnails.placeFor(item, file),
        make('span', { class: 'name' }, make('bdi', {}, item.name)),
      );
      button.addEventListener('click', () => this.onPick(this.items.indexOf(item)));
      this.buttons.push(button);
    }
    for (const button of this.buttons.slice(first)) this.place(button);
    this.refresh();
    return first;
  }

  /** With a number where another item has it, be it in other letters: some systems would unpack one over the other. */
  private freeStem(stem: string): string {
    let free = stem;
    for (let n = 2; this.stems.has(free.toLowerCase()); ++n) free = `${stem}-${n}`;
    this.stems.add(free.toLowerCase());
    return free;
  }

  /** At the end of the last group: groups that are out of sight cost no layout and no paint. */
  private place(button: HTMLButtonElement): void {
    let group = this.list.lastElementChild as HTMLElement | null;
    if (!group || group.childElementCount === kGroup) {
      group = make('div', { class: 'group', role: 'none' });
      this.list.append(group);
    }
    group.append(make('div', { role: 'listitem' }, button));
    group.style.setProperty('--count', String(group.childElementCount));
  }

  /** What is behind it moves up, and the focus that it had goes to the next one. */
  remove(index: number): void {
    const [item] = this.items.splice(index, 1);
    const [button] = this.buttons.splice(index, 1);
    if (!item || !button) return;
    const next = this.buttons[Math.min(index, this.buttons.length - 1)];
    if (this.items.length < 2)
      passFocus(byId('strip', HTMLElement), byId('open', HTMLButtonElement));
    else if (next) passFocus(button, next);
    const entry = button.parentElement!;
    const group = entry.parentElement!;
    entry.remove();
    if (group.childElementCount === 0) group.remove();
    else group.style.setProperty('--count', String(group.childElementCount));
    this.stems.delete(item.stem.toLowerCase());
    this.thumbnails.remove(item);
    closeVideos([item], this.items);
    this.shown = without(this.shown, index);
    this.asked = without(this.asked, index);
    this.refresh();
  }

  clear(): void {
    passFocus(byId('strip', HTMLElement), byId('open', HTMLButtonElement));
    closeVideos(this.items);
    this.items = [];
    this.shown = this.asked = -1;
    this.buttons = [];
    this.stems.clear();
    this.thumbnails.clear();
    this.list.replaceChildren();
    this.refresh();
  }

  /** The state of every button; what has not changed is not touched, so that it may follow each step. */
  refresh(): void {
    byId('strip', HTMLElement).hidden = this.items.length < 2;
    this.items.forEach(({ name, status }, i) => {
      const button = this.buttons[i]!;
      if (button.dataset['status'] === status) return;
      button.dataset['status'] = status;
      button.setAttribute('aria-label', `${name}, ${status}`);
    });
    this.mark(this.buttons[this.shown] ?? null);
    byId('position', HTMLSpanElement).textContent = `${this.shown + 1} / ${this.items.length}`;
    const name = this.items[this.at]?.name ?? '';
    byId('remove', HTMLButtonElement).setAttribute('aria-label', `Remove ${name}`);
    byId('previous', HTMLButtonElement).disabled = this.at <= 0;
    byId('next', HTMLButtonElement).disabled = this.at >= this.items.length - 1;
  }

  /** The shown image's button: the one that Tab stops at. */
  private mark(button: HTMLButtonElement | null): void {
    const before = this.marked;
    if (button === before) return;
    this.marked = button;
    before?.removeAttribute('aria-current');
    before?.setAttribute('tabindex', '-1');
    button?.setAttribute('aria-current', 'true');
    button?.setAttribute('tabindex', '0');
    // Once per frame, when the layout is made anyway.
    requestAnimationFrame(() => {
      if (button && button === this.marked) this.reveal(button);
    });
  }

  /** Scrolls the list alone: `scrollIntoView` would take the page along, away from who reads below. */
  private reveal(button: HTMLButtonElement): void {
    const list = this.list.getBoundingClientRect();
    const { left, right } = button.getBoundingClientRect();
    this.list.scrollLeft += Math.min(0, left - list.left) + Math.max(0, right - list.right);
  }
}
