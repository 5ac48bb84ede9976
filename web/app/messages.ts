// Messages that stay until they are closed: errors and warnings, read aloud (role=alert).
import { LimbusError } from '../src/index.js';
import { byId, make, passFocus } from './elements.js';

const kAtMost = 2; // more would push the image away; the list and the tables name every failure
let left = 0; // messages that had to make room

export function textOf(error: unknown): string {
  if (error instanceof LimbusError || error instanceof Error) return error.message;
  return String(error);
}

export function showMessage(kind: 'error' | 'warn', text: string): void {
  const list = byId('messages', HTMLDivElement);
  const close = make('button', { type: 'button', 'aria-label': 'Close this message' }, '×');
  const box = make(
    'div',
    { class: kind === 'warn' ? 'message warn' : 'message', role: 'alert' },
    make('span', {}, text),
    close,
  );
  close.addEventListener('click', () => takeAway(box));
  list.append(box);
  for (const old of saying(text)) if (old !== box) takeAway(old, close);
  while (boxesIn(list).length > kAtMost) {
    takeAway(boxesIn(list)[0]!);
    left += 1;
  }
  const more = list.querySelector('.more');
  if (left > 0) list.append(moreLine(list));
  if (more) takeAway(more);
}

/** What it says is true no more; nothing where it is not there. */
export function closeMessage(text: string): void {
  for (const old of saying(text)) takeAway(old);
}

function saying(text: string): HTMLElement[] {
  const all = boxesIn(byId('messages', HTMLDivElement));
  return all.filter((box) => box.firstChild?.textContent === text);
}

/** The focus that is in it goes to `next`; by default to the next message, or on from the messages. */
function takeAway(box: Element, next?: HTMLElement): void {
  const beside = box.nextElementSibling ?? box.previousElementSibling;
  passFocus(box, next ?? beside?.querySelector('button') ?? byId('open', HTMLButtonElement));
  box.remove();
}

function boxesIn(list: HTMLElement): HTMLElement[] {
  return [...list.querySelectorAll<HTMLElement>('.message:not(.more)')];
}

function moreLine(list: HTMLElement): HTMLElement {
  const close = make('button', { type: 'button' }, 'Close all');
  close.addEventListener('click', clearMessages);
  const count = boxesIn(list).length + left;
  return make(
    'div',
    { class: 'message more' },
    make('span', {}, `${count} messages in all`),
    close,
  );
}

/** Warnings of the model before this one. */
export function clearWarnings(): void {
  for (const box of byId('messages', HTMLDivElement).querySelectorAll('.warn')) takeAway(box);
}

export function showError(where: string, error: unknown): void {
  showMessage('error', where ? `${where}: ${textOf(error)}` : textOf(error));
}

export function clearMessages(): void {
  left = 0;
  const list = byId('messages', HTMLDivElement);
  passFocus(list, byId('open', HTMLButtonElement));
  list.replaceChildren();
}

/** The line over the canvas: what is going on; empty when nothing is. */
export function showState(text: string): void {
  const state = byId('state', HTMLParagraphElement);
  if (state.textContent !== text) state.textContent = text;
}
