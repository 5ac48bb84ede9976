// The shadow root: what is shown in each state, and what is said to those who do not see it.
import type { LoadStatus, Manifest, SegmentResult } from '../types.js';
import type { Overlay } from './attributes.js';
import { describe, findingsOf, sizeOf, type Finding } from './findings.js';
import { coloursOf, Layers } from './layers.js';
import { make, type Child } from './make.js';
import { sheetOf } from './style.js';

/** What is going on, for people. */
const kStageWords: Record<LoadStatus['stage'] | 'segment', string> = {
  fetch: 'Loading the model',
  core: 'Starting',
  runtime: 'Starting',
  warmup: 'Starting',
  measure: 'Starting',
  fallback: 'Starting',
  ready: 'Segmenting',
  segment: 'Segmenting',
};

/** An element with a part of its class's name. */
function part<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  name: string,
  attributes: Record<string, string> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  return make(tag, { class: name, part: name, ...attributes }, ...children);
}

function slot(name: string, ...fallback: Child[]): HTMLSlotElement {
  return make('slot', name ? { name } : {}, ...fallback);
}

export class View {
  readonly layers = new Layers();
  private readonly root: ShadowRoot;
  private readonly image = part('div', 'view', { role: 'img' });
  private readonly posterImage = make('img', { alt: '' });
  private readonly posterSlot = slot('poster', this.posterImage);
  private readonly poster = part('div', 'poster', {}, this.posterSlot);
  private readonly fallback = part('div', 'fallback', {}, slot(''));
  private readonly progressText = make('span');
  private readonly bar = part('div', 'bar', {
    role: 'progressbar',
    'aria-label': 'Progress',
    'aria-valuemin': '0',
    'aria-valuemax': '100',
  });
  private readonly progress = part('div', 'progress');
  private readonly errorText = make('span');
  private readonly error = part('div', 'error');
  private readonly legendList = make('ul', { role: 'list' }); // Safari forgets it of one without dots
  private readonly legend = part('div', 'legend', {}, slot('legend', this.legendList));
  private readonly status = make('p', { class: 'unseen', role: 'status' });
  private readonly frame = part('div', 'frame');
  private hasPicture = false;
  private alt = '';
  private findings: Finding[] | null = null;

  constructor(
    private readonly host: HTMLElement,
    retry: () => void,
  ) {
    this.root = host.attachShadow({ mode: 'open' });
    this.image.append(this.layers.picture, this.layers.mask, this.layers.outlines);
    this.bar.append(make('div'));
    this.progress.append(
      slot('progress', make('div', { class: 'pill' }, this.progressText, this.bar)),
    );
    const again = part('button', 'retry', { type: 'button' }, 'Try again');
    again.addEventListener('click', () => {
      this.setFocusable(true); // the button goes: focus stays here
      this.frame.focus();
      retry();
    });
    this.error.append(slot('error', make('div', { class: 'notice' }, this.errorText, again)));
    this.frame.append(this.image, this.poster, this.fallback, this.progress, this.error);
    this.root.append(this.frame, this.legend, this.status);
    this.posterImage.addEventListener('load', () => {
      if (!this.hasPicture)
        this.shape(this.posterImage.naturalWidth, this.posterImage.naturalHeight);
    });
    this.posterSlot.addEventListener('slotchange', () => this.arrange());
    for (const each of [this.progress, this.error, this.legend]) each.hidden = true;
    this.arrange();
    this.label();
  }

  /** On a document of its own sheet; also after a move to another one. */
  adoptStyle(): void {
    this.root.adoptedStyleSheets = [sheetOf(this.host.ownerDocument)];
  }

  /** What a message of the form points at; focusable only while there is something to say. */
  get anchor(): HTMLElement {
    return this.frame;
  }

  setFocusable(focusable: boolean): void {
    if (focusable) this.frame.tabIndex = -1;
    else if (this.root.activeElement !== this.frame) this.frame.removeAttribute('tabindex');
  }

  setAlt(alt: string): void {
    this.alt = alt;
    this.posterImage.alt = alt;
    this.label();
  }

  /** `mayFetch`: otherwise one that is there already is shown, and no other. */
  setPoster(url: string, loading: 'lazy' | 'eager', mayFetch: boolean): void {
    const image = this.posterImage;
    const same = image.getAttribute('src') === url;
    image.loading = loading;
    if (url === '' || !(mayFetch || (same && image.naturalWidth > 0))) image.removeAttribute('src');
    else if (!same) image.src = url;
    this.arrange();
  }

  setOverlay(overlay: Overlay): void {
    this.image.dataset['overlay'] = overlay;
  }

  /** NaN: the page's style decides. */
  setOpacity(opacity: number): void {
    if (Number.isNaN(opacity)) this.image.style.removeProperty('--_opacity');
    else this.image.style.setProperty('--_opacity', String(opacity));
  }

  showPicture(picture: ImageBitmap): void {
    this.shape(picture.width, picture.height);
    this.layers.showPicture(picture);
    this.hasPicture = true;
    this.arrange();
  }

  clearPicture(): void {
    this.layers.clearPicture();
    this.hasPicture = false;
    this.arrange();
  }

  showResult(result: SegmentResult, { classes }: Manifest): void {
    const colours = coloursOf(classes, this.host);
    this.layers.showResult(result, classes, colours);
    this.image.classList.add('found');
    this.findings = findingsOf(result, classes);
    this.legendList.replaceChildren(...this.findings.map((found) => entry(found, colours)));
    this.legend.hidden = false;
    this.legend.style.visibility = '';
    this.label();
    this.say(describe(this.findings));
  }

  clearResult(): void {
    if (!this.findings) return;
    this.layers.clearResult();
    this.image.classList.remove('found');
    this.findings = null;
    this.legend.style.visibility = 'hidden'; // keeps its room while the next picture comes
    this.label();
  }

  showBusy(busy: boolean): void {
    this.frame.setAttribute('aria-busy', String(busy));
    this.progress.hidden = !busy;
    if (busy) return;
    this.progressText.textContent = '';
    this.legend.hidden = this.findings === null;
  }

  showProgress(stage: keyof typeof kStageWords, percent: number | null): void {
    const words = kStageWords[stage];
    this.progressText.textContent = percent === null ? `${words} …` : `${words}, ${percent} %`;
    if (percent === null) this.bar.removeAttribute('aria-valuenow');
    else this.bar.setAttribute('aria-valuenow', String(percent));
    const done = this.bar.firstElementChild as HTMLElement;
    done.style.transform = percent === null ? '' : `scaleX(${percent / 100})`;
    this.say(words); // not each percent: it would be read out
  }

  showError(message: string | null): void {
    this.error.hidden = message === null;
    this.errorText.textContent = message;
    if (message !== null) this.say(message);
  }

  say(words: string): void {
    if (this.status.textContent !== words) this.status.textContent = words;
  }

  private shape(width: number, height: number): void {
    if (width === 0 || height === 0) return;
    this.frame.style.setProperty('--_width', `${width}px`);
    this.frame.style.setProperty('--_ratio', `${width} / ${height}`);
  }

  private arrange(): void {
    const slotted = this.posterSlot.assignedNodes().length > 0;
    const hasPoster = slotted || this.posterImage.hasAttribute('src');
    this.image.hidden = !this.hasPicture;
    this.poster.hidden = this.hasPicture || !hasPoster;
    this.fallback.hidden = this.hasPicture || hasPoster;
  }

  private label(): void {
    const found = this.findings && describe(this.findings);
    this.image.setAttribute(
      'aria-label',
      [this.alt || 'Picture', found].filter(Boolean).join(': '),
    );
  }
}

function entry(found: Finding, colours: string[]): HTMLLIElement {
  const swatch = part('span', 'swatch');
  swatch.style.background = colours[found.classIndex]!;
  const name = make('span', {}, found.name);
  return make('li', {}, swatch, name, part('span', 'size', {}, sizeOf(found)));
}
