// The images of this visit, one after the other: names, where they stand, what was measured.
// Pixels and masks are kept for the shown image only, so that hundreds cost little.
import { byId, make } from './elements.js';
import type { Measured } from '../src/measurements.js';

/** A rendered eye is made again when it is needed. */
export interface Synthetic {
  preset: string;
  seed: number;
}

export interface Item {
  name: string;
  source: Blob | Synthetic;
  status: 'waiting' | 'working' | 'done' | 'failed';
  measured: Measured | null;
  mask: Blob | null; // as PNG
  failure: string | null;
}

export const kUntouched = { status: 'waiting', measured: null, mask: null, failure: null } as const;

export class ImageList {
  items: Item[] = [];
  shown = -1;
  onPick: (index: number) => void = () => {};
  onClear: () => void = () => {};

  constructor() {
    byId('previous', HTMLButtonElement).addEventListener('click', () =>
      this.onPick(this.shown - 1),
    );
    byId('next', HTMLButtonElement).addEventListener('click', () => this.onPick(this.shown + 1));
    byId('clear', HTMLButtonElement).addEventListener('click', () => this.onClear());
    byId('thumbs', HTMLOListElement).addEventListener('keydown', (event) => this.move(event));
  }

  /** The list is one stop for Tab; the arrow keys move in it. */
  private move(event: KeyboardEvent): void {
    const last = this.items.length - 1;
    const steps: Record<string, number> = {
      ArrowLeft: Math.max(0, this.shown - 1),
      ArrowRight: Math.min(last, this.shown + 1),
      Home: 0,
      End: last,
    };
    const index = steps[event.key];
    if (index === undefined) return;
    event.preventDefault();
    byId('thumbs', HTMLOListElement).querySelectorAll('button')[index]?.focus();
    if (index !== this.shown) this.onPick(index);
  }

  get current(): Item | null {
    return this.items[this.shown] ?? null;
  }

  /** Adds images; returns the index of the first one. */
  add(items: Pick<Item, 'name' | 'source'>[]): number {
    const first = this.items.length;
    const thumbs = byId('thumbs', HTMLOListElement);
    for (const item of items) {
      this.items.push({ ...item, ...kUntouched });
      const index = this.items.length - 1;
      const button = make('button', { type: 'button', title: item.name }, item.name);
      button.addEventListener('click', () => this.onPick(index));
      thumbs.append(make('li', {}, button));
    }
    this.refresh();
    return first;
  }

  clear(): void {
    this.items = [];
    this.shown = -1;
    byId('thumbs', HTMLOListElement).replaceChildren();
    this.refresh();
  }

  /** The state of every button; cheap enough to call after each step. */
  refresh(): void {
    byId('strip', HTMLElement).hidden = this.items.length < 2;
    const buttons = byId('thumbs', HTMLOListElement).querySelectorAll('button');
    buttons.forEach((button, i) => {
      const status = this.items[i]?.status ?? 'waiting';
      if (button.dataset['status'] !== status) {
        button.dataset['status'] = status;
        button.setAttribute('aria-label', `${this.items[i]?.name}, ${status}`);
      }
      const current = i === this.shown;
      button.tabIndex = current ? 0 : -1;
      if (button.hasAttribute('aria-current') === current) return;
      if (current) {
        button.setAttribute('aria-current', 'true');
        button.scrollIntoView({ block: 'nearest', inline: 'nearest' });
      } else {
        button.removeAttribute('aria-current');
      }
    });
    byId('position', HTMLSpanElement).textContent = `${this.shown + 1} / ${this.items.length}`;
    byId('previous', HTMLButtonElement).disabled = this.shown <= 0;
    byId('next', HTMLButtonElement).disabled = this.shown >= this.items.length - 1;
  }
}
