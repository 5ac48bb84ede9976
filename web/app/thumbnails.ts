// Small pictures in the list of images. They come with each result; where a result is long in coming, of those
// that can be seen.
import { make } from './elements.js';

const kPatienceMs = 700; // a result that comes sooner brings its own

interface Entry {
  picture: HTMLImageElement;
  file: Blob | null; // null: only a result brings one
  url: string | null;
  tried: boolean;
}

export class Thumbnails<Item> {
  /** A file's small picture; rejects where it is none. */
  onWanted: (file: Blob) => Promise<Blob> = () => Promise.reject(new Error('nobody makes them'));

  private readonly entries = new Map<Item, Entry>();
  private readonly seen = new Set<Element>(); // in the part of the list that can be seen
  private readonly observer: IntersectionObserver;
  private making = false;

  constructor(list: HTMLElement) {
    this.observer = new IntersectionObserver(
      (changes) => {
        for (const { target, isIntersecting } of changes)
          if (isIntersecting) this.seen.add(target);
          else this.seen.delete(target);
        void this.makeWanted();
      },
      { root: list },
    );
  }

  /** The place for an item's picture: its size does not change when the picture comes. */
  placeFor(item: Item, file: Blob | null): HTMLElement {
    const picture = make('img', { alt: '', decoding: 'async', hidden: '' });
    const place = make('span', { class: 'thumb' }, picture);
    this.entries.set(item, { picture, file, url: null, tried: false });
    if (file) this.observer.observe(place);
    return place;
  }

  /** In the place of the one before; an item that has gone has no place. */
  set(item: Item, blob: Blob): void {
    const entry = this.entries.get(item);
    if (!entry) return;
    if (entry.url) URL.revokeObjectURL(entry.url);
    entry.url = URL.createObjectURL(blob);
    entry.picture.src = entry.url;
    entry.picture.hidden = false;
    this.observer.unobserve(entry.picture.parentElement!);
  }

  remove(item: Item): void {
    const entry = this.entries.get(item);
    if (!entry) return;
    const place = entry.picture.parentElement!;
    this.observer.unobserve(place);
    this.seen.delete(place);
    if (entry.url) URL.revokeObjectURL(entry.url);
    this.entries.delete(item);
  }

  clear(): void {
    this.observer.disconnect();
    this.seen.clear();
    for (const { url } of this.entries.values()) if (url) URL.revokeObjectURL(url);
    this.entries.clear();
  }

  private async makeWanted(): Promise<void> {
    if (this.making) return;
    this.making = true;
    await new Promise((resolve) => setTimeout(resolve, kPatienceMs));
    for (let next = this.nextWanted(); next; next = this.nextWanted()) {
      const [item, entry] = next;
      entry.tried = true;
      const blob = await this.onWanted(entry.file!).catch(() => null); // segmenting it says what is wrong
      if (blob && !entry.url) this.set(item, blob);
    }
    this.making = false;
  }

  private nextWanted(): [Item, Entry] | undefined {
    return [...this.entries].find(
      ([, { file, url, tried, picture }]) =>
        file && !url && !tried && this.seen.has(picture.parentElement!),
    );
  }
}
